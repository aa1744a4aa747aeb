//! Requests that see each other half done. Most of them are races or lost updates said once more, and left out.

use model::analysis::{FindingClass, FindingKind, Role, Severity};
use model::{Kind, Mode};

use super::identity::identity;
use super::{Findings, Found, Search};
use crate::atomicity::{self, Block, Violation};
use crate::cancel::Cancelled;
use crate::history::{OpIdx, VarId};

/// Events listed with one finding.
const EVENTS: usize = 16;

pub fn add(search: &Search<'_>, findings: &mut Findings) -> Result<(), Cancelled> {
    let history = search.input.history;
    let blocks = requests(search);
    // A cycle goes through two blocks, or through one and a task beside it.
    if blocks.is_empty() || history.threads.len() < 2 || history.variables.is_empty() {
        return Ok(());
    }
    let found = atomicity::find(history, &blocks, search.cancel)?;
    findings.complete &= found.complete;
    for violation in found.violations {
        let conflicts = conflicts(search, &violation);
        let Some(&(variable, ..)) = conflicts.first() else { continue };
        if conflicts.iter().all(|(variable, ..)| findings.explained.contains(variable)) {
            continue;
        }
        let mut ops: Vec<OpIdx> = conflicts.iter().flat_map(|&(_, from, to)| [from, to]).collect();
        ops.sort_unstable();
        ops.dedup();
        let events: Vec<_> = ops.into_iter().take(EVENTS).map(|op| search.event(Role::Block, op)).collect();
        findings.push(Found {
            id: identity(history, FindingKind::Unserialisable, &events),
            kind: FindingKind::Unserialisable,
            class: FindingClass::Observed,
            severity: Severity::Info,
            variable: Some(variable),
            locks: Vec::new(),
            count: violation.blocks.len() as u64,
            events,
            proof: None,
        });
    }
    Ok(())
}

/// From every request that comes in to its answer, or to the end of its thread.
fn requests(search: &Search<'_>) -> Vec<Block> {
    let history = search.input.history;
    let mut blocks = Vec::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        let Some(row) = search.table.rows.get(search.recorded.rows[op_idx] as usize) else { continue };
        if row.kind != Kind::Request || row.mode != Mode::In {
            continue;
        }
        let first = op_idx as OpIdx;
        let answer = search.recorded.response_to(first);
        let answer = answer.filter(|&answer| history.ops[answer as usize].thread == op.thread && answer >= first);
        let last = answer.or_else(|| history.of_thread(op.thread).last().copied()).unwrap_or(first);
        blocks.push(Block { thread: op.thread, first, last });
    }
    blocks
}

/// The steps of a cycle that are conflicts, with their variables.
fn conflicts(search: &Search<'_>, violation: &Violation) -> Vec<(VarId, OpIdx, OpIdx)> {
    let history = search.input.history;
    let conflict = |&(from, to): &(OpIdx, OpIdx)| {
        let (from_var, ..) = history.ops[from as usize].kind.access()?;
        let (to_var, ..) = history.ops[to as usize].kind.access()?;
        (from_var == to_var).then_some((from_var, from, to))
    };
    violation.cycle.iter().filter_map(conflict).collect()
}
