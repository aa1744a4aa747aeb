//! The findings of a recorded trace: what is said, what is not said twice, and schedules that hold.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod events;

use std::collections::{BTreeMap, BTreeSet};

use analysis::Cancel;
use analysis::causal::{self, Recorded};
use analysis::findings::{Answer, Options, Replayed, ValueTexts, describe, find};
use events::{Client, Recording, access, acquire, join, read, release, request, response, spawn, write};
use model::Seq;
use model::analysis::{Finding, FindingClass, FindingKind, MAX_STEPS, Role, Schedule, Severity, StepEffect};
use model::table::{EventRow, EventTable};
use model::wire::decode_batch;
use proptest::prelude::*;
use serde_json::{Value, json};

struct Found {
    table: EventTable,
    recorded: Recorded,
    answer: Answer,
}

fn found_with(recording: &Recording, options: Options) -> Found {
    let table = decode_batch(recording.json().as_bytes()).unwrap().table;
    let recorded = causal::history(&table, &Cancel::default()).unwrap();
    let answer = find(&recorded, &table, options, &|_| {}, &Cancel::default()).unwrap();
    Found { table, recorded, answer }
}

fn found(recording: &Recording) -> Found {
    found_with(recording, Options::LINEAR)
}

fn texts(table: &EventTable, row: &EventRow) -> ValueTexts {
    let values = causal::values(table, row);
    ValueTexts { old: values.old.map(str::to_owned), new: values.new.map(str::to_owned) }
}

impl Found {
    fn findings(&self) -> Vec<Finding> {
        let values = |row: &EventRow| texts(&self.table, row);
        self.answer.findings.iter().map(|found| describe(&self.recorded, &self.table, found, &values)).collect()
    }

    fn only(&self) -> Finding {
        let mut findings = self.findings();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings.remove(0)
    }

    fn schedule(&self, finding: &Finding) -> Schedule {
        let found = self.answer.findings.iter().find(|found| found.id == finding.id).unwrap();
        let values = |row: &EventRow| texts(&self.table, row);
        Replayed::of(&self.recorded, found).unwrap().schedule(&self.table, Seq(1), &values)
    }
}

/// Two tasks of one request, spawned and awaited, that do these things in turns.
fn two_tasks(first: &[Value], second: &[Value]) -> Recording {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a");
    recording.event(&mut main, 1, spawn("aaaaaaaa-first"));
    let mut one = main.task("aaaaaaaa-first");
    recording.event(&mut main, 2, spawn("bbbbbbbb-second"));
    let mut two = main.task("bbbbbbbb-second");
    let mut time = 10;
    for at in 0..first.len().max(second.len()) {
        for (task, does) in [(&mut one, first.get(at)), (&mut two, second.get(at))] {
            if let Some(kind) = does {
                recording.event(task, time, kind.clone());
                time += 1;
            }
        }
    }
    recording.event(&mut main, time, join("aaaaaaaa-first"));
    recording.event(&mut main, time + 1, join("bbbbbbbb-second"));
    recording
}

fn texts_of(schedule: &Schedule) -> Vec<&str> {
    schedule.steps.iter().map(|step| step.text.as_str()).collect()
}

#[test]
fn two_writes_at_once_are_one_critical_finding_in_plain_words() {
    let note = |value: i64| access("Write", "payroll.last_paid", json!(value - 1), json!(value));
    let found = found(&two_tasks(&[note(1), note(3)], &[note(2), note(4)]));
    let race = found.only();
    assert_eq!((race.kind, race.severity), (FindingKind::Race, Severity::Critical));
    assert_eq!(race.class, FindingClass::Observed);
    assert_eq!(race.title, "Two tasks write `payroll.last_paid` at once; nothing orders them.");
    assert!(race.explanation.contains("Neither holds a lock."), "{}", race.explanation);
    assert_eq!((race.count.value, race.subject.as_str()), (4, "payroll.last_paid"));
    let [first, second] = &race.events[..] else { panic!("two events") };
    assert_eq!((first.role, second.role), (Role::First, Role::Second));
    assert_eq!((first.thread.as_str(), second.thread.as_str()), ("task aaaaaaaa", "task bbbbbbbb"));
    assert_eq!((first.before.as_deref(), first.after.as_deref()), (Some("0"), Some("1")));
    assert_eq!(first.location, "Write:payroll.last_paid");
    assert_eq!(found.answer.counts.races, 1);
}

