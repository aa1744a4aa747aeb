//! Which holds a wait was for.
//!
//! A wait is cut at the grants and releases of the holds that exclude it, the last to be released first; each
//! holder gets the time it alone explains, so that no nanosecond is blamed twice.

use crate::contention::LockHold;
use crate::history::ThreadIdx;

/// Holds looked at for one wait at most, the latest: a wait through more of them leaves its earliest part
/// unexplained.
const MAX_HOLDS: usize = 64;

/// Calls back with each thread that kept hold number `at` waiting, once a hold, and for how many nanoseconds,
/// more than none. `holds` are of one lock in the order of their grants, and this one waited.
pub fn each_holder(holds: &[LockHold], at: usize, mut blame: impl FnMut(ThreadIdx, u64)) {
    let waiting = holds[at];
    let Some(requested) = waiting.requested else { return };
    let mut excluding: Vec<(i64, i64, ThreadIdx)> = Vec::new();
    for holder in holds[..at].iter().rev().take(MAX_HOLDS) {
        if holder.thread == waiting.thread || (holder.shared && waiting.shared) {
            continue;
        }
        // One never released cannot have held it until the grant; nobody knows when it stopped.
        let Some(released) = holder.released else { continue };
        if requested < released {
            excluding.push((released, holder.acquired, holder.thread));
        }
        // Whoever came before an exclusive holder had let go before it came.
        if !holder.shared && holder.acquired <= requested {
            break;
        }
    }
    excluding.sort_unstable_by(|a, b| b.cmp(a));
    // What lies from here to the grant has its holder, or none.
    let mut looked_at_from = waiting.acquired;
    for (released, acquired, thread) in excluding {
        let (from, until) = (acquired.max(requested), released.min(looked_at_from));
        if from < until {
            blame(thread, until.abs_diff(from));
            looked_at_from = from;
        }
    }
}
