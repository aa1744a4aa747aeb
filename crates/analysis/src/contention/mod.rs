//! Lock contention: how long locks were held and waited for, and who kept whom waiting.
//!
//! Figures of what happened, not of what could have: they need times and nothing else. Invariant: of one wait,
//! the shares of those who caused it and the share nobody is blamed for add up to the wait.

mod blame;
mod durations;
mod events;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{LockId, ThreadIdx};

pub use durations::Durations;
pub use events::lock_holds;

/// Pairs of a waiting and a holding thread kept for a lock, the longest waits first.
pub const MAX_BLOCKERS: usize = 100;

/// One outermost acquire of a lock and its release. Times are nanoseconds on one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockHold {
    pub lock: LockId,
    pub thread: ThreadIdx,
    pub shared: bool,
    /// When it began to wait; [`None`] when only the grant was recorded, and then no wait is counted.
    pub requested: Option<i64>,
    pub acquired: i64,
    /// [`None`] when it was never released: counted as an acquisition, not as a hold time.
    pub released: Option<i64>,
}

/// What happened at one lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockContention {
    pub lock: LockId,
    pub acquisitions: u64,
    /// Acquisitions that met another thread's hold that excluded them.
    pub contended: u64,
    /// Times between grant and release.
    pub held: Durations,
    /// Times between request and grant, of those whose request was recorded.
    pub waited: Durations,
    /// Holds whose times run backwards: counted with a duration of zero.
    pub backwards: u64,
    /// The longest first.
    pub blockers: Vec<Blocker>,
    /// How many pairs there are; more than listed when above [`MAX_BLOCKERS`].
    pub blockers_total: u64,
    /// Waiting time while nobody is known to have held the lock: the scheduler's, or a holder's that was not
    /// recorded.
    pub unexplained_ns: u64,
}

/// One thread that kept another waiting for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    pub waiting: ThreadIdx,
    pub holding: ThreadIdx,
    /// Waits of the one during which the other held the lock.
    pub waits: u64,
    pub waited_ns: u64,
}

/// Contention lock by lock, the one waited for longest first; equal ones by lock. O(N log N) in the holds
/// (times at most 64 holds a wait, see [`blame`]), and as much memory.
///
/// # Errors
/// [`Cancelled`].
pub fn contention(holds: &[LockHold], cancel: &Cancel) -> Result<Vec<LockContention>, Cancelled> {
    let mut sorted = holds.to_vec();
    // Of two granted at once, the one released first came first.
    let until = |hold: &LockHold| hold.released.unwrap_or(i64::MAX);
    sorted.sort_unstable_by_key(|hold| (hold.lock, hold.acquired, until(hold), hold.requested, hold.thread));
    let mut locks = Vec::new();
    for of_lock in sorted.chunk_by(|a, b| a.lock == b.lock) {
        locks.push(of_one_lock(of_lock, cancel)?);
    }
    locks.sort_by_key(|lock: &LockContention| (std::cmp::Reverse(lock.waited.total_ns), lock.lock));
    Ok(locks)
}

/// `holds` are of one lock, at least one, in the order of their grants.
fn of_one_lock(holds: &[LockHold], cancel: &Cancel) -> Result<LockContention, Cancelled> {
    let (mut held, mut waited) = (Vec::with_capacity(holds.len()), Vec::new());
    let (mut backwards, mut contended, mut unexplained_ns) = (0, 0, 0_u64);
    let mut blockers: HashMap<(ThreadIdx, ThreadIdx), (u64, u64)> = HashMap::new();
    for (at, hold) in holds.iter().enumerate() {
        if at % 1024 == 0 {
            cancel.check()?;
        }
        let held_ns = hold.released.map(|released| length(hold.acquired, released));
        let waited_ns = hold.requested.map(|requested| length(requested, hold.acquired));
        backwards += u64::from(held_ns == Some(None) || waited_ns == Some(None));
        held.extend(held_ns.map(Option::unwrap_or_default));
        waited.extend(waited_ns.map(Option::unwrap_or_default));
        let Some(wait_ns @ 1..) = waited_ns.flatten() else { continue };
        let mut explained_ns = 0;
        let mut met_a_holder = false;
        blame::each_holder(holds, at, |holder, share_ns| {
            met_a_holder = true;
            explained_ns += share_ns;
            let (waits, waited_ns) = blockers.entry((hold.thread, holder)).or_default();
            *waits += 1;
            *waited_ns = waited_ns.saturating_add(share_ns);
        });
        contended += u64::from(met_a_holder);
        unexplained_ns = unexplained_ns.saturating_add(wait_ns - explained_ns);
    }
    let blockers_total = blockers.len() as u64;
    let mut blockers: Vec<Blocker> = blockers
        .into_iter()
        .map(|((waiting, holding), (waits, waited_ns))| Blocker { waiting, holding, waits, waited_ns })
        .collect();
    blockers.sort_unstable_by_key(|one| (std::cmp::Reverse(one.waited_ns), one.waiting, one.holding));
    blockers.truncate(MAX_BLOCKERS);
    Ok(LockContention {
        lock: holds.first().map_or(0, |hold| hold.lock),
        acquisitions: holds.len() as u64,
        contended,
        held: Durations::of(held),
        waited: Durations::of(waited),
        backwards,
        blockers,
        blockers_total,
        unexplained_ns,
    })
}

/// Nanoseconds from one time to another; [`None`] when it is the earlier one.
fn length(from: i64, to: i64) -> Option<u64> {
    (from <= to).then(|| to.abs_diff(from))
}
