//! Questions that the existing server is known to answer wrongly, asked of ours: from the contract's JSON to the
//! finding.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod events;

use std::collections::BTreeSet;

use analysis::baselines::{Assessor, Baselines, Thresholds, WindowShape};
use analysis::causal::{self, Recorded};
use analysis::reach::{DEFAULT_BUDGET, Decision, RacePair, Reach};
use analysis::read::{Events, Format, Recording as File, file};
use analysis::spans::{OperationTime, critical_paths};
use analysis::{Cancel, EdgeReason, check};
use events::{
    Client, Recording, access, acquire, assert_sound, join, op, ordered, precedes, read, release, request, response,
    spawn, write,
};
use serde_json::json;

fn events_of(recording: &Recording) -> Events {
    match file(recording.json().as_bytes(), "recording", Format::Auto).unwrap() {
        File::Events(events) => events,
        File::Std(_) => panic!("events"),
    }
}

/// The variables that race. Every pair has a schedule, which the witness checker accepts.
fn races_of(recorded: &Recorded) -> BTreeSet<&str> {
    assert_sound(recorded);
    let history = &recorded.history;
    let reach = Reach::new(history, &Cancel::default()).unwrap();
    let found = reach.exact_races(DEFAULT_BUDGET).unwrap();
    assert!(found.complete, "so few events are decided");
    let checker = check::Recording::from_history(history);
    let variable = |pair: &RacePair| {
        let Decision::Yes(witness) = reach.exact(&[pair.first, pair.second], DEFAULT_BUDGET) else {
            panic!("{pair:?}")
        };
        assert_eq!(check::race(&checker, &witness, (pair.first, pair.second)), Ok(()));
        let (variable, ..) = history.ops[pair.first as usize].kind.access().unwrap();
        history.variables[variable as usize].as_str()
    };
    found.pairs.iter().map(variable).collect()
}

/// The history of all events of a recording.
fn recorded(recording: &Recording) -> Recorded {
    causal::history(&events_of(recording).table, &Cancel::default()).unwrap()
}

/// The variables of a recording that race.
fn races(recording: &Recording) -> Vec<String> {
    races_of(&recorded(recording)).into_iter().map(str::to_owned).collect()
}

/// The longest path, and what each (service, operation) of its trace spent on it, sorted.
fn path(recording: &Recording) -> (u64, Vec<(String, String, u64)>) {
    let events = events_of(recording);
    let forests = events.forests(&causal::history(&events.table, &Cancel::default()).unwrap());
    let [(_, forest)] = &forests[..] else { panic!("one trace") };
    let paths = critical_paths(forest, &Cancel::default()).unwrap().paths;
    assert_eq!(paths.len(), 1);
    let names = |operation: &OperationTime| {
        let service = forest.services[operation.service as usize].clone();
        (service, forest.operations[operation.operation as usize].clone(), operation.exclusive_ns)
    };
    let mut spent: Vec<_> = paths[0].operations.iter().map(names).collect();
    spent.sort_unstable();
    (paths[0].duration_ns, spent)
}

fn no_races() -> Vec<String> {
    Vec::new()
}

fn global(recording: &mut Recording) {
    recording.last()["metadata"]["tags"]["scope"] = json!("global");
}

#[test]
fn a_write_before_a_call_to_another_service_and_one_in_it_are_no_race() {
    for clocks in [true, false] {
        let mut recording = Recording::default();
        let mut caller = Client::new("gateway", "g").span("a");
        caller.has_clock = clocks;
        recording.event(&mut caller, 1, request("/in"));
        recording.event(&mut caller, 2, write("order"));
        global(&mut recording);
        recording.event(&mut caller, 3, request("/pay"));
        let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
        recording.event(&mut callee, 4, request("/pay"));
        recording.event(&mut callee, 5, write("order"));
        global(&mut recording);
        recording.event(&mut callee, 6, response(2));
        recording.event(&mut caller, 7, response(4));
        recording.event(&mut caller, 8, write("order"));
        global(&mut recording);
        assert_eq!(races(&recording), no_races(), "clocks: {clocks}");
        let recorded = recorded(&recording);
        assert!(recorded.history.conflict(op(&recorded, 2), op(&recorded, 5)), "there is something to be right about");
    }
}

#[test]
fn spawn_write_join_read_is_no_race() {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1");
    recording.event(&mut main, 1, write("x"));
    recording.event(&mut main, 2, spawn("w"));
    let mut task = main.task("w");
    recording.event(&mut task, 3, write("x"));
    recording.event(&mut main, 4, join("w"));
    recording.event(&mut main, 5, read("x"));
    assert_eq!(races(&recording), no_races());
}

#[test]
fn a_read_beside_the_task_is_a_race() {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1");
    recording.event(&mut main, 1, spawn("w"));
    let mut task = main.task("w");
    recording.event(&mut task, 3, write("x"));
    recording.event(&mut main, 4, read("x"));
    recording.event(&mut main, 5, join("w"));
    assert_eq!(races(&recording), ["x"]);
}

