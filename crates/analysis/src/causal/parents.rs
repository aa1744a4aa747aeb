//! Whose parent is whose: resolved whenever the parent exists, whatever the order of arrival.

use super::contexts::{Contexts, EventIdx};
use super::notes::Notes;
use crate::parents::cut_cycles;

pub(super) use crate::parents::NONE;

/// By event: its parent, or [`NONE`]. Cycles are cut above their earliest event. O(events).
pub(super) fn resolve(contexts: &Contexts<'_>, moment: &[i64], notes: &mut Notes) -> Vec<EventIdx> {
    let mut parents = Vec::with_capacity(contexts.len());
    for event in 0..contexts.len() as EventIdx {
        let row = contexts.row(event);
        let found = row.parent.map(|parent| contexts.by_id.get(&(row.trace, parent)).copied());
        if found == Some(None) {
            notes.orphans += 1;
        }
        parents.push(found.flatten().unwrap_or(NONE));
    }
    let cut = cut_cycles(&mut parents, |event| (moment[event as usize], event));
    notes.cyclic_parents += cut.nodes;
    parents
}
