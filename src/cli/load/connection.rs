//! One keep-alive HTTP/1.1 connection, as thin as it gets, and the server's own count of events.

use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::http::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

/// A server holds a request for up to 5 s when it is full; one that takes this long is gone.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const LONGEST_ANSWER: usize = 1 << 20;

/// The server to load.
#[derive(Debug, Clone)]
pub struct Target {
    /// `host:port`
    authority: String,
    /// Of `/events`, with whatever stands before it.
    path: String,
    status_url: String,
}

/// What the server answered to a batch.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

/// The parts of a 200 that count.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Taken {
    pub duplicates: u64,
    pub rejected_total: u64,
    pub rejected: Vec<Rejected>,
}

#[derive(Debug, Deserialize)]
pub struct Rejected {
    pub index: usize,
    pub reason: String,
}

#[derive(Deserialize)]
struct Status {
    data: StatusData,
}

#[derive(Deserialize)]
struct StatusData {
    events_captured: u64,
}

impl Target {
    /// # Errors
    /// When `url` is no `http://` URL.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        let base: reqwest::Url = url.parse().with_context(|| format!("`{url}` is no URL"))?;
        let (Some(host), Some(port), "http") = (base.host_str(), base.port_or_known_default(), base.scheme()) else {
            bail!("`{url}` is no http:// URL");
        };
        let path = base.path().trim_end_matches('/');
        let authority = format!("{host}:{port}");
        let status_url = format!("http://{authority}{path}/status");
        Ok(Self { path: format!("{path}/events"), authority, status_url })
    }

    /// The server's own count of stored events.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn events_captured(&self) -> anyhow::Result<u64> {
        let http = reqwest::Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).build()?;
        let answer = http.get(&self.status_url).send().await?.error_for_status()?;
        let status: Status = answer.json().await.context("its /status is not that of a Raceway server")?;
        Ok(status.data.events_captured)
    }

    /// # Errors
    /// When the server does not accept a connection.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the socket, or when the sender is dropped.
        tokio::spawn(connection);
        Ok(Connection { sender })
    }
}

/// An open connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Sends one batch and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection broke: whether the batch was taken is then unknown.
    pub async fn send(&mut self, target: &Target, body: Bytes) -> anyhow::Result<Answer> {
        let request = Request::post(&target.path)
            .header(HOST, &target.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        tokio::time::timeout(REQUEST_TIMEOUT, self.exchange(request)).await.context("no answer in time")?
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
        Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_an_address_and_two_paths() {
        let target = Target::parse("http://127.0.0.1:8080/").expect("a target");
        assert_eq!((&*target.authority, &*target.path), ("127.0.0.1:8080", "/events"));
        let behind_proxy = Target::parse("http://[::1]/raceway").expect("a target");
        assert_eq!((&*behind_proxy.authority, &*behind_proxy.path), ("[::1]:80", "/raceway/events"));
        assert_eq!(behind_proxy.status_url, "http://[::1]:80/raceway/status");
        for url in ["", "127.0.0.1:8080", "https://127.0.0.1", "unix:/tmp/x"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
