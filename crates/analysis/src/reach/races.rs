//! All races of a history, sync-preserving and exact.

use std::collections::BinaryHeap;

use hashbrown::{HashMap, HashSet};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, LocationId, OpIdx, VarId};
use crate::reach::Reach;
use crate::reach::budget::Budget;
use crate::reach::exact::{Found, Question, Schedule};
use crate::reach::walk::Tests;

/// Candidate pairs that [`exact_races`] looks at.
const MAX_CANDIDATES: u64 = 2_000_000;

/// What all pairs of [`exact_races`] together may cost, as a multiple of what one may, and how many are searched.
const MAX_BUDGETS: u64 = 50;
const MAX_SEARCHES: usize = 20_000;
/// A budget for [`Reach::exact`] that has decided every pair of the recorded programs at hand many times over.
pub const DEFAULT_BUDGET: u64 = 10_000;

/// Racing pairs of one engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncRaces {
    /// The later accesses of all pairs, sorted.
    pub racy_events: Vec<OpIdx>,
    /// (earlier, later), the first ones in sorted order.
    pub pairs: Vec<(OpIdx, OpIdx)>,
    /// At least; exact when `complete`.
    pub pairs_total: u64,
    /// Whether all pairs were tested and listed.
    pub complete: bool,
}

/// All sync-preserving pairs that could be tested. Memory: some 10 bytes a pair.
#[derive(Debug)]
pub struct SyncPairs {
    pairs: HashSet<(OpIdx, OpIdx)>,
    tests: Tests,
}

impl SyncPairs {
    /// As [`Reach::syncp`] tells them, at most `max_pairs` listed. O(pairs · log pairs).
    pub fn races(&self, max_pairs: usize) -> SyncRaces {
        let mut racy_events: Vec<OpIdx> = self.pairs.iter().map(|&(_, second)| second).collect();
        racy_events.sort_unstable();
        racy_events.dedup();
        let mut pairs: Vec<(OpIdx, OpIdx)> = self.pairs.iter().copied().collect();
        pairs.sort_unstable();
        pairs.truncate(max_pairs);
        let pairs_total = self.pairs.len() as u64;
        SyncRaces { racy_events, complete: !self.tests.spent && pairs.len() as u64 == pairs_total, pairs, pairs_total }
    }
}

/// Why a pair is a race.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reached {
    SyncPreserving,
    Predictable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RacePair {
    pub first: OpIdx,
    pub second: OpIdx,
    pub reached: Reached,
}

#[derive(Debug, Clone, Default)]
pub struct ExactRaces {
    /// The later accesses of all pairs, sorted.
    pub racy_events: Vec<OpIdx>,
    /// Sorted by (earlier, later).
    pub pairs: Vec<RacePair>,
    /// Pairs that the budget did not decide, sorted.
    pub unknown: Vec<(OpIdx, OpIdx)>,
    /// Whether every pair was decided and listed.
    pub complete: bool,
    /// Of the first predictable pair of each variable, pair of locations and access types that no sync-preserving
    /// pair has. For any other pair ask [`Reach::sync_preserving`], which costs next to nothing, or
    /// [`Reach::exact`].
    pub schedules: HashMap<(OpIdx, OpIdx), Schedule>,
}

/// All sync-preserving races, at most `max_pairs` of them listed.
///
/// O(accesses · threads) closures that only grow, near-linear in the events. Bounded: after some seconds' worth of
/// work one partner an access is looked for, then none; what was not tested then is told by `complete`.
///
/// # Errors
/// [`Cancelled`].
pub fn syncp(history: &History, max_pairs: usize, cancel: &Cancel) -> Result<SyncRaces, Cancelled> {
    Reach::new(history, cancel)?.syncp(max_pairs)
}

/// All races, each with the strongest of the two reasons; `budget` as for [`Reach::exact`], a pair.
///
/// Of at most two million candidate pairs, of which at most twenty thousand are searched beyond the
/// sync-preserving ones, for fifty budgets together. Memory: 100 bytes a candidate pair.
///
/// # Errors
/// [`Cancelled`].
pub fn exact_races(history: &History, budget: u64, cancel: &Cancel) -> Result<ExactRaces, Cancelled> {
    Reach::new(history, cancel)?.exact_races(budget)
}

