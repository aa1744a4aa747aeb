//! What pages of other origins may do, and whom the server answers for.

use reqwest::Method;

use crate::events::small_trace;
use crate::support::{Answer, Server, answer, batch};

const FOREIGN: &str = "https://elsewhere.example";

async fn from_origin(server: &Server, method: Method, path: &str, origin: &str) -> Answer {
    answer(server.request(method, path).header("origin", origin)).await
}

async fn preflight(server: &Server, path: &str, origin: &str, method: &str) -> Answer {
    let request = server
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization, content-type");
    answer(request).await
}

#[tokio::test]
async fn any_page_may_send_events() {
    let server = Server::start().await;
    let asked = preflight(&server, "/events", FOREIGN, "POST").await;
    assert_eq!(asked.status, 200);
    assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
    assert!(asked.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")));
    assert_eq!(asked.header("access-control-allow-headers"), Some("authorization, content-type"));
    let request =
        server.request(Method::POST, "/events").header("origin", FOREIGN).header("content-type", "application/json");
    let sent = answer(request.body(batch(&small_trace()).to_string())).await;
    assert_eq!((sent.status.as_u16(), sent.header("access-control-allow-origin")), (200, Some("*")));
}

#[tokio::test]
async fn only_pages_of_configured_origins_may_read() {
    let server = Server::start_with(|config| config.server.allowed_origins = vec!["https://ours.example".into()]).await;
    for path in ["/api/traces", "/status", "/health"] {
        let foreign = from_origin(&server, Method::GET, path, FOREIGN).await;
        assert_eq!((foreign.status.as_u16(), foreign.header("access-control-allow-origin")), (200, None), "{path}");
        let ours = from_origin(&server, Method::GET, path, "https://ours.example").await;
        assert_eq!(ours.header("access-control-allow-origin"), Some("https://ours.example"), "{path}");
        assert!(ours.headers.get_all("vary").iter().any(|value| value == "origin"), "{path}");
    }
    preflight(&server, "/api/traces", FOREIGN, "DELETE").await.assert_failed(403, "origin", "a foreign preflight");
    let ours = preflight(&server, "/api/traces", "https://ours.example", "DELETE").await;
    assert_eq!(ours.status, 200);
}

#[tokio::test]
async fn a_name_that_was_pointed_at_loopback_is_not_answered_for() {
    let server = Server::start_with(|config| config.server.allowed_hosts = vec!["ours.example".into()]).await;
    for (host, status) in [
        ("localhost", 200),
        (&*server.address.to_string(), 200),
        ("[::1]:80", 200),
        ("ours.example:8443", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
    ] {
        for path in ["/health", "/api/traces", "/"] {
            let answer = answer(server.request(Method::GET, path).header("host", host)).await;
            let is_refused = answer.status == 421;
            assert_eq!(is_refused, status == 421, "{path} at {host}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_browsers_careful() {
    let server = Server::start().await;
    for path in ["/health", "/api/nothing", "/", "/pkg/nothing.js"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert!(answer.header("x-request-id").is_some(), "{path}");
    }
    let request = server.request(Method::GET, "/health").header("x-request-id", "from-a-proxy.7");
    assert_eq!(answer(request).await.header("x-request-id"), Some("from-a-proxy.7"));
    let request = server.request(Method::GET, "/health").header("x-request-id", "not plain");
    assert_ne!(answer(request).await.header("x-request-id"), Some("not plain"));
}
