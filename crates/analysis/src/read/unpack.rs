//! gzip, zstd or plain, told from the first bytes; what comes out is bounded.

use std::io::{self, BufRead, BufReader, Cursor, Read};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const BUFFER_BYTES: usize = 64 << 10;

/// The unpacked text; reading more than `limit` bytes of it fails.
///
/// # Errors
/// When the input fails or a decompressor cannot be made.
pub(crate) fn unpack<'r>(mut input: impl Read + 'r, limit: u64) -> io::Result<Box<dyn BufRead + 'r>> {
    let mut head = Vec::with_capacity(ZSTD.len());
    input.by_ref().take(ZSTD.len() as u64).read_to_end(&mut head)?;
    let is_gzip = head.starts_with(&GZIP);
    let is_zstd = head.starts_with(&ZSTD);
    let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(head).chain(input));
    let text: Box<dyn Read + 'r> = if is_gzip {
        Box::new(flate2::bufread::MultiGzDecoder::new(whole))
    } else if is_zstd {
        Box::new(zstd::stream::read::Decoder::with_buffer(whole)?)
    } else {
        Box::new(whole)
    };
    let mut text = BufReader::with_capacity(BUFFER_BYTES, Bounded { text, left: limit });
    if text.fill_buf()?.starts_with(&BYTE_ORDER_MARK) {
        text.consume(BYTE_ORDER_MARK.len());
    }
    Ok(Box::new(text))
}

/// Fails instead of giving more than was allowed.
struct Bounded<'r> {
    text: Box<dyn Read + 'r>,
    left: u64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.left =
            self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other("unpacks to more than is read"))?;
        Ok(read)
    }
}
