//! The ids section: which events a block holds, readable without decompressing anything.
//!
//! ```text
//! version u8 | checksum of the head u32
//! head:    rows, runs; each run: trace id (16 bytes), rows; length and checksum of the parents; checksum of the ids
//! parents: length of the codes; codes (0 none, 1 raw, else 2 + zigzag(row - row of the parent)); raw ids
//! ids:     16 bytes a row
//! ```
//! Numbers are varints, checksums CRC-32 in four bytes. Opening checks the head and the lengths; parents
//! are checked when read, ids by [`Ids::verify`].

use std::ops::Range;

use hashbrown::HashMap;
use model::table::EventRow;
use model::{EventId, TraceId};

use super::bytes::{Reader, is_sound, put_varint, unzigzag, zigzag};
use super::{BlockError, Fault, Section};

const VERSION: u8 = 0x11;
const ID_LEN: usize = 16;
/// A run takes a trace id and a byte at least.
const MIN_RUN_LEN: usize = ID_LEN + 1;
const NO_PARENT: u64 = 0;
const RAW_PARENT: u64 = 1;
const FIRST_DISTANCE: u64 = 2;

/// The section, and the checksum of its ids, by which the other sections name it.
pub(super) fn encode(rows: &[&EventRow]) -> (Vec<u8>, u32) {
    let parents = encode_parents(rows);
    let mut ids = Vec::with_capacity(rows.len() * ID_LEN);
    for row in rows {
        ids.extend_from_slice(&row.id.to_bytes());
    }
    let ids_checksum = crc32fast::hash(&ids);

    let mut head = Vec::new();
    put_varint(&mut head, rows.len() as u64);
    let runs = || rows.chunk_by(|left, right| left.trace == right.trace);
    put_varint(&mut head, runs().count() as u64);
    for run in runs() {
        head.extend(run.first().iter().flat_map(|row| row.trace.to_bytes()));
        put_varint(&mut head, run.len() as u64);
    }
    put_varint(&mut head, parents.len() as u64);
    head.extend_from_slice(&crc32fast::hash(&parents).to_le_bytes());
    head.extend_from_slice(&ids_checksum.to_le_bytes());

    let mut section = Vec::with_capacity(5 + head.len() + parents.len() + ids.len());
    section.push(VERSION);
    section.extend_from_slice(&crc32fast::hash(&head).to_le_bytes());
    section.extend_from_slice(&head);
    section.extend_from_slice(&parents);
    section.extend_from_slice(&ids);
    (section, ids_checksum)
}

fn encode_parents(rows: &[&EventRow]) -> Vec<u8> {
    let mut row_of: HashMap<EventId, u32> = HashMap::new();
    if rows.iter().any(|row| row.parent.is_some()) {
        row_of.reserve(rows.len());
        for (row_idx, row) in rows.iter().enumerate() {
            row_of.insert(row.id, row_idx as u32);
        }
    }
    let mut codes = Vec::with_capacity(rows.len() * 2);
    let mut raw = Vec::new();
    for (row_idx, row) in rows.iter().enumerate() {
        match row.parent {
            None => put_varint(&mut codes, NO_PARENT),
            Some(parent) => match row_of.get(&parent) {
                Some(&at) => put_varint(&mut codes, FIRST_DISTANCE + zigzag(row_idx as i64 - i64::from(at))),
                None => {
                    put_varint(&mut codes, RAW_PARENT);
                    raw.extend_from_slice(&parent.to_bytes());
                }
            },
        }
    }
    let mut parents = Vec::with_capacity(codes.len() + raw.len() + 4);
    put_varint(&mut parents, codes.len() as u64);
    parents.extend_from_slice(&codes);
    parents.extend_from_slice(&raw);
    parents
}

/// Rows of one trace.
#[derive(Debug, Clone, Copy)]
struct Run {
    trace: TraceId,
    /// The row after its last.
    end: u32,
}

/// An opened ids section. A slice of its ids costs nothing but the slice.
#[derive(Debug, Clone)]
pub struct Ids<'a> {
    len: u32,
    runs: Vec<Run>,
    parents: &'a [u8],
    parents_checksum: u32,
    ids: &'a [u8],
    ids_checksum: u32,
}

/// Opens an ids section. O(runs).
///
/// # Errors
/// When the head is damaged or the lengths do not add up.
pub fn decode_ids(bytes: &[u8]) -> Result<Ids<'_>, BlockError> {
    let mut reader = Reader::new(bytes, Section::Ids);
    if reader.byte()? != VERSION {
        return Err(reader.fault(Fault::Version));
    }
    let head_checksum = reader.u32()?;
    let from_head = reader.rest();
    let len = reader.varint_u32()?;
    let n_runs = reader.varint_u32()? as usize;
    if n_runs > reader.rest().len() / MIN_RUN_LEN {
        return Err(reader.fault(Fault::Short));
    }
    let mut runs = Vec::with_capacity(n_runs);
    let mut end = 0u32;
    for _ in 0..n_runs {
        let malformed = reader.fault(Fault::Malformed);
        let trace = TraceId::from_bytes(reader.array()?).ok_or(malformed)?;
        let rows = reader.varint_u32()?;
        end = end.checked_add(rows).filter(|_| rows > 0).ok_or(malformed)?;
        runs.push(Run { trace, end });
    }
    let parents_len = reader.varint_u32()? as usize;
    let parents_checksum = reader.u32()?;
    let ids_checksum = reader.u32()?;
    let head = &from_head[..from_head.len() - reader.rest().len()];
    if !is_sound(head, head_checksum) {
        return Err(reader.fault(Fault::Checksum));
    }
    if end != len {
        return Err(reader.fault(Fault::Malformed));
    }
    let parents = reader.take(parents_len)?;
    let ids = reader.take(len as usize * ID_LEN)?;
    if !reader.rest().is_empty() {
        return Err(reader.fault(Fault::Malformed));
    }
    Ok(Ids { len, runs, parents, parents_checksum, ids, ids_checksum })
}

