//! Vector clocks that are shared until they change.

use std::rc::Rc;

use analysis::ThreadIdx;
use analysis::races::clock::Clock;

/// Published clocks share the vector with their thread until it learns something new.
///
/// `publish` is O(1); `join` is O(1) when nothing is new, else O(threads).
#[derive(Debug)]
pub struct SharedClock {
    thread: ThreadIdx,
    own: u32,
    /// Of the other threads; shorter when no later one is known.
    others: Rc<Vec<u32>>,
}

/// A [`SharedClock`] at rest.
#[derive(Debug, Clone)]
pub struct SharedPublished {
    thread: ThreadIdx,
    own: u32,
    others: Rc<Vec<u32>>,
}

impl Clock for SharedClock {
    type Published = SharedPublished;

    fn new(thread: ThreadIdx) -> Self {
        Self { thread, own: 0, others: Rc::new(Vec::new()) }
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
        let others = Rc::make_mut(&mut self.others);
        if others.len() <= thread as usize {
            others.resize(thread as usize + 1, 0);
        }
        others[thread as usize] = taken;
    }

    #[inline]
    fn publish(&self, slot: &mut Option<SharedPublished>) {
        *slot = Some(SharedPublished { thread: self.thread, own: self.own, others: Rc::clone(&self.others) });
    }

    fn join(&mut self, published: &SharedPublished) {
        if self.known(published.thread) >= published.own {
            return;
        }
        if !Rc::ptr_eq(&self.others, &published.others) {
            let mine = Rc::make_mut(&mut self.others);
            if mine.len() < published.others.len() {
                mine.resize(published.others.len(), 0);
            }
            for (mine, theirs) in mine.iter_mut().zip(published.others.iter()) {
                *mine = (*mine).max(*theirs);
            }
        }
        self.learn(published.thread, published.own);
    }
}
