//! Spans, span events and logs on their way into a table.
//!
//! Each is written as an event of the contract and goes through its decoder, which keeps limits and secrets;
//! what the contract has no words for is put right in the row. Parents are named by span and may come later,
//! so they are told at the end.

use hashbrown::HashMap;
use model::table::EventRow;
use model::wire::decode_batch;
use model::{EventId, Kind, Mode, Nanos, TraceId, limits};
use serde_json::{Map, Value, json};

use super::Wrong;
use super::collect::Collector;
use super::contract::refused;
use super::identity::Hash;
use crate::history::Names;

/// Drafts of a batch.
const BATCH: usize = 1_000;

/// Who recorded it.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin {
    pub service: String,
    pub instance: String,
    pub environment: String,
    pub process_id: u32,
}

/// Columns of a span or a log, which the contract has no kind for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub kind: Kind,
    pub mode: Mode,
    pub status: u16,
    pub error: bool,
}

/// What an event hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParentRef {
    None,
    Event(EventId),
    /// A span of the same trace.
    Span(String),
}

#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub line: u64,
    pub trace: TraceId,
    /// The trace's id as it was sent.
    pub trace_name: String,
    pub id: EventId,
    pub parent: ParentRef,
    /// The parent does not wait for it.
    pub follows: bool,
    pub start: Nanos,
    pub end: Nanos,
    pub thread: String,
    pub span: String,
    pub upstream: String,
    /// The name and the fields of the kind.
    pub kind: Value,
    pub tags: Map<String, Value>,
    /// For spans and logs; the others' come from their kind.
    pub columns: Option<Columns>,
    pub operation: Option<String>,
    /// It is a span, and can be a parent.
    pub is_span: bool,
}

/// What waits for the end of the file.
struct Pending {
    row: u32,
    /// Its own span, when it is one, and its parent's: numbers of names.
    own: Option<u32>,
    parent: Option<u32>,
    /// Stands for a parent that is named but not there: the row is an orphan, not a root.
    missing: Option<EventId>,
}

#[derive(Default)]
pub(super) struct Drafts {
    waiting: Vec<Draft>,
    wire: Vec<Value>,
    span_names: Names,
    /// By trace and span, the rows of its halves.
    spans: HashMap<(TraceId, u32), Vec<u32>>,
    pending: Vec<Pending>,
    /// How often each content of a log was there before.
    equal_logs: HashMap<EventId, u32>,
}

impl Drafts {
    /// The id of a log: of its content, and of how many equal ones came before.
    pub fn unlike_before(&mut self, content: Hash) -> Option<EventId> {
        let before = self.equal_logs.entry(content.event()?).or_insert(0);
        *before += 1;
        content.number(i128::from(*before)).event()
    }

    /// # Errors
    /// The first draft of the batch before that does not fit the limits, with its line.
    pub fn add(&mut self, origin: &Origin, draft: Draft, collector: &mut Collector) -> Result<(), Wrong> {
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.wire.push(json!({
            "id": draft.id, "trace_id": draft.trace, "parent_id": null, "timestamp": draft.start.to_string(),
            "kind": draft.kind, "causality_vector": [], "lock_set": [],
            "metadata": {
                "thread_id": draft.thread, "process_id": origin.process_id, "service_name": origin.service,
                "environment": origin.environment, "tags": draft.tags, "duration_ns": null,
                "instance_id": optional(&origin.instance), "distributed_span_id": optional(&draft.span),
                "upstream_span_id": optional(&draft.upstream),
            },
        }));
        self.waiting.push(draft);
        if self.waiting.len() >= BATCH { self.flush(collector) } else { Ok(()) }
    }

    /// # Errors
    /// As [`Drafts::add`].
    pub fn finish(mut self, collector: &mut Collector) -> Result<(), Wrong> {
        self.flush(collector)?;
        for Pending { row, own, parent, missing } in &self.pending {
            let found = self.parent_row(&collector.events.table.rows, *row, *own, *parent);
            let known = found.map(|found| collector.events.table.rows[found as usize].id);
            if let Some(child) = collector.events.table.rows.get_mut(*row as usize) {
                child.parent = known.or(*missing);
            }
        }
        Ok(())
    }

    fn flush(&mut self, collector: &mut Collector) -> Result<(), Wrong> {
        let Some(first_line) = self.waiting.first().map(|draft| draft.line) else { return Ok(()) };
        let body = json!({ "events": std::mem::take(&mut self.wire) }).to_string();
        let mut decoded = decode_batch(body.as_bytes()).map_err(|error| Wrong::new(first_line, error.to_string()))?;
        let line_of = |index: usize| self.waiting.get(index).map_or(first_line, |draft| draft.line);
        if let Some(wrong) = refused(&decoded, line_of) {
            return Err(wrong);
        }
        let table = &mut decoded.table;
        for (row, draft) in table.rows.iter_mut().zip(&self.waiting) {
            row.start = draft.start;
            row.end = draft.end.max(draft.start);
            if let Some(columns) = draft.columns {
                (row.kind, row.mode, row.status, row.error) =
                    (columns.kind, columns.mode, columns.status, columns.error);
            }
            if let Some(operation) = &draft.operation {
                row.operation = table.strings.intern(&limits::cut(operation, limits::NAME_BYTES));
            }
            if let ParentRef::Event(parent) = draft.parent {
                row.parent = Some(parent);
            }
        }
        let placed = collector.add(&decoded.table, first_line)?;
        for (draft, row) in std::mem::take(&mut self.waiting).into_iter().zip(placed) {
            let Some(row) = row else { continue };
            collector.name(draft.trace, &draft.trace_name);
            let own = draft.is_span.then(|| self.span_names.id(&draft.span));
            if let Some(span) = own {
                self.spans.entry((draft.trace, span)).or_default().push(row);
            }
            match &draft.parent {
                ParentRef::Span(parent) => {
                    let missing = Hash::of("missing span").text(parent).event();
                    self.pending.push(Pending { row, own, parent: Some(self.span_names.id(parent)), missing });
                }
                // It may be the server's half of a span.
                ParentRef::None if own.is_some() => {
                    self.pending.push(Pending { row, own, parent: None, missing: None });
                }
                _ => {}
            }
            if draft.follows {
                collector.events.follows.insert(row);
            }
        }
        Ok(())
    }

    /// Client and server halves may share an id: the server's parent then is its client, and a child hangs
    /// on the half of its own service.
    fn parent_row(&self, rows: &[EventRow], child_row: u32, own: Option<u32>, parent: Option<u32>) -> Option<u32> {
        let child = rows.get(child_row as usize)?;
        let row_is = |row: u32, what: &dyn Fn(&EventRow) -> bool| rows.get(row as usize).is_some_and(what);
        let halves = own.and_then(|own| self.spans.get(&(child.trace, own))).map_or(&[][..], Vec::as_slice);
        let client =
            halves.iter().copied().find(|&half| half != child_row && row_is(half, &|row| row.mode == Mode::Out));
        if let (Mode::In, Some(client)) = (child.mode, client) {
            return Some(client);
        }
        let candidates = self.spans.get(&(child.trace, parent?))?;
        let same_service = candidates.iter().find(|&&row| row_is(row, &|row| row.service == child.service));
        same_service.or_else(|| candidates.first()).copied()
    }
}
