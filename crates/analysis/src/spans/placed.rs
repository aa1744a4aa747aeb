//! Where spans lie once clocks are brought together and children are cut to their parents.
//!
//! Invariants: a span that holds its parent up lies inside it; nothing below a dropped span is kept; children
//! are sorted as a walk back from the end meets them.

use serde::Serialize;

use super::{Side, Span, SpanForest, SpanIdx};
use crate::{Cancel, Cancelled};

/// A server span moved into the client span that called it, with what hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shift {
    pub span: SpanIdx,
    /// Later when positive.
    pub by_ns: i64,
}

/// What a tree did after its root had ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AfterRoot {
    /// Spans that ended later than the root.
    pub spans: u32,
    /// The sum of their times after it.
    pub work_ns: u64,
    /// From the root's end to the last end.
    pub lasted_ns: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub start: i64,
    pub end: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Root,
    /// Keeps its parent from ending; and whether all above it do so too, up to the root.
    Parent {
        up_to_root: bool,
    },
    /// Asynchronous: keeps nobody.
    Nobody,
    /// Outside its parent, or below such a span.
    Dropped,
}

/// One root with all below it.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub root: SpanIdx,
    /// Its part of [`Placed::order`].
    pub begin: usize,
    pub end: usize,
    pub dropped: u32,
    pub after_root: AfterRoot,
}

/// The forest on one clock. About 60 bytes a span.
#[derive(Debug)]
pub(super) struct Placed {
    /// By span: its interval cut to its parent; of dropped ones as recorded.
    pub cut: Vec<Interval>,
    pub hold: Vec<Hold>,
    /// Every tree in one piece, parents before children.
    pub order: Vec<SpanIdx>,
    pub trees: Vec<Tree>,
    pub shifts: Vec<Shift>,
    /// The children that hold their parent up: of span `s`, `held[held_from[s]..held_from[s + 1]]`. Last end
    /// first; of equal ends the one that began first, then the smaller id.
    pub held: Vec<SpanIdx>,
    held_from: Vec<u32>,
}

impl Interval {
    pub const fn len(self) -> u64 {
        // Not a difference of signed numbers: times may lie more than half their range apart.
        if self.end > self.start { self.end.abs_diff(self.start) } else { 0 }
    }
}

impl Placed {
    /// Positions in `held` of the children that hold a span up.
    pub fn children(&self, span: SpanIdx) -> std::ops::Range<usize> {
        self.held_from[span as usize] as usize..self.held_from[span as usize + 1] as usize
    }

    /// O(N log N).
    pub fn new(forest: &SpanForest, cancel: &Cancel) -> Result<Self, Cancelled> {
        let spans = &forest.spans;
        let (child_from, children) = grouped(spans, |_| true);
        let mut placed = Self {
            cut: spans.iter().map(|span| Interval { start: span.start.0, end: span.end.0 }).collect(),
            hold: vec![Hold::Root; spans.len()],
            order: Vec::with_capacity(spans.len()),
            trees: Vec::new(),
            shifts: Vec::new(),
            held: Vec::new(),
            held_from: Vec::new(),
        };
        // By span: how far its clock was moved, and where that put it, not cut.
        let mut moved = vec![0; spans.len()];
        let mut stack = Vec::new();
        for (root, _) in spans.iter().enumerate().filter(|(_, span)| span.parent.is_none()) {
            cancel.check()?;
            let begin = placed.order.len();
            let mut tree =
                Tree { root: root as SpanIdx, begin, end: begin, dropped: 0, after_root: AfterRoot::default() };
            stack.push(root as SpanIdx);
            while let Some(span) = stack.pop() {
                if placed.order.len() % 4096 == 0 {
                    cancel.check()?;
                }
                placed.order.push(span);
                if let Some(parent) = spans[span as usize].parent {
                    placed.place(spans, span, parent, &mut moved, &mut tree);
                }
                let own = child_from[span as usize] as usize..child_from[span as usize + 1] as usize;
                stack.extend(children[own].iter().rev());
            }
            tree.end = placed.order.len();
            placed.trees.push(tree);
        }
        placed.sort_held(spans, cancel)?;
        Ok(placed)
    }

