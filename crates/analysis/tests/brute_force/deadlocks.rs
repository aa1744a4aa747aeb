//! All deadlocks, by their patterns.

use std::collections::BTreeSet;

use analysis::check::{self, Recording};
use analysis::deadlocks::{self, DeadlockClass};
use analysis::reach::Reach;
use analysis::{Cancel, History, OpIdx};
use proptest::prelude::*;

use crate::small::brute::{self, Which};
use crate::small::{Execution, Shape, cases, executions, programs, variations};
use crate::{BUDGET, explore};

/// A thread, the lock it wants, whether shared, and what it holds in which mode.
type AbstractAcquire = (u32, u32, bool, BTreeSet<(u32, bool)>);

fn abstract_of(history: &History, acquires: &[OpIdx]) -> BTreeSet<AbstractAcquire> {
    let holds = brute::holds(history);
    let of = |&op: &OpIdx| {
        let wanted = holds.iter().find(|hold| hold.acquire == op).expect("an outermost acquire");
        let open = |hold: &&brute::Hold| {
            hold.thread == wanted.thread && hold.acquire < op && hold.end.is_none_or(|end| end > op)
        };
        let mut held: BTreeSet<(u32, bool)> = holds.iter().filter(open).map(|hold| (hold.lock, hold.shared)).collect();
        for (lock, _) in held.clone().into_iter().filter(|&(_, shared)| !shared) {
            held.remove(&(lock, true));
        }
        (wanted.thread, wanted.lock, wanted.shared, held)
    };
    acquires.iter().map(of).collect()
}

/// All deadlocks, by their patterns.
fn deadlocks_are_right(execution: &Execution) -> Result<(), TestCaseError> {
    let history = execution.history();
    let recording = Recording::from_history(&history);
    let cancel = Cancel::default();
    let reach = Reach::new(&history, &cancel).expect("not cancelled");
    let found = deadlocks::deadlocks(&history, &reach, BUDGET, &cancel).expect("not cancelled");
    prop_assert!(found.complete());
    for deadlock in &found.reachable {
        prop_assert_eq!(check::deadlock(&recording, &deadlock.witness, &deadlock.circle.acquires), Ok(()));
    }
    let patterns = |only: Option<DeadlockClass>| -> BTreeSet<_> {
        let of_class = found.reachable.iter().filter(|deadlock| only.is_none_or(|class| class == deadlock.class));
        of_class.map(|deadlock| abstract_of(&history, &deadlock.circle.acquires)).collect()
    };
    let expected = |which| -> BTreeSet<_> {
        explore(&history, which).deadlocks().iter().map(|acquires| abstract_of(&history, acquires)).collect()
    };
    prop_assert_eq!(patterns(None), expected(Which::Correct));
    prop_assert_eq!(patterns(Some(DeadlockClass::SyncPreserving)), expected(Which::SyncPreserving));
    Ok(())
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn all_deadlocks_of_programs_are_found_and_nothing_else(
        execution in programs(Shape { forks: false, ..Shape::locks(3, 18) })
    ) {
        deadlocks_are_right(&execution)?;
    }

    #[test]
    fn all_deadlocks_of_exclusive_locks_are_found_and_nothing_else(
        execution in programs(Shape { forks: false, shared: false, variables: 2, locks: 3, ..Shape::locks(4, 18) })
    ) {
        deadlocks_are_right(&execution)?;
    }

    #[test]
    fn all_deadlocks_are_found_and_nothing_else(execution in executions(Shape::locks(3, 16))) {
        deadlocks_are_right(&execution)?;
    }

    #[test]
    fn all_deadlocks_of_more_threads_are_found_and_nothing_else(
        execution in executions(Shape { locks: 3, shared: false, ..Shape::locks(4, 18) })
    ) {
        deadlocks_are_right(&execution)?;
    }

    #[test]
    fn deadlocks_behind_a_guard_are_found(execution in variations()) {
        deadlocks_are_right(&execution)?;
    }
}
