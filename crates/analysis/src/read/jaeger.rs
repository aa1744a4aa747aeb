//! Jaeger's JSON: a trace with its spans and the processes they ran in. Times are microseconds.

use std::borrow::Cow;
use std::collections::HashMap;

use model::{EventId, Kind, Mode, Nanos};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Wrong;
use super::attributes::Attributes;
use super::collect::Collector;
use super::drafts::{Columns, Draft, Drafts, Origin, ParentRef};
use super::identity::{Hash, jaeger_trace};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'a> {
    #[serde(rename = "traceID", borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    spans: Vec<Span<'a>>,
    #[serde(default, borrow)]
    processes: Option<HashMap<Cow<'a, str>, Process<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Process<'a> {
    #[serde(borrow)]
    service_name: Cow<'a, str>,
    #[serde(default, borrow)]
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    #[serde(rename = "spanID", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "parentSpanID", default, borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    operation_name: Cow<'a, str>,
    #[serde(default, borrow)]
    references: Option<Vec<Reference<'a>>>,
    start_time: i64,
    duration: u64,
    #[serde(rename = "processID", default, borrow)]
    process_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    process: Option<Process<'a>>,
    #[serde(default, borrow)]
    tags: Option<Vec<Tag<'a>>>,
    #[serde(default, borrow)]
    logs: Option<Vec<Log<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(default, borrow)]
    ref_type: Cow<'a, str>,
    #[serde(rename = "traceID", default, borrow)]
    trace_id: Cow<'a, str>,
    #[serde(rename = "spanID", borrow)]
    span_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Log<'a> {
    timestamp: i64,
    #[serde(default, borrow)]
    fields: Option<Vec<Tag<'a>>>,
}

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
        let tags = attributes(span.tags.take());
        let (kind, mode) = kind(&tags);
        let span_id = span.id.as_ref();
        let event = Hash::of("jaeger span").text(span_id).text(mode.label()).event();
        let Some(event) = event else { continue };
        let (parent, follows) = parent(&trace.trace_id, &span);
        let start = micros(span.start_time.into());
        let status = tags.http_status();
        let draft = Draft {
            line,
            trace: id,
            trace_name: trace.trace_id.to_string(),
            id: event,
            upstream: if mode == Mode::In { parent.clone().unwrap_or_default() } else { String::new() },
            parent: parent.map_or(ParentRef::None, ParentRef::Span),
            follows,
            start,
            end: micros(i128::from(span.start_time) + i128::from(span.duration)),
            thread: tags.thread(),
            span: span_id.to_owned(),
            kind: json!({"Span": {"name": span.operation_name, "kind": tags.text("span.kind")}}),
            tags: tags.tags(),
            columns: Some(Columns { kind, mode, status, error: status >= 500 || failed(&tags) }),
            operation: Some(span.operation_name.to_string()),
            is_span: true,
        };
        let thread = draft.thread.clone();
        drafts.add(origin, draft, collector)?;
        for (index, log) in span.logs.take().unwrap_or_default().into_iter().enumerate() {
            let fields = attributes(log.fields);
            let Some(log_id) = Hash::of("span event").number(event.get() as i128).number(index as i128).event() else {
                continue;
            };
            let at = micros(log.timestamp.into());
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

/// Of several references inside the trace the first `CHILD_OF` counts, else the first: one parent waits.
fn parent(trace: &str, span: &Span<'_>) -> (Option<String>, bool) {
    let references = span.references.as_deref().unwrap_or_default();
    let mut inside = references.iter().filter(|other| other.trace_id.is_empty() || other.trace_id == trace);
    let follows = |reference: &Reference<'_>| reference.ref_type == "FOLLOWS_FROM";
    match inside.clone().find(|reference| !follows(reference)).or_else(|| inside.next()) {
        Some(reference) => (Some(reference.span_id.to_string()), follows(reference)),
        None => (span.parent_id.as_deref().filter(|id| !id.is_empty() && *id != "0").map(str::to_owned), false),
    }
}

fn failed(tags: &Attributes) -> bool {
    let error = tags.text("error");
    !error.is_empty() && error != "false" || tags.text("otel.status_code") == "ERROR"
}

/// What lies outside of 1677 to 2262 is taken to its bound.
fn micros(micros: i128) -> Nanos {
    Nanos((micros * 1_000).clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}
