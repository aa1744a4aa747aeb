//! Lock contention in the answer: figures of what happened, and no findings.

use model::table::EventTable;
use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::causal::Recorded;
use crate::contention::{Durations, LockContention, contention, lock_holds};
use crate::history::History;
use crate::report::sources::thread;

/// Locks listed, those waited for longest first, and of one the pairs of a waiting and a holding thread.
pub const LOCKS_LISTED: usize = 1_000;
const BLOCKERS_LISTED: usize = 10;

/// Who waited for which lock, how long, and for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentionAnswer {
    /// The one waited for longest first.
    pub locks: Vec<LockAnswer>,
    /// How many there are; more than listed when above [`LOCKS_LISTED`].
    pub total: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockAnswer {
    pub lock: String,
    /// Outermost ones.
    pub acquisitions: u64,
    /// Those that met another thread's hold that excluded them.
    pub contended: u64,
    pub held: Durations,
    pub waited: Durations,
    /// Holds whose times run backwards, counted with a duration of zero.
    pub backwards: u64,
    /// Waiting time while nobody is known to have held the lock.
    pub unexplained_ns: u64,
    /// The longest waits first.
    pub blockers: Vec<BlockerAnswer>,
    /// Pairs of threads of which one waited for the other; more than listed when above 10.
    pub blockers_total: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerAnswer {
    pub waiting: String,
    pub holding: String,
    pub waits: u64,
    pub waited_ns: u64,
}

/// [`None`] when no lock was recorded with its times.
pub fn answer(recorded: &Recorded, table: &EventTable, cancel: &Cancel) -> Result<Option<ContentionAnswer>, Cancelled> {
    let holds = lock_holds(recorded, table);
    if holds.is_empty() {
        return Ok(None);
    }
    let found = contention(&holds, cancel)?;
    let locks = found.iter().take(LOCKS_LISTED).map(|lock| of_lock(&recorded.history, lock)).collect();
    Ok(Some(ContentionAnswer { locks, total: found.len() as u64 }))
}

fn of_lock(history: &History, lock: &LockContention) -> LockAnswer {
    let blockers = lock.blockers.iter().take(BLOCKERS_LISTED).map(|blocker| BlockerAnswer {
        waiting: thread(history, blocker.waiting),
        holding: thread(history, blocker.holding),
        waits: blocker.waits,
        waited_ns: blocker.waited_ns,
    });
    LockAnswer {
        lock: history.locks[lock.lock as usize].clone(),
        acquisitions: lock.acquisitions,
        contended: lock.contended,
        held: lock.held,
        waited: lock.waited,
        backwards: lock.backwards,
        unexplained_ns: lock.unexplained_ns,
        blockers: blockers.collect(),
        blockers_total: lock.blockers_total,
    }
}
