//! The engines against everything that can happen: all correct reorderings of small executions.

#[path = "../common/mod.rs"]
mod common;
mod deadlocks;
mod reach;
#[path = "../common/small/mod.rs"]
mod small;
mod updates;

use std::collections::BTreeSet;

use analysis::{History, OpIdx};
use small::brute::{self, Reached, Which};
use small::philosophers;

type Pairs = BTreeSet<(OpIdx, OpIdx)>;

/// Far more than any execution of these tests needs.
const BUDGET: u64 = 1_000_000;

/// All states of a small execution.
fn explore(history: &History, which: Which) -> Reached<'_> {
    brute::explore(history, which, 500_000).expect("a small execution")
}

#[test]
fn brute_force_answers_what_solvers_answered() {
    let races = common::races();
    let mut compared = 0;
    for row in common::expected_events(&races) {
        let history = common::read_std(&row.path(&races).expect("its file"));
        for (which, engine) in [(Which::Correct, "EX"), (Which::SyncPreserving, "SP")] {
            let Some(reached) = brute::explore(&history, which, 20_000) else { continue };
            let expected: Pairs = row.pairs_of(engine).expect("its pairs").into_iter().collect();
            assert_eq!(reached.races(), expected, "{} {engine}", row.file);
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} were small enough");
}

#[test]
fn five_philosophers_starve_together_or_not_at_all() {
    let history = analysis::std_file::read(philosophers(5).as_bytes()).expect("an STD text");
    let reached = brute::explore(&history, Which::Correct, 200_000).expect("a small execution");
    assert_eq!(reached.deadlocks(), BTreeSet::from([(0..5).map(|seat| seat * 5 + 1).collect()]));
}
