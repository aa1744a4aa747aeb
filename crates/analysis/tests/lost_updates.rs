//! Lost updates against their definition, and their schedules against the rules.

#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
#[path = "common/small/mod.rs"]
mod small;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use analysis::check::{self, Claim, Recording};
use analysis::history::Sources;
use analysis::races::{Input, irregular};
use analysis::reach::Reach;
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use analysis::updates::predicted::{self, Limits};
use analysis::updates::{self, Evidence, LostUpdate, LostUpdates};
use analysis::{Access, Cancel, History, HistoryBuilder, OpIdx, OpKind};
use proptest::prelude::*;
use small::{Shape, brute, cases, executions};

fn with_input<T>(history: &History, ask: impl FnOnce(Input<'_>) -> T) -> T {
    let (sections, reads_from) = (Sections::of(history), reads_from(history));
    ask(Input { history, sections: &sections, reads_from: &reads_from })
}

fn find(history: &History) -> LostUpdates {
    with_input(history, |input| updates::find(input.history, input, usize::MAX, &Cancel::default()).unwrap())
}

fn predict(history: &History) -> LostUpdates {
    let cancel = Cancel::default();
    let reach = Reach::new(history, &cancel).unwrap();
    let mut found = find(history);
    predicted::add(history, &reach, &mut found, Limits::default(), &cancel).unwrap();
    found
}

/// Has the checker look at every finding that has a schedule; the others.
fn without_schedule(history: &History, found: &LostUpdates) -> Vec<LostUpdate> {
    let recording = Recording::from_history(history);
    let claims = found.findings.iter().filter_map(|finding| {
        let LostUpdate { read, other, write } = finding.instance;
        Some((Claim::LostUpdate(check::LostUpdate { read, other, write }), finding.witness.as_ref()?))
    });
    assert_eq!(check::accept_all(&recording, claims, &Cancel::default()), Ok(Vec::new()));
    found.findings.iter().filter(|finding| finding.witness.is_none()).map(|finding| finding.instance).collect()
}

/// Whether some correct reordering takes the read, then the other write, and enables the write, by trying all.
fn possible(history: &History, lost: LostUpdate) -> bool {
    let mut met = HashSet::new();
    let mut open: Vec<Vec<OpIdx>> = vec![Vec::new()];
    while let Some(schedule) = open.pop() {
        if schedule.contains(&lost.other) && brute::enabled(history, &schedule, lost.write) {
            return true;
        }
        for thread in 0..history.threads.len() as u32 {
            let own = history.of_thread(thread);
            let Some(&next) = own.iter().find(|op| !schedule.contains(op)) else { continue };
            if next == lost.other && !schedule.contains(&lost.read) {
                continue;
            }
            let mut longer = schedule.clone();
            longer.push(next);
            let taken: BTreeSet<OpIdx> = longer.iter().copied().collect();
            let last: BTreeMap<u32, OpIdx> =
                longer.iter().filter_map(|&op| Some((history.ops[op as usize].kind.writes()?, op))).collect();
            if brute::correct(history, &longer) && met.insert((taken, last)) {
                open.push(longer);
            }
        }
    }
    false
}

/// Whatever a lost update could be made of.
fn imaginable(history: &History) -> BTreeSet<LostUpdate> {
    let n = history.ops.len() as OpIdx;
    let of = |op: OpIdx| history.ops[op as usize];
    let mut found = BTreeSet::new();
    for write in 0..n {
        let OpKind::Write(variable, _) = of(write).kind else { continue };
        let read = (0..write).rfind(|&op| of(op).thread == of(write).thread && of(op).kind.reads() == Some(variable));
        let Some(read) = read else { continue };
        let saw = how(history, read);
        for other in (0..n).filter(|&op| of(op).kind.writes() == Some(variable) && of(op).thread != of(write).thread) {
            let new = how(history, other).new;
            if saw.old == 0 || new == 0 || (new != saw.old && new != saw.new) {
                found.insert(LostUpdate { read, other, write });
            }
        }
    }
    found
}

fn how(history: &History, op: OpIdx) -> Access {
    history.ops[op as usize].kind.access().expect("an access").2
}

/// Every instance by the definition: (proven, instance).
fn by_definition(history: &History) -> BTreeSet<(bool, LostUpdate)> {
    let n = history.ops.len() as OpIdx;
    let of = |op: OpIdx| history.ops[op as usize];
    let mut found = BTreeSet::new();
    for write in 0..n {
        let OpKind::Write(variable, write_how) = of(write).kind else { continue };
        let own: Vec<OpIdx> = (0..write)
            .filter(|&op| of(op).thread == of(write).thread && of(op).kind.access().is_some_and(|a| a.0 == variable))
            .collect();
        let Some(&read) = own.iter().rev().find(|&&op| of(op).kind.reads().is_some()) else { continue };
        let latest = *own.last().expect("the read at least");
        let others: Vec<OpIdx> = (latest + 1..write)
            .filter(|&op| of(op).kind.writes() == Some(variable) && of(op).thread != of(write).thread)
            .collect();
        let saw = how(history, read);
        let same = |other: OpIdx| how(history, other).new == saw.old || how(history, other).new == saw.new;
        let told = |other: OpIdx| saw.old != 0 && how(history, other).new != 0;
        let replaced = others.last().is_some_and(|&last| told(last) && !same(last));
        for &other in &others {
            if told(other) && same(other) {
                continue;
            }
            let proven = replaced && told(other) && write_how.old == saw.old;
            found.insert((proven, LostUpdate { read, other, write }));
        }
    }
    found
}

fn check(history: &History) {
    let found = find(history);
    let expected = by_definition(history);
    for (proven, evidence) in [(true, Evidence::Proven), (false, Evidence::Possible)] {
        let of_kind: Vec<_> = found.findings.iter().filter(|finding| finding.evidence == evidence).collect();
        let count: u64 = of_kind.iter().map(|finding| finding.count).sum();
        assert_eq!(count, expected.iter().filter(|(is, _)| *is == proven).count() as u64);
        for finding in of_kind {
            assert!(expected.contains(&(proven, finding.instance)), "{finding:?}");
        }
    }
    let without = without_schedule(history, &found);
    let irregular = with_input(history, irregular::operations);
    assert!(without.is_empty() || !irregular.is_empty(), "{without:?} have no schedule although nothing is irregular");
}

#[test]
fn lost_updates_of_the_small_executions_are_those_of_the_definition() {
    for path in common::own_files() {
        check(&common::read_std(&path));
    }
    let lost = |name: &str| find(&common::read_std(&common::races().join("litmus").join(name))).findings.len();
    assert_eq!(lost("16_lost_update_locked_rw.std"), 1);
    assert_eq!(lost("27_lost_update_atomic_block.std"), 1);
    assert_eq!(lost("02_lock_protected.std"), 0);
}

/// Operations of one variable `x` by (thread, kind, value read or replaced, value written).
fn story(lines: &[(&str, &str, u64, u64)]) -> History {
    let mut builder = HistoryBuilder::default();
    for &(thread, kind, old, new) in lines {
        let thread = builder.threads.id(thread);
        let variable = builder.variables.id("x");
        let location = builder.locations.id(&builder.len().to_string());
        let plain = Access { old, new, ..Access::default() };
        let kind = match kind {
            "read" => OpKind::Read(variable, plain),
            "write" => OpKind::Write(variable, plain),
            _ => OpKind::Update(variable, Access { atomic: true, acquires: true, releases: true, ..plain }),
        };
        builder.push(thread, kind, location);
    }
    let lines = (1..=builder.len() as u32).collect();
    builder.finish(Sources::Lines(lines))
}

fn evidence(lines: &[(&str, &str, u64, u64)]) -> Vec<Evidence> {
    find(&story(lines)).findings.iter().map(|finding| finding.evidence).collect()
}

#[test]
fn values_prove_a_lost_update_or_rule_it_out() {
    let read = ("A", "read", 1, 0);
    let other = ("B", "write", 1, 2);
    assert_eq!(evidence(&[read, other, ("A", "write", 1, 3)]), [Evidence::Proven]);
    assert_eq!(evidence(&[read, other, ("A", "write", 2, 3)]), [Evidence::Possible]);
    assert_eq!(evidence(&[read, other, ("A", "write", 0, 3)]), [Evidence::Possible]);
    assert_eq!(evidence(&[read, ("B", "write", 1, 1), ("A", "write", 1, 3)]), []);
    assert_eq!(evidence(&[read, other, ("A", "update", 2, 3)]), []);
    assert_eq!(evidence(&[read, other, ("A", "read", 2, 0), ("A", "write", 2, 3)]), []);
    assert_eq!(evidence(&[other, read, ("A", "write", 1, 3)]), []);
}

#[test]
fn a_value_that_was_put_back_proves_nothing() {
    let lines = [("A", "read", 1, 0), ("B", "write", 1, 2), ("B", "write", 2, 1), ("A", "write", 1, 3)];
    assert_eq!(evidence(&lines), [Evidence::Possible]);
}

#[test]
fn a_write_is_lost_once_however_often_its_loser_writes() {
    let lines = [("A", "read", 1, 0), ("B", "write", 1, 2), ("A", "write", 1, 3), ("A", "write", 3, 4)];
    let found = find(&story(&lines));
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.findings[0].instance, LostUpdate { read: 0, other: 1, write: 2 });
}

