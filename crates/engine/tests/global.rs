//! Findings of the whole store: followed beside ingest, found again after a start, forgotten with their traces.

#[path = "../../store/tests/store/support.rs"]
#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use engine::{Engine, EngineConfig, Freshness};
use model::analysis::{FindingKind, GlobalRaces, RaceFilter, Severity};
use serde_json::{Value, json};
use support::{Sent, batch, trace_id};

async fn opened(dir: &tempfile::TempDir) -> Engine {
    Engine::open(EngineConfig::new(dir.path())).await.expect("opens")
}

fn access(kind: &str, old: Value, new: Value) -> Value {
    json!({"StateChange": {"variable": "points", "old_value": old, "new_value": new, "location": "m.rs:7", "access_type": kind}})
}

/// Reads 10 and writes what it made of it 20 ms later.
fn bonus(trace: u64, at: i64, amount: i64) -> [Sent; 2] {
    [
        Sent::new(trace, trace * 10).at(at).kind(access("Read", json!(null), json!(10))),
        Sent::new(trace, trace * 10 + 1).at(at + 20).kind(access("Write", json!(10), json!(10 + amount))),
    ]
}

async fn races(engine: &Engine) -> GlobalRaces {
    let races = engine.global_races_aged(&RaceFilter::default(), Freshness::Bypass).await.expect("an answer").value;
    assert_eq!(races.summary.as_of, engine.head(), "everything stored by now was looked at");
    races
}

#[tokio::test]
async fn a_lost_update_is_found_again_after_a_restart_and_forgotten_with_one_of_its_traces() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    for events in [bonus(1, 0, 5), bonus(2, 10, 7), bonus(3, 90_000, 1)] {
        engine.ingest(batch(&events)).await.expect("stored");
    }
    let found = races(&engine).await;
    let worst = &found.findings[0];
    assert_eq!((worst.kind, worst.severity, worst.count.value), (FindingKind::LostUpdate, Severity::Critical, 1));
    let values: Vec<_> = worst.sides.iter().map(|side| (side.before.as_deref(), side.after.as_deref())).collect();
    assert_eq!(values, [(Some("10"), None), (Some("10"), Some("15")), (Some("10"), Some("17"))]);
    assert_eq!(found.summary.lost_updates, 1);
    assert_eq!(engine.dashboard().await.expect("a dashboard").findings[0].id, worst.id);
    engine.shutdown().await;

    let engine = opened(&dir).await;
    let again = races(&engine).await;
    assert_eq!(again.findings, found.findings, "the state is derived: the same answer from the store alone");
    assert_eq!(again.notes, Vec::<String>::new());
    engine.delete_trace(trace_id(1)).await.expect("deleted");
    let mut left = races(&engine).await;
    for _ in 0..100 {
        if left.summary.lost_updates == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        left = races(&engine).await;
    }
    assert_eq!((left.summary.lost_updates, left.summary.critical, left.summary.traces), (0, 0, 2));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_trace_that_grows_is_looked_at_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let (first, second) = (bonus(1, 0, 5), bonus(2, 10, 7));
    engine.ingest(batch(&first)).await.expect("stored");
    engine.ingest(batch(&second[..1])).await.expect("stored");
    let before = races(&engine).await;
    assert_eq!((before.summary.lost_updates, before.summary.warning), (0, 1));
    engine.ingest(batch(&second[1..])).await.expect("stored");
    let after = races(&engine).await;
    assert_eq!((after.summary.lost_updates, after.summary.accesses), (1, 4));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_large_trace_is_left_out_and_that_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let many: Vec<Sent> = (0..20_001).map(|id| Sent::new(9, 1_000 + id)).collect();
    for part in many.chunks(5_000) {
        engine.ingest(batch(part)).await.expect("stored");
    }
    engine.ingest(batch(&bonus(1, 0, 5))).await.expect("stored");
    let found = races(&engine).await;
    assert!(!found.summary.complete);
    assert!(found.notes.iter().any(|note| note.contains("20000 events")), "{:?}", found.notes);
    engine.shutdown().await;
}
