//! What atomics and fences order, one rule a test.

#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

use analysis::history::Sources;
use analysis::races::{Input, hb, shb};
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use analysis::{Access, Cancel, History, HistoryBuilder, OpIdx, OpKind};

const RELAXED: Access = Access { atomic: true, acquires: false, releases: false, old: 0, new: 0 };
const ACQUIRE: Access = Access { acquires: true, ..RELAXED };
const RELEASE: Access = Access { releases: true, ..RELAXED };
const BOTH: Access = Access { acquires: true, ..RELEASE };
const PLAIN: Access = Access { atomic: false, ..RELAXED };

/// `data` is plain, `flag` is whatever the access says.
#[derive(Clone, Copy)]
enum Act {
    Data,
    Load(Access),
    Store(Access),
    Update(Access),
    AcquireFence,
    ReleaseFence,
}
use Act::{AcquireFence, Data, Load, ReleaseFence, Store, Update};

fn history(acts: &[(&str, Act)]) -> History {
    let mut builder = HistoryBuilder::default();
    let (data, flag) = (builder.variables.id("data"), builder.variables.id("flag"));
    let location = builder.locations.id("");
    for &(thread, act) in acts {
        let thread = builder.threads.id(thread);
        let kind = match act {
            Data => OpKind::Write(data, PLAIN),
            Load(how) => OpKind::Read(flag, how),
            Store(how) => OpKind::Write(flag, how),
            Update(how) => OpKind::Update(flag, how),
            AcquireFence => OpKind::Fence { acquires: true, releases: false },
            ReleaseFence => OpKind::Fence { acquires: false, releases: true },
        };
        builder.push(thread, kind, location);
    }
    builder.finish(Sources::Lines(Vec::new()))
}

fn races(acts: &[(&str, Act)]) -> Vec<(OpIdx, OpIdx)> {
    let history = history(acts);
    let (sections, reads_from) = (Sections::of(&history), reads_from(&history));
    let input = Input { history: &history, sections: &sections, reads_from: &reads_from };
    hb::races(input, 100, &Cancel::default()).unwrap().pairs
}

#[test]
fn a_release_store_orders_what_an_acquire_load_of_it_precedes() {
    assert_eq!(races(&[("A", Data), ("A", Store(RELEASE)), ("B", Load(ACQUIRE)), ("B", Data)]), []);
    for (store, load) in [(RELAXED, ACQUIRE), (RELEASE, RELAXED), (RELAXED, RELAXED)] {
        assert_eq!(races(&[("A", Data), ("A", Store(store)), ("B", Load(load)), ("B", Data)]), [(0, 3)]);
    }
}

#[test]
fn what_follows_a_release_is_not_released() {
    assert_eq!(races(&[("A", Store(RELEASE)), ("A", Data), ("B", Load(ACQUIRE)), ("B", Data)]), [(1, 3)]);
}

#[test]
fn read_modify_writes_continue_a_release_sequence_and_other_writes_break_it() {
    for update in [RELAXED, ACQUIRE, RELEASE, BOTH] {
        let acts = [("A", Data), ("A", Store(RELEASE)), ("C", Update(update)), ("B", Load(ACQUIRE)), ("B", Data)];
        assert_eq!(races(&acts), []);
    }
    for thread in ["A", "C"] {
        let acts = [("A", Data), ("A", Store(RELEASE)), (thread, Store(RELAXED)), ("B", Load(ACQUIRE)), ("B", Data)];
        assert_eq!(races(&acts), [(0, 4)]);
    }
}

#[test]
fn a_releasing_update_hands_on_its_own_past_too() {
    let acts = [
        ("A", Store(RELEASE)),
        ("C", Data),
        ("C", Update(RELEASE)),
        ("D", Update(RELAXED)),
        ("B", Load(ACQUIRE)),
        ("B", Data),
    ];
    assert_eq!(races(&acts), []);
}

#[test]
fn fences_make_relaxed_accesses_order() {
    let fenced = [
        ("A", Data),
        ("A", ReleaseFence),
        ("A", Store(RELAXED)),
        ("B", Load(RELAXED)),
        ("B", AcquireFence),
        ("B", Data),
    ];
    assert_eq!(races(&fenced), []);
    let without = |left_out: usize| {
        let acts: Vec<_> = fenced.iter().enumerate().filter(|&(at, _)| at != left_out).map(|(_, &act)| act).collect();
        races(&acts)
    };
    assert_eq!(without(1), [(0, 4)]);
    assert_eq!(without(4), [(0, 4)]);
    // A fence releases what lies before it, not what lies before the store.
    let late = [("A", ReleaseFence), ("A", Data), ("A", Store(RELAXED)), ("B", Load(ACQUIRE)), ("B", Data)];
    assert_eq!(races(&late), [(1, 4)]);
}

#[test]
fn atomic_accesses_do_not_race_with_each_other_and_do_with_plain_ones() {
    assert_eq!(races(&[("A", Store(RELAXED)), ("B", Store(RELAXED)), ("C", Load(RELAXED))]), []);
    assert_eq!(races(&[("A", Store(PLAIN)), ("B", Load(RELAXED))]), [(0, 1)]);
    assert_eq!(races(&[("A", Load(RELAXED)), ("B", Store(PLAIN)), ("C", Update(BOTH))]), [(0, 1), (1, 2)]);
}

#[test]
fn a_load_sees_the_release_whose_value_it_read() {
    let valued = |how: Access, old: u64, new: u64| Access { old, new, ..how };
    let story = |read: u64| {
        races(&[
            ("A", Data),
            ("A", Store(valued(RELEASE, 0, 1))),
            ("C", Store(valued(RELAXED, 1, 2))),
            ("B", Load(valued(ACQUIRE, read, 0))),
            ("B", Data),
        ])
    };
    assert_eq!(story(1), []);
    assert_eq!(story(2), [(0, 4)]);
    assert_eq!(story(3), [(0, 4)], "nobody is known to have written it");
}

#[test]
fn a_past_with_a_read_of_unknown_origin_proves_no_schedule() {
    let unknown = Access { old: 9, ..PLAIN };
    let told = Access { new: 1, ..PLAIN };
    let history = history(&[("B", Store(told)), ("B", Load(unknown)), ("A", Data), ("B", Data)]);
    let (sections, reads_from) = (Sections::of(&history), reads_from(&history));
    let input = Input { history: &history, sections: &sections, reads_from: &reads_from };
    assert_eq!(hb::races(input, 100, &Cancel::default()).unwrap().pairs, [(2, 3)]);
    let found = shb::races(input, 100, &Cancel::default()).unwrap();
    assert!(found.pairs.is_empty() && !found.complete);
}
