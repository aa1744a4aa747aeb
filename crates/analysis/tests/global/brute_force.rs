//! Small generated stores: every answer against all pairs by definition, whatever the order of the traces.

use std::collections::BTreeMap;

use analysis::global::{Access, Global, Held, Life, Limits, Memory, Picture, Thread, TraceAccesses};
use model::analysis::{FindingKind, Reach};
use model::{EventId, Kind, Nanos, TraceId};
use proptest::prelude::*;

/// What is counted: pairs by variable, places and reach; lost updates by variable and their places.
type Counts = BTreeMap<(String, String, Vec<(String, Kind)>, Reach, FindingKind), (u64, u64)>;

fn counts(picture: &Picture) -> Counts {
    let mut counts = Counts::new();
    for found in picture.judged.iter().flat_map(|judged| judged.findings()) {
        let places = found.places.iter().map(|(location, kind)| (location.to_string(), *kind)).collect();
        let key = (found.memory.label(), found.subject.to_string(), places, found.reach, found.kind);
        assert_eq!(counts.insert(key, (found.count, found.traces.total)), None, "a group is one finding");
        for side in &found.sides {
            assert!(found.places.iter().any(|(location, kind)| *location == side.location && *kind == side.kind));
        }
    }
    counts
}

/// All pairs of all traces, by definition.
fn by_definition(traces: &[TraceAccesses]) -> Counts {
    let skew = traces.iter().map(|trace| trace.skew_nanos).max().unwrap_or_default() as i64;
    let mut pairs: BTreeMap<_, (u64, Vec<TraceId>)> = BTreeMap::new();
    let all = || traces.iter().flat_map(|trace| trace.accesses.iter().map(move |access| (trace, access)));
    let variable = |trace: &TraceAccesses, access: &Access| trace.variables[access.variable as usize].clone();
    let reach = |(t, a): (&TraceAccesses, &Access), (u, b): (&TraceAccesses, &Access)| {
        let (one, other) = (&t.threads[a.thread as usize], &u.threads[b.thread as usize]);
        let reused = one.os_thread != 0 && one.os_thread == other.os_thread;
        if t.trace == u.trace || reused && !one.context.overlaps(other.context, 0) {
            return None;
        }
        let wide = !matches!(variable(t, a).0, Memory::Process { .. });
        let tolerance = if wide && one.process != other.process { skew } else { 0 };
        Some((
            if one.request.overlaps(other.request, tolerance) { Reach::Overlapping } else { Reach::Apart },
            tolerance,
        ))
    };
    let is_atomic = |kind: Kind| matches!(kind, Kind::AtomicRead | Kind::AtomicWrite | Kind::AtomicRmw);
    let place =
        |trace: &TraceAccesses, access: &Access| (trace.locations[access.location as usize].clone(), access.kind);
    for (t, a) in all() {
        for (u, b) in all() {
            let protected = t.held[a.held as usize].iter().any(|held| {
                u.held[b.held as usize].iter().any(|also| held.lock == also.lock && !(held.shared && also.shared))
            });
            let conflict = (a.kind.is_write() || b.kind.is_write()) && !(is_atomic(a.kind) && is_atomic(b.kind));
            if t.trace >= u.trace || variable(t, a) != variable(u, b) || protected || !conflict {
                continue;
            }
            let Some((reach, _)) = reach((t, a), (u, b)) else { continue };
            let mut places = vec![place(t, a), place(u, b)];
            places.sort();
            let (memory, name) = variable(t, a);
            let pair = pairs.entry((memory.label(), name, places, reach, FindingKind::Race)).or_default();
            pair.0 += 1;
            pair.1.extend([t.trace, u.trace]);
        }
    }
    // Each write that says it replaced what its thread read last, against the last write before it.
    for (t, w) in all().filter(|(_, w)| w.kind == Kind::Write && w.old != 0) {
        let at = t.accesses.iter().position(|access| access.event == w.event).unwrap();
        let own =
            || t.accesses[..at].iter().filter(|access| access.thread == w.thread && access.variable == w.variable);
        let Some(read) = own().rfind(|access| matches!(access.kind, Kind::Read | Kind::AtomicRead | Kind::AtomicRmw))
        else {
            continue;
        };
        let knows = if read.kind == Kind::AtomicRmw { read.new } else { read.old };
        let since = own().next_back().unwrap().at;
        let order = |trace: &TraceAccesses, access: &Access| (access.at, trace.trace, access.event);
        let before =
            all().filter(|(u, b)| b.kind.is_write() && variable(u, b) == variable(t, w) && order(u, b) < order(t, w));
        let Some((u, b)) = before.max_by_key(|(u, b)| order(u, b)) else { continue };
        let Some((reach, tolerance)) = reach((t, w), (u, b)) else { continue };
        let follows = b.old == w.old;
        let after_read = b.at.0 > since.0 + tolerance || follows && b.at >= since;
        let before_write = w.at.0 > b.at.0 + tolerance || follows;
        if knows == w.old && after_read && before_write && b.new != 0 && b.new != w.old {
            let (memory, name) = variable(t, w);
            let places = vec![place(t, read), place(u, b), place(t, w)];
            let lost = pairs.entry((memory.label(), name, places, reach, FindingKind::LostUpdate)).or_default();
            lost.0 += 1;
            lost.1.extend([t.trace, u.trace]);
        }
    }
    let distinct = |mut traces: Vec<TraceId>| {
        traces.sort();
        traces.dedup();
        traces.len() as u64
    };
    pairs.into_iter().map(|(key, (count, traces))| (key, (count, distinct(traces)))).collect()
}

