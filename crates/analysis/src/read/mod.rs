//! Files of recorded executions: STD traces, the contract's JSON, OTLP and Jaeger JSON, packed or plain.
//!
//! Input is streamed: at most one element (an event, a Jaeger trace, the spans of one resource) is in memory
//! as text, beside what was read before. What a file unpacks to, and an element, are bounded by [`Limits`],
//! so that arbitrary bytes end in an error or a recording, never in a panic or a full memory.

mod attributes;
mod collect;
mod contract;
mod documents;
mod drafts;
mod identity;
mod jaeger;
mod otlp;
mod scanner;
mod unpack;

pub(crate) use unpack::unpack;

use std::io::{BufRead, Read};
use std::str::FromStr;

use hashbrown::{HashMap, HashSet};
use model::TraceId;
use model::table::EventTable;

use crate::causal::{self, Recorded};
use crate::history::History;
use crate::spans::SpanForest;
use crate::std_file;

/// What a file is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Told from the content: JSON begins with a bracket, and its keys say the rest.
    #[default]
    Auto,
    Std,
    /// The contract's batches or events.
    Raceway,
    Otlp,
    Jaeger,
}

/// Not the name of a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a format is auto, std, raceway, otlp or jaeger")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        match name {
            "auto" => Ok(Self::Auto),
            "std" => Ok(Self::Std),
            "raceway" => Ok(Self::Raceway),
            "otlp" => Ok(Self::Otlp),
            "jaeger" => Ok(Self::Jaeger),
            _ => Err(UnknownFormat),
        }
    }
}

impl Format {
    const fn label(self) -> &'static str {
        match self {
            Self::Auto => "known",
            Self::Std => "an STD trace",
            Self::Raceway => "the contract's JSON",
            Self::Otlp => "OTLP JSON",
            Self::Jaeger => "Jaeger JSON",
        }
    }
}

/// Bounds on what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file once unpacked.
    pub file_bytes: u64,
    /// Bytes of one element.
    pub element_bytes: usize,
}

impl Default for Limits {
    /// 4 GiB a file, as much as a table's arenas hold; 1 GiB an element: a Jaeger trace is one.
    fn default() -> Self {
        Self { file_bytes: 4 << 30, element_bytes: 1 << 30 }
    }
}

/// The events of one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub id: TraceId,
    /// The id as the source prints it.
    pub name: String,
    /// Of [`Events::table`], in the order of arrival.
    pub rows: Vec<u32>,
}

/// Recorded events of any number of traces, each once.
#[derive(Debug, Clone, Default)]
pub struct Events {
    pub table: EventTable,
    /// In the order of their first events.
    pub traces: Vec<Trace>,
    /// Rows whose parent does not wait for them: Jaeger's `FOLLOWS_FROM`.
    pub follows: HashSet<u32>,
    /// Events that were there before, by trace and id.
    pub duplicates: u64,
    /// Logs that belong to no trace.
    pub without_trace: u64,
}

impl Events {
    /// The spans of the traces of a history made of these events, with the traces' names. O(N log N).
    pub fn forests(&self, recorded: &Recorded) -> Vec<(String, SpanForest)> {
        let names: HashMap<TraceId, &str> = self.traces.iter().map(|trace| (trace.id, trace.name.as_str())).collect();
        let forests = causal::forests(recorded, &self.table, &self.follows);
        forests
            .into_iter()
            .map(|(trace, forest)| {
                (names.get(&trace).map_or_else(|| trace.to_string(), |&name| name.to_owned()), forest)
            })
            .collect()
    }
}

/// What a file held.
#[derive(Debug, Clone)]
pub enum Recording {
    /// Already one analysable trace.
    Std(History),
    Events(Events),
}

/// Why a file cannot be read: `file:line: what was wrong`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}: {what}")]
pub struct ReadError {
    pub name: String,
    /// 1-based, in the unpacked text.
    pub line: u64,
    pub what: String,
}

/// What is wrong, and in which line of the unpacked text.
#[derive(Debug)]
struct Wrong {
    line: u64,
    what: String,
}

impl Wrong {
    fn new(line: u64, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }

    /// An error of the JSON parser inside an element that begins at `line`.
    fn json(line: u64, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        Self::new(line + (error.line() as u64).saturating_sub(1), what)
    }
}

/// Reads a whole file with the default [`Limits`]. `name` is for the error only.
///
/// # Errors
/// The first thing that cannot be read, with its line: what is not of the format, what an event lacks, a
/// damaged archive, what is beyond the limits. A file of JSON without any event is an error too.
pub fn file(input: impl Read, name: &str, format: Format) -> Result<Recording, ReadError> {
    file_within(input, name, format, Limits::default())
}

/// [`file`] with limits of one's own.
///
/// # Errors
/// As [`file`].
pub fn file_within(input: impl Read, name: &str, format: Format, limits: Limits) -> Result<Recording, ReadError> {
    let outcome = match unpack(input, limits.file_bytes) {
        Ok(text) => read(text, format, limits),
        Err(error) => Err(Wrong::new(1, error.to_string())),
    };
    outcome.map_err(|Wrong { line, what }| ReadError { name: name.to_owned(), line, what })
}

fn read(text: impl BufRead, format: Format, limits: Limits) -> Result<Recording, Wrong> {
    let mut scanner = scanner::Scanner::new(text, limits.element_bytes);
    let is_json = match format {
        Format::Std => false,
        Format::Auto => matches!(scanner.peek()?, Some(b'{' | b'[')),
        Format::Raceway | Format::Otlp | Format::Jaeger => true,
    };
    if is_json {
        return documents::read(&mut scanner, format).map(Recording::Events);
    }
    // Blank lines at the beginning are passed already.
    let passed = scanner.line() - 1;
    std_file::read(scanner.into_inner()).map(Recording::Std).map_err(|error| {
        let text = error.to_string();
        let (line, what) = text.split_once(": ").unwrap_or(("1", &text));
        Wrong::new(line.parse().unwrap_or(1) + passed, what)
    })
}
