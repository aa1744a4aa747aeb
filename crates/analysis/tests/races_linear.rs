//! The linear race engines against what other tools answer, against their definitions, and against each other.

#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
#[path = "common/small/mod.rs"]
mod small;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use analysis::races::findings::{self, Limits, Predicted};
use analysis::races::observed::Observed;
use analysis::races::{Class, Found, Input, fasttrack, hb, irregular, lockset, shb};
use analysis::reads_from::{Writer, reads_from};
use analysis::sections::Sections;
use analysis::witness::Witness;
use analysis::{Cancel, History, OpIdx, OpKind};
use proptest::prelude::*;
use small::brute::{self, Which};
use small::{Shape, cases, executions};

/// A history with what the engines share.
struct Prepared {
    history: History,
    sections: Sections,
    reads_from: Vec<Option<Writer>>,
}

impl Prepared {
    fn new(history: History) -> Self {
        let (sections, reads_from) = (Sections::of(&history), reads_from(&history));
        Self { history, sections, reads_from }
    }

    fn read(path: &Path) -> Self {
        Self::new(common::read_std(path))
    }

    fn input(&self) -> Input<'_> {
        Input { history: &self.history, sections: &self.sections, reads_from: &self.reads_from }
    }

    fn hb(&self, limit: usize) -> Found {
        hb::races(self.input(), limit, &Cancel::default()).unwrap()
    }

    fn shb(&self, limit: usize) -> Found {
        shb::races(self.input(), limit, &Cancel::default()).unwrap()
    }

    fn lockset(&self) -> Found {
        lockset::pairs(self.input(), usize::MAX, &Cancel::default()).unwrap()
    }

    fn findings(&self, predicted: &[Predicted]) -> findings::Proven {
        findings::of(self.input(), predicted, Limits::default(), &Cancel::default()).unwrap()
    }
}

/// The rows of a folder that have a file, with their answers.
fn rows(races: &Path) -> Vec<(common::Expected, PathBuf)> {
    let found = common::expected_events(races).into_iter().filter_map(|row| {
        let path = row.path(races)?;
        Some((row, path))
    });
    found.collect()
}

/// Compares every row that has answers of RAPID or pair lists; how many rows had which.
fn compare(races: &Path) -> (usize, usize) {
    let (mut with_events, mut with_pairs) = (0, 0);
    for (row, path) in rows(races) {
        let prepared = Prepared::read(&path);
        let cancel = Cancel::default();
        let events = [
            ("HB", hb::racy_events(prepared.input(), &cancel).unwrap()),
            ("SHB", shb::racy_events(prepared.input(), &cancel).unwrap()),
        ];
        for (engine, events) in events {
            if let Some(expected) = row.events_of(engine) {
                assert_eq!(events, expected, "{} {engine}", row.file);
                with_events += 1;
            }
        }
        for (engine, found) in [("HB", prepared.hb(usize::MAX)), ("SHB", prepared.shb(usize::MAX))] {
            if let Some(expected) = row.pairs_of(engine) {
                assert_eq!(found.pairs, expected, "{} {engine}", row.file);
                assert!(found.complete);
                with_pairs += 1;
            }
        }
    }
    (with_events, with_pairs)
}

#[test]
fn racy_events_and_pairs_of_the_small_executions_equal_the_expected_ones() {
    let rows = common::own_files().len();
    assert_eq!(compare(&common::races()), (2 * rows, 2 * rows));
}

#[test]
fn racy_events_and_pairs_of_recorded_programs_equal_the_expected_ones() {
    let Some(races) = common::shared("races") else { return };
    let (with_events, with_pairs) = compare(&races);
    assert!(with_events > 2 * common::own_files().len() && with_pairs > 2 * common::own_files().len());
}

