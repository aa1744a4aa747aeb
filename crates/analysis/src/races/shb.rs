//! Schedulable races (SHB; Mathur, Kini and Viswanathan, "What happens-after the first race?", OOPSLA 2018).
//!
//! Happens-before plus an edge from the write each read saw, joined after the access was tested. Delaying
//! threads alone brings the two accesses of such a race together: everything that precedes either, in recorded
//! order, is a schedule after which both are enabled.
//!
//! Invariant: a pair is reported only if that schedule is valid. A past that contains a read whose writer is
//! unknown, or not the last write before it, proves nothing; its accesses are left out, and the answer says that
//! it is not complete.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, OpIdx, ThreadIdx};
use crate::races::clock::{Clock, VectorClock};
use crate::races::lockset::LockSets;
use crate::races::order::{Relation, walk};
use crate::races::windows::Windows;
use crate::races::{Found, Input, last_accesses};
use crate::witness::{Recorded, Segments, Witness};

/// The second accesses of races, ascending. O(N · threads), several million operations a second.
///
/// # Errors
/// [`Cancelled`].
pub fn racy_events(input: Input<'_>, cancel: &Cancel) -> Result<Vec<OpIdx>, Cancelled> {
    last_accesses::racy_events::<VectorClock>(input, Relation::Schedulable, cancel)
}

/// All races: their total, and a list of at most `limit`. O(N · threads · log N + limit).
///
/// # Errors
/// [`Cancelled`].
pub fn races(input: Input<'_>, limit: usize, cancel: &Cancel) -> Result<Found, Cancelled> {
    let lock_sets = LockSets::ignored();
    let mut windows = Windows::new(input.history, limit);
    walk::<VectorClock>(input, Relation::Schedulable, cancel, |step| windows.visit(&step, 0, &lock_sets))?;
    Ok(windows.finish())
}

/// Which of some pairs (first, second) are schedulable races with a valid schedule. O(N · threads + pairs log pairs).
///
/// # Errors
/// [`Cancelled`].
pub fn among(input: Input<'_>, pairs: &[(OpIdx, OpIdx)], cancel: &Cancel) -> Result<Vec<bool>, Cancelled> {
    let history = input.history;
    let mut by_second: Vec<u32> = (0..pairs.len() as u32).collect();
    by_second.sort_unstable_by_key(|&at| pairs[at as usize].1);
    let mut next = 0;
    let mut doubtful: HashSet<OpIdx> = HashSet::new();
    let mut answers = vec![false; pairs.len()];
    walk::<VectorClock>(input, Relation::Proven, cancel, |step| {
        if !step.proves {
            doubtful.insert(step.op);
        }
        while let Some(&at) = by_second.get(next).filter(|&&at| pairs[at as usize].1 <= step.op) {
            next += 1;
            let (first, second) = pairs[at as usize];
            if second != step.op || first >= second || !history.conflict(first, second) {
                continue;
            }
            let first_op = &history.ops[first as usize];
            let apart = step.past.known(first_op.thread) <= first_op.position;
            answers[at as usize] = apart && step.proves && !doubtful.contains(&first);
        }
    })?;
    Ok(answers)
}

/// The schedules that prove pairs for which [`among`] says yes: what precedes either access, in recorded order.
/// O(N · threads + pairs · threads).
///
/// # Errors
/// [`Cancelled`].
pub fn witnesses(input: Input<'_>, pairs: &[(OpIdx, OpIdx)], cancel: &Cancel) -> Result<Vec<Witness>, Cancelled> {
    let history = input.history;
    let n_threads = history.threads.len() as ThreadIdx;
    let mut pasts: HashMap<OpIdx, Vec<u32>> =
        pairs.iter().flat_map(|&(first, second)| [(first, Vec::new()), (second, Vec::new())]).collect();
    walk::<VectorClock>(input, Relation::Proven, cancel, |step| {
        if let Some(past) = pasts.get_mut(&step.op) {
            *past = (0..n_threads).map(|thread| step.past.known(thread)).collect();
        }
    })?;
    let taken = |op: &OpIdx, thread: usize| pasts.get(op).and_then(|past| past.get(thread)).copied().unwrap_or(0);
    let witness = |(first, second): &(OpIdx, OpIdx)| {
        let ideal = (0..n_threads as usize).map(|thread| taken(first, thread).max(taken(second, thread)));
        recorded(history, ideal)
    };
    Ok(pairs.iter().map(witness).collect())
}

/// The witness that takes the first operations of each thread in recorded order.
pub(crate) fn recorded(history: &History, taken: impl Iterator<Item = u32>) -> Witness {
    let threads: BTreeMap<String, u32> =
        history.threads.iter().cloned().zip(taken).filter(|&(_, taken)| taken > 0).collect();
    Witness { threads, segments: Segments::Recorded(Recorded::Recorded) }
}
