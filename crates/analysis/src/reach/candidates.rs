//! Pairs that might race: conflicting, not ordered in every reordering, under no common lock.

use crate::cancel::Cancelled;
use crate::history::{OpIdx, ThreadIdx, VarId};
use crate::reach::Reach;
use crate::reach::accesses::KINDS;
use crate::reach::budget::Budget;

/// Pairs of threads, summed over the variables they share: some seconds, however little they do.
const MAX_THREAD_PAIRS: u64 = 4_000_000;

/// The candidates of one variable, between one thread's accesses and another's later ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub variable: VarId,
    pub first: ThreadIdx,
    pub second: ThreadIdx,
    /// Conflicting pairs that nothing orders, protected ones included.
    pub unordered: u64,
    /// The unprotected ones of them; [`None`] when there were too many to list.
    pub pairs: Option<Vec<(OpIdx, OpIdx)>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    pub groups: Vec<Group>,
    /// Of all groups, listed or not.
    pub unordered: u64,
    /// Whether every group was found and listed.
    pub complete: bool,
}

impl Candidates {
    /// All listed pairs, with their variable.
    pub fn pairs(&self) -> impl Iterator<Item = (VarId, (OpIdx, OpIdx))> + '_ {
        self.groups.iter().flat_map(|group| group.pairs.iter().flatten().map(|&pair| (group.variable, pair)))
    }
}

impl Reach<'_> {
    /// All groups; one is listed while its unordered pairs fit into what `cap` leaves.
    ///
    /// O(accesses · threads of their variable · log + cap), for at most four million pairs of threads that share a
    /// variable. Memory: 8 bytes a listed pair.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn candidates(&self, cap: u64) -> Result<Candidates, Cancelled> {
        let mut found = Candidates { complete: true, ..Candidates::default() };
        let mut left = cap;
        let mut thread_pairs = Budget::new(MAX_THREAD_PAIRS);
        for (variable, threads) in &self.accesses.variables {
            for second in threads {
                self.cancel.check()?;
                for first in threads.iter().filter(|first| first.thread != second.thread) {
                    if !thread_pairs.take(1) {
                        found.complete = false;
                        return Ok(found);
                    }
                    let windows = || {
                        (0..KINDS).flat_map(move |kind| {
                            second.of_kind[kind]
                                .iter()
                                .map(move |&op| (op, first.unordered_before(self.history, &self.must, op, kind)))
                        })
                    };
                    let unordered = windows().map(|(_, window)| window.len() as u64).sum::<u64>();
                    if unordered == 0 {
                        continue;
                    }
                    let pairs = (unordered <= left).then(|| {
                        let pairs = windows().flat_map(|(op, window)| window.iter().map(move |&other| (other, op)));
                        pairs.filter(|&(a, b)| !self.sections.protected(a, b)).collect()
                    });
                    left -= if pairs.is_some() { unordered } else { 0 };
                    found.complete &= pairs.is_some();
                    found.unordered += unordered;
                    let (first, second) = (first.thread, second.thread);
                    found.groups.push(Group { variable: *variable, first, second, unordered, pairs });
                }
            }
        }
        Ok(found)
    }
}