#[test]
fn its_schedule_ends_where_both_are_next() {
    let note = |value: i64| access("Write", "x", json!(value - 1), json!(value));
    let one = [acquire("l", "Mutex"), access("Write", "y", json!(7), json!(8)), release("l", "Mutex"), note(2)];
    let found = found(&two_tasks(&one, &[note(1)]));
    let race = found.findings().into_iter().find(|finding| finding.subject == "x").unwrap();
    let schedule = found.schedule(&race);
    let texts = texts_of(&schedule);
    assert_eq!(texts[..2], ["spawn task aaaaaaaa", "spawn task bbbbbbbb"]);
    assert_eq!(texts[2..], ["acquire l", "write y = 8", "release l"]);
    assert_eq!(schedule.then.iter().map(|step| step.text.as_str()).collect::<Vec<_>>(), ["write x = 1", "write x = 2"]);
    assert_eq!(schedule.then.iter().map(|step| step.role).collect::<Vec<_>>(), [Some(Role::First), Some(Role::Second)]);
    let names: Vec<&str> = schedule.threads.iter().map(|thread| thread.name.as_str()).collect();
    assert_eq!(names, ["task bbbbbbbb", "task aaaaaaaa", "t1"], "those of the finding first");
    let values: Vec<_> = schedule.variables.iter().map(|var| (var.name.as_str(), var.value.as_deref())).collect();
    assert_eq!(values, [("x", Some("0")), ("y", Some("7"))]);
    assert_eq!(schedule.locks[0].holders, [0_u32; 0]);
    assert_eq!(schedule.skipped, 0);
}

#[test]
fn writing_under_a_lock_that_both_share_says_so() {
    let does = [acquire("l", "RWLock-Read"), write("x"), release("l", "RWLock-Read")];
    let race = found(&two_tasks(&does, &does)).only();
    assert!(race.explanation.contains("Both hold `l` shared"), "{}", race.explanation);
    assert!(race.events.iter().all(|event| event.locks[0].name == "l" && event.locks[0].shared));
}

#[test]
fn what_one_lock_protects_is_not_accused() {
    for options in [Options::LINEAR, Options::EXACT] {
        let mut recording = Recording::default();
        let mut main = Client::new("bank", "t1").span("a");
        let tasks = ["one", "two"].map(|id| {
            recording.event(&mut main, 1, spawn(id));
            main.task(id)
        });
        let mut time = 10;
        for (at, mut task) in tasks.into_iter().enumerate() {
            let balance = 100 + at as i64;
            for kind in [
                acquire("account", "Mutex"),
                access("Read", "balance", json!(balance), json!(balance)),
                access("Write", "balance", json!(balance), json!(balance + 1)),
                release("account", "Mutex"),
            ] {
                recording.event(&mut task, time, kind);
                time += 1;
            }
        }
        let answer = found_with(&recording, options).answer;
        assert_eq!((answer.findings, answer.complete), (Vec::new(), true));
    }
}

#[test]
fn a_lost_update_shows_its_three_values_and_a_schedule() {
    let reads = |value: i64| access("Read", "points", json!(value), json!(value));
    let writes = |old: i64, new: i64| access("Write", "points", json!(old), json!(new));
    let found = found(&two_tasks(&[reads(100), writes(100, 110)], &[reads(100), writes(100, 350)]));
    let findings = found.findings();
    let lost = findings.iter().find(|finding| finding.kind == FindingKind::LostUpdate).unwrap();
    assert_eq!((lost.severity, lost.class), (Severity::Critical, FindingClass::Observed));
    assert_eq!(lost.title, "A write to `points` was lost: a task that had read the old value wrote over it.");
    let events: Vec<_> =
        lost.events.iter().map(|event| (event.role, event.before.as_deref(), event.after.as_deref())).collect();
    assert_eq!(
        events,
        [
            (Role::StaleRead, Some("100"), None),
            (Role::LostWrite, Some("100"), Some("110")),
            (Role::Overwrite, Some("100"), Some("350")),
        ]
    );
    let schedule = found.schedule(lost);
    assert_eq!(schedule.then.iter().map(|step| step.text.as_str()).collect::<Vec<_>>(), ["write points = 350"]);
    let role = |role: Role| schedule.steps.iter().position(|step| step.role == Some(role)).unwrap();
    assert!(role(Role::StaleRead) < role(Role::LostWrite));
    assert_eq!(findings[0].severity, Severity::Critical, "the worst first");
}

