//! Columns to rows. Each column is read from the block's first row to the last one wanted, since
//! values are predicted from rows before; only wanted rows are written.

use std::ops::Range;

use model::table::{ClockEntry, EventRow, EventTable, Part, StrId};
use model::{Kind, Mode, Nanos, Seq};

use super::super::bytes::{Reader, is_sound, split_streams, unzigzag};
use super::super::frame::{Frame, Unpacker};
use super::super::ids::Ids;
use super::super::{BlockError, Fault, MAX_COLUMNS, Section};
use super::strings::{Codes, Lookup};
use super::{NEW, SAME_LIST, SCALES, VERSION, after_access, hash_code, stream};

const fn fault(fault: Fault) -> BlockError {
    BlockError { section: Section::Columns, fault }
}

/// Fills the rows of `table` from `first` on, which are the rows of `range` of the block.
pub(in crate::block) fn decode_into(
    table: &mut EventTable,
    first: usize,
    ids: &Ids<'_>,
    bytes: &[u8],
    range: Range<u32>,
) -> Result<(), BlockError> {
    let mut reader = Reader::new(bytes, Section::Columns);
    let frame = read_head(&mut reader, ids)?;
    let raw = Unpacker::default().unpack(frame, &mut reader)?;
    let streams = split_streams::<{ stream::N }>(&raw, Section::Columns)?;
    let strings = Lookup::new(streams[stream::DICTIONARY_LENS], streams[stream::DICTIONARY_TEXT])?;
    if table.strings.bytes() + strings.text_len() > u32::MAX as usize {
        return Err(fault(Fault::TooLarge));
    }
    let mut columns = Columns { streams, strings, table, first, begin: range.start as usize, end: range.end as usize };
    let scopes = columns.scopes()?;
    columns.acts()?;
    columns.times()?;
    columns.seqs()?;
    columns.predicted(stream::THREADS, &scopes, |row, id| row.thread = id)?;
    columns.predicted(stream::TASKS, &scopes, |row, id| row.task = id)?;
    columns.predicted(stream::SPANS, &scopes, |row, id| row.span = id)?;
    columns.predicted(stream::UPSTREAMS, &scopes, |row, id| row.upstream = id)?;
    let variables = columns.strings(stream::VARIABLES, |row, id| row.variable = id)?;
    columns.strings(stream::LOCKS, |row, id| row.lock = id)?;
    columns.hashes(&variables)?;
    columns.clocks(&scopes)?;
    columns.lock_sets(&scopes)
}

fn read_head(reader: &mut Reader<'_>, ids: &Ids<'_>) -> Result<Frame, BlockError> {
    if reader.byte()? != VERSION {
        return Err(fault(Fault::Version));
    }
    let head_checksum = reader.u32()?;
    let from_head = reader.rest();
    let len = reader.varint_u32()?;
    let ids_checksum = reader.u32()?;
    let frame = Frame::read(reader, MAX_COLUMNS)?;
    let head = &from_head[..from_head.len() - reader.rest().len()];
    if !is_sound(head, head_checksum) {
        return Err(fault(Fault::Checksum));
    }
    if len != ids.len() || ids_checksum != ids.checksum() {
        return Err(fault(Fault::Mismatch));
    }
    if frame.stored_len as usize != reader.rest().len() {
        return Err(fault(Fault::Malformed));
    }
    Ok(frame)
}

/// The scopes of a block by number: each row's, and how many there are.
struct Scopes {
    of_row: Vec<u32>,
    count: usize,
}

struct Columns<'a, 't> {
    streams: [Reader<'a>; stream::N],
    strings: Lookup<'a>,
    table: &'t mut EventTable,
    /// Where in the table the wanted rows are.
    first: usize,
    /// The wanted rows of the block.
    begin: usize,
    end: usize,
}

impl<'a> Columns<'a, '_> {
    /// The row of the table for a row of the block, when it is wanted.
    #[inline]
    fn row(&mut self, row_idx: usize) -> Option<&mut EventRow> {
        let wanted_idx = row_idx.checked_sub(self.begin)?;
        self.table.rows.get_mut(self.first + wanted_idx)
    }

