//! The contract's events, a batch at a time through the decoder that the server uses.

use model::wire::{Decoded, decode_batch};

use super::Wrong;
use super::collect::Collector;

const OPEN: &[u8] = br#"{"events":["#;
const CLOSE: &[u8] = b"]}";
/// Text of a batch; a longer event is a batch of its own.
const BATCH_BYTES: usize = 1 << 20;

/// Collects events into batches.
#[derive(Default)]
pub(super) struct Batches {
    body: Vec<u8>,
    /// By event of the batch: the line it begins on, and where in the body.
    begins: Vec<(u64, usize)>,
}

impl Batches {
    /// Takes the text of one event.
    ///
    /// # Errors
    /// The first event of the batch before that is refused, with its line.
    pub fn add(&mut self, line: u64, event: &[u8], collector: &mut Collector) -> Result<(), Wrong> {
        if self.body.len() + event.len() > BATCH_BYTES {
            self.flush(collector)?;
        }
        self.body.extend_from_slice(if self.begins.is_empty() { OPEN } else { b"," });
        self.begins.push((line, self.body.len()));
        self.body.extend_from_slice(event);
        Ok(())
    }

    /// # Errors
    /// As [`Batches::add`].
    pub fn finish(mut self, collector: &mut Collector) -> Result<(), Wrong> {
        self.flush(collector)
    }

    fn flush(&mut self, collector: &mut Collector) -> Result<(), Wrong> {
        let Some(&(first_line, _)) = self.begins.first() else { return Ok(()) };
        self.body.extend_from_slice(CLOSE);
        let decoded = decode_batch(&self.body)
            .map_err(|error| self.culprit().unwrap_or(Wrong::new(first_line, error.to_string())))?;
        if let Some(wrong) = refused(&decoded, |index| self.begins.get(index).map_or(first_line, |&(line, _)| line)) {
            return Err(wrong);
        }
        collector.add(&decoded.table, first_line)?;
        self.body.clear();
        self.begins.clear();
        Ok(())
    }

    /// The event that is no JSON, in a batch that therefore is none.
    fn culprit(&self) -> Option<Wrong> {
        self.begins.iter().enumerate().find_map(|(index, &(line, begin))| {
            let end = self.begins.get(index + 1).map_or(self.body.len() - CLOSE.len(), |&(_, next)| next - 1);
            let event = self.body.get(begin..end)?;
            let error = serde_json::from_slice::<serde::de::IgnoredAny>(event).err()?;
            Some(Wrong::json(line, &error))
        })
    }
}

/// The first refusal, with the line of its event.
pub(super) fn refused(decoded: &Decoded, line_of: impl Fn(usize) -> u64) -> Option<Wrong> {
    let first = decoded.rejected.first()?;
    let place = format!("events[{}]", first.index);
    let what = first.reason.strip_prefix(&place).unwrap_or(&first.reason).trim_start_matches(['.', ':', ' ']);
    Some(Wrong::new(line_of(first.index), what))
}
