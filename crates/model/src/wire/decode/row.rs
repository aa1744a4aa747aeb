//! One event's text becomes one row, or nothing.
//!
//! Everything that can be refused is looked at before the table is touched; only interned names of a
//! refused event may stay behind.

use std::borrow::Cow;

use super::explain;
use super::facts::{self, Facts, Side};
use super::shape::{Metadata, Object, Tags, Text, WireEvent};
use super::value_hash::value_hash;
use crate::limits;
use crate::redact::Redactor;
use crate::table::{ClockEntry, EventRow, EventTable, Part, StrId};
use crate::wire::{Payload, json_text, timestamp};
use crate::{Kind, Mode, Nanos, Seq};

/// Levels of arrays and objects inside a kind's fields: with an answer around them they stay below the
/// 128 that common parsers take.
const BODY_DEPTH: usize = 100;
/// Bytes of JSON of a usual event, to make room beforehand.
const USUAL_EVENT_BYTES: usize = 700;
const USUAL_PAYLOAD_BYTES: usize = 300;

/// Why an event is not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It does not have the contract's shape; [`explain`] says where.
    Shape(serde_json::Error),
    Limit(&'static str),
    /// Half a surrogate pair stands in text that is kept as it came.
    Surrogate,
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape(error)
    }
}

impl Refusal {
    /// What follows the event's place in the batch: path, colon, what was expected. O(event).
    pub(super) fn reason(&self, event: &str) -> String {
        match self {
            Self::Limit(reason) => (*reason).to_owned(),
            Self::Surrogate => ": a string has half a surrogate pair".to_owned(),
            Self::Shape(error) => explain::reason(event).unwrap_or_else(|| {
                let text = error.to_string();
                format!(": {}", text.split_once(" at line ").map_or(text.as_str(), |(what, _)| what))
            }),
        }
    }
}

/// What the tags say about the columns.
#[derive(Debug, Clone, Copy, Default)]
struct TagColumns {
    task: StrId,
    ordering: Option<Mode>,
    /// Python's client records a call when it is over.
    calls_recorded_at_end: bool,
}

/// Decodes events into one table.
pub(super) struct RowDecoder<'r> {
    table: EventTable,
    redactor: &'r Redactor,
    /// The last tags that needed no cleaning: most events of a batch have the same.
    known_tags: Option<(String, TagColumns)>,
}

impl<'r> RowDecoder<'r> {
    /// For a body of `body_bytes`.
    pub(super) fn new(redactor: &'r Redactor, body_bytes: usize) -> Self {
        let usual_events = body_bytes / USUAL_EVENT_BYTES + 1;
        let mut table = EventTable::default();
        table.rows.reserve(usual_events);
        table.clocks.reserve(usual_events);
        table.payload.reserve(usual_events * USUAL_PAYLOAD_BYTES);
        Self { table, redactor, known_tags: None }
    }

    pub(super) fn into_table(self) -> EventTable {
        self.table
    }

    /// Appends one event, given as its JSON.
    pub(super) fn push_text(&mut self, event: &str) -> Result<(), Refusal> {
        match self.push_as_sent(event) {
            Ok(()) => Ok(()),
            Err(refusal) => match json_text::repair_surrogates(event) {
                Some(repaired) => self.push_as_sent(&repaired),
                None => Err(refusal),
            },
        }
    }

    fn push_as_sent(&mut self, text: &str) -> Result<(), Refusal> {
        let Object(event) = serde_json::from_str::<Object<WireEvent<'_>>>(text)?;
        self.push(event)
    }

