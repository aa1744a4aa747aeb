//! Traces whose threads do anything in any order, for properties of stores.

use engine::Engine;
use model::wire::decode_batch;
use model::{EventId, TraceId};
use proptest::prelude::*;
use serde_json::{Value, json};

pub fn trace_id(number: u128) -> TraceId {
    TraceId::new(0xace0_0000_0000_0000_0000_0000_0000_0000 | number).expect("not zero")
}

fn event_id(trace: u128, number: usize) -> EventId {
    EventId::new(trace << 32 | (number as u128 + 1)).expect("not zero")
}

/// What one thread does next, 100 microseconds after what was done before.
#[derive(Debug, Clone)]
pub enum Act {
    Access { write: bool, atomic: bool, variable: u8, place: u8, value: u8 },
    Lock { lock: u8 },
    Unlock { lock: u8 },
    Call { duration_us: u16 },
}

pub fn acts() -> impl Strategy<Value = Vec<(u8, Act)>> {
    let access = (any::<bool>(), prop::bool::weighted(0.1), 0..2_u8, 0..3_u8, 0..4_u8)
        .prop_map(|(write, atomic, variable, place, value)| Act::Access { write, atomic, variable, place, value });
    let act = prop_oneof![
        6 => access,
        2 => (0..2_u8).prop_map(|lock| Act::Lock { lock }),
        2 => (0..2_u8).prop_map(|lock| Act::Unlock { lock }),
        2 => (0..3_000_u16).prop_map(|duration_us| Act::Call { duration_us }),
    ];
    prop::collection::vec((0..3_u8, act), 1..40)
}

fn event(trace: u128, number: usize, thread: u8, act: &Act) -> Value {
    let start = model::Nanos::parse("2026-11-21T13:00:00Z").expect("a time");
    let at = start.saturating_add(number as i64 * 100_000);
    let mut duration_ns = None;
    let kind = match act {
        Act::Access { write, atomic, variable, place, value } => json!({"StateChange": {
            "variable": format!("v{variable}"), "old_value": null, "new_value": value, "location": format!("a.rs:{place}"),
            "access_type": match (write, atomic) {
                (true, false) => "Write", (false, false) => "Read", (true, true) => "AtomicWrite", (false, true) => "AtomicRead",
            },
        }}),
        Act::Lock { lock } => {
            json!({"LockAcquire": {"lock_id": format!("l{lock}"), "lock_type": "Mutex", "location": "l"}})
        }
        Act::Unlock { lock } => {
            json!({"LockRelease": {"lock_id": format!("l{lock}"), "lock_type": "Mutex", "location": "l"}})
        }
        Act::Call { duration_us } => {
            duration_ns = Some(u64::from(*duration_us) * 1_000);
            json!({"FunctionCall": {"function_name": format!("f{}", duration_us % 4), "module": "m", "args": {}, "file": "m.rs", "line": 1}})
        }
    };
    json!({
        "id": event_id(trace, number).to_string(), "trace_id": trace_id(trace).to_string(), "parent_id": null,
        "timestamp": at.to_string(), "kind": kind, "causality_vector": [], "lock_set": [],
        "metadata": {
            "thread_id": format!("t{thread}"), "process_id": 1, "service_name": "bank", "environment": "test", "tags": {},
            "duration_ns": duration_ns, "instance_id": "one",
        },
    })
}

async fn store(engine: &Engine, events: &[Value]) {
    let decoded = decode_batch(json!({ "events": events }).to_string().as_bytes()).expect("a batch");
    assert_eq!(decoded.rejected, [], "every event is valid");
    engine.ingest(decoded.table).await.expect("stored");
}

pub async fn store_acts(engine: &Engine, trace: u128, acts: &[(u8, Act)]) {
    let events: Vec<Value> =
        acts.iter().enumerate().map(|(at, (thread, act))| event(trace, at, *thread, act)).collect();
    store(engine, &events).await;
}
