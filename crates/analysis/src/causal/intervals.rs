//! The intervals among recorded events, as spans: what the critical path is found in.
//!
//! Spans name their parents. Events of the contract's clients do not: each names the event before it, whether
//! or not that is over. There the intervals of a thread nest by time, and those that nothing encloses hang on
//! what started the thread: a task on where it was spawned, a callee on the exchange of its caller.

use hashbrown::{HashMap, HashSet};
use model::table::{EventRow, EventTable};
use model::wire::Payload;
use model::{Mode, TraceId};

use super::Recorded;
use super::details::SPAN;
use crate::history::{EdgeReason, OpIdx, ThreadIdx};
use crate::spans::{Parenthood, Side, SpanForest, SpanForestBuilder, SpanRecord};

/// Intervals around one that are looked at for what started a thread.
const MOST_LEVELS: usize = 1_000;

/// An event that takes time.
#[derive(Debug, Clone, Copy)]
struct Interval {
    op: OpIdx,
    thread: ThreadIdx,
    start: i64,
    end: i64,
    /// Index of the one around it.
    around: Option<u32>,
    parenthood: Parenthood,
}

/// The spans of every trace of a history, in the order of their first events; `table` is what the history was
/// made of, and `follows` the rows whose parent does not wait for them. O(N log N).
pub fn forests(recorded: &Recorded, table: &EventTable, follows: &HashSet<u32>) -> Vec<(TraceId, SpanForest)> {
    let source = Source {
        recorded,
        table,
        requests: recorded.exchanges.iter().map(|&(request, response)| (response, request)).collect(),
        joined: joined(recorded),
    };
    let mut order: Vec<TraceId> = Vec::new();
    let mut builders: HashMap<TraceId, SpanForestBuilder> = HashMap::new();
    let mut threads: Vec<ThreadIdx> = (0..recorded.threads.len() as ThreadIdx).collect();
    threads.sort_by_key(|&thread| recorded.history.of_thread(thread).first().copied());
    let nested = source.nested();
    for thread in threads {
        let trace = recorded.threads[thread as usize].trace;
        let builder = builders.entry(trace).or_insert_with(|| {
            order.push(trace);
            SpanForestBuilder::default()
        });
        for &op in recorded.history.of_thread(thread) {
            if let Some(row) = source.row(op).filter(|row| is_span(table, row)) {
                source.push_span(builder, op, row, follows);
            }
        }
        for &at in &nested.of_thread[thread as usize] {
            source.push_interval(builder, &nested, at);
        }
    }
    let built = order.into_iter().filter_map(|trace| Some((trace, builders.remove(&trace)?.finish())));
    built.filter(|(_, forest)| !forest.spans.is_empty()).collect()
}

/// Intervals that name no parents, by thread.
struct Nested {
    all: Vec<Interval>,
    of_thread: Vec<Vec<u32>>,
    of_op: HashMap<OpIdx, u32>,
}

struct Source<'r> {
    recorded: &'r Recorded,
    table: &'r EventTable,
    /// By response, its request.
    requests: HashMap<OpIdx, OpIdx>,
    /// The last operations of tasks that were awaited.
    joined: HashSet<OpIdx>,
}

fn joined(recorded: &Recorded) -> HashSet<OpIdx> {
    let edges = recorded.history.edges.iter();
    edges.filter(|edge| edge.reason == EdgeReason::Join).map(|edge| edge.from).collect()
}

fn is_span(table: &EventTable, row: &EventRow) -> bool {
    Payload::decode(table.payload(row)).is_ok_and(|payload| payload.kind == SPAN)
}