    fn codes(&self, at: usize) -> Result<Codes<'a>, BlockError> {
        Codes::new(self.streams[at], self.strings.len())
    }

    fn id(&mut self, number: u32) -> Result<StrId, BlockError> {
        self.strings.id(self.table, number)
    }

    fn scopes(&mut self) -> Result<Scopes, BlockError> {
        struct Scope {
            names: [u32; 3],
            process_id: u32,
        }
        let mut scopes = Vec::new();
        let mut codes = self.codes(stream::SCOPE_TABLE)?;
        while !codes.reader.rest().is_empty() {
            let names = [codes.read()?, codes.read()?, codes.read()?];
            scopes.push(Scope { names, process_id: codes.reader.varint_u32()? });
        }
        let mut numbers = Numbers::new(self.streams[stream::SCOPES], scopes.len());
        let mut of_row = Vec::with_capacity(self.end);
        for row_idx in 0..self.end {
            let number = numbers.read()?;
            of_row.push(number);
            if row_idx < self.begin {
                continue;
            }
            let scope = &scopes[number as usize];
            let [service, instance, environment] = scope.names;
            let (service, instance, environment) = (self.id(service)?, self.id(instance)?, self.id(environment)?);
            if let Some(row) = self.row(row_idx) {
                (row.service, row.instance, row.environment) = (service, instance, environment);
                row.process_id = scope.process_id;
            }
        }
        Ok(Scopes { of_row, count: scopes.len() })
    }

    fn acts(&mut self) -> Result<(), BlockError> {
        struct Act {
            kind: Kind,
            mode: Mode,
            error: bool,
            status: u16,
            operation: u32,
        }
        let mut acts = Vec::new();
        let mut shapes = self.streams[stream::ACT_TABLE];
        let mut operations = self.codes(stream::ACT_OPERATIONS)?;
        let malformed = fault(Fault::Malformed);
        while !shapes.rest().is_empty() {
            let [kind, mode, error] = shapes.array()?;
            acts.push(Act {
                kind: Kind::from_code(kind).ok_or(malformed)?,
                mode: Mode::from_code(mode).ok_or(malformed)?,
                error: error != 0,
                status: u16::try_from(shapes.varint()?).map_err(|_| malformed)?,
                operation: operations.read()?,
            });
        }
        let mut numbers = Numbers::new(self.streams[stream::ACTS], acts.len());
        for row_idx in 0..self.end {
            let number = numbers.read()?;
            if row_idx < self.begin {
                continue;
            }
            let act = &acts[number as usize];
            let operation = self.id(act.operation)?;
            if let Some(row) = self.row(row_idx) {
                (row.kind, row.mode, row.error) = (act.kind, act.mode, act.error);
                (row.status, row.operation) = (act.status, operation);
            }
        }
        Ok(())
    }

    fn times(&mut self) -> Result<(), BlockError> {
        let (mut starts, start_scale) = scaled(self.streams[stream::STARTS])?;
        let (mut durations, duration_scale) = scaled(self.streams[stream::DURATIONS])?;
        let mut start = 0i64;
        for row_idx in 0..self.end {
            start = start.wrapping_add(unzigzag(starts.varint()?).wrapping_mul(start_scale));
            let duration = unzigzag(durations.varint()?).wrapping_mul(duration_scale);
            if let Some(row) = self.row(row_idx) {
                (row.start, row.end) = (Nanos(start), Nanos(start.wrapping_add(duration)));
            }
        }
        Ok(())
    }

    fn seqs(&mut self) -> Result<(), BlockError> {
        let mut reader = self.streams[stream::SEQS];
        let mut seq = 0u64;
        for row_idx in 0..self.end {
            seq = seq.wrapping_add(unzigzag(reader.varint()?) as u64);
            if let Some(row) = self.row(row_idx) {
                row.seq = Seq(seq);
            }
        }
        Ok(())
    }

    fn predicted(&mut self, at: usize, scopes: &Scopes, set: impl Fn(&mut EventRow, StrId)) -> Result<(), BlockError> {
        let mut codes = self.codes(at)?;
        let mut last = vec![0u32; scopes.count];
        for row_idx in 0..self.end {
            let last = &mut last[scopes.of_row[row_idx] as usize];
            let code = codes.reader.varint()?;
            if let Some(code) = code.checked_sub(1) {
                *last = codes.number(code)?;
            }
            if *last != 0 && row_idx >= self.begin {
                let id = self.id(*last)?;
                if let Some(row) = self.row(row_idx) {
                    set(row, id);
                }
            }
        }
        Ok(())
    }

    /// The number of each row's string.
    fn strings(&mut self, at: usize, set: impl Fn(&mut EventRow, StrId)) -> Result<Vec<u32>, BlockError> {
        let mut codes = self.codes(at)?;
        let mut numbers = Vec::with_capacity(self.end);
        for row_idx in 0..self.end {
            let number = codes.read()?;
            numbers.push(number);
            if number != 0 && row_idx >= self.begin {
                let id = self.id(number)?;
                if let Some(row) = self.row(row_idx) {
                    set(row, id);
                }
            }
        }
        Ok(numbers)
    }

    fn hashes(&mut self, variables: &[u32]) -> Result<(), BlockError> {
        let mut codes = self.streams[stream::HASH_CODES];
        let mut raw = self.streams[stream::RAW_HASHES];
        let mut last = vec![0u64; self.strings.len()];
        for (row_idx, &variable) in variables.iter().enumerate() {
            let last = &mut last[variable as usize];
            let code = codes.byte()?;
            let mut hash = |code: u8| match code {
                hash_code::NONE => Ok(0),
                hash_code::RAW => raw.array().map(u64::from_le_bytes),
                hash_code::LAST => Ok(*last),
                _ => Err(fault(Fault::Malformed)),
            };
            let (old, new) = (hash(code % hash_code::N)?, hash(code / hash_code::N)?);
            if let Some(hash) = after_access(old, new) {
                *last = hash;
            }
            if let Some(row) = self.row(row_idx) {
                (row.old_hash, row.new_hash) = (old, new);
            }
        }
        Ok(())
    }

    fn clocks(&mut self, scopes: &Scopes) -> Result<(), BlockError> {
        let mut codes = self.codes(stream::CLOCK_COMPONENTS)?;
        let mut counts = self.streams[stream::CLOCK_COUNTS];
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); scopes.count];
        let mut last_count = vec![0u64; self.strings.len()];
        for row_idx in 0..self.end {
            let list = &mut lists[scopes.of_row[row_idx] as usize];
            read_list(&mut codes, list)?;
            let begin = arena_end(self.table.clocks.len())?;
            for &number in list.iter() {
                let count = &mut last_count[number as usize];
                *count = count.wrapping_add(unzigzag(counts.varint()?) as u64);
                if row_idx >= self.begin {
                    let component = self.strings.id(self.table, number)?;
                    self.table.clocks.push(ClockEntry { component, count: *count });
                }
            }
            let len = list.len() as u32;
            if let Some(row) = self.row(row_idx) {
                row.clock = Part { begin, len };
            }
        }
        arena_end(self.table.clocks.len()).map(|_| ())
    }

    /// Equal lock sets in a row share their part of the arena, so a small input cannot fill it.
    fn lock_sets(&mut self, scopes: &Scopes) -> Result<(), BlockError> {
        let mut codes = self.codes(stream::LOCK_SETS)?;
        let mut lists: Vec<(Vec<u32>, Option<Part>)> = vec![(Vec::new(), None); scopes.count];
        for row_idx in 0..self.end {
            let (list, part) = &mut lists[scopes.of_row[row_idx] as usize];
            if read_list(&mut codes, list)? {
                *part = None;
            }
            if row_idx < self.begin || list.is_empty() {
                continue;
            }
            let part = match *part {
                Some(part) => part,
                None => {
                    let begin = arena_end(self.table.locks.len())?;
                    for &number in list.iter() {
                        let lock = self.strings.id(self.table, number)?;
                        self.table.locks.push(lock);
                    }
                    *part.insert(Part { begin, len: list.len() as u32 })
                }
            };
            if let Some(row) = self.row(row_idx) {
                row.lock_set = part;
            }
        }
        arena_end(self.table.locks.len()).map(|_| ())
    }
}

