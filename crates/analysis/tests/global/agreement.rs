//! The view of the whole store and the view of one history agree: what the engines say of a history made of all
//! traces at once, the state says of the traces one by one.

use analysis::Cancel;
use analysis::causal;
use analysis::global::{Global, Inside, Limits, TraceAccesses};
use analysis::races::{Input, lockset};
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use model::TraceId;
use model::analysis::{FindingKind, RaceFilter, Reach};
use model::table::EventTable;
use model::wire::decode_batch;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::events::{Client, Recording, access, acquire, release};

/// Requests, one a trace: when each begins, and what it does.
fn recording(requests: &[(u64, Vec<(u8, u8)>)]) -> Recording {
    let mut recording = Recording::default();
    for (nth, (begin, acts)) in requests.iter().enumerate() {
        let name = format!("python-7-{nth}");
        let mut client = Client::new("bank", &name).span(&name).trace(nth as u128 + 1);
        let mut at = *begin;
        for &(act, variable) in acts {
            // Each value is another: what a read saw is then unknown, and orders nothing.
            let value = json!(recording.events.len() as u64 + 1_000);
            let variable = ["x", "y"][usize::from(variable)];
            let locked = act >= 2;
            if locked {
                recording.event(&mut client, at, acquire("l", "Mutex"));
            }
            let kind = if act % 2 == 0 { "Read" } else { "Write" };
            recording.event(&mut client, at + 1, access(kind, variable, Value::Null, value));
            if locked {
                recording.event(&mut client, at + 2, release("l", "Mutex"));
            }
            at += 3;
        }
    }
    recording
}

fn state(table: &EventTable) -> Global {
    let mut traces: Vec<TraceId> = table.rows.iter().map(|row| row.trace).collect();
    traces.sort();
    traces.dedup();
    let mut state = Global::new(Limits::default());
    traces.into_iter().for_each(|trace| look_at(&mut state, table, trace));
    state.refresh();
    state
}

fn look_at(state: &mut Global, table: &EventTable, trace: TraceId) {
    let rows: Vec<u32> = (0..table.rows.len() as u32).filter(|&row| table.rows[row as usize].trace == trace).collect();
    let recorded = causal::history_of(table, &rows, &Cancel::default()).unwrap();
    state.add(&TraceAccesses::of(trace, &recorded, table));
    let options = analysis::findings::Options::LINEAR;
    let answer = analysis::findings::find(&recorded, table, options, &|_| {}, &Cancel::default()).unwrap();
    state.add_inside(trace, Inside::of(&answer, &recorded, table));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pairs_across_traces_are_those_without_a_common_lock_in_the_history_of_all_of_them(
        requests in proptest::collection::vec((0u64..40, proptest::collection::vec((0u8..4, 0u8..2), 1..4)), 1..6),
    ) {
        let recording = recording(&requests);
        let table = decode_batch(recording.json().as_bytes()).unwrap().table;
        let together = causal::history(&table, &Cancel::default()).unwrap();
        let picture = state(&table).picture();
        let counted: u64 = picture
            .judged
            .iter()
            .flat_map(|judged| judged.findings())
            .filter(|found| found.kind == FindingKind::Race)
            .map(|found| found.count)
            .sum();
        // Overlapping sections mean that the lock's name is that of several; only the history of all sees that.
        if together.notes.ambiguous_locks.is_empty() {
            let sections = Sections::of(&together.history);
            let writers = reads_from(&together.history);
            let input = Input { history: &together.history, sections: &sections, reads_from: &writers };
            let pairs = lockset::pairs(input, usize::MAX, &Cancel::default()).unwrap();
            let trace_of = |op: u32| together.threads[together.history.ops[op as usize].thread as usize].trace;
            let across = pairs.pairs.iter().filter(|(one, other)| trace_of(*one) != trace_of(*other)).count() as u64;
            prop_assert_eq!(counted, across);
        }
        prop_assert_eq!(&picture.inside.len(), &0, "one thread a trace: nothing is wrong inside");
    }
}

#[test]
fn what_is_wrong_inside_traces_is_counted_over_all_that_have_it_and_forgotten_with_them() {
    let mut recording = Recording::default();
    for trace in 1..=3_u128 {
        let name = format!("python-7-{trace}");
        let mut client = Client::new("bank", &name).span(&name).trace(trace);
        let at = trace as u64 * 10_000;
        let mut tasks = ["a", "b"].map(|task| {
            recording.event(&mut client, at, crate::events::spawn(&format!("{task}{trace}")));
            client.task(&format!("{task}{trace}"))
        });
        for (nth, task) in tasks.iter_mut().enumerate() {
            recording.event(task, at + 5 + nth as u64, access("Write", "last_paid", Value::Null, json!(nth)));
        }
    }
    let table = decode_batch(recording.json().as_bytes()).unwrap().table;
    let mut state = state(&table);
    let (found, total) = state.picture().select(&RaceFilter::default(), 10);
    let inside: Vec<_> = found.iter().filter(|finding| finding.reach == Reach::Within).collect();
    assert_eq!(inside.len(), 1, "{total}");
    assert_eq!((inside[0].kind, &*inside[0].subject, inside[0].count.value), (FindingKind::Race, "last_paid", 3));
    assert_eq!((inside[0].traces.len(), inside[0].traces_total.value), (3, 3));
    assert!(inside[0].in_trace.as_ref().is_some_and(|id| id.len() == 12));
    assert_eq!(inside[0].sides.len(), 2);
    assert_eq!(inside[0].sides[0].trace_id, inside[0].traces[0], "the id is that of the first trace");

    state.remove(inside[0].traces[0]);
    state.refresh();
    let (found, _) = state.picture().select(&RaceFilter::default(), 10);
    let left: Vec<_> = found.iter().filter(|finding| finding.reach == Reach::Within).collect();
    assert_eq!((left.len(), left[0].count.value, left[0].traces_total.value), (1, 2, 2));
    assert_eq!(left[0].id, inside[0].id, "it is the same finding still");
    assert_eq!(state.take_unshown(), [], "one of them can still be shown");

    // Of each finding a few are kept whole, and this was the last of them.
    let (gone, stays) = (left[0].traces[0], left[0].traces[1]);
    state.remove(gone);
    assert_eq!(state.take_unshown(), [stays]);
    assert_eq!(state.take_unshown(), [], "told once");
    look_at(&mut state, &table, stays);
    state.refresh();
    let (found, _) = state.picture().select(&RaceFilter::default(), 10);
    let last: Vec<_> = found.iter().filter(|finding| finding.reach == Reach::Within).collect();
    assert_eq!((last.len(), last[0].count.value, &*last[0].traces), (1, 1, &[stays][..]));
    assert_eq!((last[0].id.as_str(), last[0].sides.len()), (left[0].id.as_str(), 2));
}
