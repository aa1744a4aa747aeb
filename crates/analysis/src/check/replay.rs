//! Running a schedule against the rules, one operation after the other.

use super::locks::{Hold, Locks};
use super::recording::{Action, Recording, Saw, Step, Thread, Touch};
use super::rejected::Rejected;
use crate::history::OpIdx;
use crate::witness::{Segments, Witness};

/// Steps that may be walked over for one that is taken: sorting it in would cost about as much.
const WALKED_FOR_ONE: usize = 16;

/// How far a schedule has come, and the way back.
#[derive(Debug)]
pub(super) struct Replay<'r> {
    pub(super) recording: &'r Recording,
    /// The operations taken, in order.
    ran: Vec<OpIdx>,
    /// Of those that wrote: how many had run before, the variable, and its last write until then.
    overwritten: Vec<(u32, u32, u32)>,
    /// Of those that changed a hold: how many had run before, thread and lock, and the hold until then.
    changed: Vec<(u32, u32, u32, Option<Hold>)>,
    /// By thread: how many of its operations were taken.
    taken: Vec<u32>,
    /// By variable: the last write's step plus one; 0 when there was none.
    last_write: Vec<u32>,
    pub(super) locks: Locks,
}

/// Runs operations in this order, from the beginning.
///
/// # Errors
/// The first rule that is broken. O(length + threads).
pub fn replay(recording: &Recording, schedule: &[OpIdx]) -> Result<(), Rejected> {
    let mut replay = Replay::new(recording);
    schedule.iter().try_for_each(|&op| replay.take(op))
}

impl<'r> Replay<'r> {
    pub(super) fn new(recording: &'r Recording) -> Self {
        let (n_threads, n_variables) = (recording.threads.len(), recording.n_variables);
        Self {
            recording,
            ran: Vec::new(),
            overwritten: Vec::new(),
            changed: Vec::new(),
            taken: vec![0; n_threads],
            last_write: vec![0; n_variables],
            locks: Locks::default(),
        }
    }

    /// Runs a schedule from the beginning. What it shares with what has run is not run again: everything after that
    /// is undone, step by step, and the rest is taken.
    pub(super) fn run(&mut self, schedule: &[OpIdx]) -> Result<(), Rejected> {
        let shared = self.ran.iter().zip(schedule).take_while(|(ran, next)| ran == next).count();
        self.go_back(shared);
        schedule[shared..].iter().try_for_each(|&op| self.take(op))
    }

    /// Undoes all but the first operations. O(undone).
    fn go_back(&mut self, n_ran: usize) {
        for op in self.ran.drain(n_ran.min(self.ran.len())..) {
            self.taken[self.recording.steps[op as usize].thread as usize] -= 1;
        }
        let is_undone = |before: u32| before as usize >= n_ran;
        while let Some((_, var, last_write)) = self.overwritten.pop_if(|(before, ..)| is_undone(*before)) {
            self.last_write[var as usize] = last_write;
        }
        while let Some((_, thread, lock, hold)) = self.changed.pop_if(|(before, ..)| is_undone(*before)) {
            self.locks.restore(thread, lock, hold);
        }
    }

    /// The operations that have run, in order.
    pub(super) fn ran(&self) -> &[OpIdx] {
        &self.ran
    }

    /// Before a hold changes.
    fn note_hold(&mut self, thread: u32, lock: u32) {
        self.changed.push((self.ran.len() as u32, thread, lock, self.locks.hold(thread, lock)));
    }

    /// Takes one more operation.
    pub(super) fn take(&mut self, op: OpIdx) -> Result<(), Rejected> {
        let Step { thread, position, action } = self.recording.step(op)?;
        let taken = self.taken[thread as usize];
        let steps = &self.recording.threads[thread as usize].steps;
        if position < taken {
            return Err(Rejected::Twice(op));
        }
        if position > taken {
            return Err(Rejected::Gap { op, missing: steps[taken as usize] });
        }
        if let Some(missing) = self.missing(op) {
            return Err(Rejected::Edge { op, missing });
        }
        match action {
            Action::Touch(touch) => self.touch(op, touch)?,
            Action::Acquire { lock, shared } => {
                if !self.locks.free(thread, lock, shared) {
                    return Err(Rejected::LockTaken(op));
                }
                self.note_hold(thread, lock);
                self.locks.acquire(thread, lock, shared);
            }
            Action::Release { lock } => {
                self.note_hold(thread, lock);
                self.locks.release(thread, lock);
            }
            Action::Nothing => {}
        }
        self.taken[thread as usize] += 1;
        if position as usize + 1 == steps.len() {
            for &lock in &self.recording.threads[thread as usize].lets_go {
                self.note_hold(thread, lock);
                self.locks.forget(thread, lock);
            }
        }
        self.ran.push(op);
        Ok(())
    }

