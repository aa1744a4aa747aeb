//! Events to start from.

use model::table::{EventRow, EventTable};
use model::wire::{Decoded, Payload, decode_batch, write_event};
use serde_json::{Value, json};

/// A valid event of the given kind; every test changes what it is about.
pub fn event(kind: Value) -> Value {
    json!({
        "id": "94487297-144d-44e6-b6cc-570a439c2afb",
        "trace_id": "b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6",
        "parent_id": null,
        "timestamp": "2026-11-21T13:00:05.691711Z",
        "kind": kind,
        "metadata": {
            "thread_id": "t1", "process_id": 7, "service_name": "bank", "environment": "test",
            "tags": {}, "duration_ns": null, "instance_id": "bank-1",
        },
        "causality_vector": [["bank#bank-1", 1]],
        "lock_set": [],
    })
}

/// `event(kind)` with one more change: `path` is a JSON pointer, missing steps are made.
pub fn event_with(kind: Value, path: &str, value: Value) -> Value {
    let mut event = event(kind);
    let (parent, key) = path.rsplit_once('/').expect("a JSON pointer");
    event.pointer_mut(parent).expect("an object on the way")[key] = value;
    event
}

pub fn state_change(access_type: &str) -> Value {
    json!({"StateChange": {"variable": "balance", "old_value": 1, "new_value": 2, "location": "a.rs:1", "access_type": access_type}})
}

pub fn body(events: &[Value]) -> Vec<u8> {
    json!({ "events": events }).to_string().into_bytes()
}

pub fn decode(events: &[Value]) -> Decoded {
    decode_batch(&body(events)).expect("a batch")
}

/// The table with the one row of an event that must be accepted.
pub fn accept(event: &Value) -> EventTable {
    let decoded = decode(std::slice::from_ref(event));
    assert_eq!(decoded.rejected, [], "{event}");
    assert_eq!(decoded.table.rows.len(), 1);
    decoded.table
}

pub fn row(table: &EventTable) -> &EventRow {
    &table.rows[0]
}

pub fn payload(table: &EventTable) -> Payload<'_> {
    Payload::decode(table.payload(row(table))).expect("a payload")
}

/// The fields of the kind as they were kept.
pub fn kept_body(table: &EventTable) -> Value {
    serde_json::from_str(payload(table).body).expect("JSON")
}

pub fn written(table: &EventTable, row: &EventRow) -> String {
    let mut out = Vec::new();
    write_event(&mut out, table, row);
    String::from_utf8(out).expect("JSON is UTF-8")
}
