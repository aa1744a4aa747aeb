//! What precedes what, and why, for events as clients record them.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod events;

use analysis::history::EdgeReason;
use analysis::{Cancel, OpKind, causal};
use events::{
    Client, Recording, access, acquire, assert_sound, custom, join, op, ordered, precedes, read, release, request,
    response, spawn, write,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn reason_into(recorded: &causal::Recorded, id: u128) -> Vec<(EdgeReason, bool)> {
    recorded.history.edges_to(op(recorded, id)).iter().map(|edge| (edge.reason, edge.inferred)).collect()
}

#[test]
fn a_context_is_ordered_by_its_own_clock_whatever_its_times_say() {
    let (mut recording, mut client) = (Recording::default(), Client::new("bank", "t1"));
    let first = recording.event(&mut client, 50, write("x"));
    let second = recording.event(&mut client, 40, write("x"));
    recording.events.reverse();
    let recorded = recording.history();
    assert_eq!(recorded.history.threads.len(), 1);
    assert!(precedes(&recorded, first, second));
}

#[test]
fn the_typescript_clients_clock_orders_its_context_and_nothing_else() {
    let (mut recording, mut client) = (Recording::default(), Client::new("shop", "node-1").without_clock());
    let ids: Vec<u128> = (0..3).map(|_| recording.event(&mut client, 9, write("x"))).collect();
    for (number, event) in recording.events.iter_mut().enumerate() {
        event["parent_id"] = Value::Null;
        event["causality_vector"] = if number == 0 { json!([]) } else { json!([[events::uuid(1), number]]) };
    }
    recording.events.reverse();
    let recorded = recording.history();
    assert!(precedes(&recorded, ids[0], ids[1]) && precedes(&recorded, ids[1], ids[2]));
    assert_eq!(recorded.notes.unattributable_clock_entries, 0);
}

#[test]
fn a_parent_in_another_context_precedes_its_child_even_when_it_arrives_late() {
    let mut recording = Recording::default();
    let mut one = Client::new("bank", "ThreadId(1)").span("a").without_clock();
    let mut two = Client::new("bank", "ThreadId(2)").span("a").without_clock();
    let parent = recording.event(&mut one, 10, custom("step"));
    two.parent = Some(parent);
    let child = recording.event(&mut two, 10, custom("step"));
    recording.events.reverse();
    let recorded = recording.history();
    assert!(precedes(&recorded, parent, child));
    assert_eq!(reason_into(&recorded, child), [(EdgeReason::Parent, false)]);
    assert_eq!(recorded.notes.orphans, 0);
}

#[test]
fn orphans_and_cycles_of_parents_are_counted_and_analysed_all_the_same() {
    let mut recording = Recording::default();
    for (number, parent) in [(1_u64, 2_u128), (2, 1), (3, 99)] {
        let mut client = Client::new("bank", &format!("t{number}")).without_clock();
        client.parent = Some(parent);
        recording.event(&mut client, number, write("x"));
    }
    let recorded = recording.history();
    assert_eq!((recorded.history.ops.len(), recorded.notes.cyclic_parents, recorded.notes.orphans), (3, 2, 1));
    assert!(precedes(&recorded, 1, 2), "the cycle is cut above its earliest event");
}

#[test]
fn the_same_event_again_changes_nothing() {
    let (mut recording, mut client) = (Recording::default(), Client::new("bank", "t1"));
    recording.event(&mut client, 1, write("x"));
    let again = recording.events[0].clone();
    recording.events.push(again);
    let recorded = recording.history();
    assert_eq!((recorded.history.ops.len(), recorded.notes.duplicates), (1, 1));
}

#[test]
fn a_task_lies_between_its_spawn_and_its_join() {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1");
    let before = recording.event(&mut main, 1, write("x"));
    let spawned = recording.event(&mut main, 2, spawn("w"));
    let mut task = main.task("w");
    let inside = recording.event(&mut task, 3, write("x"));
    let beside = recording.event(&mut main, 3, write("x"));
    // Recorded before the wait: it takes effect at the next event.
    let joined = recording.event(&mut main, 4, join("w"));
    let late = recording.event(&mut task, 8, write("x"));
    let after = recording.event(&mut main, 9, read("x"));
    let recorded = recording.history();
    assert_sound(&recorded);
    assert!(
        precedes(&recorded, before, inside) && precedes(&recorded, inside, after) && precedes(&recorded, late, after)
    );
    assert!(!ordered(&recorded, inside, beside));
    assert!(op(&recorded, late) < op(&recorded, joined));
    assert!(matches!(recorded.history.ops[op(&recorded, spawned) as usize].kind, OpKind::Fork(_)));
    assert!(matches!(recorded.history.ops[op(&recorded, joined) as usize].kind, OpKind::Join(_)));
    assert!(recorded.notes.tasks_separable);
    assert_eq!((recorded.notes.unmatched_spawns, recorded.notes.unmatched_joins, recorded.notes.edges_cut), (0, 0, 0));
}

#[test]
fn a_task_that_has_its_own_thread_id_is_known_by_it_within_its_scope_only() {
    let mut recording = Recording::default();
    let mut main = Client::new("ledger", "t1").span("a");
    recording.event(&mut main, 1, spawn("worker-7"));
    let mut worker = Client::new("ledger", "worker-7").span("a");
    let inside = recording.event(&mut worker, 2, write("x"));
    let mut stranger = Client::new("bank", "worker-7").span("b");
    let elsewhere = recording.event(&mut stranger, 3, write("x"));
    recording.event(&mut main, 4, spawn("nobody"));
    let recorded = recording.history();
    assert!(precedes(&recorded, 1, inside));
    assert!(!ordered(&recorded, 1, elsewhere));
    assert_eq!(recorded.notes.unmatched_spawns, 1);
}

#[test]
fn requests_that_give_their_tasks_the_same_names_are_kept_apart() {
    let mut recording = Recording::default();
    let mut inside = Vec::new();
    for (span, begin) in [("a", 1), ("b", 2)] {
        let mut main = Client::new("ledger", &format!("main {span}")).span(span);
        let spawned = recording.event(&mut main, begin, spawn("worker"));
        let mut worker = Client::new("ledger", "worker").span(span);
        inside.push((spawned, recording.event(&mut worker, begin + 10, write("x"))));
        // At the same time as the other one: nobody reused its thread.
        recording.event(&mut worker, begin + 20, write("x"));
        recording.event(&mut main, begin + 30, join("worker"));
    }
    let recorded = recording.history();
    assert!(precedes(&recorded, inside[0].0, inside[0].1) && precedes(&recorded, inside[1].0, inside[1].1));
    assert!(!ordered(&recorded, inside[0].0, inside[1].1) && !ordered(&recorded, inside[1].0, inside[0].1));
}

#[test]
fn an_id_spawned_again_starts_what_comes_after() {
    let mut recording = Recording::default();
    let mut main = Client::new("ledger", "t1");
    let mut worker = Client::new("ledger", "w").without_clock();
    recording.event(&mut main, 1, spawn("w"));
    let first_run = recording.event(&mut worker, 2, write("x"));
    let joined = recording.event(&mut main, 3, join("w"));
    let between = recording.event(&mut main, 4, write("x"));
    recording.event(&mut main, 5, spawn("w"));
    let second_run = recording.event(&mut worker, 6, write("x"));
    recording.event(&mut main, 7, join("w"));
    let recorded = recording.history();
    assert_eq!(recorded.notes.edges_cut, 0);
    assert!(precedes(&recorded, first_run, joined) && precedes(&recorded, between, second_run));
}

#[test]
fn sections_are_ordered_by_what_they_do_and_not_by_the_wait_for_them() {
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("bank", "t1").span("a"), Client::new("bank", "t2").span("b"));
    recording.event(&mut one, 1, acquire("l", "Mutex"));
    // Waits from 2 on; gets it at 6.
    let waiting = recording.event(&mut two, 2, acquire("l", "Mutex"));
    recording.event(&mut one, 3, write("x"));
    let released = recording.event(&mut one, 5, release("l", "Mutex"));
    recording.event(&mut two, 6, write("x"));
    recording.event(&mut two, 7, release("l", "Mutex"));
    let recorded = recording.history();
    assert_sound(&recorded);
    assert!(recorded.notes.ambiguous_locks.is_empty());
    assert!(op(&recorded, released) < op(&recorded, waiting));
}

