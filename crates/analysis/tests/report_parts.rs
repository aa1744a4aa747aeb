//! The parts of the answer beside races and deadlocks: lost updates, requests half done, contention, suspicions.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
mod events;

use std::fmt::Write as _;

use analysis::check::{self, LostUpdate};
use analysis::read::Format;
use analysis::report::{
    Answer, Execution, LostUpdateFinding, Options, RaceEngines, UPDATES_LISTED, analyze, analyze_file, table,
};
use analysis::updates::Evidence;
use analysis::{Cancel, History, std_file};
use events::{Client, Recording, access, acquire, read, release, request, response, write};
use serde_json::{Value, json};

const UPDATES: Options = Options { lost_updates: true, ..Options::NOTHING };

fn of_std(text: &str, options: &Options) -> Answer {
    analyze(&Execution::of(&std_file::read(text.as_bytes()).unwrap()), options, &Cancel::default()).unwrap()
}

fn of_events(recording: &Recording, options: &Options) -> Answer {
    analyze_file(recording.json().as_bytes(), "given", Format::Raceway, options, &Cancel::default()).unwrap()
}

/// Stock is looked up, sold elsewhere, and written: with each value as it was, or without values.
fn sold_twice(with_values: bool) -> Recording {
    let value = |value: u64| if with_values { json!(value) } else { Value::Null };
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("shop", "a").span("1"), Client::new("shop", "b").span("2"));
    recording.event(&mut one, 0, acquire("l", "Mutex"));
    recording.event(&mut one, 1, access("Read", "stock", value(5), value(5)));
    recording.event(&mut one, 2, release("l", "Mutex"));
    recording.event(&mut two, 3, acquire("l", "Mutex"));
    recording.event(&mut two, 4, access("Write", "stock", value(5), value(4)));
    recording.event(&mut two, 5, release("l", "Mutex"));
    recording.event(&mut one, 6, acquire("l", "Mutex"));
    recording.event(&mut one, 7, access("Write", "stock", value(5), value(3)));
    recording.event(&mut one, 8, release("l", "Mutex"));
    recording
}

#[test]
fn a_lost_update_that_values_prove_is_a_finding_and_one_that_only_the_order_suggests_is_not() {
    let answer = of_events(&sold_twice(true), &UPDATES);
    let lost = answer.lost_updates.as_ref().unwrap();
    let [finding] = &lost.findings[..] else { panic!("one finding: {lost:?}") };
    assert_eq!((finding.evidence, finding.variable.as_str()), (Evidence::Proven, "stock"));
    assert_eq!(finding.at.event_ids, [2, 5, 8].map(events::uuid));
    assert_eq!((lost.total, lost.possible_total, lost.complete), (1, 0, true));
    assert!(table(&answer).contains("\n1 lost update\n  evidence"), "{}", table(&answer));

    let answer = of_events(&sold_twice(false), &UPDATES);
    let lost = answer.lost_updates.as_ref().unwrap();
    assert_eq!((lost.findings.len(), lost.total, lost.possible_total), (0, 0, 1));
    assert_eq!(lost.possible[0].evidence, Evidence::Possible);
    let table = table(&answer);
    assert!(table.contains("\n0 lost updates\n\nunproven: 1 possible lost update,"), "{table}");
}

/// Replays what the answer shows, by the numbers it shows.
fn stands(history: &History, finding: &LostUpdateFinding) -> bool {
    let recording = check::Recording::from_history(history);
    let [read, other, write] = [finding.read, finding.lost, finding.overwrite].map(|number| number - 1);
    let witness = finding.witness.as_ref().expect("all writers are known");
    check::lost_update(&recording, witness, LostUpdate { read, other, write }).is_ok()
}

#[test]
fn without_values_lost_updates_are_predicted_or_possible_and_each_has_its_schedule() {
    let (mut n_predicted, mut n_possible) = (0, 0);
    for path in common::own_files() {
        let history = common::read_std(&path);
        let answer = analyze(&Execution::of(&history), &UPDATES, &Cancel::default()).unwrap();
        assert_eq!(answer.disagreements, Vec::<String>::new(), "{}", path.display());
        let lost = answer.lost_updates.expect("was asked for");
        assert!(lost.findings.iter().all(|finding| finding.evidence == Evidence::Predicted), "{}", path.display());
        for finding in lost.findings.iter().chain(&lost.possible) {
            assert!(stands(&history, finding), "{}: {finding:?}", path.display());
        }
        n_predicted += lost.findings.len();
        n_possible += lost.possible.len();
    }
    assert!(n_predicted > 0 && n_possible > 0, "{n_predicted} predicted, {n_possible} possible");
}

#[test]
fn lost_updates_are_listed_up_to_a_bound_and_counted_beyond_it() {
    let mut text = String::new();
    for round in 0..UPDATES_LISTED + 20 {
        // One place a round, so that each is a finding of its own.
        write!(text, "A|r(x)|r{round}\nB|w(x)|b{round}\nA|w(x)|w{round}\n").unwrap();
    }
    let answer = of_std(&text, &UPDATES);
    let lost = answer.lost_updates.as_ref().unwrap();
    assert_eq!((lost.possible.len(), lost.possible_total), (UPDATES_LISTED, UPDATES_LISTED as u64 + 20));
    assert!(!lost.complete);
    let table = table(&answer);
    assert!(table.contains("and 1,010 more (1,000 with --json)"), "{table}");
}

