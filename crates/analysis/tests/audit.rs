//! The audit trail agrees with the races, and tells values, writers and locks.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
mod events;

use analysis::audit::{Entry, Saw, trail, trails};
use analysis::races::{Input, shb};
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use analysis::{Cancel, History, OpIdx, VarId};
use events::{Client, Recording, access, acquire, assert_sound, join, op, release, spawn};
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;
use serde_json::{Value, json};

fn trail_of(history: &History, variable: VarId, in_findings: &HashSet<OpIdx>) -> Vec<Entry> {
    let (sections, writers) = (Sections::of(history), reads_from(history));
    let input = Input { history, sections: &sections, reads_from: &writers };
    trail(input, variable, in_findings, &Cancel::default()).unwrap()
}

#[test]
fn values_writers_and_locks_of_every_access_are_told() {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1");
    let first = recording.event(&mut main, 1, access("Write", "x", json!(1), json!(2)));
    recording.event(&mut main, 2, acquire("l", "RWLock-Read"));
    let under_lock = recording.event(&mut main, 3, access("Read", "x", Value::Null, json!(2)));
    recording.event(&mut main, 4, release("l", "RWLock-Read"));
    recording.event(&mut main, 5, access("Write", "other", json!(1), json!(2)));
    let stranger = recording.event(&mut main, 6, access("Read", "x", Value::Null, json!(77)));
    let update = recording.event(&mut main, 7, access("AtomicRMW", "x", json!(2), json!(3)));
    let recorded = recording.history();
    let in_findings = HashSet::from_iter([op(&recorded, stranger)]);
    let entries = trail_of(&recorded.history, 0, &in_findings);
    let ops: Vec<OpIdx> = entries.iter().map(|entry| entry.op).collect();
    assert_eq!(ops, [first, under_lock, stranger, update].map(|id| op(&recorded, id)));
    let [wrote, read, odd, updated] = &entries[..] else { panic!("four entries") };
    assert!(wrote.before.is_some() && wrote.after.is_some() && wrote.before != wrote.after);
    assert_eq!((wrote.saw, read.saw), (None, Some(Saw::Write(wrote.op))));
    assert_eq!((read.before, read.after), (wrote.after, wrote.after));
    assert_eq!(odd.saw, Some(Saw::Unknown));
    assert_eq!((updated.is_update, updated.before, updated.saw), (true, wrote.after, Some(Saw::Write(wrote.op))));
    let held: Vec<Vec<bool>> =
        entries.iter().map(|entry| entry.held.iter().map(|held| held.shared).collect()).collect();
    assert_eq!(held, [vec![], vec![true], vec![], vec![]]);
    assert_eq!(entries.iter().map(|entry| entry.in_finding).collect::<Vec<_>>(), [false, false, true, false]);
    assert_eq!(entries.iter().map(|entry| entry.follows_previous).collect::<Vec<_>>(), [false, true, true, true]);
}

#[test]
fn what_only_time_orders_is_marked() {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1");
    let write = || access("Write", "x", Value::Null, Value::Null);
    recording.event(&mut main, 1, spawn("w"));
    let mut task = main.task("w");
    let beside = recording.event(&mut task, 3, write());
    let own = recording.event(&mut main, 2, write());
    recording.event(&mut main, 4, join("w"));
    let after = recording.event(&mut main, 5, write());
    let recorded = recording.history();
    assert_sound(&recorded);
    let entries = trail_of(&recorded.history, 0, &HashSet::new());
    let found: Vec<(OpIdx, bool)> = entries.iter().map(|entry| (entry.op, entry.follows_previous)).collect();
    let expected = [(own, false), (beside, false), (after, true)].map(|(id, follows)| (op(&recorded, id), follows));
    assert_eq!(found, expected);
}

#[test]
fn accesses_in_a_row_that_conflict_are_unordered_exactly_when_they_race() {
    let mut compared = 0;
    for path in common::own_files() {
        let history = common::read_std(&path);
        let (sections, writers) = (Sections::of(&history), reads_from(&history));
        let input = Input { history: &history, sections: &sections, reads_from: &writers };
        for variable in 0..history.variables.len() as VarId {
            let entries = trail_of(&history, variable, &HashSet::new());
            let accesses =
                history.ops.iter().filter(|op| op.kind.access().is_some_and(|(other, ..)| other == variable));
            assert_eq!(entries.len(), accesses.count(), "{}", path.display());
            let (pairs, unordered): (Vec<_>, Vec<_>) = entries
                .windows(2)
                .filter(|pair| history.conflict(pair[0].op, pair[1].op))
                .map(|pair| ((pair[0].op, pair[1].op), !pair[1].follows_previous))
                .unzip();
            assert_eq!(shb::among(input, &pairs, &Cancel::default()).unwrap(), unordered, "{}", path.display());
            compared += pairs.len();
        }
    }
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn parts_of_several_trails_are_those_of_each_alone_and_know_who_races() {
    let mut compared = 0;
    for path in common::own_files() {
        let history = common::read_std(&path);
        let (sections, writers) = (Sections::of(&history), reads_from(&history));
        let input = Input { history: &history, sections: &sections, reads_from: &writers };
        let every_second = (0..history.variables.len() as VarId).step_by(2);
        let wanted: BTreeMap<VarId, _> = every_second.map(|variable| (variable, 1..3)).collect();
        let found = trails(input, &wanted, &Cancel::default()).unwrap();
        for (variable, trail) in &found.of {
            let whole = trail_of(&history, *variable, &HashSet::new());
            assert_eq!(trail.entries, whole[1.min(whole.len())..3.min(whole.len())], "{}", path.display());
            assert_eq!(trail.ops, whole.iter().map(|entry| entry.op).collect::<Vec<_>>());
        }
        let of = |pairs: &[(OpIdx, OpIdx)]| -> BTreeSet<(OpIdx, OpIdx)> {
            let variable = |op: OpIdx| history.ops[op as usize].kind.access().map(|(variable, ..)| variable);
            pairs.iter().copied().filter(|&(first, _)| wanted.contains_key(&variable(first).unwrap())).collect()
        };
        let all = shb::races(input, 100_000, &Cancel::default()).unwrap();
        let likely = of(&all.pairs);
        let pairs: Vec<_> = likely.into_iter().collect();
        let proven = shb::among(input, &pairs, &Cancel::default()).unwrap();
        let proven = pairs.into_iter().zip(proven).filter(|&(_, is_proven)| is_proven);
        let racing: BTreeSet<OpIdx> = proven.flat_map(|((first, second), _)| [first, second]).collect();
        assert_eq!(found.racing.into_iter().collect::<BTreeSet<_>>(), racing, "{}", path.display());
        compared += racing.len();
    }
    assert!(compared > 100, "{compared}");
}
