//! Bytes with checked reads: varints, zigzag, slices. Nothing here panics or allocates on input.

use super::{BlockError, Fault, Section};

/// Appends LEB128: seven bits a byte, least significant first.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small magnitudes of either sign to small numbers.
pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Whether bytes have the checksum they were written with. Taken for granted under the feature
/// `unchecked`, so that a fuzzer reaches what checksums guard.
pub(super) fn is_sound(bytes: &[u8], checksum: u32) -> bool {
    cfg!(feature = "unchecked") || crc32fast::hash(bytes) == checksum
}

/// What is left to read of a section.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    section: Section,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8], section: Section) -> Self {
        Self { rest, section }
    }

    pub(super) const fn fault(&self, fault: Fault) -> BlockError {
        BlockError { section: self.section, fault }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], BlockError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(self.fault(Fault::Short))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BlockError> {
        let (&taken, rest) = self.rest.split_first_chunk::<N>().ok_or(self.fault(Fault::Short))?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, BlockError> {
        let (&byte, rest) = self.rest.split_first().ok_or(self.fault(Fault::Short))?;
        self.rest = rest;
        Ok(byte)
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, BlockError> {
        let byte = self.byte()?;
        if byte < 0x80 { Ok(u64::from(byte)) } else { self.long_varint(byte) }
    }

    fn long_varint(&mut self, first: u8) -> Result<u64, BlockError> {
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(self.fault(Fault::Malformed));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.fault(Fault::Malformed))
    }

    pub(super) fn varint_u32(&mut self) -> Result<u32, BlockError> {
        u32::try_from(self.varint()?).map_err(|_| self.fault(Fault::Malformed))
    }

    pub(super) fn u32(&mut self) -> Result<u32, BlockError> {
        self.array().map(u32::from_le_bytes)
    }
}

/// Cuts `N` streams apart: their lengths as varints, then their bytes, nothing after.
pub(super) fn split_streams<const N: usize>(raw: &[u8], section: Section) -> Result<[Reader<'_>; N], BlockError> {
    let mut reader = Reader::new(raw, section);
    let mut lens = [0usize; N];
    for len in &mut lens {
        *len = reader.varint_u32()? as usize;
    }
    let mut streams = [Reader::new(&[], section); N];
    for (stream, len) in streams.iter_mut().zip(lens) {
        *stream = Reader::new(reader.take(len)?, section);
    }
    if reader.rest().is_empty() { Ok(streams) } else { Err(reader.fault(Fault::Malformed)) }
}

/// The opposite of [`split_streams`].
pub(super) fn join_streams<const N: usize>(streams: &[Vec<u8>; N]) -> Vec<u8> {
    let total: usize = streams.iter().map(Vec::len).sum();
    let mut raw = Vec::with_capacity(total + N * 3);
    for stream in streams {
        put_varint(&mut raw, stream.len() as u64);
    }
    for stream in streams {
        raw.extend_from_slice(stream);
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_varint_survives_its_bytes_and_a_cut_one_is_refused(value: u64) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            prop_assert_eq!(Reader::new(&bytes, Section::Ids).varint(), Ok(value));
            bytes.pop();
            prop_assert!(Reader::new(&bytes, Section::Ids).varint().is_err());
        }

        #[test]
        fn zigzag_is_undone(value: i64) {
            prop_assert_eq!(unzigzag(zigzag(value)), value);
        }

        #[test]
        fn streams_come_apart_as_they_were_joined(a: Vec<u8>, b: Vec<u8>, c: Vec<u8>) {
            let raw = join_streams(&[a.clone(), b.clone(), c.clone()]);
            let streams = split_streams::<3>(&raw, Section::Columns).expect("joined");
            prop_assert_eq!(streams.map(|stream| stream.rest().to_vec()), [a, b, c]);
        }
    }

    #[test]
    fn a_varint_of_more_than_64_bits_is_refused() {
        let bytes = [0xff; 11];
        assert_eq!(Reader::new(&bytes, Section::Ids).varint().map_err(|error| error.fault), Err(Fault::Malformed));
        let two_to_64 = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02];
        assert!(Reader::new(&two_to_64, Section::Ids).varint().is_err());
    }
}
