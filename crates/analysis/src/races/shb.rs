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
use crate::races::last_accesses::LastAccesses;
use crate::races::lockset::LockSets;
use crate::races::order::{Relation, walk, walk_around};
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
    let mut last = LastAccesses::new(input.history.variables.len());
    walk::<VectorClock>(input, Relation::Schedulable, cancel, |step| {
        let races = last.races(&step);
        windows.visit(&step, races, 0, &lock_sets);
    })?;
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

/// What a schedule is to reach: accesses that are next, and accesses that have happened.
#[derive(Debug, Clone, Copy)]
pub struct Goal<'g> {
    pub enabled: &'g [OpIdx],
    pub taken: &'g [OpIdx],
}

/// The schedules that prove pairs for which [`among`] says yes; that of any other pair proves nothing. O(as
/// [`schedules`]).
///
/// # Errors
/// [`Cancelled`].
pub fn witnesses(input: Input<'_>, pairs: &[(OpIdx, OpIdx)], cancel: &Cancel) -> Result<Vec<Witness>, Cancelled> {
    let pairs: Vec<[OpIdx; 2]> = pairs.iter().map(|&(first, second)| [first, second]).collect();
    let goals: Vec<Goal<'_>> = pairs.iter().map(|pair| Goal { enabled: pair, taken: &[] }).collect();
    let nothing = || recorded(input.history, std::iter::empty());
    Ok(schedules(input, &goals, cancel)?.into_iter().map(|witness| witness.unwrap_or_else(nothing)).collect())
}

/// For each goal what precedes its accesses, in recorded order; [`None`] when that is no correct reordering, or
/// takes what should be next. O(N · threads + accesses of goals · threads), in time and in memory.
///
/// # Errors
/// [`Cancelled`].
pub fn schedules(input: Input<'_>, goals: &[Goal<'_>], cancel: &Cancel) -> Result<Vec<Option<Witness>>, Cancelled> {
    let history = input.history;
    let threads = 0..history.threads.len() as ThreadIdx;
    // By access, how many operations of each thread precede it; [`None`] while not known, or when they prove nothing.
    let slots = |ops: fn(&Goal<'_>) -> Vec<OpIdx>| -> HashMap<OpIdx, Option<Vec<u32>>> {
        goals.iter().flat_map(ops).map(|op| (op, None)).collect()
    };
    let mut enabled = slots(|goal| goal.enabled.to_vec());
    let mut taken = slots(|goal| goal.taken.to_vec());
    let past = |clock: &VectorClock| threads.clone().map(|thread| clock.known(thread)).collect();
    walk_around::<VectorClock>(
        input,
        Relation::Proven,
        cancel,
        |step| {
            if let Some(slot) = enabled.get_mut(&step.op) {
                *slot = step.proves.then(|| past(step.past));
            }
        },
        |op, clock, proves| {
            if let Some(slot) = taken.get_mut(&op) {
                *slot = proves.then(|| past(clock));
            }
        },
    )?;
    let schedule = |goal: &Goal<'_>| {
        let mut ideal = vec![0; history.threads.len()];
        let pasts = goal.enabled.iter().map(|op| &enabled[op]).chain(goal.taken.iter().map(|op| &taken[op]));
        for past in pasts {
            ideal.iter_mut().zip(past.as_ref()?).for_each(|(taken, &more)| *taken = (*taken).max(more));
        }
        let next = |&op: &OpIdx| history.ops[op as usize].position == ideal[history.ops[op as usize].thread as usize];
        goal.enabled.iter().all(next).then(|| recorded(history, ideal.into_iter()))
    };
    Ok(goals.iter().map(schedule).collect())
}

/// The witness that takes the first operations of each thread in recorded order.
pub(crate) fn recorded(history: &History, taken: impl Iterator<Item = u32>) -> Witness {
    let threads: BTreeMap<String, u32> =
        history.threads.iter().cloned().zip(taken).filter(|&(_, taken)| taken > 0).collect();
    Witness { threads, segments: Segments::Recorded(Recorded::Recorded) }
}
