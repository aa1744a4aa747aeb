//! The audit trail of a variable: every access, in causal order, with what it saw, wrote and held.
//!
//! The order is that of the history: causes first, and time only between accesses that nothing orders, which
//! are marked. Invariant: two accesses in a row that conflict and are a schedulable race are marked as unordered,
//! and what else is so marked rests on a read of which nobody knows what it saw; one pass tells both.

use hashbrown::HashSet;
use serde::Serialize;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{LockId, OpIdx, ThreadIdx, VarId};
use crate::races::clock::{Clock, VectorClock};
use crate::races::order::{Relation, walk};
use crate::races::{AccessKind, Input};
use crate::reads_from::Writer;

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
    let history = input.history;
    let mut entries: Vec<Entry> = Vec::new();
    walk::<VectorClock>(input, Relation::Schedulable, cancel, |step| {
        if step.variable != variable {
            return;
        }
        let op = history.ops[step.op as usize];
        let Some((_, writes, access)) = op.kind.access() else { return };
        let reads = op.kind.reads().is_some();
        let saw = input.reads_from[step.op as usize].filter(|_| reads);
        let left_by_writer = match saw {
            Some(Writer::Op(writer)) => {
                history.ops[writer as usize].kind.access().map_or(0, |(_, _, access)| access.new)
            }
            _ => 0,
        };
        let known = |hash: u64| (hash != 0).then_some(hash);
        let before = known(access.old).or_else(|| known(left_by_writer));
        let follows_previous = entries.last().is_some_and(|previous| {
            let position = history.ops[previous.op as usize].position;
            if previous.thread == op.thread { true } else { step.past.known(previous.thread) > position }
        });
        let held = input.sections.held(step.op).iter().map(|&section| {
            let section = input.sections.all[section as usize];
            Held { lock: section.lock, shared: section.shared }
        });
        entries.push(Entry {
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
            in_finding: in_findings.contains(&step.op),
        });
    })?;
    Ok(entries)
}
