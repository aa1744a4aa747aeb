//! Where the time of a trace went: the critical path of its longest root, in the words of its events.

use std::cmp::Reverse;

use analysis::causal::forests;
use analysis::findings::thread_label;
use analysis::spans::{CriticalPath, SpanForest, SpanIdx, critical_paths};
use analysis::{Cancel, Cancelled, OpIdx};
use hashbrown::{HashMap, HashSet};
use model::analysis::{Lane, MAX_LANES, MAX_OPERATIONS, MAX_SEGMENTS, OperationTime, PathSegment, TracePerformance};
use model::{EventId, Mode, Nanos};

use super::Analysable;
use super::words;

/// Everything about the trace alone: without its calls between services, and without other traces. O(N log N).
pub(crate) fn performance(trace: &Analysable, cancel: &Cancel) -> Result<TracePerformance, Cancelled> {
    let rows = &trace.table.rows;
    let start = rows.iter().map(|row| row.start).min().unwrap_or(Nanos(0));
    let mut performance = TracePerformance {
        trace_id: trace.trace,
        version: trace.version,
        start,
        end: rows.iter().map(|row| row.end).max().unwrap_or(Nanos(0)),
        root_start: start,
        root_end: start,
        root_operation: String::new(),
        other_roots: 0,
        after_root_nanos: 0,
        path: Vec::new(),
        path_total: 0,
        lanes: Vec::new(),
        operations: Vec::new(),
        operations_total: 0,
        dependencies: Vec::new(),
        peers: None,
        notes: Vec::new(),
    };
    if !trace.recorded.notes.tasks_separable {
        let note =
            "The client records one chain a request: what ran in parallel inside a request cannot be told apart.";
        performance.notes.push(note.to_owned());
    }
    let forest = forests(&trace.recorded, &trace.table, &HashSet::new()).into_iter().find(|(id, _)| *id == trace.trace);
    let Some((_, forest)) = forest else {
        performance.notes.push("No event of this trace says how long it took: there is no path to find.".to_owned());
        return Ok(performance);
    };
    let found = critical_paths(&forest, cancel)?;
    let Some(path) = found.paths.first() else { return Ok(performance) };
    let root = &forest.spans[path.root as usize];
    performance.root_start = root.start;
    performance.root_end = root.end;
    performance.root_operation = forest.operations[root.operation as usize].clone();
    performance.other_roots = found.paths.len() as u64 - 1;
    performance.after_root_nanos = path.after_root.lasted_ns;
    performance.path_total = path.segments.len() as u64;
    performance.operations_total = path.operations.len() as u64;
    performance.operations = path.operations.iter().take(MAX_OPERATIONS).map(|row| operation(&forest, row)).collect();
    (performance.path, performance.lanes) = segments(trace, &forest, path);
    performance.notes.extend(remarks(&forest, path, found.shifts.len()));
    Ok(performance)
}

fn operation(forest: &SpanForest, row: &analysis::spans::OperationTime) -> OperationTime {
    OperationTime {
        service: forest.services[row.service as usize].clone(),
        operation: forest.operations[row.operation as usize].clone(),
        calls: row.calls,
        calls_on_path: row.calls_on_path,
        exclusive_nanos: row.exclusive_ns,
        share: row.share,
        total_nanos: row.total_work_ns,
        saved_if_half_nanos: row.saved_if_half_ns,
    }
}

/// What was moved or left out.
fn remarks(forest: &SpanForest, path: &CriticalPath, shifts: usize) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut say = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => remarks.push(format!("1 {one}")),
        _ => remarks.push(format!("{count} {many}")),
    };
    say(
        shifts as u64,
        "server span was moved into its client span: their clocks differ.",
        "server spans were moved into their client spans: their clocks differ.",
    );
    say(
        u64::from(path.dropped),
        "event lies outside the one that contains it, and is left out.",
        "events lie outside those that contain them, and are left out.",
    );
    say(u64::from(forest.orphans), "span names a parent that is not here.", "spans name parents that are not here.");
    if path.segments.len() > MAX_SEGMENTS {
        remarks.push(format!("The {MAX_SEGMENTS} longest of {} segments are listed.", path.segments.len()));
    }
    remarks
}

/// The segments that are listed, in order of time, and the lanes they are on.
fn segments(trace: &Analysable, forest: &SpanForest, path: &CriticalPath) -> (Vec<PathSegment>, Vec<Lane>) {
    let mut listed: Vec<_> = path.segments.iter().filter(|segment| segment.end_ns > segment.start_ns).collect();
    listed.sort_by_key(|segment| Reverse(segment.end_ns.abs_diff(segment.start_ns)));
    listed.truncate(MAX_SEGMENTS);
    listed.sort_by_key(|segment| segment.start_ns);
    let ops = ops_of(trace, forest, listed.iter().map(|segment| segment.span));

    let mut lanes: Vec<Lane> = Vec::new();
    let mut lane_of: HashMap<Lane, u32> = HashMap::new();
    let mut segments = Vec::with_capacity(listed.len());
    for segment in listed {
        let span = &forest.spans[segment.span as usize];
        let Some(&op) = ops.get(&segment.span) else { continue };
        let row = trace.row(op);
        let lane = Lane {
            service: forest.services[span.service as usize].clone(),
            thread: thread_label(&trace.recorded, trace.recorded.history.ops[op as usize].thread),
        };
        let lane = *lane_of.entry(lane).or_insert_with_key(|lane| {
            if lanes.len() < MAX_LANES {
                let is_last = lanes.len() + 1 == MAX_LANES;
                let others = || Lane { service: "others".to_owned(), thread: String::new() };
                lanes.push(if is_last { others() } else { lane.clone() });
            }
            lanes.len() as u32 - 1
        });
        segments.push(PathSegment {
            event: row.id,
            position: trace.position(op),
            kind: row.kind,
            lane,
            start: Nanos(segment.start_ns),
            end: Nanos(segment.end_ns),
            operation: forest.operations[span.operation as usize].clone(),
            location: words::location(trace, op),
        });
    }
    (segments, lanes)
}

/// The operations of the events that some spans were made of. O(N).
fn ops_of(trace: &Analysable, forest: &SpanForest, spans: impl Iterator<Item = SpanIdx>) -> HashMap<SpanIdx, OpIdx> {
    // Intervals have the ids of their events, spans those that their source gave them.
    let mut by_event: HashMap<EventId, SpanIdx> = HashMap::new();
    let mut by_span: HashMap<&str, SpanIdx> = HashMap::new();
    for span in spans {
        let id = forest.ids[span as usize].as_str();
        by_span.insert(id, span);
        if let Ok(event) = id.parse() {
            by_event.insert(event, span);
        }
    }
    let mut ops = HashMap::new();
    for op in 0..trace.recorded.history.ops.len() as OpIdx {
        let row = trace.row(op);
        let span = by_event.get(&row.id).copied().or_else(|| {
            let id = trace.table.text(row.span);
            let of_server = || by_span.get(format!("{id} server").as_str());
            let found = if row.mode == Mode::In { of_server().or_else(|| by_span.get(id)) } else { by_span.get(id) };
            found.copied().filter(|_| !row.span.is_none() && row.end > row.start)
        });
        if let Some(span) = span.filter(|_| !trace.recorded.implied[op as usize]) {
            ops.entry(span).or_insert(op);
        }
    }
    ops
}
