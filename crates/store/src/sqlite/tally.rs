//! What a commit adds to summaries and counters, counted in one pass over its rows.

use hashbrown::{HashMap, HashSet};
use model::table::{EventRow, EventTable, StrId};
use model::{EventId, Kind, TraceId};

use super::digest::{Digest, Group};
use super::latency::Moves;
use super::names::{NameId, NameKind};
use super::summary::{RootState, TraceState};

pub(super) type NameMap = HashMap<(NameKind, StrId), NameId>;

/// Every name the rows of a commit may need a number for.
pub(super) fn names_of(table: &EventTable) -> HashSet<(NameKind, StrId)> {
    let mut names = HashSet::new();
    for row in &table.rows {
        names.insert((NameKind::Service, row.service));
        names.insert((NameKind::Environment, row.environment));
        if row.kind.is_access() && !row.variable.is_none() {
            names.insert((NameKind::Variable, row.variable));
        }
    }
    names
}

/// For each group, the row that would be its root: the earliest whose parent is not in the trace.
pub(super) fn root_candidates<'a>(
    digest: &'a Digest,
    states: &HashMap<TraceId, TraceState>,
) -> Vec<Option<&'a EventRow>> {
    digest
        .groups
        .iter()
        .map(|group| {
            let state = states.get(&group.trace);
            let arrived: HashSet<EventId> = if state.is_some_and(|state| state.knows_all()) {
                HashSet::new()
            } else {
                rows_of(digest, group).map(|row| row.id).collect()
            };
            rows_of(digest, group)
                .filter(|row| match row.parent {
                    None => true,
                    // Of a cold trace only the ids of this commit are at hand; its root is settled anyway.
                    Some(parent) => match state.and_then(|state| state.knows(parent)) {
                        Some(known) => !known,
                        None => state.is_none_or(|state| state.root.is_none()) && !arrived.contains(&parent),
                    },
                })
                .min_by_key(|row| row.start)
        })
        .collect()
}

/// The rows of a group in order of arrival.
pub(super) fn rows_of<'a>(digest: &'a Digest, group: &Group) -> impl Iterator<Item = &'a EventRow> + use<'a> {
    digest.order[group.rows.clone()].iter().map(|&row_idx| &digest.table.rows[row_idx as usize])
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ServiceTally {
    pub events: u64,
    pub errors: u64,
    pub new_traces: u64,
}

/// A span seen in a commit: a request context of a service.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanSeen {
    pub trace: i64,
    pub span: u64,
    pub service: NameId,
    /// The span that called it; 0 when none did.
    pub upstream: u64,
    pub link: Link,
    /// No earlier commit knows the trace.
    pub is_trace_new: bool,
    /// It is certain that no row was written for it; otherwise the store must be asked.
    pub is_surely_new: bool,
}

/// How one service calls another; the numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Link {
    Http = 1,
    Other = 2,
}

/// Rows `first..first + count` of a block are a trace's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub trace: i64,
    pub first: u64,
    pub count: u64,
    pub min_start: i64,
    pub max_end: i64,
}

#[derive(Default)]
pub(super) struct Tally {
    pub services: HashMap<NameId, ServiceTally>,
    /// (facet, trace) -> (events, errors)
    pub facets: HashMap<(NameId, i64), (u64, u64)>,
    /// (variable, trace) -> (reads, writes)
    pub variables: HashMap<(NameId, i64), (u64, u64)>,
    /// (variable, service)
    pub variable_services: HashSet<(NameId, NameId)>,
    /// Traces that the store knew before.
    pub grown: HashSet<i64>,
    /// Durations of traces, as they change.
    pub latency: Moves,
    pub spans: Vec<SpanSeen>,
    pub places: Vec<Place>,
    pub new_traces: u64,
    pub events: u64,
}

/// Counts the digest and carries the traces' summaries forward. O(rows).
pub(super) fn tally(
    digest: &Digest,
    roots: &[Option<&EventRow>],
    states: &mut HashMap<TraceId, TraceState>,
    names: &NameMap,
) -> Tally {
    let mut tally = Tally::default();
    let name = |kind, text| names.get(&(kind, text)).copied().unwrap_or_default();
    for (group, root) in digest.groups.iter().zip(roots) {
        let Some(state) = states.get_mut(&group.trace) else { continue };
        let events_before = state.events;
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        for row in rows_of(digest, group) {
            let service = name(NameKind::Service, row.service);
            let environment = name(NameKind::Environment, row.environment);
            let error = u64::from(row.error);
            state.events += 1;
            state.errors += error;
            (first, last) = (first.min(row.start.0), last.max(row.end.0));
            if state.environment == 0 {
                state.environment = environment;
            }
            let of_service = tally.services.entry(service).or_default();
            of_service.events += 1;
            of_service.errors += error;
            for facet in [service, environment] {
                let counts = tally.facets.entry((facet, state.key)).or_default();
                counts.0 += 1;
                counts.1 += error;
            }
            if row.kind.is_access() && !row.variable.is_none() {
                let variable = name(NameKind::Variable, row.variable);
                tally.variable_services.insert((variable, service));
                let counts = tally.variables.entry((variable, state.key)).or_default();
                *(if row.kind.is_write() { &mut counts.1 } else { &mut counts.0 }) += 1;
            }
            if !row.span.is_none() {
                let span = stable_hash(digest.table.text(row.span));
                if let Some(is_surely_new) = state.add_span(span) {
                    let upstream =
                        if row.upstream.is_none() { 0 } else { stable_hash(digest.table.text(row.upstream)) };
                    let link = if row.kind == Kind::Request { Link::Http } else { Link::Other };
                    tally.spans.push(SpanSeen {
                        trace: state.key,
                        span,
                        service,
                        upstream,
                        link,
                        is_trace_new: state.is_new,
                        is_surely_new,
                    });
                }
            }
            // Most rows repeat the service of the row before; the list is short.
            if state.add_service(digest.table.text(row.service)) {
                tally.services.entry(service).or_default().new_traces += 1;
            }
        }
        if !state.is_new {
            tally.grown.insert(state.key);
            tally.latency.leave(state.start.0, state.end.0);
        }
        state.start.0 = state.start.0.min(first);
        state.end.0 = state.end.0.max(last);
        tally.latency.enter(state.start.0, state.end.0);
        if let Some(root) = root
            && state.root.is_none_or(|known| root.start < known.start)
        {
            state.root = Some(RootState {
                start: root.start,
                service: name(NameKind::Service, root.service),
                operation: name(NameKind::Operation, root.operation),
            });
        }
        tally.new_traces += u64::from(state.is_new);
        tally.events += state.events - events_before;
        tally.places.push(Place {
            trace: state.key,
            first: group.rows.start as u64,
            count: group.rows.len() as u64,
            min_start: first,
            max_end: last,
        });
    }
    tally
}

/// FNV-1a, 64 bits: stored, so it must never change. Zero is kept free for "none".
pub(super) fn stable_hash(text: &str) -> u64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash.max(1)
}
