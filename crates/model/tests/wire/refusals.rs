//! Bad input: what is refused, and with which words.

use model::wire::{BatchError, MAX_REJECTED_LISTED, decode_batch};
use serde_json::{Value, json};

use crate::support::{accept, body, decode, event, event_with, kept_body, state_change};

fn reason(event: Value) -> String {
    let decoded = decode(&[event]);
    assert_eq!((decoded.table.rows.len(), decoded.rejected_total), (0, 1));
    decoded.rejected[0].reason.clone()
}

#[test]
fn a_field_that_does_not_fit_is_named_with_what_was_expected() {
    let with = |path: &str, value: Value| event_with(state_change("Read"), path, value);
    let without = |parent: &str, key: &str| {
        let mut event = event(state_change("Read"));
        event.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(key);
        event
    };
    let nil = json!("00000000-0000-0000-0000-000000000000");
    for (sent, expected) in [
        (json!(5), "events[0]: expected an object, found the number 5"),
        (json!([]), "events[0]: expected an object, found an array"),
        (with("/id", nil.clone()), "events[0].id: an id of all zeros names nothing"),
        (with("/trace_id", json!("x")), "events[0].trace_id: an id is a UUID, 32 hex digits or 16 hex digits"),
        (with("/parent_id", nil), "events[0].parent_id: an id of all zeros names nothing"),
        (without("", "id"), "events[0].id: missing, expected a UUID"),
        (
            with("/timestamp", json!("2026-11-21T13:00:05")),
            "events[0].timestamp: a timestamp is RFC 3339 with an offset, for example 2026-11-21T13:00:05.691711Z",
        ),
        (
            with("/timestamp", json!(1)),
            "events[0].timestamp: expected an RFC 3339 time with an offset, found the number 1",
        ),
        (
            with("/timestamp", json!("1500-01-01T00:00:00Z")),
            "events[0].timestamp: a timestamp lies between the years 1677 and 2262",
        ),
        (with("/metadata/thread_id", json!(5)), "events[0].metadata.thread_id: expected a string, found the number 5"),
        (
            with("/metadata/process_id", json!(-1)),
            "events[0].metadata.process_id: expected a whole number from 0 to 4294967295, found the number -1",
        ),
        (
            with("/metadata/process_id", json!(1.5)),
            "events[0].metadata.process_id: expected a whole number from 0 to 4294967295, found the number 1.5",
        ),
        (with("/metadata/tags", json!({"a": 1})), "events[0].metadata.tags.a: expected a string, found the number 1"),
        (without("/metadata", "tags"), "events[0].metadata.tags: missing, expected an object of strings"),
        (without("/metadata", "service_name"), "events[0].metadata.service_name: missing, expected a string"),
        (with("/metadata", json!([])), "events[0].metadata: expected an object, found an array"),
        (without("", "metadata"), "events[0].metadata: missing, expected an object"),
        (
            with("/metadata/duration_ns", json!("5")),
            "events[0].metadata.duration_ns: expected a number, found the string \"5\"",
        ),
        (
            with("/metadata/instance_id", json!(true)),
            "events[0].metadata.instance_id: expected a string, found true or false",
        ),
        (
            with("/causality_vector", json!({"a": 1})),
            "events[0].causality_vector: expected an array of [string, whole number], found an object",
        ),
        (
            with("/causality_vector", json!([["a", 1], ["b", -1]])),
            "events[0].causality_vector[1]: expected [string, whole number], found an array",
        ),
        (with("/lock_set", json!([1])), "events[0].lock_set[0]: expected a string, found the number 1"),
        (
            with("/kind", json!("StateChange")),
            "events[0].kind: expected an object with one key, found the string \"StateChange\"",
        ),
        (with("/kind", json!({})), "events[0].kind: expected exactly one key, found 0"),
        (
            with("/kind", json!({"Custom": {"name": "a", "data": 1}, "Other": 1})),
            "events[0].kind: expected exactly one key, found 2",
        ),
        (with("/kind", json!({"Custom": ["a", 1]})), "events[0].kind.Custom: expected an object, found an array"),
        (without("/kind/StateChange", "variable"), "events[0].kind.StateChange.variable: missing, expected a string"),
        (
            with("/kind/StateChange/access_type", json!("Peek")),
            "events[0].kind.StateChange.access_type: expected one of Read, Write, AtomicRead, AtomicWrite, AtomicRMW, found the string \"Peek\"",
        ),
        (
            with("/kind", json!({"HttpResponse": {"status": 70_000, "headers": {}, "duration_ms": 1}})),
            "events[0].kind.HttpResponse.status: expected a whole number from 0 to 65535, found the number 70000",
        ),
        (
            with("/kind", json!({"HttpResponse": {"status": 200, "headers": {"a": [1]}, "duration_ms": 1}})),
            "events[0].kind.HttpResponse.headers.a: expected a string, found an array",
        ),
        (
            with("/kind", json!({"DatabaseQuery": {"query": "q", "database": "d", "duration_ms": null}})),
            "events[0].kind.DatabaseQuery.duration_ms: expected a number, found null",
        ),
        (
            with("/kind", json!({"MemoryFence": {"ordering": "Strong", "location": "a"}})),
            "events[0].kind.MemoryFence.ordering: expected one of Relaxed, Acquire, Release, AcqRel, SeqCst, found the string \"Strong\"",
        ),
    ] {
        assert_eq!(reason(sent.clone()), expected, "{sent}");
    }
}

