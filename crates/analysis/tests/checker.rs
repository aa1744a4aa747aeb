//! The witness checker believes what is so and nothing else.

#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
#[path = "common/small/mod.rs"]
mod small;

use analysis::check::{self, Claim, LostUpdate, Recording, Rejected};
use analysis::witness::{Recorded, Segments, Witness};
use analysis::{Access, Cancel, History, HistoryBuilder, OpIdx, OpKind, std_file};
use proptest::prelude::*;
use small::schedules::{self, mutant, mutant_witness, naive_expansion, walk, witness_of};
use small::{Execution, Shape, brute, cases, executions, philosophers, programs};

fn recording(text: &str) -> Recording {
    Recording::from_std(text.as_bytes()).expect("an STD text")
}

fn runs(runs: &[(&str, u32)]) -> Witness {
    let mut threads = std::collections::BTreeMap::new();
    for &(name, count) in runs {
        *threads.entry(name.to_owned()).or_insert(0) += count;
    }
    Witness { threads, segments: Segments::Runs(runs.iter().map(|&(name, n)| (name.to_owned(), n)).collect()) }
}

fn recorded(threads: &[(&str, u32)]) -> Witness {
    let threads = threads.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
    Witness { threads, segments: Segments::Recorded(Recorded::Recorded) }
}

const PROTECTED: &str = "A|acq(l)|1\nA|w(x)|2\nA|rel(l)|3\nB|acq(l)|4\nB|w(x)|5\nB|rel(l)|6\n";
const UNPROTECTED: &str = "A|acq(l)|1\nA|w(x)|2\nA|rel(l)|3\nB|acq(l)|4\nB|rel(l)|5\nB|w(x)|6\n";

#[test]
fn a_race_that_needs_the_other_order_of_sections_is_accepted_with_that_order() {
    let witness = runs(&[("B", 2), ("A", 1)]);
    assert_eq!(check::race(&recording(UNPROTECTED), &witness, (1, 5)), Ok(()));
    let same_order = runs(&[("A", 1), ("B", 2)]);
    assert_eq!(check::race(&recording(UNPROTECTED), &same_order, (1, 5)), Err(Rejected::LockTaken(3)));
    // As recorded means in the recorded order: A holds the lock first.
    let as_recorded = recorded(&[("A", 1), ("B", 2)]);
    assert_eq!(check::race(&recording(UNPROTECTED), &as_recorded, (1, 5)), Err(Rejected::LockTaken(3)));
}

#[test]
fn a_protected_pair_is_rejected_whatever_the_schedule() {
    let recording = recording(PROTECTED);
    for a in 0..=3 {
        for b in 0..=3 {
            for schedule in [runs(&[("A", a), ("B", b)]), runs(&[("B", b), ("A", a)])] {
                assert!(check::race(&recording, &schedule, (1, 4)).is_err(), "{a} {b}");
            }
        }
    }
}

#[test]
fn what_is_wrong_with_a_race_is_said() {
    let text = "A|w(x)|1\nA|r(y)|2\nA|w(x)|3\nB|r(x)|4\nB|r(x)|5\nB|w(y)|6\nA|r(x)|7\n";
    let recording = recording(text);
    let race = |witness: &Witness, pair| check::race(&recording, witness, pair).expect_err("no proof");
    assert_eq!(race(&runs(&[]), (0, 1)), Rejected::NoConflict(0, 1));
    assert_eq!(race(&runs(&[]), (3, 6)), Rejected::NoConflict(3, 6));
    assert_eq!(race(&runs(&[]), (0, 5)), Rejected::NoConflict(0, 5));
    assert_eq!(race(&runs(&[]), (0, 99)), Rejected::NoSuchOperation(99));
    assert_eq!(race(&runs(&[("C", 1)]), (0, 3)), Rejected::NoSuchThread("C".to_owned()));
    assert_eq!(race(&runs(&[("B", 9)]), (0, 3)), Rejected::TooMany { thread: "B".to_owned(), has: 3 });
    assert_eq!(race(&runs(&[("A", 1)]), (0, 3)), Rejected::Inside(0));
    assert_eq!(race(&runs(&[]), (2, 3)), Rejected::NotEnabled { op: 2, missing: 0 });
    let other = Rejected::OtherWrite { read: 3, sees: Some(0), saw: Some(2) };
    assert_eq!(other.to_string(), "read 4 sees write 1 instead of write 3");
    assert_eq!(race(&runs(&[("A", 2), ("B", 1)]), (2, 4)), other);
    let mut witness = runs(&[("A", 2), ("B", 0)]);
    witness.threads.insert("A".to_owned(), 1);
    assert_eq!(race(&witness, (2, 3)), Rejected::Count { thread: "A".to_owned(), said: 1, runs: 2 });
    assert_eq!(check::race(&recording, &runs(&[("A", 2)]), (2, 3)), Ok(()));
}

