//! A whole trace as the engines want it, and the values of its accesses for people.
//!
//! Rows are in list order, so that a row is its event's position in every window of the same version. Payloads are
//! needed to tell what precedes what, and are then let go: of a trace of 1,000,000 events about 200 bytes an event of rows
//! and 110 of history stay, and its payloads come and go once. Those of small traces stay.

use std::sync::Arc;

use analysis::causal::{self, CausalError, Recorded, Values};
use analysis::{Cancel, OpIdx, chains};
use model::table::{EventRow, EventTable};
use model::{EventId, Seq, TraceId};
use store::{PartBytes, StoreError};

use crate::error::QueryError;

/// Events of a trace that can be analysed: about 600 MB while it is prepared.
pub(crate) const MAX_EVENTS: u64 = 2_000_000;

/// Threads that may have run at once in a trace that is searched for findings: each costs a number in every clock, about
/// a gibibyte for 40,000 messages between so many.
const MAX_AT_ONCE: usize = 4_096;

/// Bytes of payload of a trace that can be analysed. Offsets in a table have 32 bits.
const MAX_PAYLOAD: usize = 1 << 30;

/// Payloads that take no more than this stay.
const SMALL_PAYLOAD: usize = 4 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct Analysable {
    pub trace: TraceId,
    pub version: Seq,
    /// In list order. Payloads only when [`Self::has_payload`]; clocks are gone.
    pub table: EventTable,
    pub recorded: Recorded,
    /// Threads that may have run at once.
    width: usize,
    pub has_payload: bool,
}

/// Why a trace cannot be analysed.
#[derive(Debug)]
pub(crate) enum NotAnalysable {
    Store(StoreError),
    Cancelled,
    TooLarge,
}

impl From<StoreError> for NotAnalysable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CausalError> for NotAnalysable {
    fn from(error: CausalError) -> Self {
        match error {
            CausalError::Cancelled => Self::Cancelled,
            CausalError::TooMany => Self::TooLarge,
        }
    }
}

impl From<analysis::Cancelled> for NotAnalysable {
    fn from(_: analysis::Cancelled) -> Self {
        Self::Cancelled
    }
}

impl NotAnalysable {
    pub fn of(self, trace: TraceId) -> QueryError {
        match self {
            Self::Store(error) => error.into(),
            // Who sees this has stopped waiting, or the engine has stopped.
            Self::Cancelled => QueryError::Store,
            Self::TooLarge => QueryError::TooLarge(trace),
        }
    }
}

impl Analysable {
    /// From all parts of a trace, in the order of their blocks. O(N log N).
    pub fn read(trace: TraceId, version: Seq, parts: Vec<PartBytes>, cancel: &Cancel) -> Result<Self, NotAnalysable> {
        let mut table = EventTable::default();
        table.rows.reserve_exact(parts.iter().map(|part| part.part.count as usize).sum());
        for part in parts {
            cancel.check()?;
            part.decode_into(&mut table)?;
            if table.payload.len() > MAX_PAYLOAD {
                return Err(NotAnalysable::TooLarge);
            }
        }
        let arrival = into_list_order(&mut table.rows);
        cancel.check()?;
        let recorded = causal::history_of(&table, &arrival, cancel)?;
        let width = chains::width(&recorded.history, cancel)?;
        let has_payload = table.payload.len() <= SMALL_PAYLOAD;
        if !has_payload {
            table.payload = Vec::new();
        }
        table.clocks = Vec::new();
        Ok(Self { trace, version, table, recorded, width, has_payload })
    }

    /// Whether its order can be held in memory.
    ///
    /// # Errors
    /// [`NotAnalysable::TooLarge`].
    pub fn check_width(&self) -> Result<(), NotAnalysable> {
        if self.width > MAX_AT_ONCE { Err(NotAnalysable::TooLarge) } else { Ok(()) }
    }

    /// The event of an operation.
    pub fn row(&self, op: OpIdx) -> &EventRow {
        &self.table.rows[self.recorded.rows[op as usize] as usize]
    }

    /// Its position in the trace's list.
    pub fn position(&self, op: OpIdx) -> u64 {
        u64::from(self.recorded.rows[op as usize])
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        let history = &self.recorded.history;
        const AN_OPERATION: usize = size_of::<analysis::Op>() + size_of::<EventId>() + 4 + 4 + 1 + 8;
        self.table.bytes() + history.ops.len() * AN_OPERATION + history.edges.len() * size_of::<analysis::Edge>()
    }
}

/// Sorts rows as lists show them; gives their numbers in the order in which they were.
fn into_list_order(rows: &mut Vec<EventRow>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    // Stable: events of one commit stay in the order of their batch.
    order.sort_by_key(|&row| (rows[row as usize].start, rows[row as usize].seq));
    *rows = order.iter().map(|&row| rows[row as usize]).collect();
    let mut places = vec![0; order.len()];
    for (place, &row) in order.iter().enumerate() {
        places[row as usize] = place as u32;
    }
    places
}

/// Values of some accesses, as JSON texts.
#[derive(Debug, Default)]
pub(crate) struct ValuesOf(hashbrown::HashMap<EventId, OwnedValues>);

/// What [`Values`] says, kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OwnedValues {
    pub old: Option<Arc<str>>,
    pub new: Option<Arc<str>>,
}

impl ValuesOf {
    /// Those of a table's rows, where payloads are there.
    pub fn add(&mut self, table: &EventTable, rows: impl IntoIterator<Item = usize>) {
        for row in rows.into_iter().filter_map(|row| table.rows.get(row)) {
            let Values { old, new } = causal::values(table, row);
            if old.is_some() || new.is_some() {
                self.0.insert(row.id, OwnedValues { old: old.map(Into::into), new: new.map(Into::into) });
            }
        }
    }

    pub fn get(&self, event: EventId) -> OwnedValues {
        self.0.get(&event).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(start: i64, seq: u64, id: u128) -> EventRow {
        let table = model::wire::decode_batch(br#"{"events":[{"id":"00000000-0000-4000-8000-000000000001","trace_id":"00000000-0000-4000-8000-000000000001","timestamp":"2026-11-21T13:00:00Z","kind":{"Custom":{"name":"x","data":null}},"metadata":{"thread_id":"t","process_id":1,"service_name":"s","environment":"e","tags":{}},"causality_vector":[],"lock_set":[]}]}"#)
            .expect("a batch")
            .table;
        EventRow {
            start: model::Nanos(start),
            seq: Seq(seq),
            id: EventId::new(id + 1).expect("not zero"),
            ..table.rows[0]
        }
    }

    proptest! {
        #[test]
        fn every_row_is_found_again_where_the_list_has_it(times in proptest::collection::vec((0i64..5, 1u64..4), 0..40)) {
            let before: Vec<EventRow> =
                times.iter().enumerate().map(|(at, &(start, seq))| row(start, seq, at as u128)).collect();
            let mut after = before.clone();
            let arrival = into_list_order(&mut after);
            prop_assert!(after.is_sorted_by_key(|row| (row.start, row.seq)));
            for (old, &place) in before.iter().zip(&arrival) {
                prop_assert_eq!(old.id, after[place as usize].id);
            }
        }
    }
}