/// Replaces `list` unless it stays the same; whether it did.
fn read_list(codes: &mut Codes<'_>, list: &mut Vec<u32>) -> Result<bool, BlockError> {
    let len = codes.reader.varint()?;
    if len == SAME_LIST {
        return Ok(false);
    }
    list.clear();
    for _ in 0..len - 1 {
        list.push(codes.read()?);
    }
    Ok(true)
}

/// Parts of an arena are found by 32-bit positions.
fn arena_end(len: usize) -> Result<u32, BlockError> {
    u32::try_from(len).map_err(|_| fault(Fault::TooLarge))
}

/// A stream of times, and their scale.
fn scaled(mut reader: Reader<'_>) -> Result<(Reader<'_>, i64), BlockError> {
    let scale = SCALES.get(usize::from(reader.byte()?)).copied().ok_or(fault(Fault::Malformed))?;
    Ok((reader, scale))
}

/// A stream of numbers into a table.
struct Numbers<'a> {
    reader: Reader<'a>,
    next: u64,
    len: u64,
}

impl<'a> Numbers<'a> {
    /// Every number it gives is below `len`.
    const fn new(reader: Reader<'a>, len: usize) -> Self {
        Self { reader, next: 0, len: len as u64 }
    }

    #[inline]
    fn read(&mut self) -> Result<u32, BlockError> {
        let code = self.reader.varint()?;
        let number = if code == NEW {
            self.next += 1;
            self.next - 1
        } else {
            code - 1
        };
        if number < self.len { Ok(number as u32) } else { Err(fault(Fault::Malformed)) }
    }
}