#[test]
fn a_read_of_the_initial_value_stays_before_every_write() {
    let recording = recording("A|r(y)|1\nB|w(y)|2\nB|w(x)|3\nA|w(x)|4\n");
    let late = runs(&[("B", 1), ("A", 1)]);
    let expected = Rejected::OtherWrite { read: 0, sees: Some(1), saw: None };
    assert_eq!(check::race(&recording, &late, (2, 3)), Err(expected));
    assert_eq!(check::race(&recording, &runs(&[("A", 1), ("B", 1)]), (2, 3)), Ok(()));
}

#[test]
fn forks_and_joins_bind() {
    let text = "A|fork(B)|1\nC|fork(B)|2\nB|w(x)|3\nB|w(x)|4\nA|join(B)|5\nA|w(x)|6\nC|w(x)|7\n";
    let recording = recording(text);
    let race = |witness: &Witness, pair| check::race(&recording, witness, pair);
    assert_eq!(race(&runs(&[("C", 1)]), (2, 6)), Err(Rejected::NotEnabled { op: 2, missing: 0 }));
    assert_eq!(race(&runs(&[("A", 1), ("B", 1), ("C", 1)]), (3, 6)), Err(Rejected::Edge { op: 2, missing: 1 }));
    assert_eq!(race(&runs(&[("A", 1), ("C", 1), ("B", 1)]), (3, 6)), Ok(()));
    assert_eq!(
        race(&runs(&[("A", 1), ("C", 1), ("B", 1), ("A", 1)]), (3, 5)),
        Err(Rejected::Edge { op: 4, missing: 3 })
    );
}

#[test]
fn schedules_of_operations_may_neither_repeat_nor_leave_out() {
    let recording = recording(UNPROTECTED);
    assert_eq!(check::replay(&recording, &[3, 4, 0, 1, 2, 5]), Ok(()));
    assert_eq!(check::replay(&recording, &[0, 0]), Err(Rejected::Twice(0)));
    assert_eq!(check::replay(&recording, &[0, 2]), Err(Rejected::Gap { op: 2, missing: 1 }));
    assert_eq!(check::replay(&recording, &[6]), Err(Rejected::NoSuchOperation(6)));
}

#[test]
fn a_deadlock_is_a_circle_of_waiting_threads() {
    let recording = recording(&philosophers(5));
    let names: Vec<String> = (0..5).map(|seat| format!("philosopher{seat}")).collect();
    let one_each: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let second: Vec<OpIdx> = (0..5).map(|seat| seat * 5 + 1).collect();
    let deadlock = |witness: &Witness, acquires: &[OpIdx]| check::deadlock(&recording, witness, acquires);
    assert_eq!(deadlock(&runs(&one_each), &second), Ok(()));
    assert_eq!(deadlock(&runs(&one_each), &second[..4]), Err(Rejected::NotWaiting(second[3])));
    assert_eq!(deadlock(&runs(&one_each), &second[..1]), Err(Rejected::TooFew));
    assert_eq!(deadlock(&runs(&one_each[..4]), &second), Err(Rejected::NotEnabled { op: second[4], missing: 20 }));
    assert_eq!(deadlock(&runs(&one_each), &[1, 2]), Err(Rejected::NotAcquire(2)));
    assert_eq!(deadlock(&runs(&[]), &[0, 1]), Err(Rejected::SameThread(0, 1)));
    assert_eq!(deadlock(&runs(&[]), &[0, 5]), Err(Rejected::NotWaiting(0)));
}

