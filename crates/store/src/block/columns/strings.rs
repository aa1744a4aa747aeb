//! Strings as numbers: the block's dictionary, and the codes by which columns name its entries.
//!
//! A code is 0 for the next string that was never used before in the block, else 1 + the number of the
//! string; 0 is the number of the empty one. A stream of codes begins with the number of its next new
//! string, so that a decoder may stop in the middle of a stream and go on with the next.

use model::table::{EventTable, StrId};

use super::super::bytes::{Reader, put_varint};
use super::super::{BlockError, Fault};
use super::NEW;

/// The number of the empty string.
pub(super) const EMPTY: u32 = 0;
const UNUSED: u32 = u32::MAX;

/// The dictionary while a block is encoded.
pub(super) struct Dictionary<'t> {
    table: &'t EventTable,
    /// Per string of the table: its number in the block.
    numbers: Vec<u32>,
    lens: Vec<u8>,
    text: Vec<u8>,
    next: u32,
}

impl<'t> Dictionary<'t> {
    pub(super) fn new(table: &'t EventTable) -> Self {
        let mut numbers = vec![UNUSED; table.strings.len()];
        if let Some(empty) = numbers.first_mut() {
            *empty = EMPTY;
        }
        Self { table, numbers, lens: Vec::new(), text: Vec::new(), next: 1 }
    }

    /// How many numbers were given.
    pub(super) const fn len(&self) -> usize {
        self.next as usize
    }

    /// Begins a stream of codes.
    pub(super) fn begin(&self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(self.next));
    }

    /// Appends the code of a string, plus `shift`; returns its number.
    pub(super) fn put(&mut self, out: &mut Vec<u8>, id: StrId, shift: u64) -> u32 {
        let Some(number) = self.numbers.get_mut(id.0 as usize) else {
            put_varint(out, shift + 1 + u64::from(EMPTY));
            return EMPTY;
        };
        if *number != UNUSED {
            put_varint(out, shift + 1 + u64::from(*number));
            return *number;
        }
        put_varint(out, shift + NEW);
        *number = self.next;
        self.next += 1;
        let text = self.table.text(id);
        put_varint(&mut self.lens, text.len() as u64);
        self.text.extend_from_slice(text.as_bytes());
        self.next - 1
    }

    /// The dictionary's streams: lengths and text.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        (self.lens, self.text)
    }
}

/// The dictionary of a block that is decoded. Strings enter the table when first used by a row, so
/// that a small part of a large block brings only its own.
pub(super) struct Lookup<'a> {
    text: &'a str,
    /// End of each string but the empty one in `text`.
    ends: Vec<u32>,
    ids: Vec<Option<StrId>>,
    malformed: BlockError,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(mut lens: Reader<'a>, text: Reader<'a>) -> Result<Self, BlockError> {
        let malformed = lens.fault(Fault::Malformed);
        let text = std::str::from_utf8(text.rest()).map_err(|_| malformed)?;
        // A length takes a byte at least.
        let mut ends = Vec::with_capacity(lens.rest().len());
        let mut end = 0u32;
        while !lens.rest().is_empty() {
            let begin = end;
            end = end.checked_add(lens.varint_u32()?).ok_or(malformed)?;
            if text.get(begin as usize..end as usize).is_none() {
                return Err(malformed);
            }
            ends.push(end);
        }
        let mut ids = vec![None; ends.len() + 1];
        if let Some(empty) = ids.first_mut() {
            *empty = Some(StrId::NONE);
        }
        Ok(Self { text, ends, ids, malformed })
    }

    /// Strings, the empty one included.
    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// Bytes of all strings.
    pub(super) const fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The table's id of string `number`.
    pub(super) fn id(&mut self, table: &mut EventTable, number: u32) -> Result<StrId, BlockError> {
        let at = number as usize;
        let slot = self.ids.get_mut(at).ok_or(self.malformed)?;
        if let Some(id) = *slot {
            return Ok(id);
        }
        // Number 0 is known from the beginning, so `at` is 1 at least.
        let begin = if at < 2 { 0 } else { self.ends.get(at - 2).copied().unwrap_or_default() };
        let end = self.ends.get(at - 1).copied().unwrap_or_default();
        let text = self.text.get(begin as usize..end as usize).ok_or(self.malformed)?;
        let id = table.strings.intern(text);
        *slot = Some(id);
        Ok(id)
    }
}

/// A stream of codes that is read.
pub(super) struct Codes<'a> {
    pub(super) reader: Reader<'a>,
    next: u32,
    n_strings: u32,
}

impl<'a> Codes<'a> {
    /// Every number it gives is below `n_strings`.
    pub(super) fn new(mut reader: Reader<'a>, n_strings: usize) -> Result<Self, BlockError> {
        let next = reader.varint_u32()?;
        Ok(Self { reader, next, n_strings: n_strings as u32 })
    }

    /// The number of the next string.
    #[inline]
    pub(super) fn read(&mut self) -> Result<u32, BlockError> {
        let code = self.reader.varint()?;
        self.number(code)
    }

    /// The number that a code read from this stream names.
    #[inline]
    pub(super) fn number(&mut self, code: u64) -> Result<u32, BlockError> {
        let number = if code == NEW {
            self.next = self.next.saturating_add(1);
            self.next - 1
        } else {
            u32::try_from(code - 1).unwrap_or(u32::MAX)
        };
        if number < self.n_strings { Ok(number) } else { Err(self.reader.fault(Fault::Malformed)) }
    }
}