#[test]
fn what_the_lockset_engine_suspects_never_looks_like_a_finding() {
    let lockset = Options { lockset: true, ..Options::NOTHING };
    let with_races = Options { races: Some(RaceEngines::Exact), ..lockset };
    let (mut n_suspected, mut n_proven) = (0, 0);
    for path in common::own_files() {
        let history = common::read_std(&path);
        let of = |options| analyze(&Execution::of(&history), options, &Cancel::default()).unwrap();
        let (alone, both) = (of(&lockset), of(&with_races));
        assert_eq!(alone.findings, None, "{}", path.display());
        let findings = both.findings.unwrap();
        let suspected = both.lockset.as_ref().unwrap();
        assert!(findings.iter().all(|finding| finding.pair.class != "lockset"));
        assert!(suspected.suspected.iter().all(|pair| pair.class == "lockset"));
        let exact = both.races.exact.unwrap();
        for pair in &suspected.suspected {
            assert!(!exact.pairs.contains(&(pair.first, pair.second)), "{}: {pair:?}", path.display());
        }
        let all_pairs = &suspected.races.pairs;
        assert!(exact.pairs.iter().all(|pair| all_pairs.contains(pair)), "{}: the weakest class", path.display());
        assert_eq!(Some(&suspected.races), alone.lockset.as_ref().map(|found| &found.races));
        n_suspected += suspected.suspected.len();
        n_proven += findings.len();
    }
    assert!(n_suspected > 0 && n_proven > 0);
    let text = "A|w(x)|1\nA|w(y)|2\nB|r(y)|3\nB|r(x)|4\n";
    let shown = table(&of_std(text, &with_races));
    assert!(shown.contains("\nunproven: 0 pairs of places under no common lock, beside those"), "{shown}");
    let shown = table(&of_std(text, &lockset));
    assert!(shown.contains("\nunproven: 1 pair of places under no common lock\n"), "nothing was proven: {shown}");
}

#[test]
fn requests_that_saw_each_other_half_done_are_shown_with_their_cycle() {
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("bank", "a").span("1"), Client::new("bank", "b").span("2"));
    recording.event(&mut one, 0, request("/report"));
    let first = recording.event(&mut one, 1, read("balance"));
    recording.event(&mut two, 2, request("/pay"));
    let between = recording.event(&mut two, 3, write("balance"));
    let second = recording.event(&mut one, 4, read("balance"));
    recording.event(&mut one, 5, response(5));
    recording.event(&mut two, 6, response(4));
    let answer = of_events(&recording, &Options { blocks: true, ..Options::NOTHING });
    let found = answer.unserialisable.as_ref().expect("requests are recorded");
    assert_eq!((found.requests, found.total, found.complete), (2, 1, true));
    let [violation] = &found.violations[..] else { panic!("one violation") };
    assert_eq!(violation.variables, ["balance"]);
    assert_eq!((violation.blocks.len(), violation.cycle_steps), (2, 2));
    assert_eq!(violation.at.event_ids, [first, between, between, second].map(events::uuid));
    let table = table(&answer);
    assert!(table.contains("1 group of requests without a serial order, out of 2 requests\n"), "{table}");
    assert!(answer.findings.is_none() && answer.lost_updates.is_none() && answer.contention.is_none());
}

#[test]
fn waits_for_locks_are_told_with_who_held_them() {
    let answer = of_events(&events::one_waits_for_the_other(), &Options { contention: true, ..Options::NOTHING });
    let found = answer.contention.as_ref().expect("times are recorded");
    let [lock] = &found.locks[..] else { panic!("one lock") };
    assert_eq!((lock.lock.as_str(), lock.acquisitions, lock.contended), ("ledger", 2, 1));
    assert_eq!((lock.waited.total_ns, lock.unexplained_ns), (35_000_000, 5_000_000));
    assert_eq!(lock.blockers[0].waited_ns, 30_000_000);
    let (json, table) = (serde_json::to_string(&answer).unwrap(), table(&answer));
    assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer, "it can be read back");
    assert!(table.contains("lock contention: 1 of 1 lock waited for\n"), "{table}");
}

#[test]
fn what_was_asked_for_by_name_and_does_not_apply_is_said() {
    let text = "T1|w(x)|1\n";
    let named = Options { blocks: true, contention: true, critical_path: true, ..Options::NOTHING };
    let answer = of_std(text, &named);
    assert_eq!((answer.unserialisable, answer.contention, answer.critical_path), (None, None, None));
    assert_eq!(answer.notes.len(), 3, "{:?}", answer.notes);
    assert_eq!(of_std(text, &Options::default()).notes, Vec::<String>::new(), "all was asked for");
}
