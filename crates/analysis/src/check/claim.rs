//! What a witness is said to prove, and whether it does.

use super::recording::{Action, Recording, Touch};
use super::rejected::Rejected;
use super::replay::Replay;
use super::sharing;
use crate::cancel::{Cancel, Cancelled};
use crate::history::OpIdx;
use crate::witness::Witness;

/// Something an engine says of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim<'c> {
    /// Both accesses are enabled after the schedule, and they conflict.
    Race(OpIdx, OpIdx),
    /// All acquires are enabled after the schedule but for locks that the others hold.
    Deadlock(&'c [OpIdx]),
    LostUpdate(LostUpdate),
}

/// A thread is about to write what it made of a value that another has replaced since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostUpdate {
    pub read: OpIdx,
    /// The other thread's write, after the read.
    pub other: OpIdx,
    /// The reader's write, which replaces it unseen.
    pub write: OpIdx,
}

/// Which of these claims are not proven by their witnesses, by position, and why. Empty: all stand.
///
/// Every schedule is replayed by all the rules. Those that begin alike are replayed one after the other, so that what
/// they share is run once ([`sharing`](super::sharing)): O(all that differs + claims · (threads · log claims)).
///
/// # Errors
/// [`Cancelled`].
pub fn accept_all<'c>(
    recording: &Recording,
    claims: impl IntoIterator<Item = (Claim<'c>, &'c Witness)>,
    cancel: &Cancel,
) -> Result<Vec<(usize, Rejected)>, Cancelled> {
    let claims: Vec<(Claim<'c>, &'c Witness)> = claims.into_iter().collect();
    let mut replay = Replay::new(recording);
    let mut rejected = Vec::new();
    for at in sharing::order(recording, claims.iter().map(|&(_, witness)| witness)) {
        cancel.check()?;
        let (claim, witness) = claims[at];
        let answer = match claim {
            Claim::Race(first, second) => race_after(&mut replay, witness, (first, second)),
            Claim::Deadlock(acquires) => deadlock_after(&mut replay, witness, acquires),
            Claim::LostUpdate(lost) => lost_update_after(&mut replay, witness, lost),
        };
        rejected.extend(answer.err().map(|why| (at, why)));
    }
    rejected.sort_unstable_by_key(|&(at, _)| at);
    Ok(rejected)
}

/// Whether two conflicting accesses are enabled together after the schedule: neither has happened, all that
/// precedes them has. What the accesses themselves would see does not matter.
///
/// # Errors
/// The first thing that is wrong. O(length · log threads).
pub fn race(recording: &Recording, witness: &Witness, pair: (OpIdx, OpIdx)) -> Result<(), Rejected> {
    race_after(&mut Replay::new(recording), witness, pair)
}

fn race_after(replay: &mut Replay<'_>, witness: &Witness, (first, second): (OpIdx, OpIdx)) -> Result<(), Rejected> {
    let recording = replay.recording;
    let no_conflict = Err(Rejected::NoConflict(first, second));
    let (Some((thread, touch)), Some((other_thread, other))) = (recording.touch(first)?, recording.touch(second)?)
    else {
        return no_conflict;
    };
    if thread == other_thread || touch.var != other.var {
        return no_conflict;
    }
    if !(touch.writes || other.writes) || (touch.atomic && other.atomic) {
        return no_conflict;
    }
    replay.run(&recording.schedule(witness)?)?;
    replay.enabled(first)?;
    replay.enabled(second)
}

/// Whether threads that have come to these acquires wait for each other for ever: each for a lock that
/// another of them holds in a mode that excludes it, all in one circle.
///
/// # Errors
/// The first thing that is wrong. O(length · log threads + acquires²).
pub fn deadlock(recording: &Recording, witness: &Witness, acquires: &[OpIdx]) -> Result<(), Rejected> {
    deadlock_after(&mut Replay::new(recording), witness, acquires)
}

