//! Deadlocks: circles of threads that wait for one another's locks, in the recording or in a reordering of it.
//!
//! A pattern of abstract acquires is a suspicion; a deadlock is a pattern of which some instance is enabled
//! together, so that all of its threads are about to take what another holds. Invariant: every pattern within
//! the limits is in exactly one of the three lists of [`Deadlocks`].

mod acquires;
mod lock_order;
mod patterns;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, LockId, OpIdx, ThreadIdx};
use crate::reach::{DecisionOf, Reach};
use crate::sections::Sections;
use crate::witness::Witness;

pub use acquires::{AbstractAcquire, Hold, abstract_acquires};
pub use patterns::{Cut, MAX_PATTERNS, MAX_SIZE, Pattern, Patterns, patterns};

/// Patterns that the exact engine may leave undecided before it is asked no more.
const MAX_UNKNOWN: usize = 50;

/// Threads about to wait for one another in a circle: each for the next, the last for the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// One acquire a thread.
    pub acquires: Vec<OpIdx>,
    pub threads: Vec<ThreadIdx>,
    /// What each wants.
    pub locks: Vec<LockId>,
    /// Combinations of acquires the pattern has in the recording.
    pub instances: u64,
}

/// In what kind of reordering a pattern is reached, the stronger claim first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadlockClass {
    /// One that keeps the order of the critical sections of each lock.
    SyncPreserving,
    /// A correct one.
    Predictable,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlock {
    /// The instance that is enabled together.
    pub circle: Circle,
    pub class: DeadlockClass,
    pub witness: Witness,
}

/// One entry a pattern, the patterns in the order of their sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deadlocks {
    pub reachable: Vec<Deadlock>,
    /// Lock-order inversions that no correct reordering reaches. Each with its first instance.
    pub unreached: Vec<Circle>,
    /// Those for which the budget was spent, and those left open after 50 such. Each with its first instance.
    pub unknown: Vec<Circle>,
    /// Why there may be more patterns.
    pub cut: Option<Cut>,
}

impl DeadlockClass {
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyncPreserving => "sync_preserving",
            Self::Predictable => "predictable",
        }
    }
}

impl Deadlocks {
    pub fn patterns(&self) -> usize {
        self.reachable.len() + self.unreached.len() + self.unknown.len()
    }

    /// Whether every pattern was found and decided.
    pub fn complete(&self) -> bool {
        self.cut.is_none() && self.unknown.is_empty()
    }
}

/// All deadlocks of a history. `reach` is of the history itself, or of its chains ([`crate::chains`]); the schedules
/// are then of those. `budget` bounds the exact engine for each combination of instances, in
/// contradictions met (see [`Reach::exact`]).
///
/// The sync-preserving answer takes one closure pass a pattern (Tunç, Mathur, Pavlogiannis, Viswanathan, "Sound
/// Dynamic Deadlock Prediction in Linear Time", PLDI'23); only what it leaves open goes to the exact engine.
/// Memory: that of the abstract acquires and of at most [`MAX_PATTERNS`] patterns with their witnesses.
///
/// # Errors
/// [`Cancelled`].
pub fn deadlocks(history: &History, reach: &Reach<'_>, budget: u64, cancel: &Cancel) -> Result<Deadlocks, Cancelled> {
    let acquires = abstract_acquires(history, &Sections::of(history));
    let Patterns { all, cut } = patterns(&acquires, history.locks.len(), cancel)?;
    let mut found = Deadlocks { cut, ..Deadlocks::default() };
    for pattern in &all {
        cancel.check()?;
        let members: Vec<&AbstractAcquire> = pattern.iter().map(|&at| &acquires[at as usize]).collect();
        let instances: Vec<&[OpIdx]> = members.iter().map(|member| member.instances.as_slice()).collect();
        if let Some((enabled, witness)) = reach.sync_preserving_of(&instances)? {
            let circle = circle(&members, Some(enabled));
            found.reachable.push(Deadlock { circle, class: DeadlockClass::SyncPreserving, witness });
            continue;
        }
        // The exact engine is not asked for ever: where it gives up so often, it is of no help.
        let decision =
            if found.unknown.len() < MAX_UNKNOWN { reach.exact_of(&instances, budget)? } else { DecisionOf::Unknown };
        match decision {
            DecisionOf::Yes(enabled, witness) => {
                let circle = circle(&members, Some(enabled));
                found.reachable.push(Deadlock { circle, class: DeadlockClass::Predictable, witness });
            }
            DecisionOf::No => found.unreached.push(circle(&members, None)),
            DecisionOf::Unknown => found.unknown.push(circle(&members, None)),
        }
    }
    Ok(found)
}

/// The same without the exact engine: near-linear for each of the first `limit` patterns. What it does not reach, and
/// what is beyond the limit, is among the unknown.
///
/// # Errors
/// [`Cancelled`].
pub fn sync_preserving(
    history: &History,
    reach: &Reach<'_>,
    limit: usize,
    cancel: &Cancel,
) -> Result<Deadlocks, Cancelled> {
    let acquires = abstract_acquires(history, &Sections::of(history));
    let Patterns { all, cut } = patterns(&acquires, history.locks.len(), cancel)?;
    let mut found = Deadlocks { cut, ..Deadlocks::default() };
    for (pattern_idx, pattern) in all.iter().enumerate() {
        cancel.check()?;
        let members: Vec<&AbstractAcquire> = pattern.iter().map(|&at| &acquires[at as usize]).collect();
        let instances: Vec<&[OpIdx]> = members.iter().map(|member| member.instances.as_slice()).collect();
        let reached = if pattern_idx < limit { reach.sync_preserving_of(&instances)? } else { None };
        match reached {
            Some((enabled, witness)) => {
                let circle = circle(&members, Some(enabled));
                found.reachable.push(Deadlock { circle, class: DeadlockClass::SyncPreserving, witness });
            }
            None => found.unknown.push(circle(&members, None)),
        }
    }
    Ok(found)
}

/// A pattern with the given instance, or its first.
fn circle(members: &[&AbstractAcquire], instance: Option<Vec<OpIdx>>) -> Circle {
    let first = || members.iter().filter_map(|member| member.instances.first().copied()).collect();
    Circle {
        acquires: instance.unwrap_or_else(first),
        threads: members.iter().map(|member| member.thread).collect(),
        locks: members.iter().map(|member| member.wanted).collect(),
        instances: members.iter().fold(1, |product: u64, member| product.saturating_mul(member.instances.len() as u64)),
    }
}
