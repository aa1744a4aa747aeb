//! What a root had gained, had one operation been twice as fast.
//!
//! The tree is replayed: a child begins when the sibling it waited for ([`Before`]) has ended, or its parent
//! has begun, plus the time of the parent's own work between as recorded; a parent ends its recorded time of
//! own work after the last of its children has. With nothing changed that gives the recorded times exactly.
//! Then the own times of one operation's spans are halved. What was waited for besides children stays.
//! It is the replay of a recorded dependency graph, as "coz" (Curtsinger, Berger: SOSP 2015) estimates by
//! experiment; another child may then be the last to end, so that less is saved than half.

use super::before::Before;
use super::critical_path::OperationTime;
use super::placed::{Hold, Place, Placed, Tree};
use crate::{Cancel, Cancelled};

/// Bounds the replays of a tree: children looked at, per span of it, over all its operations.
const VISITS_PER_SPAN: usize = 4;
/// The same, for small trees: all their operations are replayed.
const VISITS_AT_LEAST: usize = 100_000;

/// Replays trees of one forest. 12 bytes a span, and 8 a child.
pub(super) struct Replay<'a> {
    placed: &'a Placed,
    before: &'a Before,
    /// By place, as what follows.
    operation_of: &'a [u32],
    /// The replay that changed a duration last, and the duration that gave.
    changed_in: Vec<u32>,
    changed_ns: Vec<i64>,
    /// By position in `held`: when the child ends, counted from its parent's start.
    ends: Vec<i64>,
    replay: u32,
    /// By operation: its spans in the tree that hold the root up; empty between trees.
    spans_of: Vec<Vec<Place>>,
    /// Kept for its memory.
    touched: Vec<Place>,
}

impl<'a> Replay<'a> {
    pub fn new(placed: &'a Placed, before: &'a Before, operation_of: &'a [u32], n_operations: usize) -> Self {
        Self {
            placed,
            before,
            operation_of,
            changed_in: vec![0; placed.spans.len()],
            changed_ns: vec![0; placed.spans.len()],
            ends: vec![0; placed.held.len()],
            replay: 0,
            spans_of: vec![Vec::new(); n_operations],
            touched: Vec::new(),
        }
    }

    /// Fills `saved_if_half_ns` of rows sorted by exclusive time, the first first, until the bound.
    ///
    /// O(N log N) in the spans of the tree.
    pub fn fill(&mut self, tree: &Tree, rows: &mut [(u32, OperationTime)], cancel: &Cancel) -> Result<(), Cancelled> {
        for place in tree.places.clone() {
            if matches!(self.placed.hold[place], Hold::Root | Hold::Parent { up_to_root: true }) {
                self.spans_of[self.operation_of[place] as usize].push(place as Place);
            }
        }
        let root = tree.places.start;
        let mut visits = (tree.places.len() * VISITS_PER_SPAN).max(VISITS_AT_LEAST);
        let recorded_ns = signed(self.placed.cut[root].len());
        for (of, row) in rows.iter_mut() {
            let mut changed = std::mem::take(&mut self.spans_of[*of as usize]);
            row.saved_if_half_ns = match row.exclusive_ns {
                // The path stays as long as it was when nothing on it gets shorter.
                0 => Some(0),
                exclusive_ns => {
                    cancel.check()?;
                    self.replayed(&changed, *of, &mut visits).then(|| {
                        let saved = recorded_ns.saturating_sub(self.changed_ns[root]);
                        // Where siblings overlap by clock noise the replay halves the overlap too, which no
                        // segment has.
                        u64::try_from(saved).unwrap_or(0).min(exclusive_ns / 2)
                    })
                }
            };
            changed.clear();
            self.spans_of[*of as usize] = changed;
        }
        Ok(())
    }

