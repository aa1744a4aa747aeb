//! Events as clients send them, with ids and times that are the same in every run.

use serde_json::{Value, json};

pub const TRACE: &str = "b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6";
pub const OTHER_TRACE: &str = "c44d42cc-4d1f-4c4a-bde1-1ff511a7b2f7";
pub const UNKNOWN_TRACE: &str = "00000000-0000-4000-8000-00000000dead";

pub fn event_id(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}

/// Event `n` of a trace, one millisecond after the one before, which is its parent.
pub fn event(trace: &str, n: usize, service: &str, kind: Value) -> Value {
    let parent = if n == 1 { Value::Null } else { event_id(n - 1).into() };
    json!({
        "id": event_id(n), "trace_id": trace, "parent_id": parent,
        "timestamp": format!("2026-11-21T13:{:02}:{:02}.{:03}Z", n / 60_000 % 60, n / 1000 % 60, n % 1000),
        "kind": kind,
        "metadata": {
            "thread_id": "python-7-aa", "process_id": 7, "service_name": service, "environment": "test",
            "tags": { "sdk_language": "python" }, "duration_ns": null, "instance_id": "one",
            "distributed_span_id": format!("{:016x}", 0xa0 + service.len()), "upstream_span_id": null,
        },
        "causality_vector": [[format!("{service}#one"), n]], "lock_set": [],
    })
}

pub fn call(name: &str) -> Value {
    json!({ "FunctionCall": { "function_name": name, "module": "bank", "args": { "to": 3 }, "file": "bank.py", "line": 7 } })
}

/// A request that ends in an error: four events of two services.
pub fn small_trace() -> Vec<Value> {
    let mut inner = event(
        TRACE,
        3,
        "accounts",
        json!({ "StateChange": {
        "variable": "balance", "old_value": 5, "new_value": 7, "location": "bank.py:9", "access_type": "Write" } }),
    );
    inner["metadata"]["upstream_span_id"] = format!("{:016x}", 0xa0 + "gateway".len()).into();
    vec![
        event(
            TRACE,
            1,
            "gateway",
            json!({ "HttpRequest": { "method": "POST", "url": "/transfer", "headers": {}, "body": null } }),
        ),
        event(TRACE, 2, "gateway", call("transfer")),
        inner,
        event(
            TRACE,
            4,
            "gateway",
            json!({ "HttpResponse": { "status": 500, "headers": {}, "body": null, "duration_ms": 3 } }),
        ),
    ]
}

/// `n` calls in one chain.
pub fn chain(trace: &str, n: usize) -> Vec<Value> {
    (1..=n).map(|n| event(trace, n, "worker", call("step"))).collect()
}