#[test]
fn an_id_whose_exclusive_sections_overlap_names_several_locks() {
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("bank", "t1").span("a"), Client::new("bank", "t2").span("b"));
    let taken = recording.event(&mut one, 1, acquire("l", "Mutex"));
    recording.event(&mut one, 3, write("x"));
    recording.event(&mut two, 2, acquire("l", "Mutex"));
    recording.event(&mut two, 4, write("x"));
    recording.event(&mut one, 5, release("l", "Mutex"));
    recording.event(&mut two, 6, release("l", "Mutex"));
    let recorded = recording.history();
    assert_eq!(recorded.notes.ambiguous_locks, ["l"]);
    assert_eq!(recorded.history.ops[op(&recorded, taken) as usize].kind, OpKind::Other);
}

#[test]
fn sections_of_one_and_the_same_millisecond_are_told_apart() {
    let mut recording = Recording::default();
    let mut clients = [Client::new("bank", "t1").span("a"), Client::new("bank", "t2").span("b")];
    // Arrival interleaves them.
    for kind in [acquire("l", "Mutex"), write("x"), release("l", "Mutex")] {
        for client in &mut clients {
            recording.event(client, 5, kind.clone());
        }
    }
    let recorded = recording.history();
    assert_sound(&recorded);
    assert!(recorded.notes.ambiguous_locks.is_empty());
}

