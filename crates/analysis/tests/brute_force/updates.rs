//! Lost updates, recorded and predicted, and questions about the order in a reordering.

use std::collections::BTreeSet;

use analysis::check::{self, LostUpdate, Recording};
use analysis::races::Input;
use analysis::reach::{Decision, Question, Reach};
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use analysis::updates::predicted::Limits;
use analysis::updates::{self, Evidence};
use analysis::{Cancel, History, OpIdx};
use proptest::prelude::*;

use crate::BUDGET;
use crate::small::brute::{self, Which};
use crate::small::{Execution, Shape, cases, programs, schedules};

/// A read, another thread's write of the same variable, and a later write of the reader.
fn triples(history: &History) -> Vec<LostUpdate> {
    let n = history.ops.len() as OpIdx;
    let op = |at: OpIdx| history.ops[at as usize];
    let mut triples = Vec::new();
    for read in (0..n).filter(|&at| op(at).kind.reads().is_some()) {
        let var = op(read).kind.reads();
        let writes: Vec<OpIdx> = (0..n).filter(|&at| op(at).kind.writes() == var).collect();
        for &write in writes.iter().filter(|&&write| write > read && op(write).thread == op(read).thread) {
            let others = writes.iter().filter(|&&other| op(other).thread != op(read).thread);
            triples.extend(others.map(|&other| LostUpdate { read, other, write }));
        }
    }
    triples
}

/// Whether the write is the reader's next access of the variable, not atomic, and the other write leaves a value
/// that the reader does not know.
fn is_blind(history: &History, LostUpdate { read, other, write }: LostUpdate) -> bool {
    let kind = |op: OpIdx| history.ops[op as usize].kind;
    let var = kind(read).reads();
    let own = history.of_thread(history.ops[read as usize].thread);
    let touches = |&&op: &&OpIdx| op > read && op < write && kind(op).access().map(|(var, ..)| var) == var;
    let value = |op: OpIdx| kind(op).access().map(|(.., how)| how).unwrap_or_default();
    let known = [value(read).old, value(read).new];
    own.iter().filter(touches).count() == 0
        && kind(write).reads().is_none()
        && (value(other).new == 0 || !known.contains(&value(other).new))
}

/// Whether some correct reordering takes the read, then the other write, and enables the reader's.
fn can_be_lost(history: &History, LostUpdate { read, other, write }: LostUpdate) -> bool {
    brute::explore_where(history, Which::Correct, 500_000, Some((read, other)))
        .expect("a small execution")
        .reaches(&[read, other], &[write])
}

/// The exact engine's answer about the order of a read and a write, and the witness it gives.
fn order_is_decided(execution: &Execution) -> Result<(), TestCaseError> {
    let history = execution.history();
    let reach = Reach::new(&history, &Cancel::default()).expect("not cancelled");
    for lost in triples(&history).into_iter().take(12) {
        let LostUpdate { read, other, write } = lost;
        let question = Question { enabled: &[write], ordered: &[(read, other)], ..Question::default() };
        let expected = can_be_lost(&history, lost);
        match reach.decide(&question, BUDGET) {
            Decision::Yes(witness) => {
                prop_assert!(expected, "{lost:?}");
                let schedule = schedules::naive_expansion(&history, &witness).expect("a schedule");
                prop_assert!(brute::correct(&history, &schedule), "{lost:?}: {schedule:?}");
                let at = |op: OpIdx| schedule.iter().position(|&other| other == op).expect("taken");
                prop_assert!(at(read) < at(other), "{lost:?}: {schedule:?}");
                prop_assert!(brute::enabled(&history, &schedule, write), "{lost:?}: {schedule:?}");
            }
            Decision::No => prop_assert!(!expected, "no to {lost:?}"),
            Decision::Unknown => prop_assert!(false, "does not know {lost:?}"),
        }
    }
    Ok(())
}

/// Every lost update that is told is proven to the checker, and is one of those that can happen.
fn lost_updates_are_proven(execution: &Execution) -> Result<(), TestCaseError> {
    let history = execution.history();
    let recording = Recording::from_history(&history);
    let cancel = Cancel::default();
    let (sections, writers) = (Sections::of(&history), reads_from(&history));
    let input = Input { history: &history, sections: &sections, reads_from: &writers };
    let reach = Reach::new(&history, &cancel).expect("not cancelled");
    let mut found = updates::find(input.history, input, usize::MAX, &cancel).expect("not cancelled");
    let limits = Limits { questions: usize::MAX, budget: BUDGET };
    updates::predicted::add(&history, &reach, &mut found, limits, &cancel).expect("not cancelled");
    let mut told = BTreeSet::new();
    for finding in &found.findings {
        let updates::LostUpdate { read, other, write } = finding.instance;
        let lost = LostUpdate { read, other, write };
        told.insert((read, other, write));
        // In an imprecise order not everything that is told is proven.
        let Some(witness) = &finding.witness else {
            prop_assert!(finding.evidence != Evidence::Predicted, "{finding:?}");
            continue;
        };
        prop_assert_eq!(check::lost_update(&recording, witness, lost), Ok(()), "{:?}", finding);
        prop_assert!(can_be_lost(&history, lost), "{finding:?}");
    }
    if !found.complete {
        return Ok(());
    }
    // Every operation is a place of its own, so that each is told apart.
    for lost in triples(&history).into_iter().filter(|&lost| is_blind(&history, lost)) {
        let LostUpdate { read, other, write } = lost;
        prop_assert!(told.contains(&(read, other, write)) || !can_be_lost(&history, lost), "not told: {lost:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn the_order_of_a_read_and_a_write_is_decided(
        execution in programs(Shape { forks: false, variables: 1, ..Shape::rich(3, 12) })
    ) {
        order_is_decided(&execution)?;
    }

    #[test]
    fn lost_updates_of_plain_programs_are_proven(
        execution in programs(Shape { forks: false, variables: 1, ..Shape::plain(2, 12) })
    ) {
        lost_updates_are_proven(&execution)?;
    }

    #[test]
    fn lost_updates_of_rich_programs_are_proven(
        execution in programs(Shape { forks: false, variables: 1, values: true, ..Shape::rich(3, 14) })
    ) {
        lost_updates_are_proven(&execution)?;
    }

    #[test]
    fn lost_updates_in_an_imprecise_order_are_proven(
        execution in programs(Shape { forks: false, variables: 1, values: true, blurred: true, ..Shape::rich(3, 14) })
    ) {
        lost_updates_are_proven(&execution)?;
    }
}
