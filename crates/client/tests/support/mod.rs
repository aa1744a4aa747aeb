//! A server of the contract on a real socket that keeps what it is sent.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};

#[derive(Clone, Default)]
pub struct Received {
    state: Arc<Mutex<Inner>>,
}

/// Status, headers, body.
type Scripted = (u16, Headers, Value);
type Headers = &'static [(&'static str, &'static str)];

#[derive(Default)]
struct Inner {
    batches: Vec<Vec<Value>>,
    headers: Vec<HeaderMap>,
    /// Answers to give first, in order; then every batch is taken.
    script: VecDeque<Scripted>,
    most_events: Option<usize>,
}

impl Received {
    pub fn events(&self) -> Vec<Value> {
        self.state.lock().unwrap().batches.concat()
    }

    pub fn batch_sizes(&self) -> Vec<usize> {
        self.state.lock().unwrap().batches.iter().map(Vec::len).collect()
    }

    pub fn n_requests(&self) -> usize {
        self.state.lock().unwrap().headers.len()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let state = self.state.lock().unwrap();
        Some(state.headers.last()?.get(name)?.to_str().ok()?.to_owned())
    }

    pub fn answer_first(&self, status: u16, headers: Headers, body: Value) {
        self.state.lock().unwrap().script.push_back((status, headers, body));
    }

    /// Larger batches are refused with 413.
    pub fn refuse_more_than(&self, n_events: usize) {
        self.state.lock().unwrap().most_events = Some(n_events);
    }
}

async fn take(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let mut state = received.state.lock().unwrap();
    state.headers.push(headers);
    let body: Value = serde_json::from_slice(&body).expect("a JSON body");
    let events = body["events"].as_array().expect("events").clone();
    if state.most_events.is_some_and(|most| events.len() > most) {
        return (StatusCode::PAYLOAD_TOO_LARGE, HeaderMap::new(), String::new());
    }
    if let Some((status, extra, answer)) = state.script.pop_front() {
        let headers = extra.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        if status == 200 {
            state.batches.push(events);
        }
        return (StatusCode::from_u16(status).unwrap(), headers, answer.to_string());
    }
    let answer = json!({"success": true, "data": format!("Ingested {} events", events.len()), "error": null});
    state.batches.push(events);
    (StatusCode::OK, HeaderMap::new(), answer.to_string())
}

/// Serves on `port` (0: any free one) until the test ends.
pub async fn serve_on(port: u16, received: Received) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/events", post(take)).with_state(received);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

pub async fn serve() -> (String, Received) {
    let received = Received::default();
    let address = serve_on(0, received.clone()).await;
    (format!("http://{address}"), received)
}

/// The one key of an event's kind.
pub fn kind(event: &Value) -> &str {
    event["kind"].as_object().expect("a kind").keys().next().expect("one key")
}

/// The fields of an event's kind.
pub fn fields(event: &Value) -> &Value {
    event["kind"].as_object().expect("a kind").values().next().expect("one value")
}
