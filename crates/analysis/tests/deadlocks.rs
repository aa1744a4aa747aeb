//! Deadlocks of executions whose answer is known: by solvers, by other tools, or by construction.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use analysis::check::{self, Recording};
use analysis::deadlocks::{DeadlockClass, Deadlocks, abstract_acquires, deadlocks, patterns};
use analysis::reach::{Decision, DecisionOf, Reach};
use analysis::sections::Sections;
use analysis::{Cancel, History, HistoryBuilder, OpIdx, OpKind, std_file};

const BUDGET: u64 = 100_000;

fn deadlocks_of(history: &History) -> Deadlocks {
    let cancel = Cancel::default();
    let reach = Reach::new(history, &cancel).unwrap();
    let found = deadlocks(history, &reach, BUDGET, &cancel).unwrap();
    let recording = Recording::from_history(history);
    for deadlock in &found.reachable {
        assert_eq!(check::deadlock(&recording, &deadlock.witness, &deadlock.circle.acquires), Ok(()));
    }
    found
}

fn deadlocks_in(text: &str) -> Deadlocks {
    deadlocks_of(&std_file::read(text.as_bytes()).unwrap())
}

/// Patterns, those reached while keeping the order of sections, and those reached at all.
fn figures(found: &Deadlocks) -> [usize; 3] {
    let sync_preserving = found.reachable.iter().filter(|deadlock| deadlock.class == DeadlockClass::SyncPreserving);
    [found.patterns(), sync_preserving.count(), found.reachable.len()]
}

/// A row of `deadlock-ground-truth.csv` in the same order; [`None`] where the truth is not known.
fn expected(row: &BTreeMap<String, String>) -> [Option<usize>; 3] {
    ["abstract_deadlock_patterns", "SP_deadlock_abstract_patterns", "exact_predictable_abstract_patterns"]
        .map(|column| row[column].parse().ok())
}

fn compare(races: &Path, folder_of: impl Fn(&str) -> Option<&'static str>) -> usize {
    let mut wrong = String::new();
    let (mut compared, mut sums) = (0, [0; 3]);
    for row in common::csv(&races.join("deadlock-ground-truth.csv")) {
        let Some(folder) = folder_of(&row["suite"]) else { continue };
        let plain = races.join(folder).join(&row["trace"]);
        let path = if plain.is_file() { plain } else { races.join(folder).join(format!("{}.gz", row["trace"])) };
        let found = deadlocks_of(&common::read_std(&path));
        let (found_figures, truth) = (figures(&found), expected(&row));
        let equal = found_figures.iter().zip(&truth).all(|(found, truth)| truth.is_none_or(|truth| truth == *found));
        if !equal || !found.complete() {
            let _ = writeln!(wrong, "{}: {found_figures:?} {truth:?} complete: {}", row["trace"], found.complete());
        }
        compared += 1;
        sums = std::array::from_fn(|column| sums[column] + found_figures[column]);
    }
    eprintln!("{compared} executions: patterns, sync-preserving, predictable: {sums:?}");
    assert!(wrong.is_empty(), "found, expected:\n{wrong}");
    compared
}

#[test]
fn small_executions_have_the_deadlocks_a_solver_finds() {
    let folder = |suite: &str| ["litmus", "random"].into_iter().find(|&known| known == suite);
    assert_eq!(compare(&common::races(), folder), common::own_files().len());
}

#[test]
fn recorded_programs_have_the_deadlocks_a_solver_finds() {
    let Some(races) = common::shared("races") else { return };
    assert!(compare(&races, |suite| (suite == "spd-deadlock-race").then_some("spd-deadlock")) > 0);
}

/// Every philosopher takes the fork with their own number, then the next one's; one after the other, so that
/// nothing happens.
fn philosophers(n: usize, around: &str) -> String {
    let mut text = String::new();
    for own in 0..n {
        let next = (own + 1) % n;
        let mut line = |operation: &str, fork: &str| {
            let _ = writeln!(text, "P{own}|{operation}({fork})|{own}");
        };
        if !around.is_empty() {
            line("acq", around);
        }
        line("acq", &format!("fork{own}"));
        line("acq", &format!("fork{next}"));
        line("w", &format!("plate{own}"));
        line("rel", &format!("fork{next}"));
        line("rel", &format!("fork{own}"));
        if !around.is_empty() {
            line("rel", around);
        }
    }
    text
}

