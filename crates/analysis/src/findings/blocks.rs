//! Requests that see each other half done. Most of them are races or lost updates said once more, and left out.

use model::analysis::{FindingClass, FindingKind, Role, Severity};

use super::identity::identity;
use super::{Findings, Found, Search};
use crate::atomicity;
use crate::cancel::Cancelled;
use crate::history::OpIdx;

/// Events listed with one finding.
const EVENTS: usize = 16;

pub fn add(search: &Search<'_>, findings: &mut Findings) -> Result<(), Cancelled> {
    let history = search.history;
    let blocks = atomicity::requests(search.recorded, search.table);
    // A cycle goes through two blocks, or through one and a task beside it.
    if blocks.is_empty() || history.threads.len() < 2 || history.variables.is_empty() {
        return Ok(());
    }
    let found = atomicity::find(history, &blocks, search.cancel)?;
    findings.complete &= found.complete;
    for violation in found.violations {
        let conflicts = violation.conflicts(history);
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