impl<'a> Ids<'a> {
    /// Rows of the block.
    pub const fn len(&self) -> u32 {
        self.len
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `None` outside of the block. O(1).
    pub fn get(&self, row_idx: u32) -> Option<EventId> {
        let begin = row_idx as usize * ID_LEN;
        let bytes = self.ids.get(begin..)?.first_chunk()?;
        EventId::from_bytes(*bytes)
    }

    /// The ids of the rows of `range` that the block has, in order. An id of zeros, which is never
    /// written, is left out: use [`Ids::get`] where the position matters.
    pub fn iter(&self, range: Range<u32>) -> impl Iterator<Item = EventId> + use<'a> {
        let end = range.end.min(self.len) as usize * ID_LEN;
        let begin = (range.start as usize * ID_LEN).min(end);
        let (ids, _) = self.ids[begin..end].as_chunks::<ID_LEN>();
        ids.iter().filter_map(|bytes| EventId::from_bytes(*bytes))
    }

    /// Each run of rows of one trace, in order; together they are all rows.
    pub fn traces(&self) -> impl Iterator<Item = (TraceId, Range<u32>)> {
        let begins = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        self.runs.iter().zip(begins).map(|(run, begin)| (run.trace, begin..run.end))
    }

    /// The parent of every row. O(rows).
    ///
    /// # Errors
    /// When this part of the section is damaged.
    pub fn parents(&self) -> Result<Vec<Option<EventId>>, BlockError> {
        self.parents_of(0..self.len)
    }

    /// The parents of the rows of `range`, which is one of the block. O(end of the range).
    pub(super) fn parents_of(&self, range: Range<u32>) -> Result<Vec<Option<EventId>>, BlockError> {
        let mut reader = Reader::new(self.parents, Section::Ids);
        if !is_sound(self.parents, self.parents_checksum) {
            return Err(reader.fault(Fault::Checksum));
        }
        let codes_len = reader.varint_u32()? as usize;
        let mut codes = Reader::new(reader.take(codes_len)?, Section::Ids);
        let malformed = reader.fault(Fault::Malformed);
        let mut parents = Vec::with_capacity(range.len());
        for row_idx in 0..range.end {
            let parent = match codes.varint()? {
                NO_PARENT => None,
                RAW_PARENT => Some(EventId::from_bytes(reader.array()?).ok_or(malformed)?),
                code => {
                    let distance = unzigzag(code - FIRST_DISTANCE);
                    let at = i64::from(row_idx).checked_sub(distance).and_then(|at| u32::try_from(at).ok());
                    Some(at.and_then(|at| self.get(at)).ok_or(malformed)?)
                }
            };
            if row_idx >= range.start {
                parents.push(parent);
            }
        }
        Ok(parents)
    }

    /// What the other sections of the block call it.
    pub(super) const fn checksum(&self) -> u32 {
        self.ids_checksum
    }

    /// Checks the ids themselves. O(rows).
    ///
    /// # Errors
    /// [`Fault::Checksum`] when they are not those that were written.
    pub fn verify(&self) -> Result<(), BlockError> {
        if is_sound(self.ids, self.ids_checksum) {
            Ok(())
        } else {
            Err(BlockError { section: Section::Ids, fault: Fault::Checksum })
        }
    }
}

/// The section with every checksum made right, where its head can be read at all.
#[cfg(test)]
pub(super) fn resealed(section: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(section.get(5..)?, Section::Ids);
    let _rows = reader.varint().ok()?;
    for _ in 0..reader.varint().ok()? {
        reader.take(ID_LEN).ok()?;
        reader.varint().ok()?;
    }
    let parents_len = reader.varint().ok()? as usize;
    let checksums_at = section.len() - reader.rest().len();
    let head_end = checksums_at + 8;
    let parents_end = head_end.checked_add(parents_len)?;
    let mut bytes = section.to_vec();
    let of_parents = crc32fast::hash(section.get(head_end..parents_end)?);
    let of_ids = crc32fast::hash(section.get(parents_end..)?);
    bytes[checksums_at..checksums_at + 4].copy_from_slice(&of_parents.to_le_bytes());
    bytes[checksums_at + 4..head_end].copy_from_slice(&of_ids.to_le_bytes());
    let of_head = crc32fast::hash(&bytes[5..head_end]);
    bytes[1..5].copy_from_slice(&of_head.to_le_bytes());
    Some(bytes)
}