#[test]
fn edges_that_force_sections_to_overlap_leave_the_lock_ambiguous() {
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("bank", "t1").span("a"), Client::new("bank", "t2").span("b").without_clock());
    recording.event(&mut one, 5, acquire("l", "Mutex"));
    recording.event(&mut two, 5, acquire("l", "Mutex"));
    let inside = recording.event(&mut two, 5, custom("inside"));
    let mut third = Client::new("bank", "t3").span("c").without_clock();
    third.parent = Some(inside);
    let relay = recording.event(&mut third, 5, spawn("t1"));
    recording.event(&mut two, 5, release("l", "Mutex"));
    recording.event(&mut one, 5, release("l", "Mutex"));
    let _ = relay;
    let recorded = recording.history();
    assert_sound(&recorded);
}

#[test]
fn locks_and_variables_of_two_processes_are_different_unless_widened() {
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("bank", "t1").span("a"), Client::new("bank", "t2").span("b"));
    two.process = 8;
    recording.event(&mut one, 1, write("x"));
    recording.event(&mut two, 2, write("x"));
    for client in [&mut one, &mut two] {
        recording.event(client, 3, write("cache"));
        recording.last()["metadata"]["tags"] = json!({"scope": "service"});
    }
    let mut other = Client::new("shop", "t3").span("c");
    recording.event(&mut other, 4, write("cache"));
    recording.last()["metadata"]["tags"] = json!({"scope": "service"});
    let recorded = recording.history();
    assert_eq!(recorded.history.variables, ["x", "x", "cache", "cache"]);
    assert!(!recorded.history.conflict(op(&recorded, 1), op(&recorded, 2)));
    assert!(recorded.history.conflict(op(&recorded, 3), op(&recorded, 4)));
    assert!(!recorded.history.conflict(op(&recorded, 4), op(&recorded, 5)));
}

#[test]
fn a_lock_set_holds_for_as_long_as_it_is_declared() {
    let (mut recording, mut client) = (Recording::default(), Client::new("bank", "t1"));
    for (time, lock_set) in [(1, json!([])), (2, json!(["l"])), (3, json!(["l", "m"])), (4, json!([]))] {
        recording.event(&mut client, time, write("x"));
        recording.last()["lock_set"] = lock_set;
    }
    let recorded = recording.history();
    assert_sound(&recorded);
    let sections = analysis::sections::Sections::of(&recorded.history);
    let held: Vec<usize> = (1..=4).map(|id| sections.held(op(&recorded, id)).len()).collect();
    assert_eq!(held, [0, 1, 2, 0]);
    assert!(sections.all.iter().all(|section| section.release.is_some()));
}

#[test]
fn a_clock_orders_what_the_caller_had_done_and_no_more() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    let before = recording.event(&mut caller, 1, write("x"));
    let sent = recording.event(&mut caller, 2, request("/pay"));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    let beside = recording.event(&mut caller, 3, write("x"));
    let received = recording.event(&mut callee, 4, request("/pay"));
    let answered = recording.event(&mut callee, 5, response(1));
    let cleanup = recording.event(&mut callee, 6, write("log"));
    let returned = recording.event(&mut caller, 7, response(5));
    let after = recording.event(&mut caller, 8, read("x"));
    let recorded = recording.history();
    assert!(precedes(&recorded, before, received) && precedes(&recorded, sent, received));
    assert!(!ordered(&recorded, beside, received));
    assert!(precedes(&recorded, answered, after) && precedes(&recorded, answered, returned));
    assert!(!ordered(&recorded, cleanup, after), "what the callee does later is not awaited");
    assert_eq!(reason_into(&recorded, received), [(EdgeReason::Clock, false)]);
    assert_eq!(reason_into(&recorded, returned), [(EdgeReason::Message, false)]);
}

