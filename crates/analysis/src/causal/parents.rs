//! Whose parent is whose: resolved whenever the parent exists, whatever the order of arrival.

use super::contexts::{Contexts, EventIdx};
use super::notes::Notes;

/// No parent that is known.
pub(super) const NONE: EventIdx = EventIdx::MAX;

/// By event: its parent, or [`NONE`]. Cycles are cut above their earliest event. O(events); a chain may be
/// a million long, so nothing recurses.
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
    cut_cycles(&mut parents, moment, notes);
    parents
}

fn cut_cycles(parents: &mut [EventIdx], moment: &[i64], notes: &mut Notes) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Unseen,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::Unseen; parents.len()];
    let mut path: Vec<EventIdx> = Vec::new();
    for event in 0..parents.len() as EventIdx {
        let mut at = event;
        while at != NONE && marks[at as usize] == Mark::Unseen {
            marks[at as usize] = Mark::OnPath;
            path.push(at);
            at = parents[at as usize];
        }
        if at != NONE && marks[at as usize] == Mark::OnPath {
            // The path has run into itself: all from `at` on lies on the cycle.
            let begin = path.iter().position(|&other| other == at).unwrap_or(0);
            notes.cyclic_parents += (path.len() - begin) as u64;
            let earliest = path[begin..].iter().copied().min_by_key(|&other| (moment[other as usize], other));
            if let Some(earliest) = earliest {
                parents[earliest as usize] = NONE;
            }
        }
        for done in path.drain(..) {
            marks[done as usize] = Mark::Done;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_cut_above_its_earliest_event_and_nothing_below_it_is_touched() {
        // 0 -> 1 -> 2 -> 0 and 3 below 2, 4 its own parent.
        let mut parents = vec![2, 0, 1, 2, 4];
        let mut notes = Notes::default();
        cut_cycles(&mut parents, &[5, 3, 4, 1, 0], &mut notes);
        assert_eq!(parents, [2, NONE, 1, 2, NONE]);
        assert_eq!(notes.cyclic_parents, 4);
    }
}