/// One thread with its accesses: (gap to the one before, variable, kind, old, new, locks).
type Made = (u8, u64, i64, i64, Vec<(i64, u32, usize, u64, u64, u32)>);

fn trace_of(number: u128, skew: u64, made: &[Made]) -> TraceAccesses {
    let memory = Memory::Process { service: "s".into(), instance: "i".into(), process_id: 1 };
    let held = |lock: u64, shared: bool| Held { lock, shared, name: "l".into() };
    let kinds = [Kind::Read, Kind::Write, Kind::AtomicRead, Kind::AtomicWrite, Kind::AtomicRmw, Kind::Write];
    let mut trace = TraceAccesses {
        trace: TraceId::new(number).unwrap(),
        end: Nanos(0),
        skew_nanos: skew,
        threads: Vec::new(),
        variables: vec![(memory.clone(), "x".into()), (Memory::Everywhere, "x".into()), (memory, "y".into())],
        locations: vec!["a.rs:1".into(), "b.rs:2".into()],
        held: vec![vec![], vec![held(1, false)], vec![held(1, true)], vec![held(1, true), held(2, false)]],
        accesses: Vec::new(),
        names: Vec::new(),
        calls: Vec::new(),
    };
    for (thread, (os_thread, process, begin, tail, accesses)) in made.iter().enumerate() {
        let mut at = *begin;
        for (nth, &(gap, variable, kind, old, new, held)) in accesses.iter().enumerate() {
            at += gap;
            let event = EventId::new(number * 1_000 + thread as u128 * 100 + nth as u128 + 1).unwrap();
            let location = (nth % 2) as u32;
            let kind = kinds[kind];
            trace.accesses.push(Access {
                event,
                at: Nanos(at),
                kind,
                thread: thread as u32,
                variable,
                location,
                held,
                old,
                new,
            });
        }
        let context = Life::new(Nanos(*begin), Nanos(at));
        trace.threads.push(Thread {
            process: *process,
            service: "s".into(),
            os_thread: if *os_thread == 0 { 0 } else { process * 10 + u64::from(*os_thread) },
            label: format!("t{os_thread}").into(),
            context,
            request: Life::new(Nanos(*begin), Nanos(at + tail)).around(context),
        });
        trace.end = trace.end.max(Nanos(at + tail));
    }
    trace
}

fn store() -> impl Strategy<Value = Vec<TraceAccesses>> {
    let access = (0i64..4, 0u32..3, 0usize..6, 0u64..3, 0u64..3, 0u32..4);
    let thread = (0u8..3, 1u64..3, 0i64..25, 0i64..5, proptest::collection::vec(access, 1..5));
    let trace = (0u64..3, proptest::collection::vec(thread, 1..3));
    proptest::collection::vec(trace, 1..6).prop_map(|traces| {
        traces.iter().enumerate().map(|(at, (skew, made))| trace_of(at as u128 + 1, *skew, made)).collect()
    })
}

fn judged(traces: &[&TraceAccesses]) -> Picture {
    let mut state = Global::new(Limits::default());
    for trace in traces {
        state.add(trace);
    }
    state.refresh();
    state.picture()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn all_pairs_by_definition_are_counted_and_no_others(traces in store()) {
        let all: Vec<&TraceAccesses> = traces.iter().collect();
        prop_assert_eq!(counts(&judged(&all)), by_definition(&traces));
    }

    #[test]
    fn neither_order_nor_pieces_nor_what_was_there_before_change_the_answer(
        traces in store(),
        steps in proptest::collection::vec((0usize..6, 0u8..4), 0..20),
    ) {
        let at_once = judged(&traces.iter().rev().collect::<Vec<_>>());
        let mut state = Global::new(Limits::default());
        for (at, what) in steps {
            let trace = &traces[at % traces.len()];
            match what {
                0 => state.remove(trace.trace),
                // An earlier version, of which half has come.
                1 => {
                    let mut half = trace.clone();
                    half.accesses.truncate(trace.accesses.len() / 2);
                    state.add(&half);
                }
                2 => state.add(trace),
                _ => state.refresh(),
            }
        }
        traces.iter().for_each(|trace| state.add(trace));
        state.refresh();
        let grown = state.picture();
        prop_assert_eq!(counts(&grown), counts(&at_once));
        prop_assert_eq!(grown.select(&Default::default(), 200), at_once.select(&Default::default(), 200));
        prop_assert_eq!((grown.traces, grown.accesses), (at_once.traces, at_once.accesses));
        for trace in &traces {
            state.remove(trace.trace);
        }
        state.refresh();
        prop_assert!(state.picture().judged.is_empty());
        prop_assert_eq!(state.bytes(), 0, "nothing is kept of traces that are gone");
    }
}
