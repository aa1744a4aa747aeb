//! Whatever is sent, the answer says what was wrong with it, and the next good request works.

use std::io::Write as _;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::events::{OTHER_TRACE, TRACE, UNKNOWN_TRACE, call, event, event_id};
use crate::support::{Answer, Server, answer, batch};

const MIB: usize = 1 << 20;

/// What it is, headers, body, the status it gets, and what the answer says.
type BadBody = (&'static str, Vec<(&'static str, &'static str)>, Vec<u8>, u16, &'static str);

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}

async fn post(server: &Server, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = server.request(Method::POST, "/events").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

/// A new event each time, so that it counts.
async fn assert_still_serving(server: &Server, n: usize, after: &str) {
    let good = server.post(batch(&[event(OTHER_TRACE, n, "good", call("f"))])).await;
    assert_eq!(good.json()["data"], "Ingested 1 events", "after {after}");
    let list = server.data("/api/traces?page_size=1").await;
    assert_eq!(list["traces"][0]["event_count"], n, "after {after}");
}

#[tokio::test]
async fn a_bad_body_is_refused_with_its_reason_and_the_next_good_one_works() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    let spaces = vec![b' '; 21 * MIB];
    let bomb = gzip(&vec![b'['; 200 * MIB]);
    let zstd_bomb = zstd::encode_all(vec![b' '; 200 * MIB].as_slice(), 1).expect("memory");
    assert!(bomb.len() < MIB && zstd_bomb.len() < MIB);
    let cut = gzip(br#"{"events":[]}"#)[..12].to_vec();
    let deep = [br#"{"events":"#.to_vec(), vec![b'['; MIB]].concat();
    #[rustfmt::skip]
    let cases: Vec<BadBody> = vec![
        ("broken JSON", vec![JSON], b"{events:[]}".to_vec(), 400, "not JSON"),
        ("cut JSON", vec![JSON], br#"{"events":[{"id":"#.to_vec(), 400, "not JSON"),
        ("no body", vec![JSON], Vec::new(), 400, "not JSON"),
        ("bad UTF-8", vec![JSON], b"{\"events\":[{\"id\":\"\xff\xfe\"}]}".to_vec(), 400, "not JSON"),
        ("deep nesting", vec![JSON], deep, 400, "not JSON"),
        ("no events", vec![JSON], br#"{"not_events":1}"#.to_vec(), 422, "events"),
        ("events of another type", vec![JSON], br#"{"events":{"id":1}}"#.to_vec(), 422, "events"),
        ("null events", vec![JSON], br#"{"events":null}"#.to_vec(), 422, "events"),
        ("an array", vec![JSON], b"[]".to_vec(), 422, "events"),
        ("no content type", vec![], br#"{"events":[]}"#.to_vec(), 415, "Content-Type: application/json"),
        ("another content type", vec![("content-type", "text/plain")], br#"{"events":[]}"#.to_vec(), 415, "Content-Type"),
        ("an unknown encoding", vec![JSON, ("content-encoding", "br")], b"x".to_vec(), 415, "gzip or zstd"),
        ("two encodings", vec![JSON, ("content-encoding", "gzip, gzip")], b"x".to_vec(), 415, "gzip or zstd"),
        ("not gzip", vec![JSON, ("content-encoding", "gzip")], br#"{"events":[]}"#.to_vec(), 400, "decompressed"),
        ("cut gzip", vec![JSON, ("content-encoding", "gzip")], cut, 400, "decompressed"),
        ("not zstd", vec![JSON, ("content-encoding", "zstd")], br#"{"events":[]}"#.to_vec(), 400, "decompressed"),
        ("21 MiB", vec![JSON], spaces.clone(), 413, "larger than 20971520 bytes"),
        ("21 MiB in gzip", vec![JSON, ("content-encoding", "gzip")], gzip(&spaces), 413, "larger than 20971520 bytes"),
        ("a gzip bomb", vec![JSON, ("content-encoding", "gzip")], bomb, 413, "larger than 20971520 bytes"),
        ("a zstd bomb", vec![JSON, ("content-encoding", "zstd")], zstd_bomb, 413, "larger than 20971520 bytes"),
    ];
    let server = Server::start().await;
    for (case_idx, (what, headers, body, status, says)) in cases.into_iter().enumerate() {
        post(&server, &headers, body).await.assert_failed(status, says, what);
        assert_still_serving(&server, case_idx + 1, what).await;
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_limited_too() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let head = "POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
        transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("a writable socket");
    let chunk = [format!("{MIB:x}\r\n").into_bytes(), vec![b' '; MIB], b"\r\n".to_vec()].concat();
    for _ in 0..21 {
        stream.write_all(&chunk).await.expect("a writable socket");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("a writable socket");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("larger than 20971520 bytes"), "{answer}");
    assert_still_serving(&server, 1, "a chunked body").await;
}

#[tokio::test]
async fn an_odd_event_is_taken_or_refused_alone() {
    let server = Server::start().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut odd = event(TRACE, 1, "odd", call("f"));
        change(&mut odd);
        odd
    };
    let call_path = "/kind/FunctionCall/function_name";
    let odd: Vec<(&str, Value)> = vec![
        ("a NUL", with(&|event| event["metadata"]["service_name"] = "a\0b".into())),
        (
            "a string of 1 MB",
            with(&|event| *event.pointer_mut(call_path).expect("there") = "x".repeat(1_000_000).into()),
        ),
        (
            "2 MB of arguments",
            with(&|event| event["kind"]["FunctionCall"]["args"] = vec!["y".repeat(60_000); 35].into()),
        ),
        ("a number for a name", with(&|event| event["metadata"]["service_name"] = 5.into())),
        ("no kind", with(&|event| event["kind"] = json!({}))),
        ("two kinds", with(&|event| event["kind"]["Error"] = json!({}))),
        ("an unknown kind", with(&|event| event["kind"] = json!({ "Teleport": { "to": "mars" } }))),
        ("a nil id", with(&|event| event["id"] = "00000000-0000-0000-0000-000000000000".into())),
        ("its own parent", with(&|event| event["parent_id"] = event_id(1).into())),
        ("a naive time", with(&|event| event["timestamp"] = "2026-11-21T13:00:00".into())),
        ("a time before 1677", with(&|event| event["timestamp"] = "1500-01-01T00:00:00Z".into())),
        ("a clock that is an object", with(&|event| event["causality_vector"] = json!({ "a": 1 }))),
        ("300 clock entries", with(&|event| event["causality_vector"] = vec![json!(["a", 1]); 300].into())),
        ("not an object", json!(7)),
    ];
    for (odd_idx, (what, odd)) in odd.into_iter().enumerate() {
        let good = event(OTHER_TRACE, odd_idx + 1, "good", call("f"));
        let answer = server.post(batch(&[odd, good])).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        let json = answer.json();
        let rejected = json["rejected_total"].as_u64().expect("a number");
        assert_eq!(json["data"], format!("Ingested {} events", 2 - rejected), "{what}: {json}");
        if rejected > 0 {
            assert_eq!(json["rejected"][0]["index"], 0, "{what}");
        }
        let trace = server.data(&format!("/api/traces/{OTHER_TRACE}")).await;
        assert_eq!(trace["events_total"], odd_idx + 1, "after {what}");
        let trace = server.get(&format!("/api/traces/{TRACE}")).await;
        assert!(trace.status == 200 || trace.status == 404, "{what}: {}", trace.text());
    }
}

#[tokio::test]
async fn bad_paths_and_parameters_are_answered_in_the_envelope() {
    let server = Server::start().await;
    server.store(&[event(TRACE, 1, "good", call("f"))]).await;
    let unknown_event = format!("/api/traces/{TRACE}/events/{}", event_id(99));
    #[rustfmt::skip]
    let cases = [
        (Method::GET, "/api/traces/xyz".to_owned(), 400, "Invalid trace ID format"),
        (Method::GET, "/api/traces/%ff".to_owned(), 400, "Invalid trace ID format"),
        (Method::GET, "/api/traces/00000000-0000-0000-0000-000000000000".to_owned(), 400, "Invalid trace ID format"),
        (Method::GET, "/api/traces/xyz/overview".to_owned(), 400, "Invalid trace ID format"),
        (Method::GET, "/api/traces/xyz/window".to_owned(), 400, "Invalid trace ID format"),
        (Method::GET, "/api/traces/xyz/dependencies".to_owned(), 400, "Invalid trace ID format"),
        (Method::DELETE, "/api/traces/xyz".to_owned(), 400, "Invalid trace ID format"),
        (Method::GET, format!("/api/traces/{TRACE}/events/xyz"), 400, "Invalid event ID format"),
        (Method::GET, format!("/api/traces/{UNKNOWN_TRACE}"), 404, &*format!("Failed to fetch trace: Trace not found: {UNKNOWN_TRACE}")),
        (Method::GET, format!("/api/traces/{UNKNOWN_TRACE}/overview"), 404, "Trace not found"),
        (Method::GET, format!("/api/traces/{UNKNOWN_TRACE}/window"), 404, "Trace not found"),
        (Method::GET, format!("/api/traces/{UNKNOWN_TRACE}/dependencies"), 404, &*format!("Dependency analysis failed: Trace not found: {UNKNOWN_TRACE}")),
        (Method::GET, format!("/api/traces/{UNKNOWN_TRACE}/events/{}", event_id(1)), 404, "Trace not found"),
        (Method::GET, unknown_event, 404, "Event not found"),
        (Method::DELETE, format!("/api/traces/{UNKNOWN_TRACE}"), 404, "Trace not found"),
        (Method::GET, "/api/traces?cursor=nonsense".to_owned(), 400, "cursor"),
        (Method::GET, "/api/services/%ff/traces".to_owned(), 400, "Invalid service name"),
        (Method::GET, "/api/nothing".to_owned(), 404, "no such route"),
        (Method::GET, format!("/api/traces/{TRACE}/no-such-part"), 404, "no such route"),
        (Method::GET, "/events/more".to_owned(), 404, "no such route"),
        (Method::GET, "/_fn/nothing".to_owned(), 404, "no such route"),
        (Method::GET, "/pkg/nothing.js".to_owned(), 404, "no such route"),
        (Method::POST, "/auth/login".to_owned(), 400, "UI authentication is not enabled"),
    ];
    for (method, path, status, says) in cases {
        let what = format!("{method} {path}");
        answer(server.request(method, &path)).await.assert_failed(status, says, &what);
        assert_eq!(server.data("/api/traces").await["total_traces"], 1, "after {what}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_allowed_says_which_are() {
    let server = Server::start().await;
    for (method, path, allow) in [
        (Method::GET, "/events", "POST"),
        (Method::PUT, "/api/traces", "GET,HEAD"),
        (Method::POST, "/status", "GET,HEAD"),
        (Method::PATCH, &*format!("/api/traces/{TRACE}"), "GET,HEAD,DELETE"),
    ] {
        let answer = answer(server.request(method, path)).await;
        answer.assert_failed(405, "not allowed", path);
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
    }
}

#[tokio::test]
async fn paging_parameters_are_read_leniently() {
    let server = Server::start().await;
    server.store(&[event(TRACE, 1, "good", call("f"))]).await;
    for (query, page, page_size) in [
        ("page=-1", 1, 20),
        ("page=0", 1, 20),
        ("page_size=0", 1, 20),
        ("page_size=-3", 1, 20),
        ("page_size=1000000", 1, 200),
        ("page=x&page_size=y&min_events=z", 1, 20),
        ("%%%&=&page", 1, 20),
        ("page=9223372036854775807&page_size=200", 9_223_372_036_854_775_807_u64, 200),
        ("page=18446744073709551615", u64::MAX, 20),
        ("skip=18446744073709551615", u64::MAX / 20 + 1, 20),
    ] {
        let list = server.data(&format!("/api/traces?{query}")).await;
        assert_eq!((&list["page"], &list["page_size"]), (&page.into(), &page_size.into()), "{query}");
        assert_eq!(list["total_traces"], 1, "{query}");
    }
}
