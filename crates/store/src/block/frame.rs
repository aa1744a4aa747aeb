//! A compressed piece of a section: its sizes and checksum in the section's head, its bytes apart.
//!
//! The checksum is over the bytes as stored, so damage is found before anything is decompressed; the
//! declared size is capped, and checked against what so many stored bytes can hold, before anything
//! is allocated.

use std::borrow::Cow;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::compress_bound;

use super::bytes::{Reader, is_sound, put_varint};
use super::{BlockError, Fault};

const STORED: u8 = 0;
const ZSTD: u8 = 1;

/// A zstd block of 128 KiB takes four bytes at least (RFC 8878, section 3.1.1.2).
const MAX_RATIO: u64 = 32 * 1024;

/// Describes a piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    form: u8,
    pub(super) raw_len: u32,
    pub(super) stored_len: u32,
    checksum: u32,
}

impl Frame {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.form);
        put_varint(out, u64::from(self.raw_len));
        put_varint(out, u64::from(self.stored_len));
        out.extend_from_slice(&self.checksum.to_le_bytes());
    }

    /// Refuses a piece of more than `max_raw` bytes once decompressed.
    pub(super) fn read(reader: &mut Reader<'_>, max_raw: usize) -> Result<Self, BlockError> {
        let form = reader.byte()?;
        let raw_len = reader.varint_u32()?;
        let stored_len = reader.varint_u32()?;
        let checksum = reader.u32()?;
        let plausible = match form {
            STORED => raw_len == stored_len,
            ZSTD => u64::from(raw_len) <= u64::from(stored_len) * MAX_RATIO,
            _ => false,
        };
        if !plausible {
            return Err(reader.fault(Fault::Malformed));
        }
        if raw_len as usize > max_raw {
            return Err(reader.fault(Fault::TooLarge));
        }
        Ok(Self { form, raw_len, stored_len, checksum })
    }
}

/// Compresses the pieces of one block with one context.
pub(super) struct Packer {
    /// Without one (out of memory), pieces are stored as they are.
    compressor: Option<Compressor<'static>>,
    scratch: Vec<u8>,
}

impl Packer {
    pub(super) fn new(level: i32) -> Self {
        Self { compressor: Compressor::new(level).ok(), scratch: Vec::new() }
    }

    /// Appends `raw` to `out`, compressed when that is smaller.
    pub(super) fn pack(&mut self, raw: &[u8], out: &mut Vec<u8>) -> Frame {
        self.scratch.clear();
        self.scratch.reserve(compress_bound(raw.len()));
        let compressed = match &mut self.compressor {
            Some(compressor) => compressor.compress_to_buffer(raw, &mut self.scratch).is_ok(),
            None => false,
        };
        let (form, stored) =
            if compressed && self.scratch.len() < raw.len() { (ZSTD, &self.scratch[..]) } else { (STORED, raw) };
        out.extend_from_slice(stored);
        Frame { form, raw_len: raw.len() as u32, stored_len: stored.len() as u32, checksum: crc32fast::hash(stored) }
    }
}

/// Decompresses pieces with one context, made when the first compressed one arrives.
#[derive(Default)]
pub(super) struct Unpacker {
    decompressor: Option<Decompressor<'static>>,
}

impl Unpacker {
    /// Takes the piece's bytes from `reader`.
    pub(super) fn unpack<'a>(&mut self, frame: Frame, reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, BlockError> {
        let stored = reader.take(frame.stored_len as usize)?;
        if !is_sound(stored, frame.checksum) {
            return Err(reader.fault(Fault::Checksum));
        }
        if frame.form == STORED {
            return Ok(Cow::Borrowed(stored));
        }
        let malformed = reader.fault(Fault::Malformed);
        let decompressor = match &mut self.decompressor {
            Some(decompressor) => decompressor,
            vacant => vacant.insert(Decompressor::new().map_err(|_| reader.fault(Fault::TooLarge))?),
        };
        let raw = decompressor.decompress(stored, frame.raw_len as usize).map_err(|_| malformed)?;
        if raw.len() == frame.raw_len as usize { Ok(Cow::Owned(raw)) } else { Err(malformed) }
    }
}