#[test]
fn what_the_caller_had_done_precedes_all_of_the_callee_however_its_events_arrive() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    let sent = recording.event(&mut caller, 2, request("/pay"));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    let received = recording.event(&mut callee, 4, request("/pay"));
    let wrote = recording.event(&mut callee, 5, write("x"));
    // The last event of the callee is the first that arrives.
    recording.events.reverse();
    let recorded = recording.history();
    assert!(precedes(&recorded, sent, received) && precedes(&recorded, sent, wrote));
    assert_eq!(reason_into(&recorded, received), [(EdgeReason::Clock, false)]);
    assert_eq!(reason_into(&recorded, wrote), []);
}

#[test]
fn without_clocks_the_request_of_the_upstream_span_precedes_the_callee() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a").without_clock();
    let sent = recording.event(&mut caller, 2, request("/pay"));
    // A caller that opens a trace with a request of its own: that one came in.
    recording.last()["parent_id"] = json!(events::uuid(99));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    let received = recording.event(&mut callee, 4, request("/pay"));
    let answered = recording.event(&mut callee, 5, response(1));
    // The caller records no response.
    let soon = recording.event(&mut caller, 4, custom("meanwhile"));
    let after = recording.event(&mut caller, 8, read("x"));
    let recorded = recording.history();
    assert_eq!(reason_into(&recorded, received), [(EdgeReason::Message, false)]);
    assert!(precedes(&recorded, sent, received));
    assert_eq!(reason_into(&recorded, after), [(EdgeReason::Message, true)]);
    assert!(precedes(&recorded, answered, after) && !ordered(&recorded, received, soon));
}

#[test]
fn a_clock_entry_whose_context_cannot_be_told_is_counted_and_orders_nothing() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    let sent = recording.event(&mut caller, 1, custom("work"));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    callee.upstream = None;
    let received = recording.event(&mut callee, 2, custom("work"));
    let recorded = recording.history();
    assert!(!ordered(&recorded, sent, received));
    assert_eq!(recorded.notes.unattributable_clock_entries, 1);
}

#[test]
fn what_a_caller_knew_of_others_binds_through_the_caller() {
    let mut recording = Recording::default();
    let mut first = Client::new("gateway", "g").span("a");
    let sent = recording.event(&mut first, 1, custom("work"));
    let mut second = Client::new("bank", "b").span("s").called_by(&first);
    recording.event(&mut second, 2, custom("work"));
    let mut third = Client::new("ledger", "l").span("t").called_by(&second);
    let last = recording.event(&mut third, 3, custom("work"));
    let recorded = recording.history();
    assert!(precedes(&recorded, sent, last));
    assert_eq!(recorded.notes.unattributable_clock_entries, 0);
}

#[test]
fn one_os_thread_orders_the_contexts_it_served_one_after_the_other() {
    let mut recording = Recording::default();
    let contexts = [("a", 1, 5), ("b", 5, 9), ("c", 7, 12), ("d", 13, 14)];
    let mut ids = Vec::new();
    for (span, begin, end) in contexts {
        let mut client = Client::new("bank", "ThreadId(3)").span(span);
        let first = recording.event(&mut client, begin, write("x"));
        ids.push((first, recording.event(&mut client, end, write("x"))));
    }
    let recorded = recording.history();
    assert!(precedes(&recorded, ids[0].1, ids[1].0) && precedes(&recorded, ids[0].1, ids[2].0));
    assert!(!ordered(&recorded, ids[1].0, ids[2].0), "overlapping ones are tasks");
    assert!(precedes(&recorded, ids[1].1, ids[3].0) && precedes(&recorded, ids[2].1, ids[3].0));
    assert_eq!(reason_into(&recorded, ids[1].0), [(EdgeReason::SameThread, false)]);
}

