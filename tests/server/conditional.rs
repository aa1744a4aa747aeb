//! Conditional requests: an answer that has not changed costs a 304, and one that has never does.

use reqwest::Method;

use crate::events::{TRACE, call, event, event_id, small_trace};
use crate::support::{Answer, Server, answer};

async fn get_with(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = server.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

fn versioned_paths() -> Vec<String> {
    let of_trace =
        ["", "/overview", "/dependencies", "/window?count=2"].map(|rest| format!("/api/traces/{TRACE}{rest}"));
    let lists = [
        "/api/traces",
        "/api/traces?page=1",
        "/api/traces?cursor=&limit=5",
        "/api/services",
        "/api/services/gateway/traces",
        "/api/services/gateway/dependencies",
        "/api/distributed/edges",
    ];
    let event = format!("/api/traces/{TRACE}/events/{}", event_id(2));
    of_trace.into_iter().chain(lists.map(str::to_owned)).chain([event]).collect()
}

#[tokio::test]
async fn every_read_is_conditional_until_something_changes() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    let mut tags = std::collections::HashSet::new();
    for (path_idx, path) in versioned_paths().iter().enumerate() {
        let fresh = server.get(path).await;
        assert_eq!(fresh.status, 200, "{path}: {}", fresh.text());
        assert_eq!(fresh.header("cache-control"), Some("private, no-cache"), "{path}");
        assert_eq!(fresh.header("vary"), Some("accept, accept-encoding"), "{path}");
        assert_eq!(fresh.header("x-raceway-version"), None, "{path}");
        let tag = fresh.header("etag").unwrap_or_else(|| panic!("{path} has no tag")).to_owned();
        assert!(tag.starts_with("W/\"") && tags.insert(tag.clone()), "{path}: {tag}");

        for sent in [tag.clone(), tag.trim_start_matches("W/").to_owned(), format!("\"x\", {tag}"), "*".to_owned()] {
            let unchanged = get_with(&server, path, &[("if-none-match", &sent)]).await;
            assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0), "{path} with {sent}");
            assert_eq!(unchanged.header("etag"), Some(&*tag), "{path}");
            assert_eq!(unchanged.header("content-type"), None, "{path}");
        }
        let other = get_with(&server, path, &[("if-none-match", "W/\"other\"")]).await;
        assert_eq!((other.status.as_u16(), other.body), (200, fresh.body), "{path}");

        server.store(&[event(TRACE, 100 + path_idx, "gateway", call("late"))]).await;
        let changed = get_with(&server, path, &[("if-none-match", &tag)]).await;
        assert_eq!(changed.status, 200, "{path} after a change");
        assert_ne!(changed.header("etag"), Some(&*tag), "{path}");
    }
}

#[tokio::test]
async fn a_tag_of_one_representation_is_none_of_another() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    let path = format!("/api/traces/{TRACE}/window");
    let json = server.get(&path).await.header("etag").expect("a tag").to_owned();
    let binary = [("accept", "application/vnd.raceway.window"), ("if-none-match", &*json)];
    assert_eq!(get_with(&server, &path, &binary).await.status, 200);
    let list = server.get("/api/traces").await.header("etag").expect("a tag").to_owned();
    assert_eq!(get_with(&server, "/api/traces?page=2", &[("if-none-match", &list)]).await.status, 200);
}

#[tokio::test]
async fn a_change_of_one_trace_leaves_another_as_it_was() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    let path = format!("/api/traces/{TRACE}");
    let tag = server.get(&path).await.header("etag").expect("a tag").to_owned();
    server.store(&[event(crate::events::OTHER_TRACE, 1, "a", call("f"))]).await;
    assert_eq!(get_with(&server, &path, &[("if-none-match", &tag)]).await.status, 304);
}

#[tokio::test]
async fn status_and_failures_are_kept_by_nobody() {
    let server = Server::start().await;
    for path in ["/status", "/health", "/api/internal/cache", "/api/nothing", "/api/traces/xyz"] {
        let answer = get_with(&server, path, &[("if-none-match", "*")]).await;
        assert_ne!(answer.status, 304, "{path}");
        assert_eq!((answer.header("cache-control"), answer.header("etag")), (Some("no-store"), None), "{path}");
    }
}

#[tokio::test]
async fn head_says_what_get_would() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    for path in versioned_paths() {
        let get = server.get(&path).await;
        let head = answer(server.request(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let server = Server::start().await;
    server.store(&crate::events::chain(TRACE, 50)).await;
    let path = format!("/api/traces/{TRACE}");
    let plain = server.get(&path).await;
    assert_eq!(plain.header("content-encoding"), None);
    for encoding in ["gzip", "br"] {
        let small = get_with(&server, &path, &[("accept-encoding", encoding)]).await;
        assert_eq!(small.header("content-encoding"), Some(encoding));
        assert!(small.body.len() * 4 < plain.body.len(), "{encoding}: {} of {}", small.body.len(), plain.body.len());
        let tag = small.header("etag").expect("a tag");
        let unchanged = get_with(&server, &path, &[("accept-encoding", encoding), ("if-none-match", tag)]).await;
        assert_eq!(unchanged.status, 304);
    }
    let tiny = get_with(&server, "/health", &[("accept-encoding", "gzip")]).await;
    assert_eq!(tiny.header("content-encoding"), None);
}
