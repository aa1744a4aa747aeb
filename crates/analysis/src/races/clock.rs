//! Vector clocks: how much of every thread a thread knows of.
//!
//! Time is counted in operations: a clock that knows 5 of a thread has its first five operations in its past.
//! So a clock is at once the test for order (O(1)) and the schedule that proves a race, and no clock ever has
//! to tick at releases, forks or writes.
//!
//! Invariant: a past is closed. Whoever knows the k-th operation of a thread knows everything which that
//! operation knew, as long as clocks are published after all joins of the operation. That makes a join with
//! a clock whose own time is already known a comparison of two numbers (the epochs of FastTrack, Flanagan and
//! Freund, PLDI 2009, put to work on threads and locks instead of variables).

use crate::history::ThreadIdx;

/// What the pass over a history needs of a clock. `examples/clock_bench` measures others against the default.
pub trait Clock: Sized {
    /// A clock at rest: what a lock, a variable or an edge keeps.
    type Published: Clone;

    /// The clock of a thread that has done nothing and knows nothing.
    fn new(thread: ThreadIdx) -> Self;

    /// How many operations of a thread lie in the past.
    fn known(&self, thread: ThreadIdx) -> u32;

    /// The thread itself has now taken so many operations.
    fn advance(&mut self, taken: u32);

    /// So many operations of another thread are now in the past, of which nothing else is known.
    fn learn(&mut self, thread: ThreadIdx, taken: u32);

    /// Leaves the clock in a slot. What was in the slot lies in the past of this clock, or is not needed.
    fn publish(&self, slot: &mut Option<Self::Published>);

    /// Takes a published past into this one.
    fn join(&mut self, published: &Self::Published);
}

/// The default: a vector, copied into slots and joined only when there is something new.
///
/// `publish` is O(1) into a slot that its thread filled when it knew the same of others, else O(threads); `join`
/// is O(1) when nothing is new, else O(threads).
#[derive(Debug)]
pub struct VectorClock {
    thread: ThreadIdx,
    own: u32,
    /// Of the other threads; shorter when no later one is known. The entry of the thread itself means nothing.
    others: Vec<u32>,
    /// How often `others` has changed.
    learnt: u32,
}

/// A [`VectorClock`] at rest.
#[derive(Debug, Clone)]
pub struct PublishedVector {
    thread: ThreadIdx,
    own: u32,
    others: Vec<u32>,
    learnt: u32,
}

impl Clock for VectorClock {
    type Published = PublishedVector;

    fn new(thread: ThreadIdx) -> Self {
        Self { thread, own: 0, others: Vec::new(), learnt: 0 }
    }

    #[inline]
    fn known(&self, thread: ThreadIdx) -> u32 {
        if thread == self.thread { self.own } else { self.others.get(thread as usize).copied().unwrap_or(0) }
    }

    #[inline]
    fn advance(&mut self, taken: u32) {
        self.own = taken;
    }

    fn learn(&mut self, thread: ThreadIdx, taken: u32) {
        if self.known(thread) >= taken {
            return;
        }
        if self.others.len() <= thread as usize {
            self.others.resize(thread as usize + 1, 0);
        }
        self.others[thread as usize] = taken;
        self.learnt += 1;
    }

    #[inline]
    fn publish(&self, slot: &mut Option<PublishedVector>) {
        match slot {
            Some(slot) if slot.thread == self.thread && slot.learnt == self.learnt => slot.own = self.own,
            Some(slot) => {
                (slot.thread, slot.own, slot.learnt) = (self.thread, self.own, self.learnt);
                slot.others.clone_from(&self.others);
            }
            None => {
                let Self { thread, own, learnt, .. } = *self;
                *slot = Some(PublishedVector { thread, own, others: self.others.clone(), learnt });
            }
        }
    }

    #[inline]
    fn join(&mut self, published: &PublishedVector) {
        if self.known(published.thread) >= published.own {
            return;
        }
        if self.others.len() < published.others.len() {
            self.others.resize(published.others.len(), 0);
        }
        for (mine, theirs) in self.others.iter_mut().zip(&published.others) {
            *mine = (*mine).max(*theirs);
        }
        self.learn(published.thread, published.own);
    }
}

impl VectorClock {
    /// Threads that may be known: those before this one.
    pub fn width(&self) -> usize {
        self.others.len()
    }

    /// The same knowledge as that of another thread, which has taken so many operations.
    pub fn on(self, thread: ThreadIdx, own: u32) -> Self {
        Self { thread, own, ..self }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]
mod tests {
    use super::*;

    #[test]
    fn what_is_learnt_later_does_not_change_what_was_published() {
        let mut a = VectorClock::new(0);
        a.advance(3);
        let mut slot = None;
        a.publish(&mut slot);
        let published = slot.clone().unwrap();
        a.advance(4);
        a.learn(2, 7);
        let mut b = VectorClock::new(1);
        b.join(&published);
        assert_eq!([b.known(0), b.known(1), b.known(2)], [3, 0, 0]);
        a.publish(&mut slot);
        b.join(&slot.unwrap());
        assert_eq!([b.known(0), b.known(1), b.known(2)], [4, 0, 7]);
    }

    #[test]
    fn a_clock_keeps_its_own_time_when_an_older_one_comes_back() {
        let mut a = VectorClock::new(0);
        a.advance(1);
        let mut slot = None;
        a.publish(&mut slot);
        let mut b = VectorClock::new(1);
        b.join(&slot.unwrap());
        b.advance(1);
        a.advance(5);
        let mut back = None;
        b.publish(&mut back);
        a.join(&back.unwrap());
        assert_eq!([a.known(0), a.known(1)], [5, 1]);
    }
}