    fn place(&mut self, spans: &[Span], at: SpanIdx, parent: SpanIdx, moved: &mut [i64], tree: &mut Tree) {
        let span = &spans[at as usize];
        let recorded = Interval { start: span.start.0, end: span.end.0 };
        let over = |moved: &[i64]| shifted(&spans[parent as usize], moved[parent as usize]);
        let by = match shift(span, &spans[parent as usize], recorded, over(moved)) {
            Some(by_ns) => {
                if by_ns != 0 {
                    self.shifts.push(Shift { span: at, by_ns });
                }
                by_ns
            }
            None => moved[parent as usize],
        };
        moved[at as usize] = by;
        let whole = shifted(span, by);
        tree.after_root.add(whole, self.cut[tree.root as usize].end);

        let (above, holds) = (self.cut[parent as usize], span.parenthood.holds_parent_up());
        let inside = Interval { start: whole.start.max(above.start), end: whole.end.min(above.end) };
        // Touching is not being inside, except for a span that has no length.
        let outside = inside.end < inside.start || (inside.end == inside.start && whole.end > whole.start);
        let above_holds = self.hold[parent as usize];
        (self.hold[at as usize], self.cut[at as usize]) = if above_holds == Hold::Dropped || (holds && outside) {
            tree.dropped += 1;
            (Hold::Dropped, whole)
        } else if holds {
            let up_to_root = matches!(above_holds, Hold::Root | Hold::Parent { up_to_root: true });
            (Hold::Parent { up_to_root }, inside)
        } else {
            (Hold::Nobody, whole)
        };
    }

    fn sort_held(&mut self, spans: &[Span], cancel: &Cancel) -> Result<(), Cancelled> {
        (self.held_from, self.held) = grouped(spans, |span| matches!(self.hold[span], Hold::Parent { .. }));
        for (parent, bounds) in self.held_from.windows(2).enumerate() {
            if parent % 4096 == 0 {
                cancel.check()?;
            }
            let own = &mut self.held[bounds[0] as usize..bounds[1] as usize];
            own.sort_unstable_by_key(|&child| {
                let Interval { start, end } = self.cut[child as usize];
                (std::cmp::Reverse(end), start, child)
            });
        }
        Ok(())
    }
}

impl AfterRoot {
    fn add(&mut self, span: Interval, root_end: i64) {
        if span.end > root_end {
            self.spans += 1;
            let late = Interval { start: span.start.max(root_end), end: span.end };
            self.work_ns = self.work_ns.saturating_add(late.len());
            self.lasted_ns = self.lasted_ns.max(span.end.abs_diff(root_end));
        }
    }
}

fn shifted(span: &Span, by: i64) -> Interval {
    Interval { start: span.start.saturating_add(by).0, end: span.end.saturating_add(by).0 }
}

/// How far a span's clock is off against the caller's, when that can be told: only between the two ends of
/// one call. Otherwise [`None`], and the parent's clock is its clock.
///
/// As in Jaeger's adjuster, the way there and the way back are assumed to have taken equally long.
fn shift(span: &Span, parent: &Span, recorded: Interval, over: Interval) -> Option<i64> {
    if (span.side, parent.side) != (Side::Server, Side::Client) {
        return None;
    }
    let inside = over.start <= recorded.start && recorded.end <= over.end;
    let fits = recorded.len() <= over.len();
    if inside || !fits || !span.parenthood.holds_parent_up() {
        return Some(0);
    }
    let way = (over.len() - recorded.len()) / 2;
    let target = over.start.saturating_add_unsigned(way);
    Some(target.saturating_sub(recorded.start))
}

/// The spans that `wanted` accepts, by parent: offsets and members, ascending. O(N).
fn grouped(spans: &[Span], wanted: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<SpanIdx>) {
    let parent = |at: usize| spans[at].parent.filter(|_| wanted(at)).map(|parent| parent as usize);
    let mut from = vec![0_u32; spans.len() + 1];
    for above in (0..spans.len()).filter_map(parent) {
        from[above + 1] += 1;
    }
    for at in 0..spans.len() {
        from[at + 1] += from[at];
    }
    let mut next = from.clone();
    let mut members = vec![0; from[spans.len()] as usize];
    for at in 0..spans.len() {
        if let Some(above) = parent(at) {
            members[next[above] as usize] = at as SpanIdx;
            next[above] += 1;
        }
    }
    (from, members)
}