    /// Appends one event whose outer shape was read already.
    pub(super) fn push(&mut self, event: WireEvent<'_>) -> Result<(), Refusal> {
        let sent_facts = Facts::read(&event.kind.name, event.kind.body.get())?;
        let metadata = &event.metadata.0;
        let moment = timestamp::parse(&event.timestamp.0).map_err(<serde_json::Error as serde::de::Error>::custom)?;
        let clock = event.causality_vector.as_ref().map_or(&[][..], |clock| &clock.0);
        let lock_set = event.lock_set.as_ref().map_or(&[][..], |locks| &locks.0);
        if clock.len() > limits::CLOCK_COMPONENTS {
            return Err(Refusal::Limit(".causality_vector: more than 256 components"));
        }
        if lock_set.len() > limits::LOCKS {
            return Err(Refusal::Limit(".lock_set: more than 256 locks"));
        }
        let body = clean_body(self.redactor, &sent_facts, event.kind.body.get())?;
        // What was taken out of the fields must not live on in a column.
        let facts = match &body {
            Cow::Borrowed(_) => sent_facts,
            Cow::Owned(cleaned) => Facts::read(&event.kind.name, cleaned)?,
        };
        let (tags, tag_columns) = self.tags(metadata.tags.get())?;
        let kind_name = name(&event.kind.name.0);
        if event.timestamp.0.len() + kind_name.len() + body.len() + tags.len() > limits::PAYLOAD_BYTES {
            return Err(Refusal::Limit(".kind: fields and tags have more than 1 MiB"));
        }

        let sent_duration = metadata.duration_ns.map(|amount| amount.nanos(1));
        let (start, end) = span(&facts, moment, sent_duration, tag_columns);
        let mode = match facts.kind {
            Kind::Request if event.parent_id.is_none() || own_count(metadata, clock).is_some_and(|n| n <= 1) => {
                Mode::In
            }
            Kind::Request => Mode::Out,
            Kind::AtomicRead | Kind::AtomicWrite | Kind::AtomicRmw | Kind::Fence => {
                tag_columns.ordering.unwrap_or(facts.mode)
            }
            _ => facts.mode,
        };

        let clock = self.clock(clock);
        let lock_set = self.lock_set(lock_set);
        let payload = self.payload(&Payload {
            timestamp: &event.timestamp.0,
            kind: &kind_name,
            body: &body,
            tags: &tags,
            duration_ns: sent_duration,
        });
        let row = EventRow {
            trace: event.trace_id.0,
            id: event.id.0,
            parent: event.parent_id.map(|parent| parent.0),
            start,
            end,
            seq: Seq(0),
            kind: facts.kind,
            mode,
            error: facts.error,
            status: facts.status,
            process_id: metadata.process_id,
            service: self.intern(&metadata.service_name.0),
            instance: self.intern_some(metadata.instance_id.as_ref()),
            environment: self.intern(&metadata.environment.0),
            thread: self.intern(&metadata.thread_id.0),
            task: tag_columns.task,
            operation: self.intern(&facts.operation),
            span: self.intern_some(metadata.distributed_span_id.as_ref()),
            upstream: self.intern_some(metadata.upstream_span_id.as_ref()),
            variable: facts.variable.as_deref().map_or(StrId::NONE, |variable| self.intern(variable)),
            lock: facts.lock.as_deref().map_or(StrId::NONE, |lock| self.intern(lock)),
            old_hash: facts.old.map_or(0, value_hash),
            new_hash: facts.new.map_or(0, value_hash),
            clock,
            lock_set,
            payload,
        };
        self.table.rows.push(row);
        Ok(())
    }

