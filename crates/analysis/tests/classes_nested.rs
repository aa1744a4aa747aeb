//! The classes of races are nested, and whatever an engine claims it can prove to the checker.

mod common;
#[path = "common/small/mod.rs"]
mod small;

use std::collections::BTreeSet;

use analysis::check::{self, Recording};
use analysis::deadlocks;
use analysis::races::findings::{self, Limits, Predicted};
use analysis::races::observed::Observed;
use analysis::races::{Class, Input, shb};
use analysis::reach::{Decision, Reach, Reached};
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use analysis::witness::Witness;
use analysis::{Cancel, History, OpIdx, std_file};
use proptest::prelude::*;
use small::{Execution, Shape, cases, executions, programs};

type Pairs = BTreeSet<(OpIdx, OpIdx)>;

const BUDGET: u64 = 1_000_000;

/// What each engine finds in one history, and the proofs of it.
fn nested_and_proven(history: &History) -> Result<(), TestCaseError> {
    let cancel = Cancel::default();
    let recording = Recording::from_history(history);
    let (sections, writers) = (Sections::of(history), reads_from(history));
    let input = Input { history, sections: &sections, reads_from: &writers };
    let reach = Reach::new(history, &cancel).expect("not cancelled");

    let schedulable = shb::races(input, usize::MAX, &cancel).expect("not cancelled").pairs;
    let preserving: Pairs = reach.syncp(usize::MAX).expect("not cancelled").pairs.into_iter().collect();
    let exact = reach.exact_races(BUDGET).expect("not cancelled");
    let predictable: Pairs = exact.pairs.iter().map(|pair| (pair.first, pair.second)).collect();
    let observed = Observed::new(input);
    let is_observed = |&(first, second): &(OpIdx, OpIdx)| observed.holds(first, second);
    let seen: Pairs = conflicts(history).into_iter().filter(is_observed).collect();

    let all_schedulable: Pairs = schedulable.iter().copied().collect();
    prop_assert!(seen.is_subset(&all_schedulable), "observed only: {:?}", seen.difference(&all_schedulable));
    prop_assert!(
        all_schedulable.is_subset(&preserving),
        "schedulable only: {:?}",
        all_schedulable.difference(&preserving)
    );
    prop_assert!(preserving.is_subset(&predictable), "preserving only: {:?}", preserving.difference(&predictable));

    let believed = |witness: &Witness, pair, class| {
        let answer = check::race(&recording, witness, pair);
        prop_assert_eq!(answer, Ok(()), "{} {:?}: {:?}", class, pair, witness);
        Ok(())
    };
    for &pair in &seen {
        believed(&observed.witness(pair.0), pair, "observed")?;
    }
    let witnesses = shb::witnesses(input, &schedulable, &cancel).expect("not cancelled");
    for (&pair, witness) in schedulable.iter().zip(&witnesses) {
        believed(witness, pair, "schedulable")?;
    }
    for pair in &exact.pairs {
        let pair_of = (pair.first, pair.second);
        let targets = [pair.first, pair.second];
        let witness = match pair.reached {
            Reached::SyncPreserving => reach.sync_preserving(&targets),
            Reached::Predictable => match reach.exact(&targets, BUDGET) {
                Decision::Yes(witness) => Some(witness),
                Decision::No | Decision::Unknown => None,
            },
        };
        let Some(witness) = witness else { return Err(TestCaseError::fail(format!("no witness of {pair_of:?}"))) };
        believed(&witness, pair_of, "exact")?;
    }

    let class = |reached| match reached {
        Reached::SyncPreserving => Class::SyncPreserving,
        Reached::Predictable => Class::Predictable,
    };
    let predicted: Vec<Predicted> = (exact.pairs.iter())
        .map(|pair| Predicted { first: pair.first, second: pair.second, class: class(pair.reached) })
        .collect();
    let proven = findings::of(input, &predicted, Limits::default(), &cancel).expect("not cancelled");
    let counted: u64 = proven.findings.iter().map(|finding| finding.count).sum();
    prop_assert_eq!(counted, predictable.len() as u64, "each pair counts in one finding");

    let found = deadlocks::deadlocks(history, &reach, BUDGET, &cancel).expect("not cancelled");
    for deadlock in &found.reachable {
        let acquires = &deadlock.circle.acquires;
        prop_assert_eq!(check::deadlock(&recording, &deadlock.witness, acquires), Ok(()), "{:?}", deadlock);
    }
    Ok(())
}

fn conflicts(history: &History) -> Vec<(OpIdx, OpIdx)> {
    let n = history.ops.len() as OpIdx;
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    pairs.filter(|&(a, b)| history.conflict(a, b)).collect()
}

fn holds_for(execution: &Execution) -> Result<(), TestCaseError> {
    nested_and_proven(&execution.history())
}

#[test]
fn it_holds_for_every_execution_with_known_answers() {
    for path in common::own_files() {
        if let Err(error) = nested_and_proven(&common::read_std(&path)) {
            panic!("{}: {error}", path.display());
        }
    }
}

#[test]
fn it_holds_for_recorded_programs() {
    let Some(races) = common::shared("races") else { return };
    let mut files = common::std_files(&races.join("raceinjector-norm"));
    files.extend(common::std_files(&races.join("spd-deadlock")));
    // Those of ten thousand operations and more have too many pairs to look at each.
    files.retain(|path| !common::file_name(path).ends_with(".gz"));
    for path in files {
        if let Err(error) = nested_and_proven(&common::read_std(&path)) {
            panic!("{}: {error}", path.display());
        }
    }
}

#[test]
fn it_holds_for_philosophers() {
    let history = std_file::read(small::philosophers(7).as_bytes()).expect("an STD text");
    nested_and_proven(&history).expect("nested and proven");
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn it_holds_for_long_executions(execution in executions(Shape { locks: 3, variables: 4, ..Shape::rich(5, 80) })) {
        holds_for(&execution)?;
    }

    #[test]
    fn it_holds_for_long_executions_in_an_imprecise_order(
        execution in executions(Shape { values: true, blurred: true, locks: 3, variables: 3, ..Shape::rich(4, 60) })
    ) {
        holds_for(&execution)?;
    }

    #[test]
    fn it_holds_for_plain_programs(execution in programs(Shape { variables: 3, locks: 3, ..Shape::plain(5, 80) })) {
        holds_for(&execution)?;
    }

    #[test]
    fn it_holds_for_rich_programs(execution in programs(Shape { variables: 3, ..Shape::rich(6, 80) })) {
        holds_for(&execution)?;
    }

    #[test]
    fn it_holds_for_programs_of_nested_sections(
        execution in programs(Shape { forks: false, locks: 4, ..Shape::locks(6, 80) })
    ) {
        holds_for(&execution)?;
    }

    #[test]
    fn it_holds_where_releases_were_lost(
        execution in executions(Shape { lost_releases: true, locks: 3, ..Shape::rich(5, 60) })
    ) {
        holds_for(&execution)?;
    }
}