#[test]
fn philosophers_around_a_table_deadlock_once_and_all_together() {
    for n in 2..=8 {
        let found = deadlocks_in(&philosophers(n, ""));
        assert_eq!(figures(&found), [1, 1, 1]);
        let circle = &found.reachable[0].circle;
        assert_eq!((circle.acquires.len(), circle.threads.len(), circle.locks.len()), (n, n, n));
        assert_eq!(figures(&deadlocks_in(&philosophers(n, "waiter"))), [0, 0, 0]);
    }
    let too_many = deadlocks_in(&philosophers(9, ""));
    assert!(!too_many.complete(), "what lies beyond the limit is not said to be absent");
}

#[test]
fn a_philosopher_who_takes_the_forks_in_the_other_order_saves_them_all() {
    let text = philosophers(5, "").replace("P4|acq(fork4)", "P4|acq(forkX)").replace("P4|acq(fork0)", "P4|acq(fork4)");
    assert_eq!(figures(&deadlocks_in(&text.replace("forkX", "fork0"))), [0, 0, 0]);
}

fn shared_and_exclusive(operations: &[(&str, OpKind)]) -> History {
    let mut builder = HistoryBuilder::default();
    builder.locks.id("L");
    for (thread, kind) in operations {
        let (thread, location) = (builder.threads.id(thread), builder.locations.id(""));
        builder.push(thread, *kind, location);
    }
    let lines = (1..=operations.len() as u32).collect();
    builder.finish(analysis::history::Sources::Lines(lines))
}

#[test]
fn two_upgrades_of_one_lock_deadlock() {
    let acquire = |shared| OpKind::Acquire { lock: 0, shared };
    let release = |shared| OpKind::Release { lock: 0, shared };
    let upgrade =
        |thread| [(thread, acquire(true)), (thread, acquire(false)), (thread, release(false)), (thread, release(true))];
    let found = deadlocks_of(&shared_and_exclusive(&[upgrade("A"), upgrade("B")].concat()));
    assert_eq!(figures(&found), [1, 1, 1]);
    assert_eq!(found.reachable[0].circle.acquires, [1, 5]);

    let reader = [("B", acquire(true)), ("B", release(true))];
    let one_upgrade = shared_and_exclusive(&[upgrade("A").as_slice(), &reader].concat());
    assert_eq!(figures(&deadlocks_of(&one_upgrade)), [0, 0, 0]);
}

#[test]
fn one_pass_over_the_acquires_finds_what_all_combinations_show() {
    let mut of_several = 0;
    for path in common::own_files() {
        let history = common::read_std(&path);
        let cancel = Cancel::default();
        let reach = Reach::new(&history, &cancel).unwrap();
        let acquires = abstract_acquires(&history, &Sections::of(&history));
        for pattern in patterns(&acquires, history.locks.len(), &cancel).unwrap().all {
            let lists: Vec<&[OpIdx]> = pattern.iter().map(|&at| acquires[at as usize].instances.as_slice()).collect();
            let combinations = combinations(&lists);
            of_several += usize::from(combinations.len() > 1);
            let sync_preserving = combinations.iter().any(|targets| reach.sync_preserving(targets).is_some());
            let one_pass = reach.sync_preserving_of(&lists).unwrap();
            assert_eq!(one_pass.is_some(), sync_preserving, "{}", path.display());
            if let Some((targets, witness)) = one_pass {
                assert_eq!(reach.sync_preserving(&targets), Some(witness), "{}", path.display());
            }
            let exact = combinations.iter().any(|targets| matches!(reach.exact(targets, BUDGET), Decision::Yes(_)));
            let windows = reach.exact_of(&lists, BUDGET).unwrap();
            assert_eq!(matches!(windows, DecisionOf::Yes(..)), exact, "{}", path.display());
        }
    }
    assert!(of_several > 5, "patterns with several instances: {of_several}");
}

fn combinations(lists: &[&[OpIdx]]) -> Vec<Vec<OpIdx>> {
    lists.iter().fold(vec![Vec::new()], |shorter, list| {
        shorter.iter().flat_map(|chosen| list.iter().map(|&op| [chosen.as_slice(), &[op]].concat())).collect()
    })
}