#[test]
fn the_web_server_has_as_many_racy_events_as_other_tools_count() {
    let Some(races) = common::shared("races") else { return };
    let count = |name: &str| {
        let prepared = Prepared::read(&races.join("raceinjector-norm").join(name));
        let cancel = Cancel::default();
        let hb = hb::racy_events(prepared.input(), &cancel).unwrap().len();
        (hb, shb::racy_events(prepared.input(), &cancel).unwrap().len())
    };
    assert_eq!(count("jigsaw_orig.std.gz"), (1328, 653));
    for name in ["jigsaw_injectedTrace319.std.gz", "jigsaw_injectedTrace475.std.gz"] {
        assert_eq!(count(name), (1325, 645), "{name}");
    }
}

/// What must hold of any execution, given its answers.
fn check_consistency(prepared: &Prepared) {
    let (hb, shb) = (prepared.hb(usize::MAX), prepared.shb(usize::MAX));
    let cancel = Cancel::default();

    for (found, racy) in [
        (&hb, hb::racy_events(prepared.input(), &cancel).unwrap()),
        (&shb, shb::racy_events(prepared.input(), &cancel).unwrap()),
    ] {
        let seconds: BTreeSet<OpIdx> = found.pairs.iter().map(|pair| pair.1).collect();
        assert_eq!(racy, found.racy_events);
        assert_eq!(racy, seconds.into_iter().collect::<Vec<_>>());
        assert_eq!(found.pairs_total, found.pairs.len() as u64);
    }

    let mut first_races: BTreeMap<u32, OpIdx> = BTreeMap::new();
    for &op in &hb.racy_events {
        if let Some((variable, ..)) = prepared.history.ops[op as usize].kind.access() {
            first_races.entry(variable).or_insert(op);
        }
    }
    let fast = fasttrack::first_races(prepared.input(), &cancel).unwrap();
    let fast: BTreeMap<u32, OpIdx> =
        fast.iter().enumerate().filter_map(|(variable, op)| Some((variable as u32, (*op)?))).collect();
    assert_eq!(fast, first_races, "first races by variable");

    let lockset: BTreeSet<_> = prepared.lockset().pairs.into_iter().collect();
    let proven = shb::among(prepared.input(), &shb.pairs, &cancel).unwrap();
    if irregular::operations(prepared.input()).is_empty() {
        assert!(proven.iter().all(|&proven| proven), "nothing is irregular, and a schedulable pair is not proven");
    }
    let schedulable: BTreeSet<_> =
        shb.pairs.iter().zip(&proven).filter(|&(_, proven)| *proven).map(|(&pair, _)| pair).collect();
    assert!(schedulable.is_subset(&lockset), "schedulable pairs are not among the unprotected unordered ones");

    let observed = Observed::new(prepared.input());
    let observed: BTreeSet<_> = lockset.iter().copied().filter(|&(a, b)| observed.holds(a, b)).collect();
    assert!(observed.is_subset(&schedulable), "observed pairs are not among the schedulable ones");

    let proven = prepared.findings(&[]);
    let count = |class| proven.findings.iter().filter(|f| f.class == class).map(|f| f.count).sum::<u64>();
    assert_eq!(count(Class::Observed), observed.len() as u64);
    assert_eq!(count(Class::Schedulable), (schedulable.len() - observed.len()) as u64);
}

#[test]
fn the_engines_agree_with_each_other_on_every_file() {
    for path in common::own_files() {
        check_consistency(&Prepared::read(&path));
    }
    let Some(races) = common::shared("races") else { return };
    for folder in ["raceinjector-norm", "spd-deadlock"] {
        for path in common::std_files(&races.join(folder)) {
            check_consistency(&Prepared::read(&path));
        }
    }
}

#[test]
fn a_cut_list_keeps_its_total_and_says_that_it_is_cut() {
    for path in common::own_files() {
        let prepared = Prepared::read(&path);
        let (all, cut) = (prepared.hb(usize::MAX), prepared.hb(3));
        assert_eq!((cut.pairs_total, &cut.racy_events), (all.pairs_total, &all.racy_events));
        assert_eq!(cut.pairs.len(), all.pairs.len().min(3));
        assert_eq!(cut.complete, all.pairs.len() <= 3);
        let mut earliest = all.pairs.clone();
        earliest.sort_unstable_by_key(|&(first, second)| (second, first));
        earliest.truncate(3);
        earliest.sort_unstable();
        assert_eq!(cut.pairs, earliest);
    }
}

