//! The spans of one trace, and which caused which.
//!
//! Invariants, which [`SpanForestBuilder::finish`] establishes and everything over spans relies on:
//! - spans are sorted by id, and no id is there twice: of equal ids the first recorded counts;
//! - `start <= end`;
//! - following parents ends at a root: cycles are cut, and counted.

use hashbrown::HashMap;
use model::Nanos;

use crate::history::Names;
use crate::parents;

/// Index into [`SpanForest::spans`]: the smaller index has the smaller id.
pub type SpanIdx = u32;

/// How a span hangs on its parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Parenthood {
    /// The parent waits for it: OpenTracing's `CHILD_OF`, an ordinary call.
    #[default]
    Child,
    /// Caused by the parent, which does not wait: OpenTracing's `FOLLOWS_FROM`, a message to a queue.
    FollowsFrom,
    /// Spawned by the parent and never awaited, as far as was recorded.
    Asynchronous,
    /// Spawned by the parent and awaited by it, or a `FOLLOWS_FROM` the parent waited for.
    Awaited,
}

/// Which end of a call a span was recorded at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// Neither, or not said.
    #[default]
    Internal,
    Client,
    Server,
}

/// One interval of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// [`None`]: a root, because it has no parent, its parent was not recorded, or a cycle was cut here.
    pub parent: Option<SpanIdx>,
    pub parenthood: Parenthood,
    pub side: Side,
    pub start: Nanos,
    pub end: Nanos,
    /// Index into [`SpanForest::services`].
    pub service: u32,
    /// Index into [`SpanForest::operations`].
    pub operation: u32,
    /// It ended with an error, its own or one it was handed.
    pub failed: bool,
}

/// The spans of one trace.
#[derive(Debug, Clone, Default)]
pub struct SpanForest {
    pub spans: Vec<Span>,
    /// The id of each span as its source prints it; ascending.
    pub ids: Vec<String>,
    pub services: Vec<String>,
    pub operations: Vec<String>,
    /// Roots whose parent is named but was not recorded.
    pub orphans: u32,
    /// Cycles of parents that were cut; each made a root of its span that began first.
    pub cycles_cut: u32,
    /// Spans left out because their id had been there before.
    pub duplicates: u32,
}

/// One span as a reader hands it over.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpanRecord<'a> {
    pub id: &'a str,
    pub parent: Option<&'a str>,
    pub parenthood: Parenthood,
    pub side: Side,
    pub start: Nanos,
    /// Taken as `start` when it lies before.
    pub end: Nanos,
    pub service: &'a str,
    pub operation: &'a str,
    pub failed: bool,
}

impl Parenthood {
    /// Whether the parent cannot end before the span does.
    pub const fn holds_parent_up(self) -> bool {
        matches!(self, Self::Child | Self::Awaited)
    }
}

impl Span {
    pub const fn duration_ns(&self) -> u64 {
        // Not a difference of signed numbers: times may lie more than half their range apart.
        self.end.0.abs_diff(self.start.0)
    }
}

impl SpanForest {
    /// `[service] operation`, the form of CRISP's tables.
    pub fn label(&self, service: u32, operation: u32) -> String {
        let name = |names: &[String], at: u32| names.get(at as usize).cloned().unwrap_or_default();
        format!("[{}] {}", name(&self.services, service), name(&self.operations, operation))
    }

    /// Where a span with this id is. O(log N).
    pub fn find(&self, id: &str) -> Option<SpanIdx> {
        self.ids.binary_search_by(|other| other.as_str().cmp(id)).ok().map(|at| at as SpanIdx)
    }
}

/// Collects the spans of one trace, in any order.
#[derive(Debug, Default)]
pub struct SpanForestBuilder {
    spans: Vec<Span>,
    ids: Vec<String>,
    /// By span: which of `parent_ids` its parent is.
    parents: Vec<Option<u32>>,
    parent_ids: Interned,
    services: Interned,
    operations: Interned,
}

#[derive(Debug, Default)]
struct Interned {
    ids: Names,
    names: Vec<String>,
}

impl Interned {
    fn id(&mut self, name: &str) -> u32 {
        let id = self.ids.id(name);
        if id as usize == self.names.len() {
            self.names.push(name.to_owned());
        }
        id
    }
}