#[test]
fn an_update_that_may_be_lost_is_not_said_again_where_it_races() {
    let does = [read("x"), write("x")];
    let unlocked = found(&two_tasks(&does, &does));
    assert_eq!(unlocked.answer.counts.lost_updates, 0);
    assert!(unlocked.answer.counts.races > 0);
    // Under a lock that is let go in between there is no race, and the order is all there is to say.
    let locked: Vec<Value> =
        does.iter().flat_map(|kind| [acquire("l", "Mutex"), kind.clone(), release("l", "Mutex")]).collect();
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a");
    let mut tasks = ["one", "two"].map(|id| {
        recording.event(&mut main, 1, spawn(id));
        main.task(id)
    });
    let mut time = 10;
    for half in locked.chunks(3) {
        for task in &mut tasks {
            for kind in half {
                recording.event(task, time, kind.clone());
                time += 1;
            }
        }
    }
    let lost = found(&recording).only();
    assert_eq!(
        (lost.kind, lost.class, lost.severity),
        (FindingKind::LostUpdate, FindingClass::Possible, Severity::Info)
    );
}

/// How two tasks that take two locks in both orders, one after the other, are kept apart.
#[derive(Clone, Copy, PartialEq)]
enum Apart {
    Chance,
    Guard,
    Join,
}

fn both_orders(apart: Apart) -> Recording {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a");
    let mut time = 10;
    if apart != Apart::Join {
        recording.event(&mut main, 1, spawn("one"));
        recording.event(&mut main, 2, spawn("two"));
    }
    for (id, [outer, inner]) in [("one", ["vault:eur", "vault:usd"]), ("two", ["vault:usd", "vault:eur"])] {
        if apart == Apart::Join {
            recording.event(&mut main, time, spawn(id));
            time += 1;
        }
        let mut task = main.task(id);
        let mut kinds =
            vec![acquire(outer, "Mutex"), acquire(inner, "Mutex"), release(inner, "Mutex"), release(outer, "Mutex")];
        if apart == Apart::Guard {
            kinds.insert(0, acquire("guard", "Mutex"));
            kinds.push(release("guard", "Mutex"));
        }
        for kind in kinds {
            recording.event(&mut task, time, kind);
            time += 1;
        }
        if apart == Apart::Join {
            recording.event(&mut main, time, join(id));
            time += 1;
        }
    }
    recording
}

#[test]
fn locks_in_both_orders_are_a_deadlock_with_its_circle_and_schedule() {
    let found = found(&both_orders(Apart::Chance));
    let deadlock = found.only();
    assert_eq!((deadlock.kind, deadlock.severity), (FindingKind::Deadlock, Severity::Critical));
    assert_eq!(deadlock.title, "Two tasks can wait for each other for ever, over `vault:eur` and `vault:usd`.");
    assert_eq!(deadlock.subject, "vault:eur, vault:usd");
    let held: Vec<_> =
        deadlock.events.iter().map(|event| (event.object.as_str(), event.locks[0].name.as_str())).collect();
    for (at, (wants, _)) in held.iter().enumerate() {
        assert_eq!(*wants, held[(at + 1) % 2].1, "each waits for what the next one holds");
    }
    let schedule = found.schedule(&deadlock);
    assert_eq!(schedule.then.len(), 2);
    let acquired = |step: &&model::analysis::ScheduleStep| matches!(step.effect, StepEffect::Acquire { .. });
    assert_eq!(schedule.steps.iter().filter(acquired).count(), 2);
}

#[test]
fn tasks_that_never_meet_are_an_inversion_and_no_deadlock() {
    for options in [Options::LINEAR, Options::EXACT] {
        let inversion = found_with(&both_orders(Apart::Join), options).only();
        assert_eq!((inversion.kind, inversion.class), (FindingKind::LockInversion, FindingClass::Unreached));
        assert_eq!((inversion.severity, inversion.has_schedule), (Severity::Info, false));
    }
}

#[test]
fn under_a_common_guard_they_are_right() {
    for options in [Options::LINEAR, Options::EXACT] {
        assert_eq!(found_with(&both_orders(Apart::Guard), options).answer.findings, []);
    }
}