/// The two orders by their definition, every pair of operations looked at: the past of each operation without
/// the write it saw, and with it.
fn pasts_by_definition(prepared: &Prepared, schedulable: bool) -> Vec<BTreeSet<OpIdx>> {
    let Prepared { history, reads_from, .. } = prepared;
    let holds = brute::holds(history);
    let mut before: Vec<BTreeSet<OpIdx>> = Vec::new();
    let mut with_writer: Vec<BTreeSet<OpIdx>> = Vec::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        let op_idx = op_idx as OpIdx;
        let mut direct: Vec<OpIdx> = history.before(op_idx).into_iter().collect();
        direct.extend(history.edges.iter().filter(|edge| edge.to == op_idx).map(|edge| edge.from));
        if let Some(begun) = holds.iter().find(|hold| hold.acquire == op_idx) {
            let earlier = holds.iter().filter(|other| other.lock == begun.lock && !(other.shared && begun.shared));
            direct.extend(earlier.filter_map(|other| other.end).filter(|&end| end < op_idx));
        }
        // The releases whose sequence an acquire sees: its writer, and what that one continues.
        let mut seen = reads_from[op_idx as usize];
        let atomic_read = op.kind.reads().is_some() && op.kind.access().is_some_and(|(.., how)| how.atomic);
        while let (false, true, Some(Writer::Op(writer))) = (schedulable, atomic_read, seen) {
            let kind = history.ops[writer as usize].kind;
            if kind.access().is_some_and(|(.., how)| how.releases) {
                direct.push(writer);
            }
            seen = if matches!(kind, OpKind::Update(..)) { reads_from[writer as usize] } else { None };
        }
        let close = |direct: &[OpIdx]| {
            let mut past: BTreeSet<OpIdx> = direct.iter().copied().collect();
            for &other in direct {
                past.extend(&with_writer[other as usize]);
            }
            past
        };
        let past = close(&direct);
        if let (true, Some(Writer::Op(writer))) = (schedulable, reads_from[op_idx as usize]) {
            direct.push(writer);
        }
        with_writer.push(close(&direct));
        before.push(past);
    }
    before
}

