//! Rows to columns. One pass a column; the order of the passes is the order of decoding.

use std::hash::Hash;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use model::table::{EventRow, EventTable, StrId};

use super::super::bytes::{join_streams, put_varint, zigzag};
use super::super::frame::Packer;
use super::strings::{Dictionary, EMPTY};
use super::{NEW, SAME_LIST, SCALES, VERSION, after_access, hash_code, stream};

/// The section of `rows`, whose ids have the checksum `ids_checksum`.
pub(in crate::block) fn encode(
    table: &EventTable,
    rows: &[&EventRow],
    ids_checksum: u32,
    packer: &mut Packer,
) -> Vec<u8> {
    let mut streams: [Vec<u8>; stream::N] = std::array::from_fn(|_| Vec::with_capacity(rows.len() + 16));
    let mut dictionary = Dictionary::new(table);

    let scopes = put_scopes(&mut streams, &mut dictionary, rows);
    put_acts(&mut streams, &mut dictionary, rows);
    put_times(&mut streams[stream::STARTS], differences(rows, |row| row.start.0));
    put_times(&mut streams[stream::DURATIONS], rows.iter().map(|row| row.end.0.wrapping_sub(row.start.0)).collect());
    for difference in differences(rows, |row| row.seq.0 as i64) {
        put_varint(&mut streams[stream::SEQS], zigzag(difference));
    }
    let n_scopes = scopes.iter().max().map_or(0, |&last| last as usize + 1);
    let mut predicted = |at: usize, column: fn(&EventRow) -> StrId| {
        put_predicted(&mut streams[at], &mut dictionary, n_scopes, rows.iter().map(|row| column(row)).zip(&scopes));
    };
    predicted(stream::THREADS, |row| row.thread);
    predicted(stream::TASKS, |row| row.task);
    predicted(stream::SPANS, |row| row.span);
    predicted(stream::UPSTREAMS, |row| row.upstream);
    let variables = put_strings(&mut streams[stream::VARIABLES], &mut dictionary, rows, |row| row.variable);
    put_strings(&mut streams[stream::LOCKS], &mut dictionary, rows, |row| row.lock);
    put_hashes(&mut streams, &variables, dictionary.len(), rows);
    put_clocks(&mut streams, &mut dictionary, table, rows, &scopes, n_scopes);
    put_lock_sets(&mut streams[stream::LOCK_SETS], &mut dictionary, table, rows, &scopes, n_scopes);
    (streams[stream::DICTIONARY_LENS], streams[stream::DICTIONARY_TEXT]) = dictionary.finish();

    let mut stored = Vec::new();
    let frame = packer.pack(&join_streams(&streams), &mut stored);
    let mut head = Vec::with_capacity(32);
    put_varint(&mut head, rows.len() as u64);
    head.extend_from_slice(&ids_checksum.to_le_bytes());
    frame.write(&mut head);
    let mut section = Vec::with_capacity(5 + head.len() + stored.len());
    section.push(VERSION);
    section.extend_from_slice(&crc32fast::hash(&head).to_le_bytes());
    section.extend_from_slice(&head);
    section.extend_from_slice(&stored);
    section
}

/// Combinations seen so far, by the order in which they came.
struct Combinations<K> {
    numbers: HashMap<K, u32>,
    last: Option<(K, u32)>,
}

impl<K: Copy + Eq + Hash> Combinations<K> {
    fn new() -> Self {
        Self { numbers: HashMap::new(), last: None }
    }

    /// Appends the code of `key`; its number, and whether it is new.
    fn put(&mut self, out: &mut Vec<u8>, key: K) -> (u32, bool) {
        if let Some((last, number)) = self.last
            && last == key
        {
            put_varint(out, 1 + u64::from(number));
            return (number, false);
        }
        let next = self.numbers.len() as u32;
        let (number, is_new) = match self.numbers.entry(key) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(vacant) => (*vacant.insert(next), true),
        };
        put_varint(out, if is_new { NEW } else { 1 + u64::from(number) });
        self.last = Some((key, number));
        (number, is_new)
    }
}

/// The number of each row's scope.
fn put_scopes(streams: &mut [Vec<u8>; stream::N], dictionary: &mut Dictionary<'_>, rows: &[&EventRow]) -> Vec<u32> {
    let mut combinations = Combinations::new();
    dictionary.begin(&mut streams[stream::SCOPE_TABLE]);
    rows.iter()
        .map(|row| {
            let key = (row.service, row.instance, row.environment, row.process_id);
            let (number, is_new) = combinations.put(&mut streams[stream::SCOPES], key);
            if is_new {
                let out = &mut streams[stream::SCOPE_TABLE];
                for id in [row.service, row.instance, row.environment] {
                    dictionary.put(out, id, 0);
                }
                put_varint(out, u64::from(row.process_id));
            }
            number
        })
        .collect()
}

fn put_acts(streams: &mut [Vec<u8>; stream::N], dictionary: &mut Dictionary<'_>, rows: &[&EventRow]) {
    let mut combinations = Combinations::new();
    dictionary.begin(&mut streams[stream::ACT_OPERATIONS]);
    for row in rows {
        let key = (row.kind, row.mode, row.error, row.status, row.operation);
        let (_, is_new) = combinations.put(&mut streams[stream::ACTS], key);
        if is_new {
            let out = &mut streams[stream::ACT_TABLE];
            out.extend_from_slice(&[row.kind.code(), row.mode.code(), u8::from(row.error)]);
            put_varint(out, u64::from(row.status));
            dictionary.put(&mut streams[stream::ACT_OPERATIONS], row.operation, 0);
        }
    }
}