impl Source<'_> {
    fn row(&self, op: OpIdx) -> Option<&EventRow> {
        if *self.recorded.implied.get(op as usize)? {
            return None;
        }
        self.table.rows.get(*self.recorded.rows.get(op as usize)? as usize)
    }

    fn push_span(&self, builder: &mut SpanForestBuilder, op: OpIdx, row: &EventRow, follows: &HashSet<u32>) {
        let row_idx = self.recorded.rows[op as usize];
        let id = self.span_id(op, row);
        let parent = row.parent.map(|parent| {
            let found = self.recorded.parent_of(op).and_then(|parent| Some((parent, self.row(parent)?)));
            found.map_or_else(|| parent.to_hex(), |(parent, row)| self.span_id(parent, row))
        });
        builder.push(SpanRecord {
            id: &id,
            parent: parent.as_deref(),
            parenthood: if follows.contains(&row_idx) { Parenthood::FollowsFrom } else { Parenthood::Child },
            side: side(row.mode),
            start: row.start,
            end: row.end,
            service: self.table.text(row.service),
            operation: self.table.text(row.operation),
            failed: row.error,
        });
    }

    /// As the source prints it; of two halves that share an id, the server's is marked.
    fn span_id(&self, op: OpIdx, row: &EventRow) -> String {
        let span = self.table.text(row.span);
        let parent = self.recorded.parent_of(op).and_then(|parent| self.row(parent));
        if parent.is_some_and(|parent| parent.span == row.span) { format!("{span} server") } else { span.to_owned() }
    }

    fn push_interval(&self, builder: &mut SpanForestBuilder, nested: &Nested, at: u32) {
        let interval = nested.all[at as usize];
        let Some(row) = self.row(interval.op) else { return };
        let around = interval.around.and_then(|around| self.row(nested.all[around as usize].op));
        let request = self.requests.get(&interval.op).and_then(|&request| self.row(request));
        let (id, parent) = (row.id.to_string(), around.map(|around| around.id.to_string()));
        builder.push(SpanRecord {
            id: &id,
            parent: parent.as_deref(),
            parenthood: interval.parenthood,
            side: request.map_or(Side::Internal, |request| side(request.mode)),
            start: row.start,
            end: row.end,
            service: self.table.text(row.service),
            operation: self.table.text(request.map_or(row.operation, |request| request.operation)),
            failed: row.error,
        });
    }

    /// Every interval that is no span, with what is around it.
    fn nested(&self) -> Nested {
        let history = &self.recorded.history;
        let n_threads = history.threads.len();
        let mut nested = Nested { all: Vec::new(), of_thread: vec![Vec::new(); n_threads], of_op: HashMap::new() };
        for thread in 0..n_threads as ThreadIdx {
            let mut found: Vec<Interval> = Vec::new();
            for &op in history.of_thread(thread) {
                let Some(row) = self.row(op).filter(|row| row.end > row.start && !is_span(self.table, row)) else {
                    continue;
                };
                let (start, end) = (row.start.0, row.end.0);
                found.push(Interval { op, thread, start, end, around: None, parenthood: Parenthood::Child });
            }
            found.sort_by_key(|interval| (interval.start, std::cmp::Reverse(interval.end), interval.op));
            let mut open: Vec<u32> = Vec::new();
            for mut interval in found {
                while open.last().is_some_and(|&top| nested.all[top as usize].end < interval.end) {
                    open.pop();
                }
                interval.around = open.last().copied();
                let at = nested.all.len() as u32;
                open.push(at);
                nested.of_op.insert(interval.op, at);
                nested.of_thread[thread as usize].push(at);
                nested.all.push(interval);
            }
        }
        for thread in 0..n_threads as ThreadIdx {
            if let Some((around, parenthood)) = self.started_in(&nested, thread) {
                for &at in &nested.of_thread[thread as usize] {
                    let interval = &mut nested.all[at as usize];
                    if interval.around.is_none() {
                        (interval.around, interval.parenthood) = (Some(around), parenthood);
                    }
                }
            }
        }
        nested
    }

    /// The interval in which a thread was started.
    fn started_in(&self, nested: &Nested, thread: ThreadIdx) -> Option<(u32, Parenthood)> {
        let history = &self.recorded.history;
        let ops = history.of_thread(thread);
        let (&first, &last) = (ops.first()?, ops.last()?);
        let edges = history.edges_to(first);
        let edge =
            edges.iter().min_by_key(|edge| (edge.reason != EdgeReason::Fork, edge.reason == EdgeReason::SameThread))?;
        let parenthood = match edge.reason {
            EdgeReason::SameThread => return None,
            EdgeReason::Fork if !self.joined.contains(&last) => Parenthood::Asynchronous,
            EdgeReason::Fork => Parenthood::Awaited,
            _ => Parenthood::Child,
        };
        let exchange = self.recorded.response_to(edge.from).and_then(|response| nested.of_op.get(&response));
        if let Some(&exchange) = exchange {
            return Some((exchange, parenthood));
        }
        let moment = self.row(edge.from)?.start.0;
        let from = history.ops[edge.from as usize].thread;
        let source = &nested.of_thread[from as usize];
        // Sorted by their beginnings: the innermost is among those around the last that began before.
        let before = source.partition_point(|&at| nested.all[at as usize].start <= moment);
        let last = source.get(before.checked_sub(1)?).copied();
        let outwards = std::iter::successors(last, |&at| {
            nested.all[at as usize].around.filter(|&around| nested.all[around as usize].thread == from)
        });
        let around = outwards.take(MOST_LEVELS).find(|&at| nested.all[at as usize].end >= moment)?;
        Some((around, parenthood))
    }
}

const fn side(mode: Mode) -> Side {
    match mode {
        Mode::In => Side::Server,
        Mode::Out => Side::Client,
        _ => Side::Internal,
    }
}
