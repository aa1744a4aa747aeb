//! Events for tests, as a client of the contract would send them.

use model::table::EventTable;
use model::wire::decode_batch;
use model::{EventId, TraceId};
use serde_json::{Value, json};

pub fn trace_id(number: u64) -> TraceId {
    TraceId::new(0xace0_0000_0000_0000_0000_0000_0000_0000 | u128::from(number)).expect("not zero")
}

pub fn event_id(number: u64) -> EventId {
    EventId::new(0xe000_0000_0000_0000_0000_0000_0000_0000 | u128::from(number)).expect("not zero")
}

/// One event to be sent; the fields that tests vary.
#[derive(Debug, Clone)]
pub struct Sent {
    pub trace: u64,
    pub id: u64,
    pub parent: Option<u64>,
    /// Milliseconds after 2026-11-21T13:00:00Z.
    pub at_ms: i64,
    pub service: &'static str,
    pub environment: &'static str,
    pub span: Option<&'static str>,
    pub upstream: Option<&'static str>,
    pub kind: Value,
}

impl Sent {
    /// A call of `work` in service `bank`.
    pub fn new(trace: u64, id: u64) -> Self {
        Self {
            trace,
            id,
            parent: None,
            at_ms: id as i64,
            service: "bank",
            environment: "test",
            span: None,
            upstream: None,
            kind: json!({"FunctionCall": {"function_name": "work", "module": "m", "args": {"n": id}, "file": "m.rs", "line": 7}}),
        }
    }

    pub fn kind(self, kind: Value) -> Self {
        Self { kind, ..self }
    }

    pub fn below(self, parent: u64) -> Self {
        Self { parent: Some(parent), ..self }
    }

    pub fn at(self, at_ms: i64) -> Self {
        Self { at_ms, ..self }
    }

    pub fn of(self, service: &'static str) -> Self {
        Self { service, ..self }
    }

    pub fn in_span(self, span: &'static str, upstream: Option<&'static str>) -> Self {
        Self { span: Some(span), upstream, ..self }
    }

    pub fn json(&self) -> Value {
        let at = model::Nanos::parse("2026-11-21T13:00:00Z").expect("a time").saturating_add(self.at_ms * 1_000_000);
        json!({
            "id": event_id(self.id).to_string(),
            "trace_id": trace_id(self.trace).to_string(),
            "parent_id": self.parent.map(|parent| event_id(parent).to_string()),
            "timestamp": at.to_string(),
            "kind": self.kind,
            "metadata": {
                "thread_id": "main", "process_id": 1, "service_name": self.service, "environment": self.environment,
                "tags": {"sdk_language": "rust"}, "duration_ns": null, "instance_id": "one",
                "distributed_span_id": self.span, "upstream_span_id": self.upstream,
            },
            "causality_vector": [[format!("{}#one", self.service), self.id]],
            "lock_set": [],
        })
    }
}

pub fn batch(events: &[Sent]) -> EventTable {
    let body = json!({"events": events.iter().map(Sent::json).collect::<Vec<_>>()}).to_string();
    let decoded = decode_batch(body.as_bytes()).expect("a batch");
    assert_eq!(decoded.rejected, [], "every event is valid");
    decoded.table
}