#[test]
fn what_clients_leave_out_is_no_reason_to_refuse() {
    let mut sent = event(state_change("Read"));
    let fields = sent.as_object_mut().expect("an object");
    for key in ["parent_id", "causality_vector", "lock_set"] {
        fields.remove(key);
    }
    for key in ["duration_ns", "instance_id"] {
        fields["metadata"].as_object_mut().expect("an object").remove(key);
    }
    fields.insert("unknown".into(), json!({"a": [1]}));
    accept(&sent);
}

#[test]
fn bad_events_are_refused_by_index_and_the_others_go_on() {
    let good = event(state_change("Read"));
    let decoded = decode(&[good.clone(), json!(null), good.clone(), event(json!({"Custom": {}})), good]);
    assert_eq!(decoded.table.rows.len(), 3);
    assert_eq!(decoded.rejected.iter().map(|rejected| rejected.index).collect::<Vec<_>>(), [1, 3]);
    let many = vec![json!(0); MAX_REJECTED_LISTED + 50];
    let decoded = decode(&many);
    assert_eq!((decoded.rejected.len(), decoded.rejected_total), (MAX_REJECTED_LISTED, MAX_REJECTED_LISTED + 50));
}

#[test]
fn a_refused_event_leaves_no_columns_behind() {
    let mut bad = event(state_change("Read"));
    bad["lock_set"] = json!(vec!["l"; 257]);
    let decoded = decode(&[bad, event(state_change("Read"))]);
    assert_eq!((decoded.table.clocks.len(), decoded.table.locks.len()), (1, 0));
}

#[test]
fn limits_are_kept() {
    let with = |path: &str, value: Value| event_with(state_change("Read"), path, value);
    assert_eq!(
        reason(with("/causality_vector", json!(vec![("c", 1); 257]))),
        "events[0].causality_vector: more than 256 components"
    );
    accept(&with("/causality_vector", json!(vec![("c", 1); 256])));
    assert_eq!(reason(with("/lock_set", json!(vec!["l"; 300]))), "events[0].lock_set: more than 256 locks");
    let large = json!(vec!["x".repeat(60_000); 20]);
    assert_eq!(
        reason(event(json!({"Custom": {"name": "n", "data": large}}))),
        "events[0].kind: fields and tags have more than 1 MiB"
    );
    let table = accept(&event(json!({"Custom": {"name": "n", "data": "x".repeat(10 << 20)}})));
    let kept = kept_body(&table);
    let text = kept["data"].as_str().expect("a string");
    assert!(text.len() <= model::limits::STRING_BYTES && text.ends_with(model::limits::CUT_MARK));
}

#[test]
fn deep_nesting_is_refused_and_overflows_nothing() {
    for depth in [101, 127, 200, 300_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let at = |place: &str| {
            let text = event(json!({"Custom": {"name": "n", "data": "HERE"}})).to_string();
            let text = match place {
                "data" => text.replace("\"HERE\"", &nested),
                "tags" => text.replace("\"tags\":{}", &format!("\"tags\":{nested}")),
                _ => text.replacen('{', &format!("{{\"unknown\":{nested},"), 1),
            };
            decode_batch(format!("{{\"events\":[{text}]}}").as_bytes()).expect("a batch")
        };
        assert_eq!(at("data").rejected[0].reason, "events[0].kind: nested deeper than 100 levels");
        assert_eq!(at("tags").rejected_total, 1);
        assert_eq!(at("elsewhere").table.rows.len(), 1);
        let whole = decode_batch(nested.as_bytes());
        assert!(matches!(whole, Err(BatchError::NoEvents(_))), "{whole:?}");
        assert!(matches!(decode_batch("[".repeat(depth).as_bytes()), Err(BatchError::Syntax(_))));
    }
}

#[test]
fn a_body_that_is_no_batch_is_told_apart() {
    let syntax = |body: &[u8]| match decode_batch(body) {
        Err(BatchError::Syntax(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(syntax(b"{\"events\":\n [\xff]}"), "invalid UTF-8 at line 2 column 3");
    assert_eq!(syntax(b"{not JSON"), "key must be a string at line 1 column 2");
    let mut broken = body(&[event(state_change("Read"))]);
    broken.pop();
    assert!(syntax(&broken).starts_with("EOF while parsing an object"));
    broken.extend_from_slice(b"}x");
    assert!(syntax(&broken).starts_with("trailing characters"));
    assert!(syntax(b"{\"events\":5,\"x\":}").starts_with("expected value"));
    assert!(syntax(b"").starts_with("EOF"));
    for text in [
        "{}",
        "[]",
        "5",
        "null",
        "{\"not_events\":1}",
        "{\"events\":null}",
        "{\"events\":{}}",
        "{\"events\":[],\"events\":[]}",
    ] {
        let answer = decode_batch(text.as_bytes());
        assert!(matches!(answer, Err(BatchError::NoEvents(_))), "{text}: {answer:?}");
    }
    let empty = decode_batch(b" {\"x\":[{}], \"events\" : [ ] } ").expect("a batch");
    assert_eq!((empty.table.rows.len(), empty.rejected_total), (0, 0));
}
