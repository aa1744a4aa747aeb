//! The holds of locks among recorded events.
//!
//! Clients differ in when they record an acquire. One that records a `LockRequest` before it records the acquire
//! after the grant, and its times are taken as they are. Any other records the acquire before it waits; it is
//! taken to get the lock as soon as the last hold that excluded it ends, but no later than its next event.

use model::Kind;
use model::table::{EventRow, EventTable};

use crate::causal::Recorded;
use crate::contention::LockHold;
use crate::history::OpIdx;
use crate::sections::Sections;

/// The name of the custom event that says that a thread begins to wait for a lock.
const REQUEST: &str = "LockRequest";

/// When the last hold of a lock ended so far.
#[derive(Debug, Clone, Copy)]
struct LastRelease {
    exclusive: i64,
    shared: i64,
}

/// The outermost holds of every lock of a history, `table` being what it was made of. What only lock sets
/// imply has no times and is left out. O(N · locks held at once).
pub fn lock_holds(recorded: &Recorded, table: &EventTable) -> Vec<LockHold> {
    let history = &recorded.history;
    let is_recorded = |op: OpIdx| !recorded.implied.get(op as usize).copied().unwrap_or(true);
    let row = |op: OpIdx| -> Option<&EventRow> { table.rows.get(*recorded.rows.get(op as usize)? as usize) };
    let begin = |op: OpIdx| row(op).map(|row| row.start.0);
    let is_request =
        |op: OpIdx| row(op).is_some_and(|row| row.kind == Kind::Custom && table.text(row.operation) == REQUEST);

    let mut last = vec![LastRelease { exclusive: i64::MIN, shared: i64::MIN }; history.locks.len()];
    let mut holds = Vec::new();
    for section in &Sections::of(history).all {
        let Some(recorded_at) = begin(section.acquire).filter(|_| is_recorded(section.acquire)) else { continue };
        let last = &mut last[section.lock as usize];
        let request = history.before(section.acquire).filter(|&before| is_request(before)).and_then(begin);
        let (requested, acquired) = match request {
            Some(requested) => (requested, recorded_at),
            None => {
                let free = if section.shared { last.exclusive } else { last.exclusive.max(last.shared) };
                let position = history.ops[section.acquire as usize].position as usize;
                let next = history.of_thread(section.thread).get(position + 1).copied().and_then(begin);
                let latest = next.unwrap_or(recorded_at).max(recorded_at);
                (recorded_at, free.clamp(recorded_at, latest))
            }
        };
        let released = section.release.filter(|&release| is_recorded(release)).and_then(begin);
        if let Some(released) = released {
            let of_mode = if section.shared { &mut last.shared } else { &mut last.exclusive };
            *of_mode = released.max(*of_mode);
        }
        let (lock, thread, shared) = (section.lock, section.thread, section.shared);
        holds.push(LockHold { lock, thread, shared, requested: Some(requested), acquired, released });
    }
    holds
}
