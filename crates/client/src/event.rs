//! One event as the wire contract spells it.

use std::panic::Location;

use model::{EventId, Nanos, TraceId};
use serde::{Serialize, Serializer};

use crate::value::Json;

/// Memory ordering of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Ordering {
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Access {
    Read,
    Write,
    AtomicRead,
    AtomicWrite,
    #[serde(rename = "AtomicRMW")]
    AtomicRmw,
}

/// An object without keys: headers are not recorded, they carry secrets.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct NoHeaders {}

/// The names of variants and fields are the contract's.
#[derive(Debug, Serialize)]
pub(crate) enum Kind<'a> {
    FunctionCall {
        function_name: &'a str,
        module: &'a str,
        args: &'a Json,
        file: &'a str,
        line: u32,
    },
    AsyncSpawn {
        task_id: &'a str,
        spawned_by: &'a str,
    },
    AsyncAwait {
        future_id: &'a str,
        awaited_at: &'a str,
    },
    StateChange {
        variable: &'a str,
        old_value: Option<&'a Json>,
        new_value: &'a Json,
        location: &'a str,
        access_type: Access,
    },
    LockAcquire {
        lock_id: &'a str,
        lock_type: &'a str,
        location: &'a str,
    },
    LockRelease {
        lock_id: &'a str,
        lock_type: &'a str,
        location: &'a str,
    },
    MemoryFence {
        ordering: Ordering,
        location: &'a str,
    },
    HttpRequest {
        method: &'a str,
        url: &'a str,
        headers: NoHeaders,
        body: Option<&'a Json>,
    },
    HttpResponse {
        status: u16,
        headers: NoHeaders,
        body: Option<&'a Json>,
        duration_ms: u64,
    },
    DatabaseQuery {
        query: &'a str,
        database: &'a str,
        duration_ms: u64,
    },
    DatabaseResult {
        rows_affected: u64,
    },
    Error {
        error_type: &'a str,
        message: &'a str,
        stack_trace: &'a [String],
    },
    Custom {
        name: &'a str,
        data: &'a Json,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct Event<'a> {
    pub id: EventId,
    pub trace_id: TraceId,
    pub parent_id: Option<EventId>,
    #[serde(serialize_with = "as_text")]
    pub timestamp: Nanos,
    pub kind: &'a Kind<'a>,
    pub metadata: Metadata<'a>,
    pub causality_vector: &'a [(&'a str, u64)],
    /// Always empty: held locks follow from the lock events.
    pub lock_set: [&'a str; 0],
}

#[derive(Debug, Serialize)]
pub(crate) struct Metadata<'a> {
    pub thread_id: &'a str,
    pub process_id: u32,
    pub service_name: &'a str,
    pub environment: &'a str,
    pub tags: Tags<'a>,
    pub duration_ns: Option<u64>,
    pub instance_id: &'a str,
    pub distributed_span_id: &'a str,
    pub upstream_span_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tags<'a> {
    pub sdk_language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<&'a str>,
}

fn as_text<S: Serializer>(time: &Nanos, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// `file:line`, the contract's form of a place in the source.
pub(crate) fn place(location: &Location<'_>) -> String {
    format!("{}:{}", location.file(), location.line())
}

/// A random version 4 UUID, as event, trace and task ids are.
pub(crate) fn random_uuid_bits() -> u128 {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    rand::random::<u128>() & !VERSION & !VARIANT | 0x4 << 76 | 0b10 << 62
}

pub(crate) fn random_event_id() -> EventId {
    // The version bits are set, so it is never zero and the loop ends at once.
    loop {
        if let Some(id) = EventId::new(random_uuid_bits()) {
            return id;
        }
    }
}

pub(crate) fn random_trace_id() -> TraceId {
    loop {
        if let Some(id) = TraceId::new(random_uuid_bits()) {
            return id;
        }
    }
}

/// 16 hex digits, not all zero.
pub(crate) fn random_span_id() -> String {
    format!("{:016x}", rand::random_range(1..=u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_are_version_4_uuids() {
        for _ in 0..100 {
            let text = random_event_id().to_string();
            assert_eq!(text.as_bytes()[14], b'4', "{text}");
            assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}");
        }
    }
}
