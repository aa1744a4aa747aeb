//! Events out of Jaeger's JSON: its spans, and what they logged.

use std::borrow::Cow;
use std::collections::HashMap;

use model::{EventId, Kind, Mode, Nanos};
use serde_json::json;

use super::Wrong;
use super::attributes::Attributes;
use super::collect::Collector;
use super::drafts::{Columns, Draft, Drafts, Origin, ParentRef};
use super::identity::{Hash, jaeger_trace};
use crate::jaeger::{Process, Tag, Trace};

/// Adds the spans of one trace and their logs. O(bytes).
///
/// # Errors
/// What is not of Jaeger's shape, with its line.
pub(super) fn add_trace(drafts: &mut Drafts, collector: &mut Collector, line: u64, text: &[u8]) -> Result<(), Wrong> {
    let mut trace: Trace<'_> = serde_json::from_slice(text).map_err(|error| Wrong::json(line, &error))?;
    let id = jaeger_trace(&trace.trace_id).ok_or_else(|| Wrong::new(line, "a trace has an id that is not zero"))?;
    let processes: HashMap<Cow<'_, str>, Origin> =
        trace.processes.take().unwrap_or_default().into_iter().map(|(name, process)| (name, origin(process))).collect();
    let nowhere = Origin::default();
    for mut span in std::mem::take(&mut trace.spans) {
        let own = span.process.take().map(origin);
        let named = span.process_id.as_ref().and_then(|process| processes.get(process));
        let origin = own.as_ref().or(named).unwrap_or(&nowhere);
        let failed = span.failed();
        let tags = attributes(span.tags.take());
        let (kind, mode) = kind(&tags);
        let span_id = span.id.as_ref();
        let event = Hash::of("jaeger span").text(span_id).text(mode.label()).event();
        let Some(event) = event else { continue };
        let (parent, follows) = match span.parent(&trace.trace_id) {
            Some(parent) => (Some(parent.id.to_owned()), parent.follows),
            None => (None, false),
        };
        let draft = Draft {
            line,
            trace: id,
            trace_name: trace.trace_id.to_string(),
            id: event,
            upstream: if mode == Mode::In { parent.clone().unwrap_or_default() } else { String::new() },
            parent: parent.map_or(ParentRef::None, ParentRef::Span),
            follows,
            start: span.start(),
            end: span.end(),
            thread: tags.thread(),
            span: span_id.to_owned(),
            kind: json!({"Span": {"name": span.operation_name, "kind": tags.text("span.kind")}}),
            tags: tags.tags(),
            columns: Some(Columns { kind, mode, status: tags.http_status(), error: failed }),
            operation: Some(span.operation_name.to_string()),
            is_span: true,
        };
        let thread = draft.thread.clone();
        drafts.add(origin, draft, collector)?;
        for (index, log) in span.logs.take().unwrap_or_default().into_iter().enumerate() {
            let at = log.at();
            let fields = attributes(log.fields);
            let Some(log_id) = Hash::of("span event").number(event.get() as i128).number(index as i128).event() else {
                continue;
            };
            let draft = span_event(line, (id, log_id, event), at, fields.text("event"), &fields);
            let thread = if draft.thread.is_empty() { thread.clone() } else { draft.thread.clone() };
            let trace_name = trace.trace_id.to_string();
            drafts.add(origin, Draft { trace_name, thread, span: span_id.to_owned(), ..draft }, collector)?;
        }
    }
    Ok(())
}

/// A span event (Jaeger's log): an access, a lock, an exception, or something to read.
pub(super) fn span_event(
    line: u64,
    (trace, id, span_event): (model::TraceId, EventId, EventId),
    at: Nanos,
    name: String,
    fields: &Attributes,
) -> Draft {
    let is_exception = name == "exception" || !fields.text("exception.type").is_empty();
    let known = fields.kind();
    let columns = (known.is_none() && !is_exception).then_some(Columns {
        kind: Kind::Log,
        mode: Mode::None,
        status: 0,
        error: false,
    });
    let operation = columns.map(|_| if name.is_empty() { "log".to_owned() } else { name.clone() });
    let kind = known.unwrap_or_else(|| {
        if is_exception {
            json!({"Error": {
                "error_type": fields.text("exception.type"), "message": fields.text("exception.message"),
                "stack_trace": [fields.text("exception.stacktrace")],
            }})
        } else {
            json!({"Log": {"name": name}})
        }
    });
    Draft {
        line,
        trace,
        trace_name: String::new(),
        id,
        parent: ParentRef::Event(span_event),
        follows: false,
        start: at,
        end: at,
        thread: fields.thread(),
        span: String::new(),
        upstream: String::new(),
        kind,
        tags: fields.tags(),
        columns,
        operation,
        is_span: false,
    }
}

fn origin(process: Process<'_>) -> Origin {
    let tags = attributes(process.tags);
    Origin {
        service: process.service_name.into_owned(),
        instance: tags.first_text(&["service.instance.id", "hostname", "host.name"]),
        environment: tags.first_text(&["deployment.environment.name", "deployment.environment"]),
        process_id: tags.number("process.pid").and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
    }
}

fn attributes(tags: Option<Vec<Tag<'_>>>) -> Attributes {
    Attributes(tags.unwrap_or_default().into_iter().map(|tag| (tag.key.into_owned(), tag.value)).collect())
}

fn kind(tags: &Attributes) -> (Kind, Mode) {
    let mode = match tags.text("span.kind").to_ascii_lowercase().as_str() {
        "server" | "consumer" => Mode::In,
        "client" | "producer" => Mode::Out,
        _ => Mode::None,
    };
    match mode {
        _ if tags.is_query() => (Kind::Query, mode),
        Mode::None => (Kind::Call, mode),
        _ => (Kind::Request, mode),
    }
}
