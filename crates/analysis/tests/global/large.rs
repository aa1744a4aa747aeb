//! The state stays within its memory, and hot variables cost no pair each.

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
    state.refresh();
    let picture = state.picture();
    let counts: Vec<(Reach, u64, u64)> =
        picture.judged[0].findings().iter().map(|found| (found.reach, found.count, found.traces.total)).collect();
    let n = n as u64;
    let mut sorted = counts.clone();
    sorted.sort();
    assert_eq!(sorted, [(Reach::Overlapping, n - 1, n), (Reach::Apart, n * (n - 1) / 2 - (n - 1), n)]);
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

/// Ten accesses of 27,000 variables by two threads, like a trace of the load generator.
fn like_load(number: u128) -> TraceAccesses {
    let pick =
        |salt: u128, below: u128| (number * 0x9e37_79b9_7f4a_7c15 + salt * 0xbf58_476d_1ce4_e5b9) % 0xffff_fffb % below;
    let at = number as i64 * 2_000_000;
    let life = Life::new(Nanos(at), Nanos(at + 6_000_000));
    let mut trace = one_access(number, "", at, Kind::Read);
    (trace.end, trace.variables, trace.accesses) = (Nanos(at + 6_000_000), Vec::new(), Vec::new());
    let thread = trace.threads[0].clone();
    trace.threads = (0..2)
        .map(|nth| Thread { os_thread: number as u64 * 2 + nth, context: life, request: life, ..thread.clone() })
        .collect();
    for nth in 0..10_u128 {
        let memory = Memory::Process {
            service: format!("s{}", pick(nth, 6)),
            instance: "i".into(),
            process_id: pick(nth + 20, 3) as u32,
        };
        trace.variables.push((memory, format!("variable:{}", pick(nth + 40, 1_500))));
        trace.accesses.push(Access {
            event: EventId::new(number * 16 + nth + 1).unwrap(),
            at: Nanos(at + nth as i64 * 500_000),
            kind: if pick(nth + 60, 5) < 2 { Kind::Write } else { Kind::Read },
            thread: (nth % 2) as u32,
            variable: nth as u32,
            location: 0,
            held: 0,
            old: pick(nth + 80, 100_000) as u64,
            new: pick(nth + 90, 100_000) as u64,
        });
    }
    trace
}

#[test]
fn thirty_thousand_traces_of_the_load_generator_stay_within_memory() {
    let traces: Vec<TraceAccesses> = (1..=30_000).map(like_load).collect();
    let mut state = Global::new(Limits::default());
    traces.iter().for_each(|trace| state.add(trace));
    state.refresh();
    let picture = state.picture();
    assert!(state.bytes() <= Limits::default().bytes);
    assert_eq!(picture.traces + picture.forgotten, 30_000);
}
