//! From the bytes of a `POST /events` to a table of events.
//!
//! The array `events` is visited as a stream. First it is read as if every event were good, which spares
//! a pass over the text; when one is not, the batch is read anew with each element on its own, so that
//! the bad one is refused with its reason while the others go on. An event either becomes a whole row or
//! leaves nothing behind. Strings are borrowed from the body until they are interned; the fields of a
//! kind and the tags are kept as the text they came in.

mod explain;
mod facts;
mod operation;
mod row;
mod shape;
mod value_hash;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::redact::Redactor;
use crate::table::EventTable;

use row::RowDecoder;
use shape::{Object, WireEvent};

/// Reasons listed in an answer; more are only counted.
pub const MAX_REJECTED_LISTED: usize = 100;

/// One event that was refused; the others of its batch go on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rejected {
    /// Position in the request's `events`.
    pub index: usize,
    pub reason: String,
}

/// A decoded batch.
#[derive(Debug, Default)]
pub struct Decoded {
    /// In the order of the request; the same event twice in one request is there twice.
    pub table: EventTable,
    /// The first [`MAX_REJECTED_LISTED`].
    pub rejected: Vec<Rejected>,
    pub rejected_total: usize,
}

/// The body has no array of events: nothing of it can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// 400.
    #[error("The request body is not JSON: {0}")]
    Syntax(String),
    /// 422.
    #[error("The request body has no array `events`: {0}")]
    NoEvents(String),
}

/// Decodes a batch with the standard list of secret names.
///
/// # Errors
/// As [`decode_batch_with`].
pub fn decode_batch(body: &[u8]) -> Result<Decoded, BatchError> {
    decode_batch_with(body, Redactor::standard())
}

/// Decodes a batch. Time and memory are linear in the body; deep nesting costs no stack.
///
/// # Errors
/// [`BatchError::Syntax`] when the body is not UTF-8 or not JSON, with line and column;
/// [`BatchError::NoEvents`] when it is not an object with an array `events`.
pub fn decode_batch_with(body: &[u8], redactor: &Redactor) -> Result<Decoded, BatchError> {
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    read(text, redactor, Trust::Whole)
        .or_else(|_| read(text, redactor, Trust::Each))
        .map_err(|error| batch_error(text, &error))
}

/// How much of a batch one bad event spoils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// All of it: reading stops.
    Whole,
    /// Itself.
    Each,
}

fn read(text: &str, redactor: &Redactor, trust: Trust) -> Result<Decoded, serde_json::Error> {
    let mut decoder = serde_json::Deserializer::from_str(text);
    let mut batch = BatchDecoder { rows: RowDecoder::new(redactor, text.len()), decoded: Decoded::default(), trust };
    decoder.deserialize_map(BodyVisitor(&mut batch))?;
    decoder.end()?;
    batch.decoded.table = batch.rows.into_table();
    Ok(batch.decoded)
}

/// Broken JSON anywhere outranks a missing array before it.
fn batch_error(text: &str, error: &serde_json::Error) -> BatchError {
    if error.classify() != Category::Data {
        return BatchError::Syntax(error.to_string());
    }
    let mut whole = serde_json::Deserializer::from_str(text);
    match whole.deserialize_ignored_any(IgnoredAny).and_then(|_| whole.end()) {
        Err(syntax) => BatchError::Syntax(syntax.to_string()),
        Ok(()) => BatchError::NoEvents(error.to_string()),
    }
}

fn not_utf8(body: &[u8], at: usize) -> BatchError {
    let before = &body[..at];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = at - before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1) + 1;
    BatchError::Syntax(format!("invalid UTF-8 at line {line} column {column}"))
}

struct BatchDecoder<'r> {
    rows: RowDecoder<'r>,
    decoded: Decoded,
    trust: Trust,
}

impl BatchDecoder<'_> {
    fn take(&mut self, index: usize, event: &str) {
        let Err(refusal) = self.rows.push_text(event) else { return };
        self.decoded.rejected_total += 1;
        if self.decoded.rejected.len() < MAX_REJECTED_LISTED {
            let reason = format!("events[{index}]{}", refusal.reason(event));
            self.decoded.rejected.push(Rejected { index, reason });
        }
    }
}

/// The outer object: its key `events`, once; others are ignored.
struct BodyVisitor<'b, 'r>(&'b mut BatchDecoder<'r>);

impl<'de> Visitor<'de> for BodyVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an array `events`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<shape::Text<'de>>()? {
            if key.0 != "events" {
                map.next_value::<IgnoredAny>()?;
            } else if found {
                return Err(A::Error::duplicate_field("events"));
            } else {
                found = true;
                map.next_value_seed(EventsVisitor(&mut *self.0))?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::missing_field("events")) }
    }
}

struct EventsVisitor<'b, 'r>(&'b mut BatchDecoder<'r>);

impl<'de> DeserializeSeed<'de> for EventsVisitor<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EventsVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> Result<(), A::Error> {
        if self.0.trust == Trust::Whole {
            while let Some(Object(event)) = events.next_element::<Object<WireEvent<'de>>>()? {
                self.0.rows.push(event).map_err(|_| A::Error::custom("an event does not fit"))?;
            }
            return Ok(());
        }
        let mut index = 0;
        while let Some(event) = events.next_element::<&'de RawValue>()? {
            self.0.take(index, event.get());
            index += 1;
        }
        Ok(())
    }
}
