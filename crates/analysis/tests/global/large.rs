//! The state stays within its memory, and hot variables cost no pair each.

use std::time::Instant;

use analysis::global::{Access, Global, Life, Limits, Memory, Thread, TraceAccesses};
use model::analysis::Reach;
use model::{EventId, Kind, Nanos, TraceId};

fn one_access(number: u128, variable: &str, at: i64, kind: Kind) -> TraceAccesses {
    let memory = Memory::Process { service: "s".into(), instance: "i".into(), process_id: 1 };
    let life = Life::new(Nanos(at), Nanos(at + 10));
    TraceAccesses {
        trace: TraceId::new(number).unwrap(),
        end: Nanos(at + 10),
        skew_nanos: 0,
        threads: vec![Thread {
            process: 1,
            service: "s".into(),
            os_thread: 100 + number as u64,
            label: "t".into(),
            context: life,
            request: life,
        }],
        variables: vec![(memory, variable.into())],
        locations: vec!["a.rs:1".into()],
        held: vec![vec![]],
        accesses: vec![Access {
            event: EventId::new(number).unwrap(),
            at: Nanos(at),
            kind,
            thread: 0,
            variable: 0,
            location: 0,
            held: 0,
            old: 0,
            new: 0,
        }],
        names: Vec::new(),
        calls: Vec::new(),
    }
}

#[test]
fn pairs_of_a_hot_variable_are_counted_exactly_without_being_looked_at() {
    let n = 60_000_u128;
    let mut state = Global::new(Limits::default());
    // Each writes in a life of ten, begun five after the one before: it meets the next one, and no other.
    for number in 1..=n {
        state.add(&one_access(number, "hot", number as i64 * 5, Kind::Write));
    }
    let began = Instant::now();
    state.refresh();
    let took = began.elapsed();
    let picture = state.picture();
    let counts: Vec<(Reach, u64, u64)> =
        picture.judged[0].findings().iter().map(|found| (found.reach, found.count, found.traces.total)).collect();
    let n = n as u64;
    let mut sorted = counts.clone();
    sorted.sort();
    assert_eq!(sorted, [(Reach::Overlapping, n - 1, n), (Reach::Apart, n * (n - 1) / 2 - (n - 1), n)]);
    println!("{n} writes of one variable judged in {took:?}");
}

#[test]
fn the_oldest_traces_are_let_go_when_room_runs_out() {
    let limits = Limits { bytes: 200_000 };
    let mut state = Global::new(limits);
    for number in 1..=5_000_u128 {
        // The newest come first: what is let go is the oldest by time, not by arrival.
        state.add(&one_access(number, "x", (5_000 - number as i64) * 100, Kind::Write));
        assert!(state.bytes() <= limits.bytes, "{}", state.bytes());
    }
    state.refresh();
    let picture = state.picture();
    assert_eq!(picture.traces + picture.forgotten, 5_000);
    assert!(picture.traces > 100 && picture.forgotten > 100);
    assert!(!picture.summary().complete);
    let kept = &picture.judged[0].findings()[0];
    assert_eq!(kept.last, Nanos(4_999 * 100), "the newest are there");
}
