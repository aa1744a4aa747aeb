//! A server on a free port over a store of its own, and short words to talk to it.

use std::net::SocketAddr;
use std::time::Duration;

use engine::Engine;
use raceway::config::Config;
use raceway::http::{self, HttpSettings};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub struct Server {
    pub url: String,
    pub address: SocketAddr,
    client: reqwest::Client,
    stop: CancellationToken,
    _data: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::default();
        config.storage.data_dir = data.path().to_owned();
        change(&mut config);
        let engine = Engine::open(config.engine()).await.expect("a new store");
        let listener = http::bind("127.0.0.1", 0).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let router = http::router(engine, HttpSettings::new(&config.server, address));
        tokio::spawn(http::serve(listener, router, stop.clone()));
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { url: format!("http://{address}"), address, client, stop, _data: data }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// The `data` of a successful read.
    pub async fn data(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        let mut json = answer.json();
        assert_eq!((&json["success"], &json["error"]), (&Value::Bool(true), &Value::Null), "{path}");
        json["data"].take()
    }

    pub async fn post(&self, body: impl ToString) -> Answer {
        let request = self.request(Method::POST, "/events").header("content-type", "application/json");
        answer(request.body(body.to_string())).await
    }

    /// Sends events that all have to be taken.
    pub async fn store(&self, events: &[Value]) {
        let answer = self.post(batch(events)).await;
        let expected = format!("Ingested {} events", events.len());
        assert_eq!(answer.json()["data"], expected.as_str(), "{}", answer.text());
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// Asserts a failure in the envelope.
    pub fn assert_failed(&self, status: u16, says: &str, what: &str) {
        assert_eq!(self.status.as_u16(), status, "{what}: {}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"), "{what}");
        let json = self.json();
        assert_eq!((&json["success"], &json["data"]), (&Value::Bool(false), &Value::Null), "{what}");
        let error = json["error"].as_str().unwrap_or_default();
        assert!(error.contains(says) && !error.is_empty(), "{what}: {error:?} does not say {says:?}");
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.timeout(Duration::from_secs(30)).send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.expect("a whole body").into() }
}

pub fn batch(events: &[Value]) -> Value {
    serde_json::json!({ "events": events })
}
