//! The payload section: what is read for one event at a time.
//!
//! ```text
//! version u8 | checksum of the head u32
//! head:   rows, checksum of the ids u32, frame of the templates, chunks; each chunk: events, bytes of their payloads, frame
//! frames: the templates, then the chunks
//! ```
//! A chunk holds whole events, about [`Effort::chunk_bytes`](super::Effort) of payload: reading one event costs
//! the templates and one chunk. Payloads of [`model::wire::Payload`] are taken apart: timestamps become
//! numbers ([`stamp`]), and texts become a template, shared by the block, and the values of its slots
//! ([`text`]), as compressed log formats do (Rodrigues et al., "CLP: Efficient and Scalable Search on
//! Compressed Text Logs", OSDI 2021). Values lie slot by slot, not event by event, so that equal ones meet.
//! Any other bytes are kept as they are. Decoding gives back identical bytes.

mod decode;
mod encode;
mod read;
mod stamp;
mod templates;
mod text;

pub use read::{Payloads, decode_payload};

pub(super) use encode::encode;
pub(super) use read::decode_into;

const VERSION: u8 = 0x31;

/// Templates of one block: together this many bytes at most, so that they stay cheap to read.
const MAX_TEMPLATE_BYTES: usize = 256 << 10;

/// The streams of a chunk, by position. Those of events are in their order.
mod stream {
    /// A byte an event: see [`shape`](super::shape).
    pub(super) const SHAPES: usize = 0;
    /// Differences to the stamp before, in the unit of the form.
    pub(super) const STAMPS: usize = 1;
    pub(super) const DURATIONS: usize = 2;
    /// 0 plain, else 1 + template: of kind and body, with a NUL between.
    pub(super) const MAINS: usize = 3;
    /// The same, of the tags.
    pub(super) const TAGS: usize = 4;
    /// Lengths of the plain texts.
    pub(super) const PLAIN_LENS: usize = 5;
    pub(super) const PLAIN: usize = 6;
    /// Values: by template, then slot, then event.
    pub(super) const VALUES: usize = 7;
    /// The bytes of values that are hexadecimal.
    pub(super) const HEX: usize = 8;
    /// The text of values that are text.
    pub(super) const TEXT: usize = 9;
    pub(super) const N: usize = 10;
}

/// How an event's payload is kept.
mod shape {
    use super::stamp::N_FORMS;

    /// As it is: one plain text.
    pub(super) const OPAQUE: u8 = 0;
    /// The timestamp is a plain text.
    pub(super) const TEXT_STAMP: u8 = N_FORMS;
    const N_STAMPS: u8 = N_FORMS + 1;

    pub(super) const fn of(stamp_form: u8, has_duration: bool) -> u8 {
        1 + stamp_form + if has_duration { N_STAMPS } else { 0 }
    }

    /// The form of the stamp, and whether there is a duration.
    pub(super) const fn parts(shape: u8) -> Option<(u8, bool)> {
        let Some(code) = shape.checked_sub(1) else { return None };
        if code < 2 * N_STAMPS { Some((code % N_STAMPS, code >= N_STAMPS)) } else { None }
    }
}

/// The code of a text that has no template.
const PLAIN: u64 = 0;

/// Between kind and body.
const SEPARATOR: u8 = 0;
