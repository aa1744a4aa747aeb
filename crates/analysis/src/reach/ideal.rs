//! Ideals: prefix-closed sets of operations, as how many each thread took.
//!
//! Invariant: an [`Ideal`] is closed under must-order. Whatever is in it, all that it needs is too.

use crate::history::{History, OpIdx, ThreadIdx};
use crate::reach::must::{Count, MustOrder};

/// How many operations of each thread were taken. Memory: 4 bytes a thread, and 4 a thread that took any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ideal {
    counts: Vec<u32>,
    /// Threads that took any, in the order they came in.
    touched: Vec<ThreadIdx>,
}

impl Ideal {
    pub fn empty(n_threads: usize) -> Self {
        Self { counts: vec![0; n_threads], touched: Vec::new() }
    }

    /// Back to nothing. O(threads that took any).
    pub fn clear(&mut self) {
        for thread in self.touched.drain(..) {
            self.counts[thread as usize] = 0;
        }
    }

    pub fn copy_from(&mut self, other: &Self) {
        self.clear();
        for &thread in &other.touched {
            self.raise(thread, other.counts[thread as usize]);
        }
    }

    pub fn count(&self, thread: ThreadIdx) -> u32 {
        self.counts[thread as usize]
    }

    pub fn touched(&self) -> &[ThreadIdx] {
        &self.touched
    }

    pub fn contains(&self, history: &History, op: OpIdx) -> bool {
        let op = history.ops[op as usize];
        op.position < self.counts[op.thread as usize]
    }

    fn raise(&mut self, thread: ThreadIdx, count: u32) {
        let own = &mut self.counts[thread as usize];
        if *own < count {
            if *own == 0 {
                self.touched.push(thread);
            }
            *own = count;
        }
    }

    fn raise_all(&mut self, counts: &[Count]) {
        for &(thread, count) in counts {
            self.raise(thread, count);
        }
    }

    /// Takes an operation and all that it needs. O(T).
    pub fn take(&mut self, history: &History, must: &MustOrder, op: OpIdx) {
        if !self.contains(history, op) {
            let at = history.ops[op as usize];
            self.raise(at.thread, at.position + 1);
            self.raise_all(must.taken(op));
        }
    }

    /// Takes all that an operation needs to be the next of its thread. O(T).
    pub fn enable(&mut self, history: &History, must: &MustOrder, op: OpIdx) {
        let at = history.ops[op as usize];
        self.raise(at.thread, at.position);
        self.raise_all(must.enabled(op));
    }
}
