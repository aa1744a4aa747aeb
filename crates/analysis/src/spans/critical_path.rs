//! The critical path: what a request's duration was spent on.
//!
//! From the end of the root back to its beginning, each moment belongs to the span that everything above it
//! was then waiting for. Invariant: the segments of a path are disjoint, in order, and cover the root's
//! interval exactly, so that exclusive times sum to its duration.
//!
//! Source: CRISP (USENIX ATC 2022), whose own figures are kept beside ours: there a span's exclusive time is
//! its duration less those of its children on the path, so that where siblings overlap by clock noise the
//! overlap counts twice.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::Serialize;

use super::before::Before;
use super::placed::{AfterRoot, Hold, Interval, Place, Placed, Shift};
use super::{Span, SpanForest, SpanIdx, what_if};
use crate::{Cancel, Cancelled};

/// The paths of one trace.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CriticalPaths {
    /// One a root, the longest root first (then the earlier, then the smaller id).
    pub paths: Vec<CriticalPath>,
    /// Server spans that were moved into their client spans.
    pub shifts: Vec<Shift>,
}

/// The path of one root.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalPath {
    pub root: SpanIdx,
    pub duration_ns: u64,
    /// Spans below the root, itself included.
    pub spans: u32,
    /// Spans left out because they, or one above them, lay wholly outside their parent.
    pub dropped: u32,
    /// The partition of the root's interval, in time order.
    pub segments: Vec<Segment>,
    /// All operations of the tree, most exclusive time first.
    pub operations: Vec<OperationTime>,
    /// What the tree did after the root had ended: not part of anything above.
    pub after_root: AfterRoot,
}

/// A time in which the root waited for one span's own work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segment {
    pub span: SpanIdx,
    /// Nanoseconds since 1970, on the root's clock.
    pub start_ns: i64,
    pub end_ns: i64,
}

/// What one operation of one service contributed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OperationTime {
    /// Index into [`SpanForest::services`].
    pub service: u32,
    /// Index into [`SpanForest::operations`].
    pub operation: u32,
    /// Its spans in the tree, dropped ones excluded.
    pub calls: u64,
    /// Those of them on the path.
    pub calls_on_path: u64,
    /// Its own time on the path.
    pub exclusive_ns: u64,
    /// That over the root's duration; 0 when the root has none.
    pub share: f64,
    /// The durations of its spans, cut to their parents, on the path or not.
    pub total_work_ns: u64,
    /// How much sooner the root had ended, had every span of the operation needed half the time of its own:
    /// the tree replayed with what waited for what kept as recorded. Never more than half of `exclusive_ns`.
    /// [`None`]: not computed, the work for it having a bound.
    pub saved_if_half_ns: Option<u64>,
    /// CRISP's exclusive time; may be negative where many children overlap slightly.
    pub crisp_exclusive_ns: i64,
}

impl CriticalPath {
    /// CRISP's table: exclusive microseconds by `[service] operation`, of what is on the path.
    pub fn crisp(&self, forest: &SpanForest) -> BTreeMap<String, i64> {
        let mut table = BTreeMap::new();
        for row in self.operations.iter().filter(|row| row.calls_on_path > 0) {
            table.insert(forest.label(row.service, row.operation), row.crisp_exclusive_ns / 1000);
        }
        table
    }
}

/// The critical path of every root. O(N log N) time, about 250 bytes a span.
///
/// # Errors
/// [`Cancelled`] once `cancel` was raised.
pub fn critical_paths(forest: &SpanForest, cancel: &Cancel) -> Result<CriticalPaths, Cancelled> {
    let placed = Placed::new(forest, cancel)?;
    let before = Before::new(&placed, cancel)?;
    let (operation_of, operations) = operations(&placed.spans);
    let mut replay = what_if::Replay::new(&placed, &before, &operation_of, operations.len());
    let mut rows = Rows::new(operations);
    let mut paths = Vec::with_capacity(placed.trees.len());
    for tree in &placed.trees {
        cancel.check()?;
        let root = tree.places.start;
        let Walk { parts, spans } = walk(&placed, &before, root as Place);
        for &(place, part) in &parts {
            rows.exclusive(operation_of[place as usize], part.len());
        }
        for &(place, crisp_ns) in &spans {
            rows.on_path(operation_of[place as usize], crisp_ns);
        }
        for place in tree.places.clone().filter(|&place| placed.hold[place] != Hold::Dropped) {
            rows.work(operation_of[place], placed.cut[place].len());
        }
        let duration_ns = placed.cut[root].len();
        let mut found = rows.take(duration_ns);
        replay.fill(tree, &mut found, cancel)?;
        let segment = |&(place, part): &(Place, Interval)| Segment {
            span: placed.order[place as usize],
            start_ns: part.start,
            end_ns: part.end,
        };
        paths.push(CriticalPath {
            root: placed.order[root],
            duration_ns,
            spans: tree.places.len() as u32,
            dropped: tree.dropped,
            // Found from the end backwards.
            segments: parts.iter().rev().map(segment).collect(),
            operations: found.into_iter().map(|(_, row)| row).collect(),
            after_root: tree.after_root,
        });
    }
    paths.sort_by_key(|path| (std::cmp::Reverse(path.duration_ns), forest.spans[path.root as usize].start, path.root));
    Ok(CriticalPaths { paths, shifts: placed.shifts })
}