#[test]
fn two_circles_are_two_deadlocks() {
    let pair = |a: &str, b: &str, l: &str, m: &str| {
        format!(
            "{a}|acq({l})|1\n{a}|acq({m})|2\n{a}|rel({m})|3\n{a}|rel({l})|4\n\
             {b}|acq({m})|5\n{b}|acq({l})|6\n{b}|rel({l})|7\n{b}|rel({m})|8\n"
        )
    };
    let recording = recording(&(pair("A", "B", "l", "m") + &pair("C", "D", "n", "o")));
    let all = runs(&[("A", 1), ("B", 1), ("C", 1), ("D", 1)]);
    assert_eq!(check::deadlock(&recording, &all, &[1, 5]), Ok(()));
    assert_eq!(check::deadlock(&recording, &all, &[1, 5, 9, 13]), Err(Rejected::NotOneCircle));
}

/// Two threads that read-lock and then write-lock one lock, one after the other.
fn upgrades(first_shared: bool) -> History {
    let mut builder = HistoryBuilder::default();
    let (lock, location) = (builder.locks.id("l"), builder.locations.id(""));
    for name in ["A", "B"] {
        let thread = builder.threads.id(name);
        let shared = first_shared || name == "B";
        for kind in [
            OpKind::Acquire { lock, shared },
            OpKind::Acquire { lock, shared: false },
            OpKind::Release { lock, shared: false },
            OpKind::Release { lock, shared },
        ] {
            builder.push(thread, kind, location);
        }
    }
    builder.finish(analysis::history::Sources::Lines((1..=8).collect()))
}

#[test]
fn two_upgrades_of_one_lock_wait_for_each_other_and_a_reentrant_acquire_never_waits() {
    let both = runs(&[("A", 1), ("B", 1)]);
    let recording = Recording::from_history(&upgrades(true));
    assert_eq!(check::deadlock(&recording, &both, &[1, 5]), Ok(()));
    let recording = Recording::from_history(&upgrades(false));
    assert_eq!(check::deadlock(&recording, &both, &[1, 5]), Err(Rejected::LockTaken(4)));
}

fn values(steps: &[(&str, bool, u64, u64)]) -> Recording {
    let mut builder = HistoryBuilder::default();
    let (x, location) = (builder.variables.id("x"), builder.locations.id(""));
    for &(thread, writes, old, new) in steps {
        let thread = builder.threads.id(thread);
        let access = Access { old, new, ..Access::default() };
        builder.push(thread, if writes { OpKind::Write(x, access) } else { OpKind::Read(x, access) }, location);
    }
    let lines = (1..=steps.len() as u32).collect();
    Recording::from_history(&builder.finish(analysis::history::Sources::Lines(lines)))
}

#[test]
fn a_lost_update_needs_a_write_between_a_read_and_a_write_that_did_not_look_again() {
    let text = "A|r(x)|1\nA|w(x)|2\nB|r(y)|3\nB|w(x)|4\nA|r(x)|5\nA|w(x)|6\n";
    let recording = recording(text);
    let lost = |read, other, write| LostUpdate { read, other, write };
    let answer = |witness: &Witness, claim| check::lost_update(&recording, witness, claim);
    let witness = runs(&[("A", 1), ("B", 2)]);
    assert_eq!(answer(&witness, lost(0, 3, 1)), Ok(()));
    assert!(matches!(answer(&runs(&[("B", 2), ("A", 1)]), lost(0, 3, 1)), Err(Rejected::OtherWrite { .. })));
    assert!(matches!(answer(&runs(&[("A", 1)]), lost(0, 3, 1)), Err(Rejected::NotLost(_))));
    assert_eq!(answer(&witness, lost(0, 3, 5)), Err(Rejected::NotLost("the thread looks again before it writes")));
    assert_eq!(answer(&witness, lost(4, 3, 1)), Err(Rejected::NotLost("the thread writes before it reads")));
    assert!(matches!(answer(&witness, lost(0, 2, 1)), Err(Rejected::NotLost(_))));
    assert!(matches!(answer(&witness, lost(0, 5, 1)), Err(Rejected::NotLost(_))));
}

