//! A trace decoded in memory: columns side by side, in list order (start, seq, index in the batch).
//!
//! Built from the trace's blocks, one block at a time; when late events arrive, only their blocks are
//! read and merged in. About 60 bytes an event.

mod build;
mod detail;
mod filter;
mod overview;
mod parents;
mod responses;
mod rows;

use model::table::Strings;
use model::{EventId, Kind, Mode, Nanos, Seq};

pub(crate) use build::build;
pub(crate) use detail::{Located, detail};
pub(crate) use filter::Filter;

/// No event: a parent that is not there, or is not in the trace.
pub(crate) const NO_ROW: u32 = analysis::parents::NONE;

/// See the module. Row numbers are positions in list order.
#[derive(Debug, Default)]
pub(crate) struct TraceView {
    pub version: Seq,
    pub ids: Vec<EventId>,
    /// Rows of the parents, or [`NO_ROW`].
    pub parents: Vec<u32>,
    /// Parents that are not in the trace: (row, its parent), by row.
    pub orphans: Vec<(u32, EventId)>,
    /// Rows on a cycle of parents.
    pub cyclic: u64,
    /// Steps up to a row without a parent, capped at 255.
    pub depths: Vec<u8>,
    pub starts: Vec<i64>,
    pub ends: Vec<i64>,
    pub kinds: Vec<Kind>,
    pub modes: Vec<Mode>,
    pub errors: Vec<bool>,
    pub statuses: Vec<u16>,
    /// Indices into `strings`.
    pub services: Vec<u32>,
    pub threads: Vec<u32>,
    pub operations: Vec<u32>,
    /// The variable or the lock, else 0.
    pub objects: Vec<u32>,
    pub strings: Strings,
    /// Whether any event names its task.
    pub has_tasks: bool,
    /// Latest end of all events.
    pub end: i64,
}

impl TraceView {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn start(&self) -> Nanos {
        Nanos(self.starts.first().copied().unwrap_or_default())
    }

    pub(crate) fn text(&self, index: u32) -> &str {
        self.strings.get(model::table::StrId(index))
    }

    pub(crate) fn duration(&self, row: usize) -> u64 {
        Nanos(self.ends[row]).since(Nanos(self.starts[row]))
    }

    /// The row of an event. O(events), a scan of 16 bytes each.
    pub(crate) fn find(&self, event: EventId) -> Option<usize> {
        self.ids.iter().position(|&id| id == event)
    }

    /// Bytes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        const A_ROW: usize = size_of::<EventId>() + 4 + 1 + 8 + 8 + 1 + 1 + 1 + 2 + 4 * 4;
        self.ids.capacity() * A_ROW + self.orphans.capacity() * size_of::<(u32, EventId)>() + self.strings.bytes()
    }
}
