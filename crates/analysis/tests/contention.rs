//! Lock contention of schedules whose answer is known by construction.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod events;

use analysis::Cancel;
use analysis::contention::{Blocker, LockContention, LockHold, MAX_BLOCKERS, contention, lock_holds};
use events::{Client, Recording, acquire, release, write};
use model::wire::decode_batch;
use proptest::prelude::*;

fn hold(thread: u32, requested: i64, acquired: i64, released: i64) -> LockHold {
    LockHold { lock: 0, thread, shared: false, requested: Some(requested), acquired, released: Some(released) }
}

fn of(holds: &[LockHold]) -> LockContention {
    let locks = contention(holds, &Cancel::default()).unwrap();
    assert_eq!(locks.len(), 1);
    locks.into_iter().next().unwrap()
}

#[test]
fn a_wait_is_shared_out_among_those_who_held_the_lock_meanwhile() {
    // Thread 2 asks at 10, while 0 holds until 30; 1 comes between; nobody holds from 50 to 55.
    let lock = of(&[hold(0, 0, 0, 30), hold(1, 5, 30, 50), hold(2, 10, 55, 60)]);
    assert_eq!((lock.acquisitions, lock.contended), (3, 2));
    assert_eq!(
        lock.blockers,
        [
            Blocker { waiting: 1, holding: 0, waits: 1, waited_ns: 25 },
            Blocker { waiting: 2, holding: 0, waits: 1, waited_ns: 20 },
            Blocker { waiting: 2, holding: 1, waits: 1, waited_ns: 20 },
        ]
    );
    assert_eq!(lock.unexplained_ns, 5);
    assert_eq!((lock.waited.count, lock.waited.total_ns, lock.waited.max_ns), (3, 70, 45));
    assert_eq!((lock.held.count, lock.held.total_ns, lock.held.mean_ns, lock.held.max_ns), (3, 55, 18, 30));
}

#[test]
fn readers_do_not_keep_readers_waiting() {
    let reader = |thread, requested, acquired| LockHold { shared: true, ..hold(thread, requested, acquired, 100) };
    let lock = of(&[reader(0, 0, 0), reader(1, 10, 20), hold(2, 30, 100, 110)]);
    assert_eq!(lock.unexplained_ns, 10, "the second reader waited for no reader");
    assert_eq!(lock.blockers, [Blocker { waiting: 2, holding: 1, waits: 1, waited_ns: 70 }]);
}

#[test]
fn a_writer_waits_for_the_last_of_the_readers() {
    let reader = |thread, acquired, released| LockHold { shared: true, ..hold(thread, acquired, acquired, released) };
    let lock = of(&[reader(0, 0, 100), reader(1, 20, 40), hold(2, 30, 100, 110)]);
    assert_eq!(lock.blockers, [Blocker { waiting: 2, holding: 0, waits: 1, waited_ns: 70 }]);
    assert_eq!(lock.unexplained_ns, 0);
}

#[test]
fn what_was_not_recorded_is_not_made_up() {
    let no_request = LockHold { requested: None, ..hold(0, 0, 10, 20) };
    let no_release = LockHold { released: None, ..hold(1, 15, 20, 0) };
    let backwards = hold(2, 60, 50, 40);
    let lock = of(&[no_request, no_release, backwards]);
    assert_eq!((lock.acquisitions, lock.held.count, lock.waited.count, lock.backwards), (3, 2, 2, 1));
    assert_eq!((lock.held.total_ns, lock.waited.total_ns), (10, 5));
}

#[test]
fn locks_come_with_the_longest_waits_first() {
    let at = |lock, wait| LockHold { lock, ..hold(0, 0, wait, wait + 1) };
    let locks = contention(&[at(3, 5), at(1, 9), at(2, 5)], &Cancel::default()).unwrap();
    assert_eq!(locks.iter().map(|lock| lock.lock).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(contention(&[], &Cancel::default()).unwrap().is_empty());
}

#[test]
fn a_crowd_at_one_lock_is_listed_up_to_a_bound() {
    let queue: Vec<_> = (0..2_000).map(|i| hold(i as u32, 0, i * 10, i * 10 + 10)).collect();
    let lock = of(&queue);
    assert_eq!(lock.blockers.len(), MAX_BLOCKERS);
    assert!(lock.blockers_total > MAX_BLOCKERS as u64);
}

const MS: u64 = 1_000_000;

fn of_events(recording: &Recording) -> Vec<LockContention> {
    let table = decode_batch(recording.json().as_bytes()).unwrap().table;
    contention(&lock_holds(&recording.history(), &table), &Cancel::default()).unwrap()
}

#[test]
fn a_client_that_records_its_requests_says_when_it_waited() {
    let [lock] = &of_events(&events::one_waits_for_the_other())[..] else { panic!("one lock") };
    assert_eq!((lock.acquisitions, lock.contended), (2, 1));
    assert_eq!((lock.waited.total_ns, lock.unexplained_ns), (35 * MS, 5 * MS));
    assert_eq!((lock.blockers.len(), lock.blockers[0].waited_ns), (1, 30 * MS));
    assert_eq!((lock.held.total_ns, lock.held.max_ns), (55 * MS, 40 * MS));
}

#[test]
fn a_client_that_records_acquires_before_it_waits_waits_until_the_lock_is_free() {
    let mut recording = Recording::default();
    let (mut first, mut second) = (Client::new("bank", "a").span("1"), Client::new("bank", "b").span("2"));
    recording.event(&mut first, 0, acquire("ledger", "Mutex"));
    recording.event(&mut first, 1, write("x"));
    recording.event(&mut second, 10, acquire("ledger", "Mutex"));
    recording.event(&mut first, 40, release("ledger", "Mutex"));
    recording.event(&mut second, 90, write("x"));
    recording.event(&mut second, 91, release("ledger", "Mutex"));
    let [lock] = &of_events(&recording)[..] else { panic!("one lock") };
    assert_eq!((lock.waited.total_ns, lock.unexplained_ns), (30 * MS, 0), "not until its next event");
    assert_eq!(lock.held.total_ns, (40 + 51) * MS);
}

proptest! {
    /// A lock handed from one to the next: whoever waits is blamed on the holders to the nanosecond.
    #[test]
    fn shares_add_up_to_the_wait(steps in prop::collection::vec((0_u32..4, 0_i64..50, 0_i64..50, 0_i64..200), 1..60)) {
        let mut now = 0;
        let mut holds = Vec::new();
        for (thread, idle, held, waited) in steps {
            let acquired = now + idle;
            now = acquired + held;
            holds.push(hold(thread, acquired - waited, acquired, now));
        }
        let lock = of(&holds);
        let blamed: u64 = lock.blockers.iter().map(|one| one.waited_ns).sum();
        prop_assert_eq!(blamed + lock.unexplained_ns, lock.waited.total_ns);
        prop_assert!(lock.blockers.iter().all(|one| one.waiting != one.holding && one.waited_ns > 0));
        let brute: u64 = holds.iter().enumerate().map(|(at, waiting)| {
            (waiting.requested.unwrap()..waiting.acquired)
                .filter(|time| holds[..at].iter().any(|other| {
                    other.thread != waiting.thread && (other.acquired..other.released.unwrap()).contains(time)
                }))
                .count() as u64
        }).sum();
        prop_assert_eq!(blamed, brute);
    }
}