#[test]
fn a_write_of_the_value_that_was_there_loses_nothing() {
    let claim = LostUpdate { read: 0, other: 1, write: 2 };
    let witness = runs(&[("A", 1), ("B", 1)]);
    for (written, expected) in [(8, Ok(())), (7, Err(Rejected::NotLost("the other write changes nothing")))] {
        let recording = values(&[("A", false, 7, 0), ("B", true, 7, written), ("A", true, written, 9)]);
        assert_eq!(check::lost_update(&recording, &witness, claim), expected);
    }
}

#[test]
fn a_read_of_a_value_that_nobody_wrote_proves_nothing() {
    let recording = values(&[("B", true, 0, 5), ("A", false, 6, 0), ("A", true, 0, 7), ("B", true, 0, 8)]);
    assert_eq!(check::race(&recording, &runs(&[("B", 1), ("A", 1)]), (2, 3)), Err(Rejected::UnknownWriter(1)));
}

#[test]
fn a_read_is_told_by_its_value_where_values_are_known() {
    // The recorded order has the writes the wrong way round for the read: it saw the first one.
    let recording = values(&[("B", true, 0, 5), ("C", true, 0, 6), ("A", false, 5, 0), ("A", true, 0, 7)]);
    assert_eq!(check::race(&recording, &runs(&[("B", 1), ("A", 1)]), (1, 3)), Ok(()));
    let expected = Rejected::OtherWrite { read: 2, sees: Some(1), saw: Some(0) };
    assert_eq!(check::replay(&recording, &[0, 1, 2]), Err(expected));
}

#[test]
fn a_lock_that_others_took_after_the_end_of_its_thread_was_let_go_then() {
    let lost = "A|acq(l)|1\nA|w(y)|2\nB|acq(l)|3\nB|w(x)|4\nB|rel(l)|5\nC|w(x)|6\n";
    assert_eq!(check::race(&recording(lost), &runs(&[("A", 2), ("B", 1)]), (3, 5)), Ok(()));
    assert_eq!(
        check::race(&recording(lost), &runs(&[("A", 1), ("B", 1)]), (3, 5)),
        Err(Rejected::LockTaken(2)),
        "not before its end"
    );
    // Nothing says that this one was ever let go.
    let open = "B|acq(l)|1\nB|w(x)|2\nB|rel(l)|3\nA|acq(l)|4\nA|w(y)|5\nC|w(x)|6\n";
    assert_eq!(check::race(&recording(open), &runs(&[("A", 2), ("B", 1)]), (1, 5)), Err(Rejected::LockTaken(0)));
}

#[test]
fn a_lock_that_two_held_at_once_protects_nothing() {
    let confused = "A|acq(l)|1\nB|acq(l)|2\nB|w(x)|3\nA|w(x)|4\nA|rel(l)|5\nB|rel(l)|6\n";
    assert_eq!(check::race(&recording(confused), &runs(&[("A", 1), ("B", 1)]), (2, 3)), Ok(()));
}

#[test]
fn threads_of_one_name_cannot_be_told_apart() {
    let mut history = std_file::read(UNPROTECTED.as_bytes()).expect("an STD text");
    history.threads[1] = "A".to_owned();
    let recording = Recording::from_history(&history);
    assert_eq!(check::race(&recording, &runs(&[("A", 1)]), (1, 5)), Err(Rejected::AmbiguousThread("A".to_owned())));
}

#[test]
fn claims_that_fail_are_told_by_their_position() {
    let recording = recording(UNPROTECTED);
    let (right, wrong) = (runs(&[("B", 2), ("A", 1)]), runs(&[("B", 2)]));
    let claim = Claim::Race(1, 5);
    let acquires = [0, 3];
    let rejected = check::accept_all(
        &recording,
        [(claim, &right), (claim, &wrong), (Claim::Deadlock(&acquires), &right), (claim, &right)],
        &Cancel::default(),
    )
    .unwrap();
    assert_eq!(rejected, [(1, Rejected::NotEnabled { op: 1, missing: 0 }), (2, Rejected::Inside(0))], "{rejected:?}");
}

