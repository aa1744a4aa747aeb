//! What must be found between traces and what must not, from events as clients send them.

use analysis::Cancel;
use analysis::causal;
use analysis::global::{Found, Global, Limits, TraceAccesses};
use model::TraceId;
use model::analysis::{FindingKind, Reach, Severity};
use model::table::EventTable;
use model::wire::decode_batch;
use serde_json::{Value, json};

use crate::events::{Client, Recording, access, acquire, custom, release, uuid};

/// The state after the traces of some events, each added by itself.
fn state(recording: &Recording) -> Global {
    let decoded = decode_batch(recording.json().as_bytes()).unwrap();
    assert_eq!(decoded.rejected, []);
    let mut traces: Vec<TraceId> = decoded.table.rows.iter().map(|row| row.trace).collect();
    traces.sort();
    traces.dedup();
    let mut state = Global::new(Limits::default());
    for trace in traces {
        let mut table = EventTable::default();
        table.append(&decoded.table, |row| decoded.table.rows[row].trace == trace);
        let recorded = causal::history(&table, &Cancel::default()).unwrap();
        state.add(&TraceAccesses::of(trace, &recorded, &table));
    }
    state.refresh();
    state
}

fn found(recording: &Recording) -> Vec<Found> {
    let picture = state(recording).picture();
    picture.judged.iter().flat_map(|judged| judged.findings()).cloned().collect()
}

fn kinds(found: &[Found]) -> Vec<(FindingKind, Reach, Severity, u64)> {
    let mut kinds: Vec<_> = found.iter().map(|found| (found.kind, found.reach, found.severity, found.count)).collect();
    kinds.sort();
    kinds
}

/// Reads the balance, and writes it with `amount` more after `pause` milliseconds.
fn bonus(recording: &mut Recording, trace: u128, at: u64, seen: i64, amount: i64, pause: u64) {
    let name = format!("python-7-{trace}");
    let mut client = Client::new("bank", &name).span(&name).trace(trace);
    recording.event(&mut client, at, access("Read", "points", json!(seen), json!(seen)));
    recording.event(&mut client, at + pause, access("Write", "points", json!(seen), json!(seen + amount)));
}

#[test]
fn two_overlapping_read_modify_writes_are_a_lost_update_with_its_three_events() {
    let mut recording = Recording::default();
    bonus(&mut recording, 1, 100, 10, 5, 20);
    bonus(&mut recording, 2, 110, 10, 7, 30);
    let found = found(&recording);
    assert_eq!(
        kinds(&found),
        [
            (FindingKind::Race, Reach::Overlapping, Severity::Warning, 2),
            (FindingKind::Race, Reach::Overlapping, Severity::Critical, 1),
            (FindingKind::LostUpdate, Reach::Overlapping, Severity::Critical, 1),
        ]
    );
    let lost = found.iter().find(|found| found.kind == FindingKind::LostUpdate).unwrap();
    // The second request read 10 (event 3), the first wrote 15 (event 2), the second wrote 17 (event 4).
    let events: Vec<String> = lost.sides.iter().map(|side| side.event.to_string()).collect();
    assert_eq!(events, [uuid(3), uuid(2), uuid(4)]);
    assert_eq!(lost.traces.total, 2);
    assert_eq!(lost.shown().owner, "bank, 1, process 7");
}

#[test]
fn requests_apart_by_seconds_or_by_hours_are_no_headline() {
    for pause in [1_500, 8 * 3_600_000] {
        let mut recording = Recording::default();
        bonus(&mut recording, 1, 100, 10, 5, 20);
        bonus(&mut recording, 2, 120 + pause, 15, 7, 20);
        let found = found(&recording);
        assert!(!found.is_empty());
        assert!(found.iter().all(|found| found.reach == Reach::Apart && found.severity == Severity::Info), "{pause}");
        assert_eq!(state(&recording).picture().summary().races, 0);
    }
}