/// A span on the path whose children are being walked, last first.
struct Frame {
    place: Place,
    /// Its part of the root's interval begins here, cut by the sibling after it.
    start: i64,
    /// Down to here the part is given out; its end at first.
    given: i64,
    /// Position in `held` of the child to take next.
    next: Option<usize>,
}

/// One path, from the end backwards.
#[derive(Default)]
struct Walk {
    /// The partition of the root's interval.
    parts: Vec<(Place, Interval)>,
    /// The spans on the path with their CRISP times.
    spans: Vec<(Place, i64)>,
}

/// Heap in the depth of the path, no recursion. O(spans on the path).
fn walk(placed: &Placed, before: &Before, root: Place) -> Walk {
    let mut walk = Walk::default();
    let mut frames = vec![walk.enter(placed, before, root, placed.cut[root as usize])];
    while let Some(frame) = frames.last_mut() {
        let Some(position) = frame.next else {
            walk.give(frame.place, Interval { start: frame.start, end: frame.given });
            frames.pop();
            continue;
        };
        frame.next = before.get(position);
        let child = placed.held[position];
        let end = child.cut.end.min(frame.given);
        // A child wholly behind the cut has an empty part, and stays on the path.
        let part = Interval { start: child.cut.start.min(end), end };
        walk.give(frame.place, Interval { start: end, end: frame.given });
        frame.given = part.start;
        frames.push(walk.enter(placed, before, child.place, part));
    }
    walk
}

impl Walk {
    fn enter(&mut self, placed: &Placed, before: &Before, place: Place, part: Interval) -> Frame {
        let children = placed.children(place);
        let next = (!children.is_empty()).then_some(children.start);
        let on_path = std::iter::successors(next, |&position| before.get(position));
        let waited: i128 = on_path.map(|position| i128::from(placed.held[position].cut.len())).sum();
        let crisp = i128::from(placed.cut[place as usize].len()) - waited;
        self.spans.push((place, crisp.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64));
        Frame { place, start: part.start, given: part.end, next }
    }

    fn give(&mut self, place: Place, part: Interval) {
        if part.start < part.end {
            match self.parts.last_mut() {
                Some((last, later)) if *last == place && later.start == part.end => later.start = part.start,
                _ => self.parts.push((place, part)),
            }
        }
    }
}

/// By place: which (service, operation) it is, and their list.
fn operations(spans: &[Span]) -> (Vec<u32>, Vec<(u32, u32)>) {
    let mut known: HashMap<(u32, u32), u32> = HashMap::new();
    let mut list = Vec::new();
    let of = spans
        .iter()
        .map(|span| {
            let key = (span.service, span.operation);
            *known.entry(key).or_insert_with(|| {
                list.push(key);
                list.len() as u32 - 1
            })
        })
        .collect();
    (of, list)
}

/// The figures of one tree by operation; emptied at the cost of what was touched.
struct Rows {
    operations: Vec<(u32, u32)>,
    /// By operation: its place in `touched`, plus one; 0 when not there.
    place: Vec<u32>,
    touched: Vec<(u32, OperationTime)>,
}

impl Rows {
    fn new(operations: Vec<(u32, u32)>) -> Self {
        Self { place: vec![0; operations.len()], operations, touched: Vec::new() }
    }

    fn row(&mut self, of: u32) -> &mut OperationTime {
        let place = &mut self.place[of as usize];
        if *place == 0 {
            let (service, operation) = self.operations[of as usize];
            let row = OperationTime {
                service,
                operation,
                calls: 0,
                calls_on_path: 0,
                exclusive_ns: 0,
                share: 0.0,
                total_work_ns: 0,
                saved_if_half_ns: None,
                crisp_exclusive_ns: 0,
            };
            self.touched.push((of, row));
            *place = self.touched.len() as u32;
        }
        &mut self.touched[*place as usize - 1].1
    }

    fn on_path(&mut self, of: u32, crisp_ns: i64) {
        let row = self.row(of);
        row.calls_on_path += 1;
        row.crisp_exclusive_ns = row.crisp_exclusive_ns.saturating_add(crisp_ns);
    }

    fn exclusive(&mut self, of: u32, ns: u64) {
        self.row(of).exclusive_ns += ns;
    }

    fn work(&mut self, of: u32, ns: u64) {
        let row = self.row(of);
        row.calls += 1;
        row.total_work_ns = row.total_work_ns.saturating_add(ns);
    }

    /// What was collected, with which operation each row is.
    fn take(&mut self, duration_ns: u64) -> Vec<(u32, OperationTime)> {
        let mut found = std::mem::take(&mut self.touched);
        for (of, row) in &mut found {
            self.place[*of as usize] = 0;
            if duration_ns > 0 {
                row.share = row.exclusive_ns as f64 / duration_ns as f64;
            }
        }
        found.sort_unstable_by_key(|(_, row)| {
            (std::cmp::Reverse((row.exclusive_ns, row.total_work_ns)), row.service, row.operation)
        });
        found
    }
}
