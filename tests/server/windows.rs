//! Windows of a trace's event list: binary for the browser, JSON for people, pinned to a version.

use model::window::{CONTENT_TYPE, Window};
use reqwest::Method;

use crate::events::{TRACE, call, chain, event, event_id};
use crate::support::{Server, answer};

#[tokio::test]
async fn both_forms_of_a_window_are_the_same_window() {
    let server = Server::start().await;
    server.store(&chain(TRACE, 300)).await;
    let path = format!("/api/traces/{TRACE}/window?offset=120&count=30");
    let json = server.data(&path).await;
    let binary = answer(server.request(Method::GET, &path).header("accept", CONTENT_TYPE)).await;
    assert_eq!(binary.header("content-type"), Some(CONTENT_TYPE));
    let window = Window::from_bytes(&binary.body).expect("a window");
    assert_eq!(serde_json::from_value::<Window>(json).expect("a window"), window);
    assert_eq!((window.offset, window.total, window.rows.len()), (120, 300, 30));
    assert_eq!(window.rows[0].id.to_string(), event_id(121));
}

#[tokio::test]
async fn counts_are_capped_and_offsets_beyond_the_end_are_empty() {
    let server = Server::start().await;
    server.store(&chain(TRACE, 700)).await;
    for (query, rows) in [
        ("", 100),
        ("count=0", 100),
        ("count=-1", 100),
        ("count=100000", 500),
        ("offset=690&count=100", 10),
        ("offset=700", 0),
        ("offset=18446744073709551615&count=500", 0),
    ] {
        let window = server.data(&format!("/api/traces/{TRACE}/window?{query}")).await;
        assert_eq!(window["rows"].as_array().map(Vec::len), Some(rows), "{query}");
        assert_eq!(window["total"], 700, "{query}");
    }
}

#[tokio::test]
async fn a_window_of_an_older_version_is_refused_with_the_new_one() {
    let server = Server::start().await;
    server.store(&chain(TRACE, 3)).await;
    let path = |version: u64| format!("/api/traces/{TRACE}/window?version={version}");
    let version = server.data(&format!("/api/traces/{TRACE}/window")).await["version"].as_u64().expect("a version");
    assert_eq!(server.get(&path(version)).await.status, 200);
    server.store(&[event(TRACE, 4, "worker", call("late"))]).await;
    let stale = server.get(&path(version)).await;
    stale.assert_failed(409, "version", "a stale window");
    let new = stale.json()["version"].as_u64().expect("the new version");
    assert_eq!(server.data(&path(new)).await["total"], 4);
}