fn differences(rows: &[&EventRow], column: impl Fn(&EventRow) -> i64) -> Vec<i64> {
    let mut before = 0i64;
    rows.iter()
        .map(|row| {
            let value = column(row);
            let difference = value.wrapping_sub(before);
            before = value;
            difference
        })
        .collect()
}

/// In the coarsest scale that divides them all.
fn put_times(out: &mut Vec<u8>, nanos: Vec<i64>) {
    let (mut scale_idx, mut scale) = (0, SCALES[0]);
    for &value in &nanos {
        while value % scale != 0 {
            scale_idx += 1;
            scale = SCALES.get(scale_idx).copied().unwrap_or(1);
        }
    }
    out.push(scale_idx as u8);
    for value in nanos {
        put_varint(out, zigzag(value / scale));
    }
}

/// The number of each row's string.
fn put_strings(
    out: &mut Vec<u8>,
    dictionary: &mut Dictionary<'_>,
    rows: &[&EventRow],
    column: fn(&EventRow) -> StrId,
) -> Vec<u32> {
    dictionary.begin(out);
    rows.iter().map(|row| dictionary.put(out, column(row), 0)).collect()
}

/// 0 where the string is that of the scope's row before, else 1 + its code.
fn put_predicted<'s>(
    out: &mut Vec<u8>,
    dictionary: &mut Dictionary<'_>,
    n_scopes: usize,
    column: impl Iterator<Item = (StrId, &'s u32)>,
) {
    dictionary.begin(out);
    let mut last = vec![StrId::NONE; n_scopes];
    for (id, &scope) in column {
        let last = &mut last[scope as usize];
        if *last == id {
            put_varint(out, 0);
        } else {
            dictionary.put(out, id, 1);
            *last = id;
        }
    }
}

fn put_hashes(streams: &mut [Vec<u8>; stream::N], variables: &[u32], n_strings: usize, rows: &[&EventRow]) {
    let mut last = vec![0u64; n_strings];
    for (row, &variable) in rows.iter().zip(variables) {
        let last = &mut last[variable as usize];
        let mut code = |hash: u64| match hash {
            0 => hash_code::NONE,
            hash if hash == *last => hash_code::LAST,
            hash => {
                streams[stream::RAW_HASHES].extend_from_slice(&hash.to_le_bytes());
                hash_code::RAW
            }
        };
        let codes = code(row.old_hash) + hash_code::N * code(row.new_hash);
        streams[stream::HASH_CODES].push(codes);
        if let Some(hash) = after_access(row.old_hash, row.new_hash) {
            *last = hash;
        }
    }
}

fn put_clocks(
    streams: &mut [Vec<u8>; stream::N],
    dictionary: &mut Dictionary<'_>,
    table: &EventTable,
    rows: &[&EventRow],
    scopes: &[u32],
    n_scopes: usize,
) {
    dictionary.begin(&mut streams[stream::CLOCK_COMPONENTS]);
    // Per scope: the row whose components were its last, and their numbers.
    let mut lists: Vec<(&[_], Vec<u32>)> = vec![(&[], Vec::new()); n_scopes];
    let mut last_count: Vec<u64> = Vec::new();
    for (row, &scope) in rows.iter().zip(scopes) {
        let clock = table.clock(row);
        let (entries, numbers) = &mut lists[scope as usize];
        let same = entries.len() == clock.len()
            && entries.iter().zip(clock).all(|(a, b): (&model::table::ClockEntry, _)| a.component == b.component);
        let out = &mut streams[stream::CLOCK_COMPONENTS];
        if same {
            put_varint(out, SAME_LIST);
        } else {
            put_varint(out, 1 + clock.len() as u64);
            numbers.clear();
            numbers.extend(clock.iter().map(|entry| dictionary.put(out, entry.component, 0)));
            last_count.resize(dictionary.len(), 0);
        }
        *entries = clock;
        last_count.resize(dictionary.len().max(last_count.len()), 0);
        for (entry, &number) in clock.iter().zip(numbers.iter()) {
            let last = &mut last_count[number as usize];
            put_varint(&mut streams[stream::CLOCK_COUNTS], zigzag(entry.count.wrapping_sub(*last) as i64));
            *last = entry.count;
        }
    }
}

fn put_lock_sets(
    out: &mut Vec<u8>,
    dictionary: &mut Dictionary<'_>,
    table: &EventTable,
    rows: &[&EventRow],
    scopes: &[u32],
    n_scopes: usize,
) {
    dictionary.begin(out);
    let mut last: Vec<&[StrId]> = vec![&[]; n_scopes];
    for (row, &scope) in rows.iter().zip(scopes) {
        let lock_set = table.lock_set(row);
        let last = &mut last[scope as usize];
        if *last == lock_set {
            put_varint(out, SAME_LIST);
            continue;
        }
        put_varint(out, 1 + lock_set.len() as u64);
        for &lock in lock_set {
            dictionary.put(out, lock, 0);
        }
        *last = lock_set;
    }
}

/// A string of another table has the number of the empty one, so a prediction by `StrId` and one by
/// number agree.
const _: () = assert!(EMPTY == StrId::NONE.0);
