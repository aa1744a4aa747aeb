//! How fast batches are decoded and events written, against parsing the same bytes with `serde_json` into
//! typed structs.
//!
//! `cargo run --release -p raceway-model --features ingest --example decode_bench`

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use model::wire::{decode_batch, write_event};
use model::{EventId, Nanos, TraceId};
use serde::Deserialize;
use serde_json::{Value, json};

const EVENTS: u64 = 1_000;
const TRACES: u64 = 30;
const ROUNDS: usize = 60;

/// What the baseline parses: the contract as plain structs.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only the parsing is measured")]
struct PlainBatch {
    events: Vec<PlainEvent>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only the parsing is measured")]
struct PlainEvent {
    id: EventId,
    trace_id: TraceId,
    parent_id: Option<EventId>,
    timestamp: String,
    kind: PlainKind,
    metadata: PlainMetadata,
    causality_vector: Vec<(String, u64)>,
    lock_set: Vec<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only the parsing is measured")]
enum PlainKind {
    FunctionCall { function_name: String, module: String, args: Value, file: String, line: u32 },
    StateChange { variable: String, old_value: Option<Value>, new_value: Value, location: String, access_type: String },
    LockAcquire { lock_id: String, lock_type: String, location: String },
    HttpRequest { method: String, url: String, headers: HashMap<String, String>, body: Option<Value> },
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only the parsing is measured")]
struct PlainMetadata {
    thread_id: String,
    process_id: u32,
    service_name: String,
    environment: String,
    tags: HashMap<String, String>,
    duration_ns: Option<u64>,
    instance_id: Option<String>,
    distributed_span_id: Option<String>,
    upstream_span_id: Option<String>,
}

/// A batch as the clients send it, about 690 bytes an event.
fn batch(events: u64, traces: u64) -> Vec<u8> {
    let events: Vec<Value> = (0..events)
        .map(|n| {
            let location = format!("/srv/app/src/accounts.py:{}", n % 400);
            let kind = match n % 4 {
                0 => json!({"FunctionCall": {"function_name": format!("step_{}", n % 17), "module": "accounts", "args": {"from": n % 100, "amount": 12.5}, "file": "/srv/app/src/accounts.py", "line": n % 400}}),
                1 => json!({"StateChange": {"variable": format!("account_{}.balance", n % 50), "old_value": n * 10, "new_value": n * 10 + 5, "location": location, "access_type": "Write"}}),
                2 => json!({"LockAcquire": {"lock_id": format!("account_{}", n % 50), "lock_type": "Mutex", "location": location}}),
                _ => json!({"HttpRequest": {"method": "POST", "url": format!("/accounts/{n}/transfer"), "headers": {"content-type": "application/json"}, "body": null}}),
            };
            json!({
                "id": EventId::new(u128::from(n + 1) * 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835 % u128::MAX),
                "trace_id": TraceId::new(u128::from(n % traces + 1) << 64 | 0x4F00),
                "parent_id": EventId::new(u128::from(n / 2 + 1)),
                "timestamp": Nanos(1_795_266_005_691_711_000 + n as i64 * 1_000).to_string(),
                "kind": kind,
                "metadata": {
                    "thread_id": format!("python-23191-{:08x}", n % traces), "process_id": 23191, "service_name": "banking-api",
                    "environment": "development", "tags": {"sdk_language": "python"}, "duration_ns": null,
                    "instance_id": "bank-1", "distributed_span_id": format!("{:016x}", n % traces + 1), "upstream_span_id": null,
                },
                "causality_vector": [["banking-api#bank-1", n / traces + 1]],
                "lock_set": [],
            })
        })
        .collect();
    json!({ "events": events }).to_string().into_bytes()
}

/// The fastest of all rounds: what the machine can do when nobody disturbs it.
fn fastest(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn report(name: &str, bytes: usize, events: u64, took: Duration) {
    let seconds = took.as_secs_f64();
    println!("{name:<28} {:>8.1} MB/s {:>10.0} events/s", bytes as f64 / seconds / 1e6, events as f64 / seconds);
}

fn main() -> anyhow::Result<()> {
    let body = batch(EVENTS, TRACES);
    println!("{EVENTS} events over {TRACES} traces, {} bytes each", body.len() as u64 / EVENTS);
    let decoded = decode_batch(&body)?;
    anyhow::ensure!(decoded.rejected_total == 0, "refused: {:?}", decoded.rejected.first());
    let ours = fastest(|| drop(black_box(decode_batch(black_box(&body)))));
    let plain = fastest(|| drop(black_box(serde_json::from_slice::<PlainBatch>(black_box(&body)))));
    report("decode_batch", body.len(), EVENTS, ours);
    report("serde_json, typed structs", body.len(), EVENTS, plain);
    println!("ratio (ours / serde_json)    {:>8.2}", ours.as_secs_f64() / plain.as_secs_f64());

    let mut out = Vec::new();
    let write = fastest(|| {
        out.clear();
        for row in &decoded.table.rows {
            write_event(&mut out, &decoded.table, row);
        }
    });
    report("write_event", out.len(), EVENTS, write);
    println!("10,000 events written in     {:>8.2} ms", write.as_secs_f64() * 1e4 / EVENTS as f64 * 1e3);
    Ok(())
}
