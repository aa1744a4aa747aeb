//! The audit trail of a variable: every access, in causal order, with what it saw, wrote and held.
//!
//! The order is that of the history: causes first, and time only between accesses that nothing orders, which
//! are marked. Invariant: two accesses in a row that conflict and are a schedulable race are marked as unordered,
//! and what else is so marked rests on a read of which nobody knows what it saw; one pass tells both.

mod racing;

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashSet;
use serde::Serialize;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{LockId, OpIdx, ThreadIdx, VarId};
use crate::races::clock::{Clock, VectorClock};
use crate::races::order::{Relation, Step, walk};
use crate::races::{AccessKind, Input};
use crate::reads_from::Writer;
use racing::Racing;

/// A lock held during an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Held {
    pub lock: LockId,
    pub shared: bool,
}

/// The write that a read saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Saw {
    /// The value from before all recorded writes.
    Initial,
    /// This write.
    Write(OpIdx),
    /// A value that no recorded write wrote.
    Unknown,
}

/// One access of the variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub op: OpIdx,
    pub thread: ThreadIdx,
    pub kind: AccessKind,
    /// Reads and writes as one step.
    pub is_update: bool,
    /// 64-bit hashes of the variable's value before the access and after it, where they are known: as recorded,
    /// else as the write that a read saw left it.
    pub before: Option<u64>,
    pub after: Option<u64>,
    /// In the order in which they were taken; those of the access's own lock set among them.
    pub held: Vec<Held>,
    /// For reads and updates.
    pub saw: Option<Saw>,
    /// Whether the entry before precedes this one whatever the schedule; false for the first entry, and where
    /// only time tells their order.
    pub follows_previous: bool,
    /// Whether it is in a finding.
    pub in_finding: bool,
}

/// A part of the accesses of a variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// Those that were asked for, in causal order.
    pub entries: Vec<Entry>,
    /// All accesses of the variable, in that order.
    pub ops: Vec<OpIdx>,
}

/// The trails of some variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trails {
    pub of: BTreeMap<VarId, Trail>,
    /// The accesses of these variables that are in a schedulable race.
    pub racing: HashSet<OpIdx>,
}

/// The accesses of a variable. `in_findings` are the operations that findings name.
///
/// O(N · threads) at worst; memory that of the pass, and the entries.
///
/// # Errors
/// [`Cancelled`].
pub fn trail(
    input: Input<'_>,
    variable: VarId,
    in_findings: &HashSet<OpIdx>,
    cancel: &Cancel,
) -> Result<Vec<Entry>, Cancelled> {
    let wanted = BTreeMap::from([(variable, 0..u64::MAX)]);
    let mut entries = trails(input, &wanted, cancel)?.of.remove(&variable).unwrap_or_default().entries;
    for entry in &mut entries {
        entry.in_finding = in_findings.contains(&entry.op);
    }
    Ok(entries)
}

/// For each wanted variable those of its accesses whose numbers, from 0, are in its range, and which of all of them
/// race. No entry is said to be in a finding; threads are those of `input`.
///
/// One pass, O(N · threads) at worst; memory that of the pass, the entries, and a few numbers an access of the
/// variables.
///
/// # Errors
/// [`Cancelled`].
pub fn trails(input: Input<'_>, wanted: &BTreeMap<VarId, Range<u64>>, cancel: &Cancel) -> Result<Trails, Cancelled> {
    let mut trails = Trails::default();
    let mut racing = Racing::new(input.history);
    walk::<VectorClock>(input, Relation::Proven, cancel, |step| {
        let Some(range) = wanted.get(&step.variable) else { return };
        racing.visit(&step);
        let trail = trails.of.entry(step.variable).or_default();
        if range.contains(&(trail.ops.len() as u64)) {
            trail.entries.extend(entry(input, &step, trail.ops.last().copied()));
        }
        trail.ops.push(step.op);
    })?;
    trails.racing = racing.finish();
    Ok(trails)
}

/// An access with what is known about it; `previous` is the access of the variable before it.
fn entry(input: Input<'_>, step: &Step<'_, VectorClock>, previous: Option<OpIdx>) -> Option<Entry> {
    let history = input.history;
    let op = history.ops[step.op as usize];
    let (_, writes, access) = op.kind.access()?;
    let reads = op.kind.reads().is_some();
    let saw = input.reads_from[step.op as usize].filter(|_| reads);
    let left_by_writer = match saw {
        Some(Writer::Op(writer)) => history.ops[writer as usize].kind.access().map_or(0, |(_, _, access)| access.new),
        _ => 0,
    };
    let known = |hash: u64| (hash != 0).then_some(hash);
    let before = known(access.old).or_else(|| known(left_by_writer));
    let follows_previous = previous.is_some_and(|previous| {
        let previous = history.ops[previous as usize];
        previous.thread == op.thread || step.past.known(previous.thread) > previous.position
    });
    let held = input.sections.held(step.op).iter().map(|&section| {
        let section = input.sections.all[section as usize];
        Held { lock: section.lock, shared: section.shared }
    });
    Some(Entry {
        op: step.op,
        thread: op.thread,
        kind: step.kind,
        is_update: writes && reads,
        before,
        after: if writes { known(access.new) } else { before },
        held: held.collect(),
        saw: saw.map(|writer| match writer {
            Writer::Initial => Saw::Initial,
            Writer::Op(write) => Saw::Write(write),
            Writer::Unknown => Saw::Unknown,
        }),
        follows_previous,
        in_finding: false,
    })
}