fn two_tasks(first: serde_json::Value, second: serde_json::Value) -> Recording {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1");
    recording.event(&mut main, 1, spawn("a"));
    let mut one = main.task("a");
    recording.event(&mut main, 2, spawn("b"));
    let mut two = main.task("b");
    recording.event(&mut one, 3, first);
    recording.event(&mut two, 4, second);
    recording
}

#[test]
fn atomic_accesses_do_not_race_with_each_other_but_with_plain_ones() {
    let add = access("AtomicRMW", "n", json!(1), json!(2));
    let store = access("AtomicWrite", "n", json!(1), json!(2));
    assert_eq!(races(&two_tasks(add.clone(), store.clone())), no_races());
    assert_eq!(races(&two_tasks(store, read("n"))), ["n"]);
    assert_eq!(races(&two_tasks(add, write("n"))), ["n"]);
}

#[test]
fn writing_under_shared_read_locks_is_a_race_and_under_exclusive_ones_is_none() {
    for (lock_type, expected) in [("RWLock-Read", 1), ("RWLock-Write", 0)] {
        let mut recording = Recording::default();
        let mut main = Client::new("bank", "t1");
        recording.event(&mut main, 1, spawn("a"));
        let mut one = main.task("a");
        recording.event(&mut main, 2, spawn("b"));
        let mut two = main.task("b");
        for (task, begin) in [(&mut one, 3), (&mut two, 6)] {
            recording.event(task, begin, acquire("l", lock_type));
            recording.event(task, begin + 1, write("x"));
            recording.event(task, begin + 2, release("l", lock_type));
        }
        assert_eq!(races(&recording).len(), expected, "{lock_type}");
    }
}

#[test]
fn a_lock_never_released_in_another_trace_hides_no_race() {
    let mut recording = Recording::default();
    let mut forgetful = Client::new("bank", "worker-1").span("f").trace(1);
    recording.event(&mut forgetful, 1, acquire("l", "Mutex"));
    recording.event(&mut forgetful, 2, write("y"));
    let mut clients = [Client::new("bank", "worker-1"), Client::new("bank", "worker-2")].map(|client| client.trace(2));
    for client in &mut clients {
        client.span = Some(format!("s{}", client.thread));
        recording.event(client, 10, write("x"));
    }
    let events = events_of(&recording);
    let alone = causal::history_of(&events.table, &events.traces[1].rows, &Cancel::default()).unwrap();
    assert_eq!(races_of(&alone).into_iter().collect::<Vec<_>>(), ["x"]);
    // Together with the trace that forgot it, the lock is open to the end of that context and not beyond.
    assert_eq!(races(&recording), ["x"]);
    assert_eq!(recorded(&recording).notes.open_sections, 1);
}

#[test]
fn two_services_whose_threads_have_one_name_are_two_threads_with_their_own_locks() {
    let mut recording = Recording::default();
    for (service, span) in [("bank", "a"), ("shop", "b")] {
        let mut client = Client::new(service, "main").span(span);
        recording.event(&mut client, 1, acquire("l", "Mutex"));
        recording.event(&mut client, 2, write("cache"));
        global(&mut recording);
        recording.event(&mut client, 2, write("private"));
        recording.event(&mut client, 3, release("l", "Mutex"));
    }
    assert_eq!(races(&recording), ["cache"]);
    let recorded = recorded(&recording);
    assert_eq!(recorded.history.threads.len(), 2);
    assert_eq!(recorded.notes.ambiguous_locks, Vec::<String>::new(), "the locks overlap in time: they are two");
}

#[test]
fn a_parent_that_arrives_late_still_orders_its_child() {
    let mut recording = Recording::default();
    let mut one = Client::new("bank", "ThreadId(1)").span("a").without_clock();
    let parent = recording.event(&mut one, 1, write("x"));
    let mut two = Client::new("bank", "ThreadId(2)").span("a").without_clock();
    two.parent = Some(parent);
    recording.event(&mut two, 2, write("x"));
    recording.events.reverse();
    assert_eq!(races(&recording), no_races());
    let recorded = recorded(&recording);
    assert_eq!(recorded.history.edges[0].reason, EdgeReason::Parent);
    assert!(!recorded.notes.tasks_separable, "and the trace says so");
}

fn call(name: &str) -> serde_json::Value {
    json!({"FunctionCall": {"function_name": name, "module": "m", "args": {}, "file": "a.rs", "line": 1}})
}

#[test]
fn a_call_of_90_ms_within_one_of_100_ms_takes_100_ms() {
    let mut recording = Recording::default();
    let mut client = Client::new("bank", "t1").span("a");
    recording.event(&mut client, 0, call("outer"));
    recording.last()["metadata"]["duration_ns"] = json!(100_000_000);
    recording.event(&mut client, 5, call("inner"));
    recording.last()["metadata"]["duration_ns"] = json!(90_000_000);
    // In the chain the child of `inner`, in time only that of `outer`.
    recording.event(&mut client, 96, call("late"));
    recording.last()["metadata"]["duration_ns"] = json!(2_000_000);
    let (duration, spent) = path(&recording);
    assert_eq!(duration, 100_000_000);
    let of = |operation: &str, millis: u64| ("bank".to_owned(), operation.to_owned(), millis * 1_000_000);
    assert_eq!(spent, [of("inner", 90), of("late", 2), of("outer", 8)]);
}

