//! Where spans lie once clocks are brought together and children are cut to their parents.
//!
//! Everything here is by *place*: a span's position when every tree is written down in one piece, parents
//! before children and siblings by id. It keeps what is read together close in memory.
//! Invariants: a span that holds its parent up lies inside it; nothing below a dropped span is kept; children
//! are sorted as a walk back from the end meets them.

use std::ops::Range;

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

/// Index into [`Placed::spans`].
pub(super) type Place = u32;

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

/// A child that holds its parent up, with its interval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub cut: Interval,
    pub place: Place,
}

/// One root with all below it.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// The root's place is the first.
    pub places: Range<usize>,
    pub dropped: u32,
    pub after_root: AfterRoot,
}

/// The forest on one clock. About 110 bytes a span.
#[derive(Debug)]
pub(super) struct Placed {
    /// The spans in this order; their `parent` is a place.
    pub spans: Vec<Span>,
    /// Which span of the forest is at a place.
    pub order: Vec<SpanIdx>,
    /// Cut to the parent; of dropped ones as recorded.
    pub cut: Vec<Interval>,
    pub hold: Vec<Hold>,
    pub trees: Vec<Tree>,
    pub shifts: Vec<Shift>,
    /// Those who hold their parent up, by parent. Last end first; of equal ends the one that began first, then
    /// the smaller id.
    pub held: Vec<Child>,
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
    pub fn children(&self, of: Place) -> Range<usize> {
        self.held_from[of as usize] as usize..self.held_from[of as usize + 1] as usize
    }

    /// O(N log N).
    pub fn new(forest: &SpanForest, cancel: &Cancel) -> Result<Self, Cancelled> {
        let Preorder { order, spans, roots } = preorder(forest, cancel)?;
        let mut placed = Self {
            cut: spans.iter().map(|span| Interval { start: span.start.0, end: span.end.0 }).collect(),
            hold: vec![Hold::Root; spans.len()],
            trees: Vec::with_capacity(roots.len()),
            shifts: Vec::new(),
            held: Vec::new(),
            held_from: Vec::new(),
            spans,
            order,
        };
        // How far a span's clock was moved.
        let mut moved = vec![0; placed.spans.len()];
        for (at, &root) in roots.iter().enumerate() {
            cancel.check()?;
            let end = roots.get(at + 1).map_or(placed.spans.len(), |&next| next as usize);
            let mut tree = Tree { places: root as usize..end, dropped: 0, after_root: AfterRoot::default() };
            for place in root + 1..end as Place {
                placed.place(place, &mut moved, &mut tree);
            }
            placed.trees.push(tree);
        }
        placed.sort_held(cancel)?;
        Ok(placed)
    }

    fn place(&mut self, at: Place, moved: &mut [i64], tree: &mut Tree) {
        let span = self.spans[at as usize];
        let Some(parent) = span.parent.map(|parent| parent as usize) else { return };
        let over = shifted(&self.spans[parent], moved[parent]);
        let by = match shift(&span, &self.spans[parent], over) {
            Some(by_ns) => {
                if by_ns != 0 {
                    self.shifts.push(Shift { span: self.order[at as usize], by_ns });
                }
                by_ns
            }
            None => moved[parent],
        };
        moved[at as usize] = by;
        let whole = shifted(&span, by);
        tree.after_root.add(whole, self.cut[tree.places.start].end);

        let (above, holds) = (self.cut[parent], span.parenthood.holds_parent_up());
        let inside = Interval { start: whole.start.max(above.start), end: whole.end.min(above.end) };
        // Touching is not being inside, except for a span that has no length.
        let outside = inside.end < inside.start || (inside.end == inside.start && whole.end > whole.start);
        let above_holds = self.hold[parent];
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

    fn sort_held(&mut self, cancel: &Cancel) -> Result<(), Cancelled> {
        let holds = |place: usize| matches!(self.hold[place], Hold::Parent { .. });
        let (held_from, held) = grouped(&self.spans, holds);
        self.held_from = held_from;
        self.held = held.into_iter().map(|place| Child { cut: self.cut[place as usize], place }).collect();
        for (parent, bounds) in self.held_from.windows(2).enumerate() {
            if parent % 4096 == 0 {
                cancel.check()?;
            }
            let own = &mut self.held[bounds[0] as usize..bounds[1] as usize];
            own.sort_unstable_by_key(|child| (std::cmp::Reverse(child.cut.end), child.cut.start, child.place));
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
/// one call. Otherwise [`None`], and the parent's clock is its clock. `over` is the parent on the root's clock.
///
/// As in Jaeger's adjuster, the way there and the way back are assumed to have taken equally long.
fn shift(span: &Span, parent: &Span, over: Interval) -> Option<i64> {
    if (span.side, parent.side) != (Side::Server, Side::Client) {
        return None;
    }
    let recorded = shifted(span, 0);
    let inside = over.start <= recorded.start && recorded.end <= over.end;
    let fits = recorded.len() <= over.len();
    if inside || !fits || !span.parenthood.holds_parent_up() {
        return Some(0);
    }
    let way = (over.len() - recorded.len()) / 2;
    let target = over.start.saturating_add_unsigned(way);
    Some(target.saturating_sub(recorded.start))
}

struct Preorder {
    order: Vec<SpanIdx>,
    spans: Vec<Span>,
    roots: Vec<Place>,
}

/// Gives places. O(N).
fn preorder(forest: &SpanForest, cancel: &Cancel) -> Result<Preorder, Cancelled> {
    let (child_from, children) = grouped(&forest.spans, |_| true);
    let mut order = Vec::with_capacity(forest.spans.len());
    let mut spans = Vec::with_capacity(forest.spans.len());
    let mut roots = Vec::new();
    let mut stack: Vec<(SpanIdx, Option<Place>)> = Vec::new();
    for (root, _) in forest.spans.iter().enumerate().filter(|(_, span)| span.parent.is_none()) {
        roots.push(order.len() as Place);
        stack.push((root as SpanIdx, None));
        while let Some((span, parent)) = stack.pop() {
            let place = order.len() as Place;
            if place.is_multiple_of(4096) {
                cancel.check()?;
            }
            order.push(span);
            spans.push(Span { parent, ..forest.spans[span as usize] });
            let own = child_from[span as usize] as usize..child_from[span as usize + 1] as usize;
            stack.extend(children[own].iter().rev().map(|&child| (child, Some(place))));
        }
    }
    Ok(Preorder { order, spans, roots })
}

/// The indices that `wanted` accepts, by parent: offsets and members, ascending. O(N).
fn grouped(spans: &[Span], wanted: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<u32>) {
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
            members[next[above] as usize] = at as u32;
            next[above] += 1;
        }
    }
    (from, members)
}