    /// Computes the changed spans and all above them anew; not when that is more work than is left.
    fn replayed(&mut self, changed: &[Place], faster: u32, visits: &mut usize) -> bool {
        self.replay += 1;
        let mut touched = std::mem::take(&mut self.touched);
        touched.clear();
        let enough = self.touch(changed, visits, &mut touched);
        if enough {
            // Children first.
            touched.sort_unstable_by_key(|&place| std::cmp::Reverse(place));
            for &place in &touched {
                self.changed_ns[place as usize] = self.duration(place, faster);
            }
        }
        self.touched = touched;
        enough
    }

    fn touch(&mut self, changed: &[Place], visits: &mut usize, touched: &mut Vec<Place>) -> bool {
        for &place in changed {
            let mut next = Some(place);
            while let Some(at) = next.filter(|&at| self.changed_in[at as usize] != self.replay) {
                self.changed_in[at as usize] = self.replay;
                match visits.checked_sub(1 + self.placed.children(at).len()) {
                    Some(left) => *visits = left,
                    None => return false,
                }
                touched.push(at);
                next = self.placed.spans[at as usize].parent;
            }
        }
        true
    }

    /// How long a span takes in this replay. Saturates where times are three centuries apart.
    fn duration(&mut self, place: Place, faster: u32) -> i64 {
        let halved = self.operation_of[place as usize] == faster;
        let scaled = |ns: i64| if halved && ns > 0 { ns - ns / 2 } else { ns };
        let cut = self.placed.cut[place as usize];
        let children = self.placed.children(place);
        let Some(last) = self.placed.held[children.clone()].first() else { return scaled(signed(cut.len())) };
        let after = scaled(cut.end.saturating_sub(last.cut.end));
        let mut latest = 0;
        // Backwards: who is waited for comes after in the list.
        for position in children.rev() {
            let child = self.placed.held[position];
            let (ready, recorded) = match self.before.get(position) {
                Some(earlier) => (self.ends[earlier], self.placed.held[earlier].cut.end),
                None => (0, cut.start),
            };
            let begin = ready.saturating_add(scaled(child.cut.start.saturating_sub(recorded))).max(0);
            let changed = self.changed_in[child.place as usize] == self.replay;
            let took = if changed { self.changed_ns[child.place as usize] } else { signed(child.cut.len()) };
            self.ends[position] = begin.saturating_add(took);
            latest = latest.max(self.ends[position]);
        }
        latest.saturating_add(after)
    }
}

fn signed(ns: u64) -> i64 {
    i64::try_from(ns).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::{SpanForestBuilder, SpanRecord};
    use model::Nanos;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_replay_that_changes_nothing_gives_the_recorded_durations(
            spans in proptest::collection::vec((0..12_usize, 0..1000_i64, 0..1000_i64), 1..24),
        ) {
            let mut builder = SpanForestBuilder::default();
            for (at, &(above, a, b)) in spans.iter().enumerate() {
                let parent = (at > 0).then(|| format!("{:02}", above % at));
                let (start, end) = if at == 0 { (0, 1000) } else { (a.min(b), a.max(b)) };
                builder.push(SpanRecord {
                    id: &format!("{at:02}"),
                    parent: parent.as_deref(),
                    start: Nanos(start),
                    end: Nanos(end),
                    ..SpanRecord::default()
                });
            }
            let forest = builder.finish();
            let cancel = Cancel::default();
            let placed = Placed::new(&forest, &cancel).unwrap();
            let before = Before::new(&placed, &cancel).unwrap();
            let operation_of = vec![0; forest.spans.len()];
            let mut replay = Replay::new(&placed, &before, &operation_of, 1);
            let all = (0..placed.spans.len() as Place).filter(|&place| placed.hold[place as usize] != Hold::Dropped);
            let all: Vec<Place> = all.collect();
            let mut visits = usize::MAX;
            prop_assert!(replay.replayed(&all, 1, &mut visits));
            for place in all {
                prop_assert_eq!(replay.changed_ns[place as usize], signed(placed.cut[place as usize].len()));
            }
        }
    }
}