#[test]
fn a_callee_is_part_of_the_path_of_its_caller() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    recording.event(&mut caller, 0, request("/in"));
    recording.event(&mut caller, 10, request("/pay"));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    recording.event(&mut callee, 20, request("/pay"));
    recording.event(&mut callee, 70, response(50));
    recording.event(&mut caller, 80, response(70));
    recording.event(&mut caller, 100, response(100));
    let (duration, spent) = path(&recording);
    assert_eq!(duration, 100_000_000);
    let of = |service: &str, name: &str, millis: u64| (service.to_owned(), name.to_owned(), millis * 1_000_000);
    assert_eq!(spent, [of("bank", "GET /pay", 50), of("gateway", "GET /in", 30), of("gateway", "GET /pay", 20)]);
}

#[test]
fn one_call_of_30_ms_is_no_anomaly_however_often_its_trace_is_looked_at() {
    let mut recording = Recording::default();
    recording.event(&mut Client::new("bank", "t1"), 0, call("settle"));
    recording.last()["metadata"]["duration_ns"] = json!(30_000_000);
    let events = events_of(&recording);
    let row = &events.table.rows[0];
    let key = (events.table.text(row.service), events.table.text(row.operation), row.kind);
    let mut baselines = Baselines::new(WindowShape::default(), 10);
    baselines.learn(&key, row.start, row.end.since(row.start));
    for _look in 0..8 {
        let mut assessor = Assessor::new(&baselines, Thresholds::default());
        let later = row.start.saturating_add(60_000_000_000);
        let assessment = assessor.assess(&key, later, row.end.since(row.start));
        assert!(assessment.is_none_or(|assessment| assessment.severity.is_none()));
    }
}

#[test]
fn clocks_of_two_calls_into_one_instance_that_look_ordered_are_not() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    recording.event(&mut caller, 1, request("/in"));
    recording.event(&mut caller, 2, request("/pay"));
    let mut first = Client::new("bank", "b1").span("s1").called_by(&caller);
    recording.event(&mut caller, 3, request("/pay"));
    let mut second = Client::new("bank", "b2").span("s2").called_by(&caller);
    // [bank, 2] [gateway, 2] and [bank, 3] [gateway, 3]: as vectors the one lies before the other.
    recording.event(&mut first, 4, request("/pay"));
    let one = recording.event(&mut first, 5, write("x"));
    recording.event(&mut second, 4, request("/pay"));
    recording.event(&mut second, 5, read("y"));
    let other = recording.event(&mut second, 6, write("x"));
    assert_eq!(races(&recording), ["x"]);
    let recorded = recorded(&recording);
    assert!(!ordered(&recorded, one, other));
    assert!(precedes(&recorded, 2, one) && precedes(&recorded, 3, other) && !ordered(&recorded, 3, one));
}

/// The demo's payroll, as our own client records it: tasks carry their id, count in one clock, and begin with the
/// event that spawned them as parent; locks record the request, the grant and the release.
#[test]
fn of_two_tasks_that_pay_under_locks_only_the_unlocked_note_races() {
    let mut recording = Recording::default();
    let mut main = Client::new("accounts", "rust-7-1").span("a");
    let mut tasks = Vec::new();
    for task in ["first", "second"] {
        recording.event(&mut main, 1, spawn(task));
        tasks.push(Client { task: Some(task.into()), ..main.clone() });
    }
    let mut count = main.count;
    let mut time = 2;
    let mut balance = 400;
    for _round in 0..3 {
        for task in &mut tasks {
            let value = |number: i64| json!(number);
            for kind in [
                json!({"Custom": {"name": "LockRequest", "data": {"lock_id": "account"}}}),
                acquire("account", "Mutex"),
                access("Read", "balance", value(balance), value(balance)),
                access("Write", "balance", value(balance), value(balance + 50)),
                release("account", "Mutex"),
                access("Write", "last_paid", json!(format!("{balance}")), json!(format!("{}", balance + 50))),
            ] {
                task.count = count;
                recording.event(task, time, kind);
                count = task.count;
                time += 1;
            }
            balance += 50;
        }
    }
    for task in ["first", "second"] {
        main.count = count;
        recording.event(&mut main, time, join(task));
        count = main.count;
    }
    main.count = count;
    recording.event(&mut main, time + 1, access("Read", "last_paid", json!("700"), json!("700")));
    assert_eq!(races(&recording), ["last_paid"]);
    let recorded = recorded(&recording);
    assert_eq!(recorded.history.threads.len(), 3);
    let notes = &recorded.notes;
    assert!(notes.tasks_separable && notes.ambiguous_locks.is_empty() && notes.edges_cut == 0);
}