impl SpanForestBuilder {
    /// Adds a span; its parent may come later, or never.
    pub fn push(&mut self, record: SpanRecord<'_>) {
        let SpanRecord { id, parent, parenthood, side, start, end, service, operation, failed } = record;
        self.ids.push(id.to_owned());
        self.parents.push(parent.map(|parent| self.parent_ids.id(parent)));
        self.spans.push(Span {
            parent: None,
            parenthood,
            side,
            start,
            end: end.max(start),
            service: self.services.id(service),
            operation: self.operations.id(operation),
            failed,
        });
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// O(N log N) in the spans.
    pub fn finish(mut self) -> SpanForest {
        let recorded = self.spans.len();
        let mut order: Vec<u32> = (0..recorded as u32).collect();
        // Stable: of equal ids the first recorded stays first.
        order.sort_by(|&a, &b| self.ids[a as usize].cmp(&self.ids[b as usize]));
        order.dedup_by(|later, earlier| self.ids[*later as usize] == self.ids[*earlier as usize]);

        let ids: Vec<String> = order.iter().map(|&at| std::mem::take(&mut self.ids[at as usize])).collect();
        let by_id: HashMap<&str, SpanIdx> =
            ids.iter().enumerate().map(|(span, id)| (id.as_str(), span as SpanIdx)).collect();
        let known: Vec<Option<SpanIdx>> =
            self.parent_ids.names.iter().map(|id| by_id.get(id.as_str()).copied()).collect();
        let mut orphans = 0;
        let mut spans: Vec<Span> = Vec::with_capacity(order.len());
        for &at in &order {
            let named = self.parents[at as usize];
            let parent = named.and_then(|name| known[name as usize]);
            orphans += u32::from(named.is_some() && parent.is_none());
            spans.push(Span { parent, ..self.spans[at as usize] });
        }
        drop(by_id);
        let cycles_cut = cut_cycles(&mut spans);
        SpanForest {
            duplicates: (recorded - spans.len()) as u32,
            spans,
            ids,
            services: self.services.names,
            operations: self.operations.names,
            orphans,
            cycles_cut,
        }
    }
}

/// Makes a root of the span of each cycle that began first (then the smaller id); how many there were. O(N).
fn cut_cycles(spans: &mut [Span]) -> u32 {
    let mut parents: Vec<u32> = spans.iter().map(|span| span.parent.unwrap_or(parents::NONE)).collect();
    let cut = parents::cut_cycles(&mut parents, |span| (spans[span as usize].start, span));
    for (span, parent) in spans.iter_mut().zip(parents) {
        span.parent = (parent != parents::NONE).then_some(parent);
    }
    cut.cycles as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest(spans: &[(&str, Option<&str>, i64, i64)]) -> SpanForest {
        let mut builder = SpanForestBuilder::default();
        for &(id, parent, start, end) in spans {
            builder.push(SpanRecord { id, parent, start: Nanos(start), end: Nanos(end), ..SpanRecord::default() });
        }
        builder.finish()
    }

    #[test]
    fn a_parent_may_come_late_or_never() {
        let forest = forest(&[("c", Some("b"), 1, 2), ("b", Some("a"), 0, 3), ("d", None, 0, 9)]);
        let parents: Vec<_> = forest.spans.iter().map(|span| span.parent).collect();
        assert_eq!(forest.ids, ["b", "c", "d"]);
        assert_eq!(parents, [None, Some(0), None]);
        assert_eq!(forest.orphans, 1);
    }

    #[test]
    fn a_cycle_is_cut_at_the_span_that_began_first() {
        let forest = forest(&[
            ("a", Some("c"), 5, 6),
            ("b", Some("a"), 3, 6),
            ("c", Some("b"), 4, 6),
            ("d", Some("a"), 0, 6),
            ("e", Some("e"), 0, 6),
        ]);
        let parents: Vec<_> = forest.spans.iter().map(|span| span.parent).collect();
        assert_eq!(parents, [Some(2), None, Some(1), Some(0), None]);
        assert_eq!(forest.cycles_cut, 2);
    }

    #[test]
    fn a_second_span_of_one_id_changes_nothing() {
        let forest = forest(&[("a", None, 0, 5), ("a", None, 0, 50), ("b", Some("a"), 7, 6)]);
        assert_eq!(forest.duplicates, 1);
        assert_eq!(forest.spans[0].end, Nanos(5));
        assert_eq!(forest.spans[1].end, Nanos(7), "an end before the start is the start");
    }

    #[test]
    fn a_span_is_found_by_its_id() {
        let forest = forest(&[("b", None, 0, 5), ("a", None, 0, 5)]);
        assert_eq!((forest.find("a"), forest.find("b"), forest.find("c")), (Some(0), Some(1), None));
    }
}
