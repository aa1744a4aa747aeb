//! Events as the contract's JSON.

use std::io::Write;

use super::json_text::push_string;
use super::{Payload, timestamp};
use crate::table::{EventRow, EventTable, StrId};

/// Stands for a payload that cannot be read.
const UNREADABLE: Payload<'_> = Payload {
    timestamp: "",
    kind: "Custom",
    body: r#"{"name":"unreadable","data":null}"#,
    tags: "{}",
    duration_ns: None,
};

/// Appends one event, as a client of the contract expects it: clock, lock set, fields and tags as they
/// were sent, the time in UTC. When its payload cannot be read, its kind is `Custom` with the name
/// `unreadable`, and its time the row's.
pub fn write_event(out: &mut Vec<u8>, table: &EventTable, row: &EventRow) {
    let payload = Payload::decode(table.payload(row))
        .ok()
        .filter(|payload| !payload.body.is_empty() && !payload.tags.is_empty())
        .unwrap_or(UNREADABLE);
    // Writing to a vector cannot fail.
    let _ = write!(out, r#"{{"id":"{}","trace_id":"{}","parent_id":"#, row.id, row.trace);
    let _ = match row.parent {
        Some(parent) => write!(out, r#""{parent}""#),
        None => write!(out, "null"),
    };
    out.extend_from_slice(br#","timestamp":""#);
    timestamp::write_utc(out, payload.timestamp, row.start);
    out.extend_from_slice(br#"","kind":{"#);
    push_string(out, payload.kind);
    out.push(b':');
    out.extend_from_slice(payload.body.as_bytes());
    out.push(b'}');
    write_metadata(out, table, row, &payload);
    out.extend_from_slice(br#","causality_vector":["#);
    for (entry_idx, entry) in table.clock(row).iter().enumerate() {
        out.extend_from_slice(if entry_idx > 0 { b",[" } else { b"[" });
        push_string(out, table.text(entry.component));
        let _ = write!(out, ",{}]", entry.count);
    }
    out.extend_from_slice(br#"],"lock_set":["#);
    for (lock_idx, &lock) in table.lock_set(row).iter().enumerate() {
        if lock_idx > 0 {
            out.push(b',');
        }
        push_string(out, table.text(lock));
    }
    out.extend_from_slice(b"]}");
}

fn write_metadata(out: &mut Vec<u8>, table: &EventTable, row: &EventRow, payload: &Payload<'_>) {
    out.extend_from_slice(br#","metadata":{"thread_id":"#);
    push_string(out, table.text(row.thread));
    let _ = write!(out, r#","process_id":{},"service_name":"#, row.process_id);
    push_string(out, table.text(row.service));
    out.extend_from_slice(br#","environment":"#);
    push_string(out, table.text(row.environment));
    out.extend_from_slice(br#","tags":"#);
    out.extend_from_slice(payload.tags.as_bytes());
    let _ = match payload.duration_ns {
        Some(duration) => write!(out, r#","duration_ns":{duration}"#),
        None => write!(out, r#","duration_ns":null"#),
    };
    let optional: [(&[u8], StrId); 3] = [
        (br#","instance_id":"#, row.instance),
        (br#","distributed_span_id":"#, row.span),
        (br#","upstream_span_id":"#, row.upstream),
    ];
    for (key, text) in optional {
        if !text.is_none() {
            out.extend_from_slice(key);
            push_string(out, table.text(text));
        }
    }
    out.push(b'}');
}