fn deadlock_after(replay: &mut Replay<'_>, witness: &Witness, acquires: &[OpIdx]) -> Result<(), Rejected> {
    let recording = replay.recording;
    if acquires.len() < 2 {
        return Err(Rejected::TooFew);
    }
    let mut wanted: Vec<(u32, u32, bool)> = Vec::with_capacity(acquires.len());
    for (at, &acquire) in acquires.iter().enumerate() {
        let step = recording.step(acquire)?;
        let Action::Acquire { lock, shared } = step.action else { return Err(Rejected::NotAcquire(acquire)) };
        if let Some(same) = wanted.iter().position(|&(thread, ..)| thread == step.thread) {
            return Err(Rejected::SameThread(acquires[same], acquires[at]));
        }
        wanted.push((step.thread, lock, shared));
    }
    replay.run(&recording.schedule(witness)?)?;
    acquires.iter().try_for_each(|&acquire| replay.enabled(acquire))?;

    let waits = |waiting: usize, holding: usize| {
        let (_, lock, shared) = wanted[waiting];
        waiting != holding && replay.locks.blocks(wanted[holding].0, lock, shared)
    };
    for (at, &acquire) in acquires.iter().enumerate() {
        if !(0..wanted.len()).any(|other| waits(at, other)) {
            return Err(Rejected::NotWaiting(acquire));
        }
    }
    let forwards = all_reached(wanted.len(), waits);
    let backwards = all_reached(wanted.len(), |holding, waiting| waits(waiting, holding));
    if forwards && backwards { Ok(()) } else { Err(Rejected::NotOneCircle) }
}

/// Whether the first of `n` reaches all others.
fn all_reached(n: usize, step: impl Fn(usize, usize) -> bool) -> bool {
    let mut reached = vec![false; n];
    let mut open = vec![0];
    reached[0] = true;
    while let Some(from) = open.pop() {
        for (to, reached) in reached.iter_mut().enumerate() {
            if !*reached && step(from, to) {
                *reached = true;
                open.push(to);
            }
        }
    }
    reached.into_iter().all(|reached| reached)
}

/// Whether a schedule contains a thread's read, another's write of the same variable after it, and ends
/// just before the thread's own write, which has not looked again.
///
/// # Errors
/// The first thing that is wrong. O(length · log threads + operations between read and write).
pub fn lost_update(recording: &Recording, witness: &Witness, lost: LostUpdate) -> Result<(), Rejected> {
    lost_update_after(&mut Replay::new(recording), witness, lost)
}

fn lost_update_after(replay: &mut Replay<'_>, witness: &Witness, lost: LostUpdate) -> Result<(), Rejected> {
    let recording = replay.recording;
    let LostUpdate { read, other, write } = lost;
    let [Some((reader, was_read)), Some((interferer, replaced)), Some((writer, is_written))] =
        [recording.touch(read)?, recording.touch(other)?, recording.touch(write)?]
    else {
        return Err(Rejected::NotLost("one of the operations is no access"));
    };
    if reader != writer || reader == interferer {
        return Err(Rejected::NotLost("one thread must read and write, another write between"));
    }
    if was_read.var != is_written.var || was_read.var != replaced.var {
        return Err(Rejected::NotLost("the accesses are of different variables"));
    }
    if was_read.saw.is_none() || !replaced.writes || !is_written.writes {
        return Err(Rejected::NotLost("it takes a read and two writes"));
    }
    if is_written.saw.is_some() {
        return Err(Rejected::NotLost("an atomic update reads what it replaces"));
    }
    let (value_read, value_left) = (recording.values[read as usize].old, recording.values[other as usize].new);
    if value_read != 0 && value_read == value_left {
        return Err(Rejected::NotLost("the other write changes nothing"));
    }
    let own = &recording.threads[reader as usize].steps;
    let (from, to) = (recording.step(read)?.position as usize + 1, recording.step(write)?.position as usize);
    let Some(between) = own.get(from..to) else {
        return Err(Rejected::NotLost("the thread writes before it reads"));
    };
    for &op in between {
        if recording.touch(op)?.is_some_and(|(_, touch)| touch.var == was_read.var && touch.saw.is_some()) {
            return Err(Rejected::NotLost("the thread looks again before it writes"));
        }
    }
    replay.run(&recording.schedule(witness)?)?;
    replay.enabled(write)?;
    let place = |wanted: OpIdx| replay.ran().iter().position(|&op| op == wanted);
    match (place(read), place(other)) {
        (Some(read_at), Some(other_at)) if read_at < other_at => Ok(()),
        _ => Err(Rejected::NotLost("the other write does not come after the read")),
    }
}

impl Recording {
    fn touch(&self, op: OpIdx) -> Result<Option<(u32, Touch)>, Rejected> {
        let step = self.step(op)?;
        Ok(match step.action {
            Action::Touch(touch) => Some((step.thread, touch)),
            _ => None,
        })
    }
}