    /// The tags to keep and what they say.
    fn tags<'a>(&mut self, sent: &'a str) -> Result<(Cow<'a, str>, TagColumns), Refusal> {
        if let Some((text, columns)) = &self.known_tags
            && text == sent
        {
            return Ok((sent.into(), *columns));
        }
        if sent == "null" {
            return Ok(("{}".into(), TagColumns::default()));
        }
        let tags: Tags<'_> = serde_json::from_str(sent)?;
        let columns = TagColumns {
            task: self.intern_some(tags.task_id.as_ref()),
            ordering: tags.ordering.as_ref().and_then(|ordering| facts::ordering(&ordering.0)),
            calls_recorded_at_end: tags.sdk_language.is_some_and(|language| language.0 == "python"),
        };
        let text = clean(self.redactor, sent, &[], false)?;
        if matches!(text, Cow::Borrowed(_)) {
            self.known_tags = Some((sent.to_owned(), columns));
        }
        Ok((text, columns))
    }

    fn intern(&mut self, text: &str) -> StrId {
        self.table.strings.intern(&name(text))
    }

    fn intern_some(&mut self, text: Option<&Text<'_>>) -> StrId {
        text.map_or(StrId::NONE, |text| self.intern(&text.0))
    }

    fn clock(&mut self, sent: &[(Text<'_>, u64)]) -> Part {
        let begin = self.table.clocks.len() as u32;
        for (component, count) in sent {
            let component = self.intern(&component.0);
            self.table.clocks.push(ClockEntry { component, count: *count });
        }
        Part { begin, len: sent.len() as u32 }
    }

    fn lock_set(&mut self, sent: &[Text<'_>]) -> Part {
        let begin = self.table.locks.len() as u32;
        for lock in sent {
            let lock = self.intern(&lock.0);
            self.table.locks.push(lock);
        }
        Part { begin, len: sent.len() as u32 }
    }

    fn payload(&mut self, payload: &Payload<'_>) -> Part {
        let begin = self.table.payload.len();
        payload.encode(&mut self.table.payload);
        Part { begin: begin as u32, len: (self.table.payload.len() - begin) as u32 }
    }
}

/// Start and end by the event model's table of times.
fn span(facts: &Facts<'_>, moment: Nanos, sent: Option<u64>, tags: TagColumns) -> (Nanos, Nanos) {
    // The metadata's nanoseconds are finer than the kind's milliseconds, but some clients leave them 0.
    let nanos = sent.filter(|&nanos| nanos > 0).or(facts.duration).unwrap_or(0);
    let length = i64::try_from(nanos).unwrap_or(i64::MAX);
    let at_end = match facts.side {
        Side::End => true,
        Side::StartOfCall => tags.calls_recorded_at_end,
        Side::Start => false,
    };
    if at_end { (moment.saturating_sub(length), moment) } else { (moment, moment.saturating_add(length)) }
}

/// The count of the event's own clock component, `service#instance`.
fn own_count(metadata: &Metadata<'_>, clock: &[(Text<'_>, u64)]) -> Option<u64> {
    let instance = metadata.instance_id.as_ref().map_or("", |instance| &instance.0);
    let is_own = |component: &str| {
        component.strip_prefix(&*metadata.service_name.0).and_then(|rest| rest.strip_prefix('#')) == Some(instance)
    };
    clock.iter().find(|(component, _)| is_own(&component.0)).map(|(_, count)| *count)
}

/// The fields of the kind as they are kept.
fn clean_body<'a>(redactor: &Redactor, facts: &Facts<'_>, sent: &'a str) -> Result<Cow<'a, str>, Refusal> {
    if json_text::nests_deeper(sent, BODY_DEPTH) {
        return Err(Refusal::Limit(".kind: nested deeper than 100 levels"));
    }
    let also = match &facts.secret_if {
        Some((name, keys)) if redactor.is_secret_path(name) => *keys,
        _ => &[],
    };
    let body = clean(redactor, sent, also, facts.encoded_query)?;
    if !facts.new_is_missing {
        return Ok(body);
    }
    let open = body.trim_end().strip_suffix('}').unwrap_or_default().trim_end();
    Ok(format!("{open},\"new_value\":null}}").into())
}

/// A JSON text without secrets and long strings; `certain` when it is known that there may be one.
fn clean<'a>(redactor: &Redactor, sent: &'a str, also: &[&str], certain: bool) -> Result<Cow<'a, str>, Refusal> {
    let suspicious = certain || redactor.may_hold_secret(sent);
    if suspicious && json_text::repair_surrogates(sent).is_some() {
        return Err(Refusal::Surrogate);
    }
    if suspicious || !also.is_empty() || sent.len() > limits::STRING_BYTES {
        Ok(redactor.clean(sent, also))
    } else {
        Ok(sent.into())
    }
}

/// A name as columns keep it: of limited length, without NUL.
fn name(text: &str) -> Cow<'_, str> {
    let text = limits::cut(text, limits::NAME_BYTES);
    if text.contains('\0') { text.replace('\0', "\u{FFFD}").into() } else { text }
}
