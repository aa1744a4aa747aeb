//! What can be enabled together, and all races.

use std::collections::BTreeSet;

use analysis::check::{self, Recording};
use analysis::reach::{Decision, Reach};
use analysis::witness::Witness;
use analysis::{Cancel, History, OpIdx};
use proptest::prelude::*;

use crate::small::brute::{self, Which};
use crate::small::{Execution, Shape, cases, executions, programs, schedules, variations};
use crate::{BUDGET, Pairs, explore};

/// Whether a witness is a correct reordering after which all of these are enabled.
fn proves(history: &History, witness: &Witness, targets: &[OpIdx]) -> bool {
    let Some(schedule) = schedules::naive_expansion(history, witness) else { return false };
    check::replay(&Recording::from_history(history), &schedule).is_ok()
        && targets.iter().all(|&target| brute::enabled(history, &schedule, target))
}

fn sets_of_two_and_three(history: &History) -> Vec<Vec<OpIdx>> {
    let n = history.ops.len() as OpIdx;
    let apart = |set: &[OpIdx]| {
        set.iter()
            .all(|&a| set.iter().all(|&b| a == b || history.ops[a as usize].thread != history.ops[b as usize].thread))
    };
    let mut sets = Vec::new();
    for a in 0..n {
        for b in a + 1..n {
            sets.push(vec![a, b]);
            sets.extend((b + 1..n).map(|c| vec![a, b, c]));
        }
    }
    sets.retain(|set| apart(set));
    sets
}

/// Every set of two or three operations of different threads: can they be enabled together?
fn reachability_is_right(execution: &Execution) -> Result<(), TestCaseError> {
    let history = execution.history();
    let reach = Reach::new(&history, &Cancel::default()).expect("not cancelled");
    let correct = explore(&history, Which::Correct);
    let preserving = explore(&history, Which::SyncPreserving);
    let guessed = explore(&history, Which::Guessed);
    let all: Vec<OpIdx> = (0..history.ops.len() as OpIdx).collect();
    let happened_in_order = brute::correct(&history, &all);
    for set in sets_of_two_and_three(&history) {
        let found = reach.sync_preserving(&set);
        if happened_in_order || found.is_some() {
            prop_assert_eq!(found.is_some(), preserving.together(&set), "sync-preserving {:?}", set);
        }
        if let Some(witness) = found {
            prop_assert!(proves(&history, &witness, &set), "sync-preserving {:?}: {:?}", set, witness);
        }
        let (can, cannot) = (correct.together(&set), !guessed.together(&set));
        match reach.exact(&set, BUDGET) {
            Decision::Yes(witness) => {
                prop_assert!(proves(&history, &witness, &set), "exact {:?}: {:?}", set, witness);
                prop_assert!(can, "exact says yes to {:?}", set);
            }
            Decision::No => prop_assert!(!can && cannot, "exact says no to {:?}: {can} {cannot}", set),
            Decision::Unknown => prop_assert!(!can && !cannot, "exact does not know {:?}: {can} {cannot}", set),
        }
    }
    Ok(())
}

/// All races, as the engines list them.
fn races_are_right(execution: &Execution) -> Result<(), TestCaseError> {
    let history = execution.history();
    let reach = Reach::new(&history, &Cancel::default()).expect("not cancelled");
    let preserving = reach.syncp(usize::MAX).expect("not cancelled");
    let expected = explore(&history, Which::SyncPreserving).races();
    prop_assert_eq!(preserving.racy_events, second_accesses(&expected));
    prop_assert_eq!(preserving.pairs.into_iter().collect::<Pairs>(), expected);
    let exact = reach.exact_races(BUDGET).expect("not cancelled");
    let expected = explore(&history, Which::Correct).races();
    prop_assert!(exact.complete, "{:?}", exact.unknown);
    prop_assert_eq!(exact.racy_events, second_accesses(&expected));
    prop_assert_eq!(exact.pairs.iter().map(|pair| (pair.first, pair.second)).collect::<Pairs>(), expected);
    Ok(())
}

fn second_accesses(pairs: &Pairs) -> Vec<OpIdx> {
    pairs.iter().map(|&(_, second)| second).collect::<BTreeSet<_>>().into_iter().collect()
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn what_plain_executions_can_reach_is_found_and_nothing_else(execution in executions(Shape::plain(3, 12))) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn what_shared_locks_atomics_and_messages_allow_is_found_and_nothing_else(
        execution in executions(Shape::rich(3, 12))
    ) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn what_many_locks_allow_is_found_and_nothing_else(execution in executions(Shape::locks(4, 14))) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn threads_without_forks_are_no_exception(
        execution in executions(Shape { forks: false, locks: 1, ..Shape::rich(3, 12) })
    ) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn all_races_are_listed_and_nothing_else(execution in executions(Shape::rich(3, 16))) {
        races_are_right(&execution)?;
    }

    #[test]
    fn all_races_of_locked_programs_are_listed_and_nothing_else(
        execution in executions(Shape { variables: 2, ..Shape::locks(4, 16) })
    ) {
        races_are_right(&execution)?;
    }

    #[test]
    fn sections_of_plain_programs_can_be_reordered(execution in programs(Shape { forks: false, ..Shape::plain(2, 12) })) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn sections_of_rich_programs_can_be_reordered(execution in programs(Shape { forks: false, ..Shape::rich(3, 13) })) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn rare_turns_are_taken(execution in variations()) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn locks_whose_releases_were_lost_are_let_go_at_the_end_of_their_threads(
        execution in executions(Shape { lost_releases: true, ..Shape::rich(3, 12) })
    ) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn sections_of_forking_programs_can_be_reordered(execution in programs(Shape::rich(3, 14))) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn sections_recorded_in_an_imprecise_order_can_be_reordered(
        execution in programs(Shape { forks: false, values: true, blurred: true, ..Shape::rich(3, 13) })
    ) {
        reachability_is_right(&execution)?;
    }

    #[test]
    fn all_races_of_programs_are_listed_and_nothing_else(
        execution in programs(Shape { forks: false, ..Shape::rich(3, 18) })
    ) {
        races_are_right(&execution)?;
    }

    #[test]
    fn an_imprecise_order_with_values_changes_nothing(
        execution in executions(Shape { values: true, blurred: true, ..Shape::rich(3, 12) })
    ) {
        reachability_is_right(&execution)?;
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn all_races_of_longer_programs_are_listed_and_nothing_else(
        execution in programs(Shape { forks: false, ..Shape::rich(3, 28) })
    ) {
        races_are_right(&execution)?;
    }

    #[test]
    fn all_races_of_longer_programs_with_three_locks_are_listed_and_nothing_else(
        execution in programs(Shape { forks: false, locks: 3, ..Shape::plain(4, 26) })
    ) {
        races_are_right(&execution)?;
    }

    #[test]
    fn all_races_of_longer_executions_are_listed_and_nothing_else(
        execution in executions(Shape { variables: 3, ..Shape::rich(4, 26) })
    ) {
        races_are_right(&execution)?;
    }

    #[test]
    fn all_races_of_longer_executions_without_locks_are_listed_and_nothing_else(
        execution in programs(Shape { forks: false, locks: 1, variables: 1, ..Shape::plain(3, 24) })
    ) {
        races_are_right(&execution)?;
    }
}
