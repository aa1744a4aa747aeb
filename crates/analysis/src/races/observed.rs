//! Races the recorded execution itself was in: its prefix before the first access enables both.
//!
//! Everything that must precede the second access lies before the first, so that the two were free to run at
//! once when the first did. Such a pair is schedulable: what does not come after the first access cannot be
//! preceded by it.

use crate::history::{History, OpIdx};
use crate::races::shb::recorded;
use crate::races::{Input, irregular};
use crate::witness::Witness;

/// Tells observed pairs in O(log edges).
#[derive(Debug)]
pub struct Observed<'h> {
    history: &'h History,
    /// A prefix that contains it proves nothing.
    first_irregular: Option<OpIdx>,
}

impl<'h> Observed<'h> {
    /// O(N).
    pub fn new(input: Input<'h>) -> Self {
        Self { history: input.history, first_irregular: irregular::operations(input).first().copied() }
    }

    /// First accesses from which on a second access is observed to race with: a half-open range.
    ///
    /// It begins after everything that must precede the second access.
    pub fn firsts(&self, second: OpIdx) -> std::ops::Range<OpIdx> {
        let edges = self.history.edges_to(second).iter().map(|edge| edge.from);
        let begin = self.history.before(second).into_iter().chain(edges).max().map_or(0, |latest| latest + 1);
        let end = self.first_irregular.map_or(second, |op| second.min(op.saturating_add(1)));
        begin..end.max(begin)
    }

    /// Whether a conflicting pair is observed.
    pub fn holds(&self, first: OpIdx, second: OpIdx) -> bool {
        self.history.conflict(first, second) && self.firsts(second).contains(&first)
    }

    /// The schedule that proves an observed pair: all before its first access. O(threads · log N).
    pub fn witness(&self, first: OpIdx) -> Witness {
        let taken = (0..self.history.threads.len() as u32)
            .map(|thread| self.history.of_thread(thread).partition_point(|&op| op < first) as u32);
        recorded(self.history, taken)
    }
}
