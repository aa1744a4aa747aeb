//! Locks that were waited for.

use std::fmt::Write as _;

use super::{milliseconds, more};
use crate::report::columns::{Align, Columns, count, count_of};
use crate::report::contention::ContentionAnswer;

const LOCKS_SHOWN: usize = 15;

pub fn section(text: &mut String, found: &ContentionAnswer) {
    let was_waited_for = found.locks.iter().filter(|lock| lock.contended > 0).count() as u64;
    // Writing to a string cannot fail.
    let _ =
        writeln!(text, "\nlock contention: {} of {} waited for", count(was_waited_for), count_of(found.total, "lock"));
    let mut columns = Columns::new(&[
        ("lock", Align::Left),
        ("acquisitions", Align::Right),
        ("contended", Align::Right),
        ("ms waited", Align::Right),
        ("p95", Align::Right),
        ("longest", Align::Right),
        ("ms held", Align::Right),
        ("p95", Align::Right),
        ("longest", Align::Right),
        ("longest waits", Align::Left),
    ]);
    for lock in found.locks.iter().take(LOCKS_SHOWN) {
        let longest = lock.blockers.first().map_or_else(String::new, |blocker| {
            format!("{} for {} ({} ms)", blocker.waiting, blocker.holding, milliseconds(blocker.waited_ns))
        });
        columns.row(vec![
            lock.lock.clone(),
            count(lock.acquisitions),
            count(lock.contended),
            milliseconds(lock.waited.total_ns),
            milliseconds(lock.waited.p95_ns),
            milliseconds(lock.waited.max_ns),
            milliseconds(lock.held.total_ns),
            milliseconds(lock.held.p95_ns),
            milliseconds(lock.held.max_ns),
            longest,
        ]);
    }
    columns.write_to(text);
    more(text, found.total, LOCKS_SHOWN, found.locks.len() as u64);
}