#[test]
fn the_recorded_order_of_every_file_is_a_correct_one_for_both_readers() {
    let mut files = common::own_files();
    for folder in ["races/raceinjector-norm", "races/spd-deadlock"] {
        files.extend(common::shared(folder).iter().flat_map(|folder| common::std_files(folder)));
    }
    for path in files {
        let history = common::read_std(&path);
        let own = Recording::from_std(common::std_text(&path).as_bytes()).expect("an STD text");
        let all: Vec<OpIdx> = (0..history.ops.len() as OpIdx).collect();
        assert_eq!(own.len(), all.len(), "{}", path.display());
        assert_eq!(check::replay(&own, &all), Ok(()), "{}", path.display());
        assert_eq!(check::replay(&Recording::from_history(&history), &all), Ok(()), "{}", path.display());
    }
}

/// What a brute-force replay says of a witness and a pair.
fn brute_race(history: &History, witness: &Witness, (first, second): (OpIdx, OpIdx)) -> bool {
    naive_expansion(history, witness).is_some_and(|schedule| {
        history.conflict(first, second)
            && brute::correct(history, &schedule)
            && brute::enabled(history, &schedule, first)
            && brute::enabled(history, &schedule, second)
    })
}

/// The checker and a replay of the rules as they are stated agree on a correct schedule, on what becomes of
/// it by small changes, and on every pair of operations after each.
fn agrees(execution: &Execution, seed: u64) -> Result<(), TestCaseError> {
    let history = execution.history();
    let recording = Recording::from_history(&history);
    let schedule = walk(&history, seed);
    prop_assert!(brute::correct(&history, &schedule), "the walk leaves the rules: {schedule:?}");
    prop_assert_eq!(check::replay(&recording, &schedule), Ok(()));
    let n = history.ops.len() as OpIdx;
    prop_assume!(n > 0);
    for change in 0..24 {
        let changed = mutant(&history, &schedule, seed.wrapping_add(change));
        let expected = brute::correct(&history, &changed);
        let answer = check::replay(&recording, &changed);
        prop_assert_eq!(answer.is_ok(), expected, "{:?}: {:?}", changed, answer);
    }
    let witness = witness_of(&history, &schedule);
    for change in 0..12 {
        let changed = if change == 0 { witness.clone() } else { mutant_witness(&history, &witness, seed + change) };
        for pair in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
            let answer = check::race(&recording, &changed, pair);
            prop_assert_eq!(answer.is_ok(), brute_race(&history, &changed, pair), "{:?} {:?}", changed, answer);
        }
    }
    Ok(())
}

