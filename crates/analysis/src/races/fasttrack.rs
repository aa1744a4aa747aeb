//! The first race of each variable, with epochs (FastTrack; Flanagan and Freund, PLDI 2009).
//!
//! As long as a variable has not raced its writes are ordered, so that the last one stands for all; and so do
//! its reads until two of them are unordered. An epoch, (thread, operations taken), replaces a clock in both
//! cases. Invariant: the variables that race, and the first racy access of each, are those of happens-before;
//! later races of a variable are not looked for.
//!
//! A fast filter: a variable it acquits needs no pair list. Atomic and plain accesses have epochs of their own,
//! because two atomic accesses may be unordered and yet do not race.

use crate::cancel::{Cancel, Cancelled};
use crate::history::{OpIdx, ThreadIdx};
use crate::races::clock::{Clock, VectorClock};
use crate::races::order::{Relation, Step, walk};
use crate::races::{AccessKind, Input};

/// One access: the operations its thread had taken with it. None of a thread: nobody's access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Epoch {
    thread: ThreadIdx,
    taken: u32,
}

impl Epoch {
    fn precedes<C: Clock>(self, past: &C) -> bool {
        self.taken <= past.known(self.thread)
    }
}

/// Accesses of one kind: the last, or the last of each thread once two were unordered.
#[derive(Debug, Default)]
struct Accesses {
    last: Epoch,
    unordered: Vec<Epoch>,
}

impl Accesses {
    fn precede<C: Clock>(&self, past: &C) -> bool {
        self.last.precedes(past) && self.unordered.iter().all(|epoch| epoch.precedes(past))
    }

    fn add<C: Clock>(&mut self, epoch: Epoch, past: &C) {
        if self.unordered.is_empty() {
            if !self.last.precedes(past) {
                self.unordered = vec![self.last, epoch];
            }
            self.last = epoch;
            return;
        }
        match self.unordered.iter_mut().find(|other| other.thread == epoch.thread) {
            Some(other) => *other = epoch,
            None => self.unordered.push(epoch),
        }
        self.last = epoch;
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[derive(Debug, Default)]
struct Variable {
    accesses: [Accesses; 4],
    raced: Option<OpIdx>,
}

impl Variable {
    fn visit<C: Clock>(&mut self, step: &Step<'_, C>) {
        let own = &self.accesses[step.kind as usize];
        // Nobody has learnt of this thread since its last access of this kind: the same epoch.
        let repeated = own.last.thread == step.thread && own.last.taken > step.published;
        if self.raced.is_some() || (repeated && own.unordered.is_empty()) {
            return;
        }
        let conflicting = |kind: &AccessKind| kind.conflicts(step.kind);
        let ordered = AccessKind::ALL
            .iter()
            .filter(|kind| conflicting(kind))
            .all(|&kind| self.accesses[kind as usize].precede(step.past));
        if !ordered {
            self.raced = Some(step.op);
            return;
        }
        let epoch = Epoch { thread: step.thread, taken: step.taken + 1 };
        if step.kind == AccessKind::Write {
            // It follows all accesses so far and stands for them.
            self.accesses.iter_mut().for_each(Accesses::clear);
        }
        self.accesses[step.kind as usize].add(epoch, step.past);
    }
}

/// By variable, the first access that races with an earlier one. O(N) while reads are ordered, else
/// O(N · threads); memory O(variables), times threads where reads are unordered.
///
/// # Errors
/// [`Cancelled`].
pub fn first_races(input: Input<'_>, cancel: &Cancel) -> Result<Vec<Option<OpIdx>>, Cancelled> {
    first_races_with::<VectorClock>(input, cancel)
}

/// [`first_races`] with other clocks.
///
/// # Errors
/// [`Cancelled`].
pub fn first_races_with<C: Clock>(input: Input<'_>, cancel: &Cancel) -> Result<Vec<Option<OpIdx>>, Cancelled> {
    let mut variables: Vec<Variable> = input.history.variables.iter().map(|_| Variable::default()).collect();
    walk::<C>(input, Relation::HappensBefore, cancel, |step| variables[step.variable as usize].visit(&step))?;
    Ok(variables.into_iter().map(|variable| variable.raced).collect())
}