#[test]
fn requests_that_see_each_other_half_done_are_said_once() {
    // Each step is under a lock, and the two variables should change together.
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("g");
    recording.event(&mut caller, 1, request("/in"));
    let mut first = Client::new("bank", "b1").span("s1").called_by(&caller);
    let mut second = Client::new("bank", "b2").span("s2").called_by(&caller);
    let locked = |kind: Value| [acquire("l", "Mutex"), kind, release("l", "Mutex")];
    let value = |kind: &str, variable: &str, old: i64, new: i64| access(kind, variable, json!(old), json!(new));
    recording.event(&mut first, 2, request("/a"));
    recording.event(&mut second, 3, request("/b"));
    let mut time = 4;
    for (client, kind) in [
        (0, value("Write", "debit", 0, 1)),
        (1, value("Read", "debit", 1, 1)),
        (1, value("Read", "credit", 0, 0)),
        (0, value("Write", "credit", 0, 1)),
    ] {
        for kind in locked(kind) {
            recording.event([&mut first, &mut second][client], time, kind);
            time += 1;
        }
    }
    recording.event(&mut first, time, response(9));
    recording.event(&mut second, time + 1, response(9));
    let half_done = found(&recording).only();
    assert_eq!((half_done.kind, half_done.severity), (FindingKind::Unserialisable, Severity::Info));
    assert!(half_done.events.iter().all(|event| event.role == Role::Block) && half_done.events.len() >= 3);
}