/// Many claims at once are answered as each by itself, right ones among wrong ones, whatever their schedules share.
fn answers_as_if_alone(execution: &Execution, seed: u64) -> Result<(), TestCaseError> {
    let history = execution.history();
    let recording = Recording::from_history(&history);
    let n = history.ops.len() as OpIdx;
    prop_assume!(n > 0);
    let mut witnesses = Vec::new();
    for change in 0..8 {
        let schedule = walk(&history, seed.wrapping_add(change));
        let as_run = witness_of(&history, &schedule);
        witnesses.push(mutant_witness(&history, &as_run, seed + change));
        witnesses.push(Witness { segments: Segments::Recorded(Recorded::Recorded), ..as_run.clone() });
        witnesses.push(as_run);
    }
    let acquires: Vec<OpIdx> =
        (0..n).filter(|&op| matches!(history.ops[op as usize].kind, OpKind::Acquire { .. })).take(2).collect();
    let mut claims: Vec<(Claim<'_>, &Witness)> = Vec::new();
    for (at, witness) in witnesses.iter().enumerate() {
        claims.push((Claim::Deadlock(&acquires), witness));
        for (a, b) in (0..n).zip((0..n).cycle().skip(at + 1)) {
            claims.push((Claim::Race(a, b), witness));
            claims.push((Claim::LostUpdate(LostUpdate { read: a, other: b, write: (b + at as OpIdx) % n }), witness));
        }
    }
    let together = check::accept_all(&recording, claims.iter().copied(), &Cancel::default()).unwrap();
    let alone = claims.iter().enumerate().filter_map(|(at, &(claim, witness))| {
        let answer = match claim {
            Claim::Race(first, second) => check::race(&recording, witness, (first, second)),
            Claim::Deadlock(acquires) => check::deadlock(&recording, witness, acquires),
            Claim::LostUpdate(lost) => check::lost_update(&recording, witness, lost),
        };
        Some((at, answer.err()?))
    });
    prop_assert_eq!(together, alone.collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_schedules_share_changes_no_answer(
        execution in executions(Shape { values: true, blurred: true, ..Shape::rich(3, 20) }), seed in any::<u32>()
    ) {
        answers_as_if_alone(&execution, u64::from(seed))?;
    }

    #[test]
    fn what_schedules_share_changes_no_answer_where_much_is_locked_and_releases_are_lost(
        execution in executions(Shape { lost_releases: true, variables: 1, ..Shape::locks(3, 20) }),
        seed in any::<u32>()
    ) {
        answers_as_if_alone(&execution, u64::from(seed))?;
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn it_agrees_with_a_replay_by_brute_force_on_plain_executions(
        execution in executions(Shape::plain(3, 14)), seed in any::<u32>()
    ) {
        agrees(&execution, u64::from(seed))?;
    }

    #[test]
    fn it_agrees_with_a_replay_by_brute_force_on_rich_executions(
        execution in executions(Shape { values: true, blurred: true, ..Shape::rich(3, 14) }), seed in any::<u32>()
    ) {
        agrees(&execution, u64::from(seed))?;
    }

    #[test]
    fn it_agrees_with_a_replay_by_brute_force_on_programs_of_sections(
        execution in programs(Shape { forks: false, ..Shape::rich(3, 14) }), seed in any::<u32>()
    ) {
        agrees(&execution, u64::from(seed))?;
    }

    #[test]
    fn it_agrees_with_a_replay_by_brute_force_on_much_locking(
        execution in executions(Shape { locks: 1, ..Shape::locks(3, 14) }), seed in any::<u32>()
    ) {
        agrees(&execution, u64::from(seed))?;
    }

    #[test]
    fn it_agrees_with_a_replay_by_brute_force_where_releases_were_lost(
        execution in executions(Shape { lost_releases: true, variables: 1, ..Shape::locks(3, 14) }),
        seed in any::<u32>()
    ) {
        agrees(&execution, u64::from(seed))?;
    }

    #[test]
    fn it_believes_the_deadlocks_that_exist_and_no_others(
        execution in prop_oneof![executions(Shape::locks(3, 12)), programs(Shape { forks: false, ..Shape::locks(3, 12) })]
    ) {
        let history = execution.history();
        let recording = Recording::from_history(&history);
        let reached = brute::explore(&history, brute::Which::Correct, 100_000).expect("a small execution");
        let deadlocks = reached.deadlocks();
        for schedule in schedules::all_reachable(&history, 300) {
            let witness = witness_of(&history, &schedule);
            let enabled: Vec<OpIdx> = (0..history.ops.len() as OpIdx)
                .filter(|&op| matches!(history.ops[op as usize].kind, OpKind::Acquire { .. }))
                .filter(|&op| brute::enabled(&history, &schedule, op))
                .collect();
            for (at, &first) in enabled.iter().enumerate() {
                for &second in &enabled[at + 1..] {
                    let answer = check::deadlock(&recording, &witness, &[first, second]);
                    prop_assert!(answer.is_err() || deadlocks.contains(&vec![first, second]), "{first} {second}");
                }
            }
        }
        // Each of them is believed after some schedule.
        let mut open: Vec<&Vec<OpIdx>> = deadlocks.iter().collect();
        for schedule in schedules::all_reachable(&history, 100_000) {
            let witness = witness_of(&history, &schedule);
            open.retain(|acquires| check::deadlock(&recording, &witness, acquires).is_err());
        }
        prop_assert!(open.is_empty(), "{open:?}");
    }
}
