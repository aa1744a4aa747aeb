//! The shapes that files of JSON have, told from their keys while they stream by.
//!
//! A file is any number of values, one a line or not: objects, or arrays of objects. An object holds batches
//! (`events`), Jaeger traces (`data`), OTLP (`resourceSpans`, `resourceLogs`), or is itself an event or a
//! Jaeger trace. An object under `data` (an answer of the server) is looked into.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::collect::Collector;
use super::contract::Batches;
use super::drafts::Drafts;
use super::scanner::Scanner;
use super::{Events, Format, Wrong, jaeger, otlp};

/// Objects inside objects that are looked into.
const MOST_LEVELS: u32 = 4;

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Event,
    JaegerTrace,
    ResourceSpans,
    ResourceLogs,
}

impl Piece {
    fn of_list(key: &str) -> Option<Self> {
        match key {
            "events" => Some(Self::Event),
            "data" => Some(Self::JaegerTrace),
            "resourceSpans" | "resource_spans" => Some(Self::ResourceSpans),
            "resourceLogs" | "resource_logs" => Some(Self::ResourceLogs),
            _ => None,
        }
    }

    const fn format(self) -> Format {
        match self {
            Self::Event => Format::Raceway,
            Self::JaegerTrace => Format::Jaeger,
            Self::ResourceSpans | Self::ResourceLogs => Format::Otlp,
        }
    }
}

/// OTLP that says nothing about events: passed over.
fn is_skipped(key: &str) -> bool {
    matches!(key, "resourceMetrics" | "resource_metrics" | "resourceProfiles" | "resource_profiles")
}

struct Reader {
    format: Format,
    collector: Collector,
    batches: Batches,
    drafts: Drafts,
    found: bool,
}

/// Reads everything. O(bytes).
pub(super) fn read<R: BufRead>(scanner: &mut Scanner<R>, format: Format) -> Result<Events, Wrong> {
    let mut reader = Reader {
        format,
        collector: Collector::default(),
        batches: Batches::default(),
        drafts: Drafts::default(),
        found: false,
    };
    while let Some(next) = scanner.peek()? {
        match next {
            b'{' => reader.object(scanner)?,
            b'[' => reader.array_of_objects(scanner)?,
            _ => return Err(scanner.wrong("expected an object or an array of JSON")),
        }
    }
    if !reader.found {
        return Err(scanner.wrong("no events, spans or logs"));
    }
    let mut collector = reader.collector;
    reader.batches.finish(&mut collector)?;
    reader.drafts.finish(&mut collector)?;
    Ok(collector.events)
}

impl Reader {
    fn array_of_objects<R: BufRead>(&mut self, scanner: &mut Scanner<R>) -> Result<(), Wrong> {
        scanner.expect(b'[')?;
        if scanner.accept(b']')? {
            return Ok(());
        }
        loop {
            if scanner.peek()? != Some(b'{') {
                return Err(scanner.wrong("expected an object"));
            }
            self.object(scanner)?;
            if !scanner.accept(b',')? {
                return scanner.expect(b']');
            }
        }
    }

    fn object<R: BufRead>(&mut self, scanner: &mut Scanner<R>) -> Result<(), Wrong> {
        scanner.record();
        let line = scanner.line();
        let mut levels = 0_u32;
        let mut is_container = false;
        let (mut key_text, mut skipped) = (Vec::new(), Vec::new());
        // Each turn stands before a key or the end of an object.
        scanner.expect(b'{')?;
        let mut first = true;
        loop {
            if scanner.accept(b'}')? {
                if levels == 0 {
                    break;
                }
                levels -= 1;
                first = false;
                continue;
            }
            if !first {
                scanner.expect(b',')?;
            }
            first = false;
            let key_line = scanner.value(&mut key_text)?;
            let key: String = serde_json::from_slice(&key_text).map_err(|error| Wrong::json(key_line, &error))?;
            scanner.expect(b':')?;
            match (Piece::of_list(&key), scanner.peek()?) {
                (Some(piece), Some(b'[')) => {
                    scanner.take_record();
                    is_container = true;
                    self.list(scanner, piece)?;
                }
                (Some(Piece::JaegerTrace), Some(b'{')) if levels < MOST_LEVELS => {
                    scanner.expect(b'{')?;
                    levels += 1;
                    first = true;
                }
                _ => {
                    is_container |= is_skipped(&key);
                    scanner.value(&mut skipped)?;
                }
            }
        }
        let text = scanner.take_record();
        if is_container { Ok(()) } else { self.bare(line, &text) }
    }

    fn list<R: BufRead>(&mut self, scanner: &mut Scanner<R>, piece: Piece) -> Result<(), Wrong> {
        scanner.expect(b'[')?;
        self.found = true;
        if scanner.accept(b']')? {
            return Ok(());
        }
        let mut text = Vec::new();
        loop {
            let line = scanner.value(&mut text)?;
            self.element(piece, line, &text)?;
            if !scanner.accept(b',')? {
                return scanner.expect(b']');
            }
        }
    }

    /// An object that holds no list: an event or a Jaeger trace.
    fn bare(&mut self, line: u64, text: &[u8]) -> Result<(), Wrong> {
        #[derive(Deserialize)]
        struct Keys {
            trace_id: Option<IgnoredAny>,
            kind: Option<IgnoredAny>,
            #[serde(rename = "traceID")]
            jaeger_id: Option<IgnoredAny>,
            spans: Option<IgnoredAny>,
        }
        let keys: Keys = serde_json::from_slice(text).map_err(|error| Wrong::json(line, &error))?;
        let piece = if keys.jaeger_id.is_some() && keys.spans.is_some() {
            Piece::JaegerTrace
        } else if keys.trace_id.is_some() || keys.kind.is_some() {
            Piece::Event
        } else {
            return Err(Wrong::new(line, "neither events, nor a Jaeger trace, nor OTLP data"));
        };
        self.found = true;
        self.element(piece, line, text)
    }

    fn element(&mut self, piece: Piece, line: u64, text: &[u8]) -> Result<(), Wrong> {
        if self.format != Format::Auto && self.format != piece.format() {
            return Err(Wrong::new(line, format!("this is {}, not {}", piece.format().label(), self.format.label())));
        }
        match piece {
            Piece::Event => self.batches.add(line, text, &mut self.collector),
            Piece::JaegerTrace => jaeger::add_trace(&mut self.drafts, &mut self.collector, line, text),
            Piece::ResourceSpans => otlp::add_spans(&mut self.drafts, &mut self.collector, line, text),
            Piece::ResourceLogs => otlp::add_logs(&mut self.drafts, &mut self.collector, line, text),
        }
    }
}
