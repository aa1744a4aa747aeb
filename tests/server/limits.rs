//! Time and memory: what one client may take from the others.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::events::chain;
use crate::support::{Server, batch};

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    read.expect("an end").expect("a readable socket");
    String::from_utf8(bytes).expect("text")
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_stopped_and_told_so() {
    let server = Server::start_with(|config| config.server.request_timeout = Duration::from_millis(300)).await;
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let head = "POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{";
    let begun = Instant::now();
    stream.write_all(head.as_bytes()).await.expect("a writable socket");
    let text = read_all(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("retry-after: 1"), "{text}");
    assert!(text.contains(r#"{"success":false,"data":null,"error":"The request took longer than"#), "{text}");
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.data("/health").await["ready"], true);
}

#[tokio::test]
async fn what_is_not_http_is_refused_and_nobody_else_notices() {
    let server = Server::start().await;
    let mut garbage =
        vec!["\0\0\0\0\r\n\r\n".to_owned(), "GET / HTTP/9.9\r\n\r\n".into(), "POST /events\r\n\r\n".into()];
    garbage.push(format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(200_000)));
    for sent in garbage {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(sent.as_bytes()).await.expect("a writable socket");
        let mut answer = [0; 12];
        // A status of the 400s, or the end of the connection.
        if stream.read_exact(&mut answer).await.is_ok() {
            assert!(answer.starts_with(b"HTTP/1.1 4"), "{sent:.30} got {}", String::from_utf8_lossy(&answer));
        }
        assert_eq!(server.data("/health").await["ready"], true);
    }
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_is_no_harm() {
    let server = Server::start().await;
    for _ in 0..50 {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        let head = "POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 5000000\r\n\r\n{\"ev";
        stream.write_all(head.as_bytes()).await.expect("a writable socket");
    }
    assert_eq!(server.data("/status").await["events_captured"], 0);
    server.store(&crate::events::small_trace()).await;
}

#[tokio::test]
async fn a_full_queue_is_told_and_nothing_of_the_refused_is_stored() {
    let server = Server::start_with(|config| {
        config.storage.queue_bytes = 1;
        config.storage.queue_wait = Duration::ZERO;
    })
    .await;
    let bodies = (1..=24).map(|n| batch(&chain(&format!("00000000-0000-4000-9000-{n:012x}"), 1_000)).to_string());
    let answers = futures_util::future::join_all(bodies.map(|body| server.post(body))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(!taken.is_empty() && !refused.is_empty(), "{} were taken, {} refused", taken.len(), refused.len());
    for answer in &refused {
        answer.assert_failed(503, "Nothing was stored", "a full queue");
        assert_eq!(answer.header("retry-after"), Some("2"));
    }
    let status = server.data("/status").await;
    assert_eq!(
        (&status["events_captured"], &status["traces_active"]),
        (&(taken.len() * 1_000).into(), &taken.len().into())
    );
}
