//! OTLP's JSON: spans with their events, and logs, under their resources. Times are nanoseconds, as texts or
//! numbers; keys are in camel case, or in snake case as some write them.

use std::fmt;

use model::{Kind, Mode, Nanos, TraceId};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Wrong;
use super::attributes::Attributes;
use super::collect::Collector;
use super::drafts::{Columns, Draft, Drafts, Origin, ParentRef};
use super::identity::Hash;
use super::jaeger::span_event;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceSpans {
    resource: Option<Resource>,
    #[serde(alias = "scope_spans", alias = "instrumentationLibrarySpans")]
    scope_spans: Option<Vec<ScopeSpans>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs {
    resource: Option<Resource>,
    #[serde(alias = "scope_logs", alias = "instrumentationLibraryLogs")]
    scope_logs: Option<Vec<ScopeLogs>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    attributes: Option<Vec<KeyValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeSpans {
    spans: Option<Vec<Span>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs {
    scope: Option<Scope>,
    #[serde(alias = "log_records", alias = "logs")]
    log_records: Option<Vec<LogRecord>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scope {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Span {
    #[serde(alias = "trace_id")]
    trace_id: String,
    #[serde(alias = "span_id")]
    span_id: String,
    #[serde(alias = "parent_span_id")]
    parent_span_id: Option<String>,
    name: Option<String>,
    kind: Option<Number>,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Option<Number>,
    #[serde(alias = "end_time_unix_nano")]
    end_time_unix_nano: Option<Number>,
    attributes: Option<Vec<KeyValue>>,
    events: Option<Vec<SpanEvent>>,
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SpanEvent {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Number>,
    name: Option<String>,
    attributes: Option<Vec<KeyValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Option<Number>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LogRecord {
    #[serde(alias = "time_unix_nano")]
    time_unix_nano: Option<Number>,
    #[serde(alias = "observed_time_unix_nano")]
    observed_time_unix_nano: Option<Number>,
    #[serde(alias = "severity_number")]
    severity_number: Option<Number>,
    #[serde(alias = "severity_text")]
    severity_text: Option<String>,
    body: Option<AnyValue>,
    attributes: Option<Vec<KeyValue>>,
    #[serde(alias = "trace_id")]
    trace_id: Option<String>,
    #[serde(alias = "span_id")]
    span_id: Option<String>,
}

#[derive(Deserialize)]
struct KeyValue {
    key: String,
    #[serde(default)]
    value: Option<AnyValue>,
}

/// One of its fields is set; none is no value.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnyValue {
    #[serde(alias = "string_value")]
    string_value: Option<String>,
    #[serde(alias = "bool_value")]
    bool_value: Option<bool>,
    #[serde(alias = "int_value")]
    int_value: Option<Number>,
    #[serde(alias = "double_value")]
    double_value: Option<f64>,
    #[serde(alias = "array_value")]
    array_value: Option<ArrayValue>,
    #[serde(alias = "kvlist_value")]
    kvlist_value: Option<KvList>,
    #[serde(alias = "bytes_value")]
    bytes_value: Option<String>,
}

#[derive(Deserialize)]
struct ArrayValue {
    #[serde(default)]
    values: Vec<AnyValue>,
}

#[derive(Deserialize)]
struct KvList {
    #[serde(default)]
    values: Vec<KeyValue>,
}

impl AnyValue {
    /// As deep as the parser let it be, 128 levels.
    fn into_json(self) -> Value {
        if let Some(text) = self.string_value.or(self.bytes_value) {
            text.into()
        } else if let Some(is) = self.bool_value {
            is.into()
        } else if let Some(number) = self.int_value {
            number.signed().into()
        } else if let Some(number) = self.double_value {
            number.into()
        } else if let Some(array) = self.array_value {
            array.values.into_iter().map(Self::into_json).collect()
        } else if let Some(list) = self.kvlist_value {
            let pairs = list.values.into_iter().map(|pair| (pair.key, pair.value.unwrap_or_default().into_json()));
            Value::Object(pairs.collect::<Map<_, _>>())
        } else {
            Value::Null
        }
    }
}

/// A whole number or its text; enumerations may be named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
enum Number {
    Value(i128),
    Name(String),
}

impl Number {
    fn signed(&self) -> i64 {
        match self {
            Self::Value(value) => (*value).clamp(i64::MIN.into(), i64::MAX.into()) as i64,
            Self::Name(_) => 0,
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or its text")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number::Value(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number::Value(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                Ok(Number::Value(value as i128))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                Ok(text.parse().map_or_else(|_| Number::Name(text.to_owned()), Number::Value))
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// Adds the spans of one resource and their events. O(bytes).
///
/// # Errors
/// What is not of OTLP's shape, and ids that are none, with the line.
pub(super) fn add_spans(drafts: &mut Drafts, collector: &mut Collector, line: u64, text: &[u8]) -> Result<(), Wrong> {
    let spans: ResourceSpans = serde_json::from_slice(text).map_err(|error| Wrong::json(line, &error))?;
    let origin = origin(spans.resource);
    for span in spans.scope_spans.unwrap_or_default().into_iter().flat_map(|scope| scope.spans.unwrap_or_default()) {
        add_span(drafts, collector, line, &origin, span)?;
    }
    Ok(())
}

fn add_span(
    drafts: &mut Drafts,
    collector: &mut Collector,
    line: u64,
    origin: &Origin,
    span: Span,
) -> Result<(), Wrong> {
    let trace = trace_id(line, &span.trace_id)?;
    if span.span_id.is_empty() {
        return Err(Wrong::new(line, "a span has no spanId"));
    }
    let attributes = attributes(span.attributes);
    let kind_name = kind_name(span.kind.as_ref());
    let mode = match kind_name {
        "server" | "consumer" => Mode::In,
        "client" | "producer" => Mode::Out,
        _ => Mode::None,
    };
    let kind = match mode {
        _ if attributes.is_query() => Kind::Query,
        Mode::None => Kind::Call,
        _ => Kind::Request,
    };
    let Some(event) = Hash::of("otlp span").text(&span.span_id).text(kind_name).event() else { return Ok(()) };
    let parent = span.parent_span_id.filter(|id| id.bytes().any(|digit| digit != b'0'));
    let status = attributes.http_status();
    let failed = matches!(&span.status, Some(Status { code: Some(Number::Value(2)) }))
        || matches!(&span.status, Some(Status { code: Some(Number::Name(name)) }) if name == "STATUS_CODE_ERROR");
    let start = nanos(span.start_time_unix_nano.as_ref());
    let name = span.name.unwrap_or_default();
    let thread = attributes.thread();
    let draft = Draft {
        line,
        trace,
        trace_name: span.trace_id.clone(),
        id: event,
        upstream: if mode == Mode::In { parent.clone().unwrap_or_default() } else { String::new() },
        parent: parent.map_or(ParentRef::None, ParentRef::Span),
        follows: kind_name == "consumer",
        start,
        end: span.end_time_unix_nano.as_ref().map_or(start, |end| nanos(Some(end))),
        thread: thread.clone(),
        span: span.span_id.clone(),
        kind: json!({"Span": {"name": name, "kind": kind_name}}),
        tags: attributes.tags(),
        columns: Some(Columns { kind, mode, status, error: failed || status >= 500 }),
        operation: Some(name),
        is_span: true,
    };
    drafts.add(origin, draft, collector)?;
    for (index, inner) in span.events.unwrap_or_default().into_iter().enumerate() {
        let fields = self::attributes(inner.attributes);
        let Some(id) = Hash::of("span event").number(event.get() as i128).number(index as i128).event() else {
            continue;
        };
        let at = nanos(inner.time_unix_nano.as_ref());
        let draft = span_event(line, (trace, id, event), at, inner.name.unwrap_or_default(), &fields);
        let thread = if draft.thread.is_empty() { thread.clone() } else { draft.thread.clone() };
        let trace_name = span.trace_id.clone();
        drafts.add(origin, Draft { trace_name, thread, span: span.span_id.clone(), ..draft }, collector)?;
    }
    Ok(())
}

/// Adds the logs of one resource; those without a trace are counted only. O(bytes).
///
/// # Errors
/// As [`add_spans`].
pub(super) fn add_logs(drafts: &mut Drafts, collector: &mut Collector, line: u64, text: &[u8]) -> Result<(), Wrong> {
    let logs: ResourceLogs = serde_json::from_slice(text).map_err(|error| Wrong::json(line, &error))?;
    let origin = origin(logs.resource);
    for scope in logs.scope_logs.unwrap_or_default() {
        let scope_name = scope.scope.and_then(|scope| scope.name).unwrap_or_default();
        for record in scope.log_records.unwrap_or_default() {
            let Some(trace) = record.trace_id.as_deref().filter(|id| !id.is_empty()) else {
                collector.events.without_trace += 1;
                continue;
            };
            let trace = trace_id(line, trace)?;
            add_log(drafts, collector, (line, trace), (&origin, &scope_name), record)?;
        }
    }
    Ok(())
}

fn add_log(
    drafts: &mut Drafts,
    collector: &mut Collector,
    (line, trace): (u64, TraceId),
    (origin, scope): (&Origin, &str),
    record: LogRecord,
) -> Result<(), Wrong> {
    let attributes = attributes(record.attributes);
    let at = record.time_unix_nano.or(record.observed_time_unix_nano);
    let at = nanos(at.as_ref());
    let severity = record.severity_number.as_ref().map_or(0, Number::signed);
    let body = record.body.unwrap_or_default().into_json();
    let span = record.span_id.filter(|id| id.bytes().any(|digit| digit != b'0')).unwrap_or_default();
    let hash = Hash::of("log")
        .text(&origin.service)
        .text(&origin.instance)
        .text(scope)
        .text(&span)
        .number(at.0.into())
        .number(severity.into())
        .text(&body.to_string())
        .text(&Value::Object(attributes.0.iter().cloned().collect()).to_string());
    let Some(id) = drafts.unlike_before(hash) else { return Ok(()) };
    let known = attributes.kind();
    // ERROR and above.
    let columns =
        known.is_none().then_some(Columns { kind: Kind::Log, mode: Mode::None, status: 0, error: severity >= 17 });
    let level = record.severity_text.filter(|text| !text.is_empty()).unwrap_or_else(|| "log".to_owned());
    let draft = Draft {
        line,
        trace,
        trace_name: trace.to_hex(),
        id,
        parent: if span.is_empty() { ParentRef::None } else { ParentRef::Span(span.clone()) },
        follows: false,
        start: at,
        end: at,
        thread: attributes.thread(),
        span,
        upstream: String::new(),
        operation: columns.map(|_| level.clone()),
        kind: known.unwrap_or_else(|| json!({"Log": {"severity": level, "body": body}})),
        tags: attributes.tags(),
        columns,
        is_span: false,
    };
    drafts.add(origin, draft, collector)
}

fn origin(resource: Option<Resource>) -> Origin {
    let attributes = attributes(resource.and_then(|resource| resource.attributes));
    Origin {
        service: attributes.text("service.name"),
        instance: attributes.text("service.instance.id"),
        environment: attributes.first_text(&["deployment.environment.name", "deployment.environment"]),
        process_id: attributes.number("process.pid").and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
    }
}

fn attributes(list: Option<Vec<KeyValue>>) -> Attributes {
    let pairs = list.unwrap_or_default().into_iter();
    Attributes(pairs.map(|pair| (pair.key, pair.value.unwrap_or_default().into_json())).collect())
}

fn trace_id(line: u64, text: &str) -> Result<TraceId, Wrong> {
    text.parse().map_err(|error| Wrong::new(line, format!("traceId: {error}")))
}

fn kind_name(kind: Option<&Number>) -> &'static str {
    match kind {
        Some(Number::Value(2)) => "server",
        Some(Number::Value(3)) => "client",
        Some(Number::Value(4)) => "producer",
        Some(Number::Value(5)) => "consumer",
        Some(Number::Name(name)) => match name.strip_prefix("SPAN_KIND_").unwrap_or(name) {
            "SERVER" => "server",
            "CLIENT" => "client",
            "PRODUCER" => "producer",
            "CONSUMER" => "consumer",
            _ => "internal",
        },
        _ => "internal",
    }
}

fn nanos(time: Option<&Number>) -> Nanos {
    Nanos(time.map_or(0, Number::signed))
}
