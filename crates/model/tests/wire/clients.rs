//! What the existing clients really send is taken and given back as they read it.

use model::wire::{Decoded, Payload, decode_batch};
use model::{Kind, Mode, Nanos};
use serde_json::{Value, json};

use crate::support::written;

fn fixture(text: &str) -> Decoded {
    let decoded = decode_batch(text.as_bytes()).expect("a batch");
    assert_eq!(decoded.rejected, []);
    decoded
}

#[test]
fn the_python_client_is_understood() {
    let table = fixture(include_str!("../fixtures/python.json")).table;
    let [request, call, acquire] = table.rows[..] else { panic!("three events") };
    assert_eq!((request.kind, request.mode), (Kind::Request, Mode::In));
    assert_eq!(table.text(request.operation), "POST /transfer");
    assert_eq!(table.text(request.thread), "python-23191-8c3a3766");
    assert_eq!(request.start, Nanos::parse("2026-11-21T13:00:05.691711Z").expect("a time"));
    assert_eq!(request.end, request.start);
    // Its calls are recorded when they are over.
    assert_eq!(call.end, Nanos::parse("2026-11-21T13:00:05.701Z").expect("a time"));
    assert_eq!(call.end.since(call.start), 5_000_000);
    assert_eq!((acquire.kind, acquire.mode), (Kind::Acquire, Mode::Exclusive));
    assert_eq!(table.text(acquire.lock), "account_lock");
    assert_eq!(table.clock(&acquire).len(), 1);
    assert_eq!(table.clock(&acquire)[0].count, 4);
    assert_eq!(
        Payload::decode(table.payload(&request)).expect("a payload").timestamp,
        "2026-11-21T13:00:05.691711+00:00"
    );
}

#[test]
fn an_event_is_given_back_with_the_keys_that_clients_read() {
    let table = fixture(include_str!("../fixtures/python.json")).table;
    assert_eq!(
        written(&table, &table.rows[0]),
        concat!(
            r#"{"id":"94487297-144d-44e6-b6cc-570a439c2afb","trace_id":"b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6","#,
            r#""parent_id":null,"timestamp":"2026-11-21T13:00:05.691711Z","#,
            r#""kind":{"HttpRequest":{"method": "POST", "url": "/transfer", "headers": {}, "body": null}},"#,
            r#""metadata":{"thread_id":"python-23191-8c3a3766","process_id":23191,"service_name":"banking-api","#,
            r#""environment":"development","tags":{"sdk_language": "python"},"duration_ns":null,"#,
            r#""instance_id":"bank-1","distributed_span_id":"3ff3d1219b408bbb"},"#,
            r#""causality_vector":[["banking-api#bank-1",1]],"lock_set":[]}"#,
        )
    );
}

#[test]
fn the_typescript_client_is_understood() {
    let table = fixture(include_str!("../fixtures/typescript.json")).table;
    let [call, read, response] = table.rows[..] else { panic!("three events") };
    assert_eq!((call.kind, call.clock.len), (Kind::Call, 0));
    assert_eq!((read.kind, read.old_hash), (Kind::Read, 0));
    assert_ne!(read.new_hash, 0, "null is a value");
    let kept: Value = serde_json::from_str(&written(&table, &read)).expect("JSON");
    assert_eq!(kept["kind"]["StateChange"].as_object().and_then(|fields| fields.get("new_value")), Some(&Value::Null));
    assert_eq!((response.kind, response.status, response.error), (Kind::Response, 503, true));
    assert_eq!(response.end.since(response.start), 12_750_000);
    assert_eq!(response.end, Nanos::parse("2026-11-21T13:02:39.930Z").expect("a time"));
    let kept: Value = serde_json::from_str(&written(&table, &response)).expect("JSON");
    assert_eq!(kept["kind"]["HttpResponse"]["body"], json!({"note": "😀"}));
    assert_eq!(kept["kind"]["HttpResponse"]["duration_ms"], json!(12.75));
}

#[test]
fn the_go_client_is_understood() {
    let table = fixture(include_str!("../fixtures/go.json")).table;
    let [spawn, join, call, error, acquire] = table.rows[..] else { panic!("five events") };
    assert_eq!((spawn.kind, table.text(spawn.operation)), (Kind::Spawn, "settle"));
    assert_eq!((join.kind, table.text(join.operation)), (Kind::Join, "worker-7"));
    assert_eq!((call.kind, call.end.since(call.start)), (Kind::Call, 2_500_000));
    assert_eq!(call.end, Nanos::parse("2026-11-21T13:05:00.3Z").expect("a time"));
    assert_eq!((error.kind, error.error), (Kind::Error, true));
    assert_eq!((acquire.kind, acquire.mode), (Kind::Acquire, Mode::Shared));
    let kept: Value = serde_json::from_str(&written(&table, &error)).expect("JSON");
    assert_eq!(kept["metadata"]["tags"], json!({}));
    assert_eq!(kept["kind"]["Error"]["stack_trace"], Value::Null);
}

#[test]
fn the_rust_client_is_understood() {
    let table = fixture(include_str!("../fixtures/rust.json")).table;
    let [update, request] = table.rows[..] else { panic!("two events") };
    assert_eq!((update.kind, update.mode), (Kind::AtomicRmw, Mode::AcqRel));
    assert_eq!(table.text(update.task), "task-3");
    assert_eq!(table.text(update.variable), "counter");
    assert_eq!(table.text(update.upstream), "b7ad6b7169203331");
    assert!(update.old_hash != 0 && update.new_hash != 0 && update.old_hash != update.new_hash);
    assert_eq!(table.lock_set(&update).iter().map(|&lock| table.text(lock)).collect::<Vec<_>>(), ["ledger"]);
    assert_eq!((request.mode, table.text(request.operation)), (Mode::Out, "GET /accounts/:id"));
}
