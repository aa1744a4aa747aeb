//! Who is whose parent, how deep, and which chains go in circles.

use analysis::parents::walk;
use hashbrown::HashMap;
use model::EventId;

use super::{NO_ROW, TraceView};

/// Parents known so far, and those still to be found.
pub(super) struct Parents {
    pub of: Vec<u32>,
    /// (row, id of its parent)
    pub unresolved: Vec<(u32, EventId)>,
}

/// Fills the view's parents, orphans, depths and cycles. O(rows).
pub(super) fn resolve(view: &mut TraceView, mut parents: Parents) {
    // One pass over all ids for those that are asked for, instead of a map of every id.
    let mut wanted: HashMap<EventId, u32> = parents.unresolved.iter().map(|&(_, parent)| (parent, NO_ROW)).collect();
    if !wanted.is_empty() {
        for (row, id) in view.ids.iter().enumerate() {
            if let Some(place) = wanted.get_mut(id) {
                *place = row as u32;
            }
        }
    }
    for (row, parent) in parents.unresolved {
        match wanted.get(&parent) {
            Some(&found) if found != NO_ROW => parents.of[row as usize] = found,
            _ => view.orphans.push((row, parent)),
        }
    }
    view.orphans.sort_unstable();
    view.parents = parents.of;
    (view.depths, view.cyclic) = depths(&view.parents);
}

/// Depth of each row, capped at 255, and how many rows lie on cycles; those have depth 0.
fn depths(parents: &[u32]) -> (Vec<u8>, u64) {
    let mut depths = vec![0_u8; parents.len()];
    let mut cyclic = 0;
    let below = |row: u32| {
        let parent = depths.get(parents[row as usize] as usize);
        depths[row as usize] = parent.map_or(0, |parent| parent.saturating_add(1));
    };
    walk(parents, |cycle| cyclic += cycle.len() as u64, below);
    (depths, cyclic)
}
