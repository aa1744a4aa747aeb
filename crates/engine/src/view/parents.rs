//! Who is whose parent, how deep, and which chains go in circles. No recursion: a chain may be a
//! million long.

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
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Unseen,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::Unseen; parents.len()];
    let mut depths = vec![0_u8; parents.len()];
    let mut cyclic = 0;
    let mut path = Vec::new();
    for row in 0..parents.len() as u32 {
        let mut at = row;
        while at != NO_ROW && marks[at as usize] == Mark::Unseen {
            marks[at as usize] = Mark::OnPath;
            path.push(at);
            at = parents[at as usize];
        }
        if at != NO_ROW && marks[at as usize] == Mark::OnPath {
            // The path has run into itself: all from `at` on lies on the cycle.
            while let Some(on_cycle) = path.pop() {
                marks[on_cycle as usize] = Mark::Done;
                cyclic += 1;
                if on_cycle == at {
                    break;
                }
            }
        }
        while let Some(child) = path.pop() {
            let parent = parents[child as usize];
            depths[child as usize] = if parent == NO_ROW { 0 } else { depths[parent as usize].saturating_add(1) };
            marks[child as usize] = Mark::Done;
        }
    }
    (depths, cyclic)
}