#[test]
fn a_finding_keeps_its_id_when_the_trace_grows() {
    let mut recording = two_tasks(&[write("x")], &[write("x")]);
    let before = found(&recording).only();
    let mut other = Client::new("shop", "t9").span("z");
    recording.event(&mut other, 90, write("elsewhere"));
    assert_eq!(found(&recording).only().id, before.id);
    assert!(before.id.len() == 12 && before.id.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn a_long_schedule_lists_its_end_and_knows_the_state_before() {
    let mut first: Vec<Value> = vec![access("Write", "early", json!(1), json!(2)), acquire("l", "Mutex")];
    first.extend((0..2 * MAX_STEPS as i64).map(|n| access("Write", "n", json!(n), json!(n + 1))));
    first.extend([access("Read", "early", json!(2), json!(2)), write("x")]);
    let found = found(&two_tasks(&first, &[write("x")]));
    let race = found.findings().into_iter().find(|finding| finding.subject == "x").unwrap();
    let schedule = found.schedule(&race);
    assert_eq!(schedule.steps.len(), MAX_STEPS);
    assert!(schedule.skipped > MAX_STEPS as u64);
    let value = |name: &str| schedule.variables.iter().find(|var| var.name == name).unwrap().value.clone();
    assert_eq!(value("early").as_deref(), Some("2"));
    let first_written = schedule.steps.iter().find_map(|step| step.text.strip_prefix("write n = ")).unwrap();
    assert_eq!(value("n").unwrap().parse::<i64>().unwrap() + 1, first_written.parse::<i64>().unwrap());
}

#[test]
fn work_that_nobody_waits_for_stops() {
    let table = decode_batch(two_tasks(&[write("x")], &[write("x")]).json().as_bytes()).unwrap().table;
    let recorded = causal::history(&table, &Cancel::default()).unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(find(&recorded, &table, Options::LINEAR, &|_| {}, &cancel).is_err());
}

/// What a task of a random program does next.
#[derive(Debug, Clone, Copy)]
enum Does {
    Read(u8),
    Write(u8),
    /// A section of a lock around an access.
    Locked(u8, u8, bool),
    Nested(u8, u8),
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        (0..3_u8).prop_map(Does::Read),
        (0..3_u8).prop_map(Does::Write),
        (0..2_u8, 0..3_u8, any::<bool>()).prop_map(|(lock, var, writes)| Does::Locked(lock, var, writes)),
        (0..2_u8, 0..3_u8).prop_map(|(lock, var)| Does::Nested(lock, var)),
    ]
}

/// A run of a random program, each step of a task whole, so that the recording is what a run does; values are those
/// that were there.
fn run(steps: &[(usize, Does)]) -> Recording {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a");
    let mut tasks: Vec<Client> = ["one", "two", "three"]
        .map(|id| {
            recording.event(&mut main, 1, spawn(id));
            main.task(id)
        })
        .into();
    let mut values = [0_i64; 3];
    let mut time = 10;
    for (at, &(task, does)) in steps.iter().enumerate() {
        let place = |kind: Value| {
            let mut kind = kind;
            kind["StateChange"]["location"] = json!(format!("step {at}"));
            kind
        };
        let reads = |var: u8| place(access("Read", &format!("x{var}"), json!(values[var as usize]), Value::Null));
        let kinds = match does {
            Does::Read(var) | Does::Locked(_, var, false) => vec![reads(var)],
            Does::Write(var) | Does::Locked(_, var, true) | Does::Nested(_, var) => {
                let old = values[var as usize];
                values[var as usize] = at as i64 + 1;
                vec![place(access("Write", &format!("x{var}"), json!(old), json!(at + 1)))]
            }
        };
        let locks: Vec<String> = match does {
            Does::Locked(lock, ..) => vec![format!("l{lock}")],
            Does::Nested(lock, _) => vec![format!("l{lock}"), format!("l{}", 1 - lock)],
            _ => Vec::new(),
        };
        let begin = locks.iter().map(|lock| acquire(lock, "Mutex"));
        let end = locks.iter().rev().map(|lock| release(lock, "Mutex"));
        for kind in begin.chain(kinds).chain(end) {
            recording.event(&mut tasks[task], time, kind);
            time += 1;
        }
    }
    recording
}

/// Steps a schedule as the browser does: locks exclude, and reads see what was last written.
fn assert_steps(schedule: &Schedule) {
    let mut values: Vec<Option<String>> = schedule.variables.iter().map(|var| var.value.clone()).collect();
    let mut holders: Vec<Vec<u32>> = schedule.locks.iter().map(|lock| lock.holders.clone()).collect();
    for step in &schedule.steps {
        match &step.effect {
            StepEffect::None => {}
            StepEffect::Read { variable, value } => assert_eq!(&values[*variable as usize], value, "{}", step.text),
            StepEffect::Write { variable, value } => values[*variable as usize] = value.clone(),
            StepEffect::Acquire { lock, .. } => {
                assert_eq!(holders[*lock as usize], [0_u32; 0], "{}", step.text);
                holders[*lock as usize].push(step.thread);
            }
            StepEffect::Release { lock } => {
                assert_eq!(holders[*lock as usize], [step.thread]);
                holders[*lock as usize].clear();
            }
        }
    }
    assert!(!schedule.then.is_empty());
}

/// (kind, subject, places) with the class.
type Known = BTreeMap<(FindingKind, String, BTreeSet<String>), FindingClass>;

fn known(findings: &[Finding]) -> Known {
    let key = |finding: &Finding| {
        let places = finding.events.iter().map(|event| event.location.clone()).collect();
        ((finding.kind, finding.subject.clone(), places), finding.class)
    };
    findings.iter().map(key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_schedule_can_be_stepped_and_the_exact_answer_knows_all_the_linear_one_does(
        steps in proptest::collection::vec((0..3_usize, does()), 2..14),
    ) {
        let recording = run(&steps);
        let linear = found(&recording);
        let exact = found_with(&recording, Options::EXACT);
        prop_assert!(linear.answer.complete && exact.answer.complete, "so little is decided");
        let (of_linear, of_exact) = (linear.findings(), exact.findings());
        let known_exactly = known(&of_exact);
        for (key, class) in known(&of_linear) {
            if matches!(key.0, FindingKind::Race | FindingKind::Deadlock) {
                prop_assert_eq!(known_exactly.get(&key), Some(&class), "{:?}", key);
            }
        }
        for (found, findings) in [(&linear, &of_linear), (&exact, &of_exact)] {
            for finding in findings {
                if finding.has_schedule {
                    assert_steps(&found.schedule(finding));
                }
                let proven = matches!(finding.kind, FindingKind::Race | FindingKind::Deadlock);
                prop_assert!(finding.has_schedule || !proven, "{:?}", finding);
            }
            let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
            prop_assert_eq!(ids.len(), findings.len());
            prop_assert!(findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
        }
        // Races are those of the engine, no more and no fewer.
        let history = &exact.recorded.history;
        let reach = analysis::reach::Reach::new(history, &Cancel::default()).unwrap();
        let pairs = reach.exact_races(analysis::reach::DEFAULT_BUDGET).unwrap().pairs;
        let variables: BTreeSet<&str> = pairs
            .iter()
            .filter_map(|pair| history.ops[pair.first as usize].kind.access())
            .map(|(variable, ..)| history.variables[variable as usize].as_str())
            .collect();
        let races = of_exact.iter().filter(|finding| finding.kind == FindingKind::Race);
        prop_assert_eq!(races.clone().map(|race| race.subject.as_str()).collect::<BTreeSet<_>>(), variables);
        prop_assert_eq!(races.map(|race| race.count.value).sum::<u64>(), pairs.len() as u64);
    }
}
