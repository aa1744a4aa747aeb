//! Rows of many batches in one table, by trace, each event once.

use hashbrown::{HashMap, HashSet};
use model::table::EventTable;
use model::{EventId, TraceId};

use super::{Events, Trace, Wrong};

/// Collects rows.
#[derive(Default)]
pub(super) struct Collector {
    pub events: Events,
    trace_idx: HashMap<TraceId, u32>,
    seen: HashSet<(TraceId, EventId)>,
}

impl Collector {
    /// Appends a batch; by row of the batch, the row it became, or [`None`] for a duplicate.
    /// O(rows + strings).
    ///
    /// # Errors
    /// When the table's arenas are full, at 4 GiB.
    pub fn add(&mut self, batch: &EventTable, line: u64) -> Result<Vec<Option<u32>>, Wrong> {
        let table = &self.events.table;
        let fits = |have: usize, more: usize| have.saturating_add(more) < u32::MAX as usize;
        if !fits(table.payload.len(), batch.payload.len())
            || !fits(table.rows.len(), batch.rows.len())
            || !fits(table.clocks.len(), batch.clocks.len())
            || !fits(table.locks.len(), batch.locks.len())
            || !fits(table.strings.bytes(), batch.strings.bytes())
        {
            return Err(Wrong::new(line, "more than 4 GiB of events"));
        }
        let mut placed = Vec::with_capacity(batch.rows.len());
        let mut next = table.rows.len() as u32;
        for row in &batch.rows {
            if !self.seen.insert((row.trace, row.id)) {
                self.events.duplicates += 1;
                placed.push(None);
                continue;
            }
            let traces = &mut self.events.traces;
            let trace = *self.trace_idx.entry(row.trace).or_insert_with(|| {
                traces.push(Trace { id: row.trace, name: row.trace.to_string(), rows: Vec::new() });
                traces.len() as u32 - 1
            });
            traces[trace as usize].rows.push(next);
            placed.push(Some(next));
            next += 1;
        }
        self.events.table.append(batch, |row| placed[row].is_some());
        Ok(placed)
    }

    /// Says how a source prints the id of a trace.
    pub fn name(&mut self, trace: TraceId, name: &str) {
        if let Some(known) = self.trace_idx.get(&trace).and_then(|&trace| self.events.traces.get_mut(trace as usize)) {
            name.clone_into(&mut known.name);
        }
    }
}
