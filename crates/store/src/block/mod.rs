//! Blocks: the unit in which events are stored.
//!
//! A block holds the events of one commit, or of many after compaction, grouped by trace, in three
//! sections that are decoded apart: [ids](ids), [columns](columns) and [payload](payload). Lists and
//! analyses read ids and columns; a payload is read for one event at a time and costs one chunk.
//!
//! Invariants: every section begins with its version and carries checksums; decoding is total, an
//! error and never a panic whatever the bytes, and allocates no more than the declared, capped sizes;
//! what was written by any version stays readable (`tests/fixtures` guards that).

mod bytes;
mod columns;
#[cfg(test)]
mod damage_tests;
mod error;
mod frame;
mod ids;
mod payload;

use std::ops::Range;

use model::table::{EventRow, EventTable, Part, StrId};
use model::{Kind, Mode, Nanos, Seq};

pub use error::{BlockError, Fault, Section};
pub use ids::{Ids, decode_ids};
pub use payload::{Payloads, decode_payload};

use frame::Packer;

/// The columns of a block that is read may not be larger, decompressed: keep [`EventTable::bytes`] of
/// what goes into one block below this.
pub const MAX_COLUMNS: usize = 256 << 20;

/// No single payload in a block may be larger than half of this.
pub const MAX_CHUNK: usize = 64 << 20;

/// The three sections of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    pub ids: Vec<u8>,
    pub columns: Vec<u8>,
    pub payload: Vec<u8>,
}

impl Block {
    pub fn as_ref(&self) -> BlockRef<'_> {
        BlockRef { ids: &self.ids, columns: &self.columns, payload: &self.payload }
    }

    /// Bytes of all sections.
    pub fn bytes(&self) -> usize {
        self.ids.len() + self.columns.len() + self.payload.len()
    }
}

/// A block as it was read; `payload` may be empty when it is not decoded.
#[derive(Debug, Clone, Copy)]
pub struct BlockRef<'a> {
    pub ids: &'a [u8],
    pub columns: &'a [u8],
    pub payload: &'a [u8],
}

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// While a request waits for its commit.
    Fast,
    /// In compaction.
    Small,
}

impl Effort {
    /// zstd's.
    const fn level(self) -> i32 {
        match self {
            Self::Fast => 1,
            Self::Small => 9,
        }
    }

    /// Bytes of payload in a chunk, about: what reading one event decompresses.
    const fn chunk_bytes(self) -> usize {
        match self {
            Self::Fast => 64 << 10,
            Self::Small => 64 << 10,
        }
    }
}

/// Which sections to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sections {
    /// Ids and columns; rows have an empty payload.
    Columns,
    /// Payloads too.
    All,
}

/// Encodes the rows `order` of `table`, in that order. Equal traces should be adjacent: each run of
/// them costs a trace id. Indices without a row are left out, strings of another table are empty.
pub fn encode(table: &EventTable, order: &[u32], effort: Effort) -> Block {
    let rows: Vec<&EventRow> = order.iter().filter_map(|&row_idx| table.rows.get(row_idx as usize)).collect();
    let mut packer = Packer::new(effort.level());
    let (ids, checksum) = ids::encode(&rows);
    let columns = columns::encode(table, &rows, checksum, &mut packer);
    let payload = payload::encode(table, &rows, checksum, effort.chunk_bytes(), &mut packer);
    Block { ids, columns, payload }
}

/// Decodes the rows of `range` into a table of their own.
///
/// # Errors
/// When a section is damaged, belongs to another block, or lacks a row of `range`.
pub fn decode(block: BlockRef<'_>, range: Range<u32>, with: Sections) -> Result<EventTable, BlockError> {
    let mut table = EventTable::default();
    decode_into(&mut table, block, range, with)?;
    Ok(table)
}

/// Appends the rows of `range` to `table`: many blocks are collected without copying twice. The cost
/// is that of decompressing the columns, and of the rows up to the end of the range.
///
/// # Errors
/// As [`decode`]; the table then has the rows it had before.
pub fn decode_into(
    table: &mut EventTable,
    block: BlockRef<'_>,
    range: Range<u32>,
    with: Sections,
) -> Result<(), BlockError> {
    let ids = decode_ids(block.ids)?;
    if range.start > range.end || range.end > ids.len() {
        return Err(BlockError { section: Section::Ids, fault: Fault::Range });
    }
    ids.verify()?;
    let first = table.rows.len();
    let decoded = blank_rows(table, &ids, range.clone())
        .and_then(|()| columns::decode_into(table, first, &ids, block.columns, range.clone()))
        .and_then(|()| match with {
            Sections::Columns => Ok(()),
            Sections::All => payload::decode_into(table, first, &ids, block.payload, range),
        });
    if decoded.is_err() {
        table.rows.truncate(first);
    }
    decoded
}

/// Appends rows of which only the ids are known.
fn blank_rows(table: &mut EventTable, ids: &Ids<'_>, range: Range<u32>) -> Result<(), BlockError> {
    let malformed = BlockError { section: Section::Ids, fault: Fault::Malformed };
    let parents = ids.parents_of(range.clone())?;
    table.rows.reserve(parents.len());
    for (trace, run) in ids.traces() {
        let (begin, end) = (run.start.max(range.start), run.end.min(range.end));
        for row_idx in begin..end {
            let id = ids.get(row_idx).ok_or(malformed)?;
            let parent = parents.get((row_idx - range.start) as usize).copied().flatten();
            table.rows.push(EventRow {
                trace,
                id,
                parent,
                start: Nanos(0),
                end: Nanos(0),
                seq: Seq(0),
                kind: Kind::Custom,
                mode: Mode::None,
                error: false,
                status: 0,
                process_id: 0,
                service: StrId::NONE,
                instance: StrId::NONE,
                environment: StrId::NONE,
                thread: StrId::NONE,
                task: StrId::NONE,
                operation: StrId::NONE,
                span: StrId::NONE,
                upstream: StrId::NONE,
                variable: StrId::NONE,
                lock: StrId::NONE,
                old_hash: 0,
                new_hash: 0,
                clock: Part::default(),
                lock_set: Part::default(),
                payload: Part::default(),
            });
        }
    }
    Ok(())
}
