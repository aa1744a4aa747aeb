//! What holds for any input.

use model::table::{EventRow, EventTable};
use model::wire::{Payload, decode_batch};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::written;

const FIXTURES: [&str; 4] = [
    include_str!("../fixtures/python.json"),
    include_str!("../fixtures/typescript.json"),
    include_str!("../fixtures/go.json"),
    include_str!("../fixtures/rust.json"),
];

/// Everything a row says, with its strings resolved.
fn meaning(table: &EventTable, row: &EventRow) -> String {
    let payload = Payload::decode(table.payload(row)).expect("a payload");
    let names = [
        row.service,
        row.instance,
        row.environment,
        row.thread,
        row.task,
        row.operation,
        row.span,
        row.upstream,
        row.variable,
        row.lock,
    ]
    .map(|name| table.text(name));
    let clock: Vec<_> = table.clock(row).iter().map(|entry| (table.text(entry.component), entry.count)).collect();
    let locks: Vec<_> = table.lock_set(row).iter().map(|&lock| table.text(lock)).collect();
    format!(
        "{:?}",
        (
            (row.trace, row.id, row.parent, row.start, row.end, row.kind, row.mode, row.error, row.status),
            (row.process_id, row.old_hash, row.new_hash, names, clock, locks),
            (payload.kind, payload.body, payload.tags, payload.duration_ns),
        )
    )
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[a-zA-Z#_.-]{0,8}",
        20 => "(?s).{0,10}",
        5 => Just("token".to_owned()),
        10 => Just("/pay/17?token=abc&x=1".to_owned()),
        4 => Just("x".repeat(2_000)),
        1 => Just("y".repeat(66_000)),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such number", |number| number.is_finite()).prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((any_text(), inner), 0..4).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

fn any_kind() -> impl Strategy<Value = Value> {
    let (text, value) = (any_text, any_value);
    let access = proptest::sample::select(&["Read", "Write", "AtomicRead", "AtomicWrite", "AtomicRMW"][..]);
    prop_oneof![
        (text(), text(), value(), any::<u32>()).prop_map(|(name, module, args, line)| json!({"FunctionCall": {"function_name": name, "module": module, "args": args, "file": "f", "line": line}})),
        (text(), value(), value(), access).prop_map(|(variable, old, new, access)| json!({"StateChange": {"variable": variable, "old_value": old, "new_value": new, "location": "l", "access_type": access}})),
        (text(), access_missing()).prop_map(|(variable, access)| json!({"StateChange": {"variable": variable, "location": "l", "access_type": access}})),
        (text(), text()).prop_map(|(id, lock_type)| json!({"LockAcquire": {"lock_id": id, "lock_type": lock_type, "location": ""}})),
        (text(), text(), text(), value()).prop_map(|(method, url, header, body)| json!({"HttpRequest": {"method": method, "url": url, "headers": {"authorization": header, "a": "b"}, "body": body}})),
        (any::<u16>(), 0.0..1e6_f64).prop_map(|(status, duration)| json!({"HttpResponse": {"status": status, "headers": {}, "duration_ms": duration}})),
        (text(), text(), any::<u32>()).prop_map(|(query, database, duration)| json!({"DatabaseQuery": {"query": query, "database": database, "duration_ms": duration}})),
        (text(), value()).prop_map(|(name, data)| json!({"Custom": {"name": name, "data": data}})),
        (text(), value()).prop_map(|(name, data)| json!({format!("Never{name}"): data})),
    ]
}

fn access_missing() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&["Read", "Write"][..])
}

prop_compose! {
    fn any_event()(
        id in 1u128..,
        parent in proptest::option::of(1u128..),
        nanos in -3_000_000_000_000_000_000_i64..8_000_000_000_000_000_000,
        kind in any_kind(),
        names in proptest::array::uniform3(any_text()),
        optional in proptest::array::uniform3(proptest::option::of(any_text())),
        tags in proptest::collection::hash_map(any_text(), any_text(), 0..3),
        duration in proptest::option::of(any::<u64>()),
        clock in proptest::collection::vec((any_text(), any::<u64>()), 0..3),
        locks in proptest::collection::vec(any_text(), 0..3),
    ) -> Value {
        json!({
            "id": model::EventId::new(id), "trace_id": model::TraceId::new(id), "parent_id": parent.and_then(model::EventId::new),
            "timestamp": model::Nanos(nanos).to_string(), "kind": kind,
            "metadata": {
                "thread_id": names[0], "process_id": 1, "service_name": names[1], "environment": names[2], "tags": tags,
                "duration_ns": duration, "instance_id": optional[0], "distributed_span_id": optional[1], "upstream_span_id": optional[2],
            },
            "causality_vector": clock, "lock_set": locks,
        })
    }
}

proptest! {
    #[test]
    fn an_event_survives_being_written_and_read_again(event in any_event()) {
        let first = decode_batch(json!({"events": [&event]}).to_string().as_bytes()).expect("a batch");
        prop_assert_eq!(&first.rejected, &[]);
        let text = written(&first.table, &first.table.rows[0]);
        let second = decode_batch(format!("{{\"events\":[{text}]}}").as_bytes()).expect("a batch");
        prop_assert_eq!(&second.rejected, &[]);
        prop_assert_eq!(meaning(&second.table, &second.table.rows[0]), meaning(&first.table, &first.table.rows[0]));
        prop_assert_eq!(written(&second.table, &second.table.rows[0]), text);
    }

    /// Where one way of reading refuses, the other can say why.
    #[test]
    fn whatever_is_refused_is_refused_with_a_path(
        mut event in any_event(),
        place in proptest::sample::select(&[
            "/id", "/trace_id", "/parent_id", "/timestamp", "/kind", "/metadata", "/metadata/thread_id", "/metadata/process_id",
            "/metadata/service_name", "/metadata/environment", "/metadata/tags", "/metadata/duration_ns", "/metadata/instance_id",
            "/metadata/distributed_span_id", "/metadata/upstream_span_id", "/causality_vector", "/lock_set",
        ][..]),
        field in any::<proptest::sample::Index>(),
        in_kind: bool,
        value in any_value(),
    ) {
        let kind = event["kind"].as_object_mut().and_then(|kind| kind.values_mut().next()).and_then(Value::as_object_mut);
        if let (true, Some(fields)) = (in_kind, kind.filter(|fields| !fields.is_empty())) {
            let name = fields.keys().nth(field.index(fields.len())).expect("a key").clone();
            fields.insert(name, value);
        } else if let Some(target) = event.pointer_mut(place) {
            *target = value;
        }
        let decoded = decode_batch(json!({"events": [&event]}).to_string().as_bytes()).expect("a batch");
        for rejected in decoded.rejected {
            prop_assert!(rejected.reason.starts_with("events[0]."), "{} for {event}", rejected.reason);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode_batch(&bytes);
    }

    #[test]
    fn damaged_batches_never_panic_and_what_remains_can_be_written(
        fixture in proptest::sample::select(&FIXTURES[..]),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), prop_oneof![any::<u8>(), proptest::sample::select(&b"\"\\{}[],:0n-.eu"[..])]), 1..4),
        cut in any::<proptest::sample::Index>(),
        shorten: bool,
    ) {
        let mut bytes = fixture.as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(decoded) = decode_batch(&bytes) {
            for row in &decoded.table.rows {
                let text = written(&decoded.table, row);
                prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
            }
        }
    }
}