    fn touch(&mut self, op: OpIdx, Touch { var, writes, saw, .. }: Touch) -> Result<(), Rejected> {
        let saw = match saw {
            None => None,
            Some(Saw::Unknown) => return Err(Rejected::UnknownWriter(op)),
            Some(Saw::Initial) => Some(None),
            Some(Saw::Write(write)) => Some(Some(write)),
        };
        let last_write = &mut self.last_write[var as usize];
        let sees = last_write.checked_sub(1);
        if let Some(saw) = saw
            && saw != sees
        {
            return Err(Rejected::OtherWrite { read: op, sees, saw });
        }
        if writes {
            self.overwritten.push((self.ran.len() as u32, var, *last_write));
            *last_write = op + 1;
        }
        Ok(())
    }

    /// A hard edge's source that was not taken yet.
    fn missing(&self, op: OpIdx) -> Option<OpIdx> {
        self.recording.needs(op).iter().copied().find(|&source| !self.was_taken(source))
    }

    fn was_taken(&self, op: OpIdx) -> bool {
        let Step { thread, position, .. } = self.recording.steps[op as usize];
        position < self.taken[thread as usize]
    }

    /// Whether an operation is the next of its thread, with nothing before it missing. Locks are not asked.
    pub(super) fn enabled(&self, op: OpIdx) -> Result<(), Rejected> {
        let Step { thread, position, .. } = self.recording.step(op)?;
        let taken = self.taken[thread as usize];
        if position < taken {
            return Err(Rejected::Inside(op));
        }
        if position > taken {
            let missing = self.recording.threads[thread as usize].steps[taken as usize];
            return Err(Rejected::NotEnabled { op, missing });
        }
        self.missing(op).map_or(Ok(()), |missing| Err(Rejected::NotEnabled { op, missing }))
    }
}

impl Recording {
    pub(super) fn step(&self, op: OpIdx) -> Result<Step, Rejected> {
        self.steps.get(op as usize).copied().ok_or(Rejected::NoSuchOperation(op))
    }

    pub(super) fn thread(&self, name: &str) -> Result<u32, Rejected> {
        match self.by_name.get(name) {
            None => Err(Rejected::NoSuchThread(name.to_owned())),
            Some(None) => Err(Rejected::AmbiguousThread(name.to_owned())),
            Some(&Some(thread)) => Ok(thread),
        }
    }

    /// The operations a witness takes, in its order. O(length · log threads).
    pub(super) fn schedule(&self, witness: &Witness) -> Result<Vec<OpIdx>, Rejected> {
        let mut said = vec![0; self.threads.len()];
        for (name, &count) in &witness.threads {
            said[self.thread(name)? as usize] = count;
        }
        let mut schedule = Vec::new();
        let mut ran = vec![0_u32; self.threads.len()];
        match &witness.segments {
            Segments::Recorded(_) => {
                let (mut begin, mut end, mut length) = (self.steps.len(), 0, 0);
                for (thread, &count) in said.iter().enumerate() {
                    let run = self.run(thread, 0, count)?;
                    if let (Some(&first), Some(&last)) = (run.first(), run.last()) {
                        (begin, end) = (begin.min(first as usize), end.max(last as usize + 1));
                    }
                    length += run.len();
                }
                schedule.reserve(length);
                if length.saturating_mul(WALKED_FOR_ONE) < end.saturating_sub(begin) {
                    for (thread, &count) in said.iter().enumerate() {
                        schedule.extend_from_slice(self.run(thread, 0, count)?);
                    }
                    // Ascending runs, which a stable sort merges.
                    schedule.sort();
                    return Ok(schedule);
                }
                for (op, &thread) in self.thread_of.iter().enumerate().take(end).skip(begin) {
                    let ran = &mut ran[thread as usize];
                    if *ran < said[thread as usize] {
                        *ran += 1;
                        schedule.push(op as OpIdx);
                    }
                }
                return Ok(schedule);
            }
            Segments::Runs(runs) => {
                for (name, count) in runs {
                    let thread = self.thread(name)? as usize;
                    schedule.extend_from_slice(self.run(thread, ran[thread], *count)?);
                    ran[thread] += count;
                }
            }
        }
        for ((thread, &said), &runs) in self.threads.iter().zip(&said).zip(&ran) {
            if said != runs {
                return Err(Rejected::Count { thread: thread.name.clone(), said, runs });
            }
        }
        Ok(schedule)
    }

    /// The next operations of a thread.
    fn run(&self, thread: usize, begin: u32, count: u32) -> Result<&[OpIdx], Rejected> {
        let Thread { name, steps, .. } = &self.threads[thread];
        let (begin, count) = (begin as usize, count as usize);
        steps
            .get(begin..begin.saturating_add(count))
            .ok_or_else(|| Rejected::TooMany { thread: name.clone(), has: steps.len() as u32 })
    }
}
