use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use clap::Parser as _;
use serde_json::{Value, json};

use super::*;
use crate::cli::load::generate::Shape;

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    load: LoadArgs,
}

/// A server that keeps ids and answers from a script first.
#[derive(Clone, Default)]
struct Server {
    ids: Arc<Mutex<HashSet<String>>>,
    script: Arc<Mutex<VecDeque<u16>>>,
}

async fn take(State(server): State<Server>, body: Bytes) -> (StatusCode, HeaderMap, String) {
    if let Some(status) = server.script.lock().expect("a script").pop_front() {
        let headers = HeaderMap::from_iter([("retry-after".parse().expect("a name"), "0".parse().expect("a value"))]);
        return (StatusCode::from_u16(status).expect("a status"), headers, "scripted".into());
    }
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let mut ids = server.ids.lock().expect("ids");
    let events = body["events"].as_array().expect("events");
    let duplicates = events.iter().filter(|event| !ids.insert(event["id"].to_string())).count();
    let answer = json!({"success": true, "data": "Ingested", "error": null, "duplicates": duplicates, "rejected": []});
    (StatusCode::OK, HeaderMap::new(), answer.to_string())
}

async fn status(State(server): State<Server>) -> String {
    json!({"data": {"events_captured": server.ids.lock().expect("ids").len()}}).to_string()
}

async fn serve(server: &Server) -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/events", post(take)).route("/status", get(status)).with_state(server.clone());
    let serving = tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    (url, serving)
}

fn drive(url: &str, acked: Option<AckedFile>) -> Drive {
    let args = Cli::parse_from(["load", "--url", url, "--events", "1000", "--batch", "50", "--seed", "3"]).load;
    let shape = Shape::new(3, &args, model::Nanos(1_795_266_005_000_000_000));
    let bodies = Bodies::generate(shape, acked.is_some()).expect("bodies");
    Drive::new(Target::parse(url).expect("a target"), Arc::new(bodies), acked, &args)
}

#[tokio::test]
async fn everything_arrives_once_and_a_second_time_as_duplicates() {
    let server = Server::default();
    let (url, _serving) = serve(&server).await;
    let drive = drive(&url, None);
    let first = drive.pass().await.expect("a pass");
    assert_eq!((first.acked, first.duplicates, first.errors, first.retries), (1000, 0, 0, 0));
    assert_eq!(first.latency.expect("latencies").len(), 20);
    assert_eq!(Target::parse(&url).expect("a target").events_captured().await.expect("a count"), 1000);
    let second = drive.pass().await.expect("a pass");
    assert_eq!((second.acked, second.duplicates), (1000, 1000));
}

#[tokio::test]
async fn an_overloaded_server_gets_the_batch_again_and_a_refusal_is_an_error() {
    let server = Server::default();
    server.script.lock().expect("a script").extend([503, 429, 400]);
    let (url, _serving) = serve(&server).await;
    let tally = drive(&url, None).pass().await.expect("a pass");
    assert_eq!((tally.acked, tally.errors, tally.retries), (950, 50, 2));
    assert!(tally.first_error.expect("a reason").contains("400"));
}

#[tokio::test]
async fn only_acknowledged_events_are_in_the_file_when_the_server_goes_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("acked");
    let server = Server::default();
    let (url, serving) = serve(&server).await;
    let drive = drive(&url, Some(AckedFile::open(&path).expect("a file")));
    drive.pass().await.expect("a pass");
    let lines = || std::fs::read_to_string(&path).expect("the file");
    let known: HashSet<String> =
        lines().lines().map(|line| format!("\"{}\"", line.split_once(' ').expect("two ids").1)).collect();
    assert_eq!(&known, &*server.ids.lock().expect("ids"));

    serving.abort();
    let _ = serving.await;
    let before = lines().len();
    let tally = drive.pass().await.expect("a pass");
    assert!(tally.server_gone && tally.first_error.is_some());
    // Connections that the server had accepted already may still be answered.
    assert_eq!(lines().len() - before, tally.acked as usize * 74);
}