impl Reach<'_> {
    /// See [`syncp`].
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn syncp(&self, max_pairs: usize) -> Result<SyncRaces, Cancelled> {
        let mut found = SyncRaces::default();
        let mut first_pairs = BinaryHeap::new();
        let mut racy = vec![false; self.history.ops.len()];
        let mut tests = Tests::new();
        self.walk_sync_preserving(&mut tests, |_, first, second| {
            racy[second as usize] = true;
            found.pairs_total += 1;
            if first_pairs.len() < max_pairs {
                first_pairs.push((first, second));
            } else if first_pairs.peek().is_some_and(|&last| (first, second) < last) {
                first_pairs.pop();
                first_pairs.push((first, second));
            }
        })?;
        found.racy_events = set_positions(&racy);
        found.pairs = first_pairs.into_sorted_vec();
        found.complete = !tests.spent && found.pairs.len() as u64 == found.pairs_total;
        Ok(found)
    }

    /// See [`exact_races`].
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn exact_races(&self, budget: u64) -> Result<ExactRaces, Cancelled> {
        self.exact_beyond(self.sync_pairs()?, budget)
    }

    /// What [`Self::syncp`] and [`Self::exact_races`] both begin with, for who wants both.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn sync_pairs(&self) -> Result<SyncPairs, Cancelled> {
        let mut found = SyncPairs { pairs: HashSet::new(), tests: Tests::new() };
        self.walk_sync_preserving(&mut found.tests, |_, first, second| {
            found.pairs.insert((first, second));
        })?;
        Ok(found)
    }

    /// [`Self::exact_races`], given the sync-preserving pairs of the same history.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn exact_beyond(&self, found: SyncPairs, budget: u64) -> Result<ExactRaces, Cancelled> {
        let SyncPairs { pairs: mut sync_preserving, tests } = found;
        let candidates = self.candidates(MAX_CANDIDATES)?;
        let mut found = ExactRaces { complete: candidates.complete, ..ExactRaces::default() };
        let mut explained: HashSet<_> = HashSet::new();
        let mut left: Vec<(Kind, (OpIdx, OpIdx))> = Vec::new();
        for (variable, pair) in candidates.pairs() {
            let kind = self.kind_of_finding(variable, pair);
            if sync_preserving.contains(&pair) {
                explained.insert(kind);
            } else {
                left.push((kind, pair));
            }
        }
        // What nothing explains yet comes first: there may be more than can be searched.
        left.sort_unstable_by_key(|&(kind, pair)| (explained.contains(&kind), pair));
        let mut all = Budget::new(budget.saturating_mul(MAX_BUDGETS));
        for (n_searched, (kind, pair)) in left.into_iter().enumerate() {
            self.cancel.check()?;
            if n_searched >= MAX_SEARCHES {
                found.unknown.push(pair);
                continue;
            }
            if tests.spent && self.sync_preserving(&[pair.0, pair.1]).is_some() {
                sync_preserving.insert(pair);
                continue;
            }
            let question = Question { enabled: &[pair.0, pair.1], ..Question::default() };
            let allowed = budget.min(all.left());
            let mut own = Budget::new(allowed);
            let answer = if own.left() > 0 { self.search(&question, &mut own) } else { Found::Unknown };
            all.take(allowed - own.left());
            match answer {
                Found::Yes(schedule) => {
                    found.pairs.push(RacePair { first: pair.0, second: pair.1, reached: Reached::Predictable });
                    if explained.insert(kind) {
                        found.schedules.insert(pair, schedule);
                    }
                }
                Found::No => {}
                Found::Unknown => found.unknown.push(pair),
            }
        }
        let reached = Reached::SyncPreserving;
        found.pairs.extend(sync_preserving.into_iter().map(|(first, second)| RacePair { first, second, reached }));
        found.pairs.sort_unstable();
        found.unknown.sort_unstable();
        found.complete &= found.unknown.is_empty();
        found.racy_events = found.pairs.iter().map(|pair| pair.second).collect();
        found.racy_events.sort_unstable();
        found.racy_events.dedup();
        Ok(found)
    }

    /// What makes two pairs the same finding.
    fn kind_of_finding(&self, variable: VarId, (first, second): (OpIdx, OpIdx)) -> Kind {
        let mut sides = [first, second].map(|op| {
            let op = self.history.ops[op as usize];
            (op.location, op.kind.writes().is_some())
        });
        sides.sort_unstable();
        (variable, sides)
    }
}

/// Variable, and location and whether it writes of either side.
type Kind = (VarId, [(LocationId, bool); 2]);

fn set_positions(marked: &[bool]) -> Vec<OpIdx> {
    marked.iter().enumerate().filter(|&(_, &marked)| marked).map(|(op, _)| op as OpIdx).collect()
}