fn pairs_by_definition(prepared: &Prepared, schedulable: bool) -> Vec<(OpIdx, OpIdx)> {
    let pasts = pasts_by_definition(prepared, schedulable);
    let n = prepared.history.ops.len() as OpIdx;
    let pairs = (0..n).flat_map(|second| (0..second).map(move |first| (first, second)));
    let mut pairs: Vec<_> = pairs
        .filter(|&(first, second)| prepared.history.conflict(first, second) && !pasts[second as usize].contains(&first))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Whether a witness is a correct reordering that enables both.
fn proves(history: &History, witness: &Witness, (first, second): (OpIdx, OpIdx)) -> bool {
    let mut schedule: Vec<OpIdx> = Vec::new();
    for (thread, name) in history.threads.iter().enumerate() {
        let taken = witness.threads.get(name).copied().unwrap_or(0) as usize;
        schedule.extend_from_slice(&history.of_thread(thread as u32)[..taken]);
    }
    schedule.sort_unstable();
    brute::correct(history, &schedule)
        && brute::enabled(history, &schedule, first)
        && brute::enabled(history, &schedule, second)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let bits = prop::collection::vec(any::<bool>(), 4);
    (2..=4_u8, 4..=40_usize, bits).prop_map(|(threads, operations, bits)| Shape {
        shared: bits[0],
        atomics: bits[1],
        messages: bits[2],
        lost_releases: bits[3],
        ..Shape::plain(threads, operations)
    })
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn pairs_are_those_of_the_definitions(execution in shapes().prop_flat_map(executions)) {
        let prepared = Prepared::new(execution.history());
        prop_assert_eq!(prepared.hb(usize::MAX).pairs, pairs_by_definition(&prepared, false));
        prop_assert_eq!(prepared.shb(usize::MAX).pairs, pairs_by_definition(&prepared, true));
        check_consistency(&prepared);
    }

    #[test]
    fn every_schedulable_pair_has_a_schedule_whatever_values_say(
        execution in shapes().prop_flat_map(|shape| executions(Shape { values: true, blurred: true, ..shape }))
    ) {
        let prepared = Prepared::new(execution.history());
        let found = prepared.shb(usize::MAX);
        let witnesses = shb::witnesses(prepared.input(), &found.pairs, &Cancel::default()).unwrap();
        let observed = Observed::new(prepared.input());
        for (&pair, witness) in found.pairs.iter().zip(&witnesses) {
            prop_assert!(proves(&prepared.history, witness, pair), "{:?} {:?}", pair, witness);
            if observed.holds(pair.0, pair.1) {
                prop_assert!(proves(&prepared.history, &observed.witness(pair.0), pair), "{:?} observed", pair);
            }
        }
        check_consistency(&prepared);
    }

    #[test]
    fn every_race_of_a_correct_reordering_is_unprotected_and_unordered(
        execution in any::<[bool; 2]>().prop_flat_map(|[values, blurred]| {
            executions(Shape { values, blurred, ..Shape::rich(3, 10) })
        })
    ) {
        let prepared = Prepared::new(execution.history());
        let Some(reached) = brute::explore(&prepared.history, Which::Correct, 20_000) else { return Ok(()) };
        let lockset: BTreeSet<_> = prepared.lockset().pairs.into_iter().collect();
        let races = reached.races();
        prop_assert!(races.is_subset(&lockset), "{:?}", races.difference(&lockset).collect::<Vec<_>>());
        let schedulable: BTreeSet<_> = prepared.shb(usize::MAX).pairs.into_iter().collect();
        prop_assert!(schedulable.is_subset(&races), "{:?}", schedulable.difference(&races).collect::<Vec<_>>());
    }
}

#[test]
fn a_pair_counts_in_its_strongest_class_only() {
    for path in common::own_files() {
        let prepared = Prepared::read(&path);
        let shb = prepared.shb(usize::MAX);
        let all = prepared.lockset().pairs;
        let predicted: Vec<Predicted> = all
            .iter()
            .flat_map(|&(first, second)| {
                [Class::Predictable, Class::SyncPreserving].map(|class| Predicted { first, second, class })
            })
            .collect();
        let proven = prepared.findings(&predicted);
        let total: u64 = proven.findings.iter().map(|finding| finding.count).sum();
        assert_eq!(total, all.len() as u64, "{}", path.display());
        assert_eq!(proven.schedulable, shb);
        assert!(proven.findings.iter().all(|finding| finding.class != Class::Predictable));
        let (unproven, complete) =
            lockset::findings(prepared.input(), &proven, Limits::default(), &Cancel::default()).unwrap();
        assert!(unproven.is_empty() && complete);
        for finding in &proven.findings {
            let pair = finding.instance;
            let schedulable = shb.pairs.binary_search(&pair).is_ok();
            assert_eq!(schedulable, finding.class <= Class::Schedulable, "{} {finding:?}", path.display());
        }
    }
}

#[test]
fn a_recording_in_which_two_threads_hold_a_lock_proves_nothing_after_that() {
    let text = "A|w(x)|1\nB|w(x)|2\nA|acq(l)|3\nB|acq(l)|4\nA|rel(l)|5\nB|rel(l)|6\nA|w(y)|7\nB|w(y)|8\n";
    let prepared = Prepared::new(analysis::std_file::read(text.as_bytes()).unwrap());
    assert_eq!(prepared.shb(usize::MAX).pairs, [(0, 1), (6, 7)]);
    let proven = prepared.findings(&[]);
    assert_eq!(proven.findings.iter().map(|finding| finding.instance).collect::<Vec<_>>(), [(0, 1)]);
    assert!(!proven.complete);
}

#[test]
fn work_that_nobody_waits_for_stops() {
    let prepared = Prepared::read(&common::own_files()[0]);
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(hb::racy_events(prepared.input(), &cancel).is_err());
    assert!(findings::of(prepared.input(), &[], Limits::default(), &cancel).is_err());
}