#[test]
fn a_common_lock_protects_across_traces_and_does_not_order_them() {
    let locked = |trace: u128, at: u64, lock: &str, recording: &mut Recording| {
        let name = format!("python-7-{trace}");
        let mut client = Client::new("bank", &name).span(&name).trace(trace);
        recording.event(&mut client, at, custom("begin"));
        recording.event(&mut client, at + 2, acquire(lock, "Mutex"));
        recording.event(&mut client, at + 3, access("Write", "x", Value::Null, json!(trace)));
        recording.event(&mut client, at + 4, release(lock, "Mutex"));
        recording.event(&mut client, at + 5, access("Write", "y", Value::Null, json!(trace)));
        recording.event(&mut client, at + 60, custom("end"));
    };
    let mut recording = Recording::default();
    locked(1, 100, "l", &mut recording);
    locked(2, 110, "l", &mut recording);
    let names = |found: &[Found]| found.iter().map(|found| found.subject.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&found(&recording)), ["y"], "what lies after the release is not ordered by it");
    let mut recording = Recording::default();
    locked(1, 100, "l", &mut recording);
    locked(2, 110, "m", &mut recording);
    let mut both = names(&found(&recording));
    both.sort();
    assert_eq!(both, ["x", "y"], "two locks are no common one");
}

#[test]
fn memory_of_two_processes_is_not_shared_unless_a_tag_says_so() {
    let write = |trace: u128, process: u32, scope: &str| {
        let name = format!("python-{process}-{trace}");
        let client = Client { process, ..Client::new("bank", &name).span(&name).trace(trace) };
        let scope = scope.to_owned();
        move |recording: &mut Recording| {
            let mut client = client.clone();
            recording.event(&mut client, 100, custom("begin"));
            recording.event(&mut client, 105, access("Write", "x", Value::Null, json!(trace as u64)));
            if !scope.is_empty() {
                recording.last()["metadata"]["tags"]["scope"] = json!(scope);
            }
            recording.event(&mut client, 150, custom("end"));
        }
    };
    for (scope, expected) in [("", 0), ("service", 1), ("global", 1)] {
        let mut recording = Recording::default();
        write(1, 7, scope)(&mut recording);
        write(2, 8, scope)(&mut recording);
        assert_eq!(found(&recording).len(), expected, "{scope}");
    }
}

#[test]
fn one_thread_that_serves_two_requests_orders_them_unless_they_overlap() {
    let request = |trace: u128, begin: u64, recording: &mut Recording| {
        let mut client = Client::new("bank", "ThreadId(3)").span(&format!("s{trace}")).trace(trace);
        recording.event(&mut client, begin, access("Write", "x", Value::Null, json!(trace as u64)));
        recording.event(&mut client, begin + 10, custom("end"));
    };
    let mut recording = Recording::default();
    request(1, 100, &mut recording);
    request(2, 110, &mut recording);
    assert_eq!(kinds(&found(&recording)), []);
    let mut recording = Recording::default();
    request(1, 100, &mut recording);
    request(2, 105, &mut recording);
    assert_eq!(kinds(&found(&recording)), [(FindingKind::Race, Reach::Overlapping, Severity::Critical, 1)]);
}

#[test]
fn traces_that_call_each_other_are_not_compared_and_that_is_said() {
    let mut recording = Recording::default();
    let mut caller = Client::new("bank", "t1").span("aa").trace(1);
    recording.event(&mut caller, 100, access("Write", "x", Value::Null, json!(1)));
    let mut callee = Client::new("bank", "t2").span("bb").trace(2);
    callee.upstream = Some("aa".to_owned());
    recording.event(&mut callee, 100, access("Write", "x", Value::Null, json!(2)));
    let picture = state(&recording).picture();
    assert!(picture.judged.is_empty());
    assert_eq!(picture.linked, 1);
}

#[test]
fn atomic_updates_of_two_requests_are_no_race_and_lose_nothing() {
    let mut recording = Recording::default();
    for trace in 1..=2 {
        let name = format!("python-7-{trace}");
        let mut client = Client::new("bank", &name).span(&name).trace(trace);
        recording.event(&mut client, 100 + trace as u64, access("AtomicRead", "x", json!(1), json!(1)));
        recording.event(&mut client, 110 + trace as u64, access("AtomicRMW", "x", json!(1), json!(2)));
    }
    assert_eq!(kinds(&found(&recording)), []);
}
