//! Events on their way in, and blocks read back: rows of fixed size beside shared arenas.
//!
//! A batch of a thousand events costs a handful of allocations: strings are interned once a table,
//! clocks, lock sets and payloads lie in one vector each, and a row names its part of them.

use std::ops::Range;

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use crate::{EventId, Kind, Mode, Nanos, Seq, TraceId};

/// A string of a [`Strings`]; [`StrId::NONE`] is the empty one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StrId(pub u32);

impl StrId {
    pub const NONE: Self = Self(0);

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Interned strings. Id 0 is always the empty string.
#[derive(Debug, Clone)]
pub struct Strings {
    text: String,
    /// End of string `i` in `text`; it begins where `i - 1` ends.
    ends: Vec<u32>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Self {
            text: String::new(),
            ends: Vec::new(),
            ids: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        strings.intern("");
        strings
    }
}

impl Strings {
    /// O(length). All strings together may have 4 GiB.
    pub fn intern(&mut self, text: &str) -> StrId {
        let hash = self.hasher.hash_one(text);
        let found = self.ids.find(hash, |&id| slice(&self.text, &self.ends, id) == text);
        if let Some(&id) = found {
            return StrId(id);
        }
        let id = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        let (all, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.ids.insert_unique(hash, id, |&id| hasher.hash_one(slice(all, ends, id)));
        StrId(id)
    }

    /// The string, or the empty one for an id of another table.
    pub fn get(&self, id: StrId) -> &str {
        if (id.0 as usize) < self.ends.len() { slice(&self.text, &self.ends, id.0) } else { "" }
    }

    /// How many there are, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none but the empty one.
    pub fn is_empty(&self) -> bool {
        self.ends.len() <= 1
    }

    /// In the order of their ids, the empty one first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|id| slice(&self.text, &self.ends, id))
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4 + self.ids.capacity() * 5
    }
}

fn slice<'a>(text: &'a str, ends: &[u32], id: u32) -> &'a str {
    let begin = if id == 0 { 0 } else { ends[id as usize - 1] };
    &text[begin as usize..ends[id as usize] as usize]
}

/// One component of an event's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockEntry {
    pub component: StrId,
    pub count: u64,
}

/// A part of one of the table's arenas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    pub begin: u32,
    pub len: u32,
}

impl Part {
    pub const fn range(self) -> Range<usize> {
        self.begin as usize..self.begin as usize + self.len as usize
    }
}

/// The columns of one event. Strings are those of the table the row is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventRow {
    pub trace: TraceId,
    pub id: EventId,
    pub parent: Option<EventId>,
    pub start: Nanos,
    pub end: Nanos,
    /// The commit that stored it; 0 before.
    pub seq: Seq,
    pub kind: Kind,
    pub mode: Mode,
    pub error: bool,
    /// HTTP status; 0 when there is none.
    pub status: u16,
    pub process_id: u32,
    pub service: StrId,
    pub instance: StrId,
    pub environment: StrId,
    pub thread: StrId,
    pub task: StrId,
    pub operation: StrId,
    pub span: StrId,
    pub upstream: StrId,
    pub variable: StrId,
    pub lock: StrId,
    /// 64-bit hashes of the values read or written; 0 when there is none.
    pub old_hash: u64,
    pub new_hash: u64,
    /// Of [`EventTable::clocks`].
    pub clock: Part,
    /// Of [`EventTable::locks`].
    pub lock_set: Part,
    /// Of [`EventTable::payload`]: see [`crate::wire::Payload`].
    pub payload: Part,
}

/// Events and the arenas their rows point into.
#[derive(Debug, Clone, Default)]
pub struct EventTable {
    pub strings: Strings,
    pub rows: Vec<EventRow>,
    pub clocks: Vec<ClockEntry>,
    pub locks: Vec<StrId>,
    pub payload: Vec<u8>,
}

impl EventTable {
    pub fn text(&self, id: StrId) -> &str {
        self.strings.get(id)
    }

    pub fn clock(&self, row: &EventRow) -> &[ClockEntry] {
        self.clocks.get(row.clock.range()).unwrap_or_default()
    }

    pub fn lock_set(&self, row: &EventRow) -> &[StrId] {
        self.locks.get(row.lock_set.range()).unwrap_or_default()
    }

    pub fn payload(&self, row: &EventRow) -> &[u8] {
        self.payload.get(row.payload.range()).unwrap_or_default()
    }

    /// Bytes in memory, about: what a queue bounded in bytes counts.
    pub fn bytes(&self) -> usize {
        self.strings.bytes()
            + self.rows.capacity() * size_of::<EventRow>()
            + self.clocks.capacity() * size_of::<ClockEntry>()
            + self.locks.capacity() * size_of::<StrId>()
            + self.payload.capacity()
    }

    /// Appends the rows of `other` for which `keep(index)` holds, in order. O(rows kept + strings).
    pub fn append(&mut self, other: &Self, mut keep: impl FnMut(usize) -> bool) {
        let strings: Vec<StrId> = other.strings.iter().map(|text| self.strings.intern(text)).collect();
        let renamed = |id: StrId| strings.get(id.0 as usize).copied().unwrap_or_default();
        for (row_idx, row) in other.rows.iter().enumerate() {
            if !keep(row_idx) {
                continue;
            }
            let clock = Part { begin: self.clocks.len() as u32, len: row.clock.len };
            self.clocks.extend(
                other
                    .clock(row)
                    .iter()
                    .map(|entry| ClockEntry { component: renamed(entry.component), count: entry.count }),
            );
            let lock_set = Part { begin: self.locks.len() as u32, len: row.lock_set.len };
            self.locks.extend(other.lock_set(row).iter().map(|&lock| renamed(lock)));
            let payload = Part { begin: self.payload.len() as u32, len: row.payload.len };
            self.payload.extend_from_slice(other.payload(row));
            self.rows.push(EventRow {
                service: renamed(row.service),
                instance: renamed(row.instance),
                environment: renamed(row.environment),
                thread: renamed(row.thread),
                task: renamed(row.task),
                operation: renamed(row.operation),
                span: renamed(row.span),
                upstream: renamed(row.upstream),
                variable: renamed(row.variable),
                lock: renamed(row.lock),
                clock,
                lock_set,
                payload,
                ..*row
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn interning_gives_one_id_a_text(texts in proptest::collection::vec(".{0,6}", 0..50)) {
            let mut strings = Strings::default();
            let ids: Vec<StrId> = texts.iter().map(|text| strings.intern(text)).collect();
            for (text, id) in texts.iter().zip(&ids) {
                prop_assert_eq!(strings.get(*id), text);
                prop_assert_eq!(strings.intern(text), *id);
            }
            let distinct: std::collections::HashSet<&str> = texts.iter().map(String::as_str).chain([""]).collect();
            prop_assert_eq!(strings.len(), distinct.len());
        }
    }

    #[test]
    fn an_id_of_another_table_reads_as_nothing() {
        assert_eq!(Strings::default().get(StrId(9)), "");
    }
}
