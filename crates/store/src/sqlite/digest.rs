//! From the batches of one commit to one table without duplicates, its rows grouped by trace.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use model::table::EventTable;
use model::{EventId, Seq, TraceId};

use super::recent::KnownIds;
use super::summary::TraceState;
use super::writer::Counted;

/// Rows `rows` of [`Digest::order`] are the new events of one trace, in order of arrival.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub trace: TraceId,
    pub rows: Range<usize>,
}

pub(super) struct Digest {
    pub table: EventTable,
    /// Indices into the table's rows, grouped by trace.
    pub order: Vec<u32>,
    pub groups: Vec<Group>,
    /// One a batch.
    pub counted: Vec<Counted>,
}

/// The ids each trace gets from the batches.
pub(super) fn arriving(batches: &[EventTable]) -> HashMap<TraceId, HashSet<EventId>> {
    let mut arriving: HashMap<TraceId, HashSet<EventId>> = HashMap::new();
    for row in batches.iter().flat_map(|batch| &batch.rows) {
        arriving.entry(row.trace).or_default().insert(row.id);
    }
    arriving
}

/// Drops what is stored already and what comes twice; O(rows). `stored` answers for cold traces.
pub(super) fn digest(
    batches: &[EventTable],
    states: &mut HashMap<TraceId, TraceState>,
    stored: &HashSet<(TraceId, EventId)>,
    seq: Seq,
) -> Digest {
    let mut table = EventTable::default();
    let mut counted = Vec::with_capacity(batches.len());
    let mut seen_of_cold: HashSet<(TraceId, EventId)> = HashSet::new();
    for batch in batches {
        let before = table.rows.len();
        table.append(batch, |row_idx| {
            let row = &batch.rows[row_idx];
            match states.get_mut(&row.trace).map(|state| &mut state.ids) {
                Some(KnownIds::All(ids)) => ids.insert(row.id),
                _ => !stored.contains(&(row.trace, row.id)) && seen_of_cold.insert((row.trace, row.id)),
            }
        });
        let new = table.rows.len() - before;
        counted.push(Counted { stored: new as u64, duplicates: (batch.rows.len() - new) as u64 });
    }
    for row in &mut table.rows {
        row.seq = seq;
    }
    let (order, groups) = group_by_trace(&table);
    Digest { table, order, groups, counted }
}

/// A stable counting sort; traces in order of first appearance.
pub(super) fn group_by_trace(table: &EventTable) -> (Vec<u32>, Vec<Group>) {
    let mut index_of: HashMap<TraceId, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of_row = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let group_idx = *index_of.entry(row.trace).or_insert_with(|| {
            groups.push(Group { trace: row.trace, rows: 0..0 });
            groups.len() - 1
        });
        groups[group_idx].rows.end += 1;
        group_of_row.push(group_idx);
    }
    let mut begin = 0;
    for group in &mut groups {
        let count = group.rows.end;
        group.rows = begin..begin;
        begin += count;
    }
    let mut order = vec![0; table.rows.len()];
    for (row_idx, &group_idx) in group_of_row.iter().enumerate() {
        let rows = &mut groups[group_idx].rows;
        order[rows.end] = row_idx as u32;
        rows.end += 1;
    }
    (order, groups)
}
