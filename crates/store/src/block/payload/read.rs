//! Reading a section: its head, and the chunks that a range of rows needs.

use std::ops::Range;

use model::table::{EventTable, Part};

use super::super::bytes::{Reader, is_sound};
use super::super::frame::{Frame, Unpacker};
use super::super::ids::Ids;
use super::super::{BlockError, Fault, MAX_CHUNK, Section};
use super::VERSION;
use super::decode::Chunk;
use super::templates::StoredTemplates;

const fn fault(fault: Fault) -> BlockError {
    BlockError { section: Section::Payload, fault }
}

/// Payloads of consecutive rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payloads {
    bytes: Vec<u8>,
    /// The end of each in `bytes`; it begins where the one before ends.
    ends: Vec<usize>,
}

impl Payloads {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The payload of the `idx`-th row of the range that was read.
    pub fn get(&self, idx: usize) -> Option<&[u8]> {
        let end = *self.ends.get(idx)?;
        let begin = if idx == 0 { 0 } else { *self.ends.get(idx - 1)? };
        self.bytes.get(begin..end)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|idx| self.get(idx))
    }
}

/// The payloads of the rows of `range`. O(bytes of the chunks they are in).
///
/// # Errors
/// When the section is damaged or does not have those rows.
pub fn decode_payload(bytes: &[u8], range: Range<u32>) -> Result<Payloads, BlockError> {
    let mut payloads = Payloads::default();
    let ends = &mut payloads.ends;
    Head::read(bytes)?.write(range, &mut payloads.bytes, |end| {
        ends.push(end);
        Ok(())
    })?;
    Ok(payloads)
}

/// Gives the rows of `table` from `first` on, which are the rows of `range` of the block, their payload.
pub(in crate::block) fn decode_into(
    table: &mut EventTable,
    first: usize,
    ids: &Ids<'_>,
    bytes: &[u8],
    range: Range<u32>,
) -> Result<(), BlockError> {
    let head = Head::read(bytes)?;
    if head.len != ids.len() || head.ids_checksum != ids.checksum() {
        return Err(fault(Fault::Mismatch));
    }
    let arena_end = |len: usize| u32::try_from(len).map_err(|_| fault(Fault::TooLarge));
    let mut begin = arena_end(table.payload.len())?;
    let mut rows = table.rows.iter_mut().skip(first);
    head.write(range, &mut table.payload, |end| {
        let end = arena_end(end)?;
        if let Some(row) = rows.next() {
            row.payload = Part { begin, len: end - begin };
        }
        begin = end;
        Ok(())
    })
}

/// What the head says of a chunk.
struct ChunkHead {
    n_events: u32,
    /// Bytes of its payloads.
    whole_len: usize,
    frame: Frame,
}

struct Head<'a> {
    len: u32,
    ids_checksum: u32,
    templates: Frame,
    chunks: Vec<ChunkHead>,
    frames: Reader<'a>,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, BlockError> {
        let mut reader = Reader::new(bytes, Section::Payload);
        if reader.byte()? != VERSION {
            return Err(fault(Fault::Version));
        }
        let head_checksum = reader.u32()?;
        let from_head = reader.rest();
        let len = reader.varint_u32()?;
        let ids_checksum = reader.u32()?;
        let templates = Frame::read(&mut reader, StoredTemplates::MAX_RAW)?;
        let n_chunks = reader.varint_u32()?;
        let mut chunks = Vec::new();
        let mut n_events_total = 0u32;
        for _ in 0..n_chunks {
            let n_events = reader.varint_u32()?;
            let whole_len = reader.varint_u32()? as usize;
            if whole_len > MAX_CHUNK {
                return Err(fault(Fault::TooLarge));
            }
            n_events_total = n_events_total.checked_add(n_events).ok_or(fault(Fault::Malformed))?;
            chunks.push(ChunkHead { n_events, whole_len, frame: Frame::read(&mut reader, MAX_CHUNK)? });
        }
        let head = &from_head[..from_head.len() - reader.rest().len()];
        if !is_sound(head, head_checksum) {
            return Err(fault(Fault::Checksum));
        }
        let frames_len = chunks.iter().map(|chunk| u64::from(chunk.frame.stored_len)).sum::<u64>();
        if n_events_total != len || frames_len + u64::from(templates.stored_len) != reader.rest().len() as u64 {
            return Err(fault(Fault::Malformed));
        }
        Ok(Self { len, ids_checksum, templates, chunks, frames: reader })
    }

    /// Appends the payloads of `range`, telling the end of each.
    fn write(
        mut self,
        range: Range<u32>,
        out: &mut Vec<u8>,
        mut each: impl FnMut(usize) -> Result<(), BlockError>,
    ) -> Result<(), BlockError> {
        if range.start > range.end || range.end > self.len {
            return Err(fault(Fault::Range));
        }
        let mut unpacker = Unpacker::default();
        let templates = unpacker.unpack(self.templates, &mut self.frames)?;
        let templates = StoredTemplates::read(&templates)?;
        let mut chunk_end = 0u32;
        for chunk in &self.chunks {
            let chunk_begin = chunk_end;
            chunk_end += chunk.n_events;
            let (begin, end) = (range.start.max(chunk_begin), range.end.min(chunk_end));
            if begin >= end {
                self.frames.take(chunk.frame.stored_len as usize)?;
                continue;
            }
            let raw = unpacker.unpack(chunk.frame, &mut self.frames)?;
            let events = Chunk::read(&raw, chunk.n_events as usize, &templates)?;
            let wanted = (begin - chunk_begin) as usize..(end - chunk_begin) as usize;
            events.write(wanted, chunk.whole_len, out, &mut each)?;
        }
        Ok(())
    }
}
