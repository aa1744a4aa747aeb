//! Time and memory: what one client may take from the others.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Server;

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    read.expect("an end").expect("a readable socket");
    String::from_utf8(bytes).expect("text")
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_stopped_and_told_so() {
    let server = Server::start_with(|settings| settings.request_timeout = Duration::from_millis(300)).await;
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
