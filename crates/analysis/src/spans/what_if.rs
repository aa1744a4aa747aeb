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
use super::placed::{Hold, Placed, Tree};
use super::{Span, SpanIdx};
use crate::{Cancel, Cancelled};

/// Bounds the replays of a tree: children looked at, per span of it, over all its operations.
const VISITS_PER_SPAN: usize = 8;
/// The same, for small trees: all their operations are replayed.
const VISITS_AT_LEAST: usize = 100_000;

/// Replays trees of one forest. 20 bytes a span, and 8 a child.
pub(super) struct Replay<'a> {
    spans: &'a [Span],
    placed: &'a Placed,
    before: &'a Before,
    operation_of: &'a [u32],
    /// By span: its place in `placed.order`.
    place: Vec<u32>,
    /// By span: the replay that changed its duration last, and the duration that gave.
    changed_in: Vec<u32>,
    changed_ns: Vec<i64>,
    /// By position in `held`: when the child ends, counted from its parent's start.
    ends: Vec<i64>,
    replay: u32,
    /// By operation: its spans in the tree that hold the root up.
    spans_of: Vec<Vec<SpanIdx>>,
}

impl<'a> Replay<'a> {
    pub fn new(
        spans: &'a [Span],
        placed: &'a Placed,
        before: &'a Before,
        operation_of: &'a [u32],
        n_operations: usize,
    ) -> Self {
        let mut place = vec![0; spans.len()];
        for (at, &span) in placed.order.iter().enumerate() {
            place[span as usize] = at as u32;
        }
        Self {
            spans,
            placed,
            before,
            operation_of,
            place,
            changed_in: vec![0; spans.len()],
            changed_ns: vec![0; spans.len()],
            ends: vec![0; placed.held.len()],
            replay: 0,
            spans_of: vec![Vec::new(); n_operations],
        }
    }

    /// Fills `saved_if_half_ns` of rows sorted by exclusive time, the first first, until the bound.
    ///
    /// O(N) in the spans of the tree.
    pub fn fill(&mut self, tree: &Tree, rows: &mut [(u32, OperationTime)], cancel: &Cancel) -> Result<(), Cancelled> {
        let members = &self.placed.order[tree.begin..tree.end];
        for &span in members {
            if matches!(self.placed.hold[span as usize], Hold::Root | Hold::Parent { up_to_root: true }) {
                self.spans_of[self.operation_of[span as usize] as usize].push(span);
            }
        }
        let mut visits = (members.len() * VISITS_PER_SPAN).max(VISITS_AT_LEAST);
        let recorded_ns = signed(self.placed.cut[tree.root as usize].len());
        for (of, row) in rows.iter_mut() {
            let changed = std::mem::take(&mut self.spans_of[*of as usize]);
            // The path stays as long as it was when nothing on it gets shorter.
            if row.exclusive_ns == 0 {
                row.saved_if_half_ns = Some(0);
                continue;
            }
            cancel.check()?;
            let Some(touched) = self.touched(&changed, &mut visits) else { continue };
            for &span in &touched {
                self.changed_ns[span as usize] = self.duration(span, *of);
            }
            let saved = recorded_ns.saturating_sub(self.changed_ns[tree.root as usize]);
            // Where siblings overlap by clock noise the replay halves the overlap too, which no segment has.
            row.saved_if_half_ns = Some(u64::try_from(saved).unwrap_or(0).min(row.exclusive_ns / 2));
        }
        Ok(())
    }

    /// Starts a replay: the changed spans and all above them, children first; [`None`] when that is more work
    /// than is left.
    fn touched(&mut self, changed: &[SpanIdx], visits: &mut usize) -> Option<Vec<SpanIdx>> {
        self.replay += 1;
        let mut touched = Vec::new();
        for &span in changed {
            let mut next = Some(span);
            while let Some(at) = next.filter(|&at| self.changed_in[at as usize] != self.replay) {
                self.changed_in[at as usize] = self.replay;
                *visits = visits.checked_sub(1 + self.placed.children(at).len())?;
                touched.push(at);
                next = self.spans[at as usize].parent;
            }
        }
        touched.sort_unstable_by_key(|&span| std::cmp::Reverse(self.place[span as usize]));
        Some(touched)
    }

    /// How long a span takes in this replay. Saturates where times are three centuries apart.
    fn duration(&mut self, span: SpanIdx, faster: u32) -> i64 {
        let halved = self.operation_of[span as usize] == faster;
        let scaled = |ns: i64| if halved && ns > 0 { ns - ns / 2 } else { ns };
        let cut = self.placed.cut[span as usize];
        let children = self.placed.children(span);
        let Some(&last) = self.placed.held[children.clone()].first() else { return scaled(signed(cut.len())) };
        let mut latest = 0;
        // Backwards: who is waited for comes after in the list.
        for position in children.rev() {
            let child = self.placed.held[position] as usize;
            let (ready, recorded) = match self.before.get(position) {
                Some(earlier) => (self.ends[earlier], self.placed.cut[self.placed.held[earlier] as usize].end),
                None => (0, cut.start),
            };
            let own = self.placed.cut[child];
            let begin = ready.saturating_add(scaled(own.start.saturating_sub(recorded))).max(0);
            let took = if self.changed_in[child] == self.replay { self.changed_ns[child] } else { signed(own.len()) };
            self.ends[position] = begin.saturating_add(took);
            latest = latest.max(self.ends[position]);
        }
        let after = cut.end.saturating_sub(self.placed.cut[last as usize].end);
        latest.saturating_add(scaled(after))
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
            let mut replay = Replay::new(&forest.spans, &placed, &before, &operation_of, 1);
            let all = placed.order.iter().copied().filter(|&span| placed.hold[span as usize] != Hold::Dropped);
            let touched = replay.touched(&all.collect::<Vec<_>>(), &mut usize::MAX.clone()).unwrap();
            for span in touched {
                replay.changed_ns[span as usize] = replay.duration(span, 1);
                prop_assert_eq!(replay.changed_ns[span as usize], signed(placed.cut[span as usize].len()));
            }
        }
    }
}
