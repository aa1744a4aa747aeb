//! Ideals: prefix-closed sets of operations, as how many each thread took.
//!
//! Invariant: an [`Ideal`] is closed under must-order. Whatever is in it, all that it needs is too.

use crate::history::{History, OpIdx, ThreadIdx};
use crate::reach::must::{Count, MustOrder};
use crate::sections::SectionIdx;

/// How many operations of each thread were taken. Memory: 9 bytes a thread, 8 a thread that took any, and 4 an
/// open section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ideal {
    counts: Vec<u32>,
    /// Threads that took any, in the order they came in.
    touched: Vec<ThreadIdx>,
    /// Threads that took more since [`Self::grown`] last gave them out.
    grown: Vec<ThreadIdx>,
    is_grown: Vec<bool>,
    /// How many each had taken then.
    given_out: Vec<u32>,
    /// For who grows it by [`super::Reach::close`]: the sections open at the frontier of threads given out.
    pub(super) open: Vec<SectionIdx>,
    /// What growing it has cost there, in sections and threads looked at, and copying it, in threads.
    pub(super) work: u64,
}

impl Ideal {
    pub fn empty(n_threads: usize) -> Self {
        Self {
            counts: vec![0; n_threads],
            touched: Vec::new(),
            grown: Vec::new(),
            is_grown: vec![false; n_threads],
            given_out: vec![0; n_threads],
            open: Vec::new(),
            work: 0,
        }
    }

    /// Back to nothing. O(threads that took any).
    pub fn clear(&mut self) {
        for thread in self.touched.drain(..) {
            self.counts[thread as usize] = 0;
            self.given_out[thread as usize] = 0;
        }
        for thread in self.grown.drain(..) {
            self.is_grown[thread as usize] = false;
        }
        self.open.clear();
    }

    /// O(threads that took any, in either).
    pub fn copy_from(&mut self, other: &Self) {
        self.clear();
        self.work += other.touched.len() as u64;
        for &thread in &other.touched {
            self.counts[thread as usize] = other.counts[thread as usize];
            self.given_out[thread as usize] = other.given_out[thread as usize];
        }
        for &thread in &other.grown {
            self.is_grown[thread as usize] = true;
        }
        self.touched.extend_from_slice(&other.touched);
        self.grown.extend_from_slice(&other.grown);
        self.open.extend_from_slice(&other.open);
    }

    /// A thread that took more since it was last given out, and how much it had taken then.
    pub fn grown(&mut self) -> Option<(ThreadIdx, u32)> {
        let thread = self.grown.pop()?;
        self.is_grown[thread as usize] = false;
        let before = std::mem::replace(&mut self.given_out[thread as usize], self.counts[thread as usize]);
        Some((thread, before))
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

    /// Gives a thread out again, as if it had taken only so much the last time.
    pub fn look_again(&mut self, thread: ThreadIdx, before: u32) {
        self.given_out[thread as usize] = before;
        if !std::mem::replace(&mut self.is_grown[thread as usize], true) {
            self.grown.push(thread);
        }
    }

    fn raise(&mut self, thread: ThreadIdx, count: u32) {
        let own = &mut self.counts[thread as usize];
        if *own < count {
            if *own == 0 {
                self.touched.push(thread);
            }
            *own = count;
            if !std::mem::replace(&mut self.is_grown[thread as usize], true) {
                self.grown.push(thread);
            }
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