#[test]
fn every_lost_update_of_recorded_programs_passes_the_checker() {
    let Some(races) = common::shared("races") else { return };
    let small = |path: &std::path::PathBuf| !common::file_name(path).starts_with("jigsaw");
    for folder in ["raceinjector-norm", "spd-deadlock"] {
        for path in common::std_files(&races.join(folder)).into_iter().filter(small) {
            let history = common::read_std(&path);
            without_schedule(&history, &predict(&history));
        }
    }
}

#[test]
fn an_update_that_ran_whole_could_have_been_interrupted() {
    let serial = "A|acq(l)|1\nA|r(x)|2\nA|rel(l)|3\nA|acq(l)|4\nA|w(x)|5\nA|rel(l)|6\n\
                  B|acq(l)|7\nB|w(x)|8\nB|rel(l)|9\n";
    let history = analysis::std_file::read(serial.as_bytes()).unwrap();
    let found = predict(&history);
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.findings[0].evidence, Evidence::Predicted);
    assert_eq!(found.findings[0].instance, LostUpdate { read: 1, other: 7, write: 4 });
    assert_eq!(without_schedule(&history, &found), []);

    let whole = serial.replace("A|rel(l)|3\nA|acq(l)|4\n", "");
    assert_eq!(predict(&analysis::std_file::read(whole.as_bytes()).unwrap()).findings, []);
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn lost_updates_are_those_of_the_definition(
        execution in any::<[bool; 3]>().prop_flat_map(|[values, lost_releases, messages]| {
            executions(Shape { values, lost_releases, messages, ..Shape::rich(3, 24) })
        })
    ) {
        check(&execution.history());
    }

    #[test]
    fn what_a_correct_reordering_could_lose_is_found_and_nothing_else(
        execution in any::<[bool; 2]>().prop_flat_map(|[values, blurred]| {
            executions(Shape { values, blurred, variables: 1, ..Shape::rich(3, 9) })
        })
    ) {
        let history = execution.history();
        let found = predict(&history);
        without_schedule(&history, &found);
        let lost: BTreeSet<LostUpdate> = found.findings.iter().map(|finding| finding.instance).collect();
        let recorded: BTreeSet<LostUpdate> = by_definition(&history).into_iter().map(|(_, lost)| lost).collect();
        for imagined in imaginable(&history) {
            // Each operation has a place of its own here: a finding an instance.
            if recorded.contains(&imagined) || !found.complete {
                continue;
            }
            // What lies between another write of the thread and this one was lost to that one.
            let between = |lost: LostUpdate| lost.read < lost.other && lost.other < lost.write;
            if between(imagined) {
                continue;
            }
            prop_assert_eq!(lost.contains(&imagined), possible(&history, imagined), "{:?}", imagined);
        }
    }
}