#[test]
fn messages_against_time_are_kept_and_their_skew_is_measured() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    let sent = recording.event(&mut caller, 20, request("/pay"));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    let received = recording.event(&mut callee, 5, request("/pay"));
    let recorded = recording.history();
    assert!(precedes(&recorded, sent, received));
    assert_eq!((recorded.notes.skewed_edges, recorded.notes.skew_nanos), (1, 15_000_000));
}

#[test]
fn values_are_what_a_read_saw_and_what_a_write_replaced() {
    let (mut recording, mut client) = (Recording::default(), Client::new("bank", "t1"));
    for kind in [
        access("Write", "x", json!(1), json!(2)),
        access("Read", "x", Value::Null, json!(2)),
        access("Read", "x", json!(2), Value::Null),
        access("Read", "x", json!(2), json!(2)),
        access("Read", "x", Value::Null, Value::Null),
        access("AtomicRMW", "x", json!(2), json!(3)),
    ] {
        recording.event(&mut client, 1, kind);
    }
    let recorded = recording.history();
    let values: Vec<(u64, u64)> = (1..=6)
        .map(|id| recorded.history.ops[op(&recorded, id) as usize].kind.access().unwrap().2)
        .map(|access| (access.old, access.new))
        .collect();
    let two = values[0].1;
    assert!(two != 0 && values[0].0 != 0 && values[0].0 != two);
    assert_eq!(values[1..5], [(two, 0), (two, 0), (two, 0), (0, 0)]);
    assert!(values[5].0 == two && values[5].1 != two);
}

/// Any events at all: times, parents, clocks, locks, tasks and spans at random.
fn arbitrary_recording() -> impl Strategy<Value = Vec<Value>> {
    let event = (0usize..4, 0usize..3, 0u64..12, 0usize..10, 0u128..20, proptest::option::of(0u64..8), 0usize..3);
    proptest::collection::vec(event, 1..40).prop_map(|events| {
        let mut recording = Recording::default();
        for (thread, span, time, kind, parent, count, task) in events {
            let mut client = Client::new(["bank", "shop"][span % 2], ["t1", "t2", "t3", "w"][thread]);
            client.span = Some(["a", "b", "c"][span].into());
            client.upstream = Some(["b", "c", "a"][span].into());
            client.task = [None, Some("w".into()), Some("v".into())][task].clone();
            client.parent = (parent > 0).then_some(parent);
            client.has_clock = count.is_some();
            client.count = count.unwrap_or(0);
            client.clock = vec![("bank#1".into(), time), ("shop#1".into(), time / 2)];
            let kind = [
                write("x"),
                read("x"),
                acquire("l", "Mutex"),
                release("l", "Mutex"),
                acquire("l", "read"),
                spawn("w"),
                join("w"),
                request("/a"),
                response(2),
                access("AtomicRMW", "x", Value::Null, Value::Null),
            ][kind]
                .clone();
            recording.event(&mut client, time, kind);
        }
        recording.events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_events_become_a_sound_history_in_which_none_is_lost(events in arbitrary_recording()) {
        let count = events.len();
        let recorded = Recording { events }.history();
        assert_sound(&recorded);
        prop_assert_eq!(recorded.history.ops.len(), count);
    }

    #[test]
    fn the_order_of_arrival_decides_ties_only(events in arbitrary_recording(), seed in any::<u64>()) {
        // With a time and a thread of its own for each event, nothing is left to arrival.
        let mut events = events;
        for (number, event) in events.iter_mut().enumerate() {
            event["timestamp"] = json!(events::stamp(1_000 + (number * number) as u64));
            event["causality_vector"] = json!([]);
            event["metadata"]["thread_id"] = json!(format!("t{number}"));
        }
        let straight = Recording { events: events.clone() }.history();
        let mut state = seed;
        for at in (1..events.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            events.swap(at, (state >> 33) as usize % (at + 1));
        }
        let shuffled = Recording { events }.history();
        // Which edge of a cycle is cut may depend on arrival.
        prop_assume!(straight.notes.edges_cut == 0 && shuffled.notes.edges_cut == 0);
        prop_assert_eq!(straight.history.sources, shuffled.history.sources);
    }
}

#[test]
fn work_that_nobody_waits_for_stops() {
    let cancel = Cancel::default();
    cancel.cancel();
    let table = model::table::EventTable::default();
    assert!(matches!(causal::history(&table, &cancel), Err(causal::CausalError::Cancelled)));
}
