//! Says why an event was refused: the path of the first field that does not fit, and what was expected.
//!
//! Runs for refused events only. It restates the shapes of [`super::shape`] and [`super::facts`] as a
//! table; a test holds the two together.

use serde_json::{Map, Value};

use crate::wire::{json_text, timestamp};
use crate::{EventId, limits};

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
enum Want {
    Any,
    Text,
    Id,
    Time,
    /// A whole number up to this.
    Whole(u64),
    Number,
    Texts,
    TextObject,
    Clock,
    OneOf(&'static [&'static str]),
}

struct Field {
    name: &'static str,
    want: Want,
    /// May be missing.
    optional: bool,
    /// May be `null`.
    nullable: bool,
}

const fn required(name: &'static str, want: Want) -> Field {
    Field { name, want, optional: false, nullable: false }
}

const fn optional(name: &'static str, want: Want) -> Field {
    Field { name, want, optional: true, nullable: true }
}

const EVENT: &[Field] = &[
    required("id", Want::Id),
    required("trace_id", Want::Id),
    optional("parent_id", Want::Id),
    required("timestamp", Want::Time),
    optional("causality_vector", Want::Clock),
    optional("lock_set", Want::Texts),
];

const METADATA: &[Field] = &[
    required("thread_id", Want::Text),
    required("process_id", Want::Whole(u32::MAX as u64)),
    required("service_name", Want::Text),
    required("environment", Want::Text),
    Field { name: "tags", want: Want::TextObject, optional: false, nullable: true },
    optional("duration_ns", Want::Number),
    optional("instance_id", Want::Text),
    optional("distributed_span_id", Want::Text),
    optional("upstream_span_id", Want::Text),
];

const LOCK: &[Field] =
    &[required("lock_id", Want::Text), required("lock_type", Want::Text), required("location", Want::Text)];

/// The fields of a kind; `None` for a kind never heard of, which has any.
fn fields_of(kind: &str) -> Option<&'static [Field]> {
    let fields: &'static [Field] = match kind {
        "FunctionCall" => {
            &const {
                [
                    required("function_name", Want::Text),
                    required("module", Want::Text),
                    required("args", Want::Any),
                    required("file", Want::Text),
                    required("line", Want::Whole(u32::MAX as u64)),
                ]
            }
        }
        "FunctionReturn" => {
            &const {
                [
                    required("function_name", Want::Text),
                    optional("file", Want::Text),
                    optional("line", Want::Whole(u32::MAX as u64)),
                ]
            }
        }
        "AsyncSpawn" => {
            &const {
                [
                    required("task_id", Want::Text),
                    optional("task_name", Want::Text),
                    optional("spawned_by", Want::Text),
                    optional("spawned_at", Want::Text),
                ]
            }
        }
        "AsyncAwait" => &const { [required("future_id", Want::Text), optional("awaited_at", Want::Text)] },
        "StateChange" => {
            &const {
                [
                    required("variable", Want::Text),
                    required("location", Want::Text),
                    required("access_type", Want::OneOf(&["Read", "Write", "AtomicRead", "AtomicWrite", "AtomicRMW"])),
                ]
            }
        }
        "LockAcquire" | "LockRelease" => LOCK,
        "MemoryFence" => {
            &const {
                [
                    required("ordering", Want::OneOf(&["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"])),
                    required("location", Want::Text),
                ]
            }
        }
        "HttpRequest" => {
            &const { [required("method", Want::Text), required("url", Want::Text), optional("headers", Want::TextObject)] }
        }
        "HttpResponse" => {
            &const {
                [
                    required("status", Want::Whole(u16::MAX as u64)),
                    optional("headers", Want::TextObject),
                    required("duration_ms", Want::Number),
                ]
            }
        }
        "DatabaseQuery" => {
            &const {
                [required("query", Want::Text), required("database", Want::Text), required("duration_ms", Want::Number)]
            }
        }
        "DatabaseResult" => &const { [required("rows_affected", Want::Whole(u64::MAX))] },
        "Error" => {
            &const {
                [
                    required("error_type", Want::Text),
                    required("message", Want::Text),
                    optional("stack_trace", Want::Texts),
                ]
            }
        }
        "Custom" => &const { [required("name", Want::Text), required("data", Want::Any)] },
        _ => return None,
    };
    Some(fields)
}

/// What follows the event's place in the batch, for example `.metadata.thread_id: expected a string, found
/// a number`; `None` when nothing is found wrong here.
pub(super) fn reason(event: &str) -> Option<String> {
    let repaired = json_text::repair_surrogates(event);
    let event: Value = serde_json::from_str(repaired.as_deref().unwrap_or(event)).ok()?;
    let Value::Object(event) = event else { return Some(unexpected("", "an object", &event)) };
    check(&event, EVENT, "")
        .or_else(|| match event.get("metadata") {
            Some(Value::Object(metadata)) => check(metadata, METADATA, ".metadata"),
            other => Some(unexpected_or_missing(".metadata", "an object", other)),
        })
        .or_else(|| match event.get("kind") {
            Some(Value::Object(kind)) => check_kind(kind),
            other => Some(unexpected_or_missing(".kind", "an object with one key", other)),
        })
}

fn check_kind(kind: &Map<String, Value>) -> Option<String> {
    let mut entries = kind.iter();
    let (Some((name, fields)), None) = (entries.next(), entries.next()) else {
        return Some(format!(".kind: expected exactly one key, found {}", kind.len()));
    };
    let path = format!(".kind.{}", limits::cut(name, 100));
    let expected = fields_of(name)?;
    match fields {
        Value::Object(fields) => check(fields, expected, &path),
        other => Some(unexpected(&path, "an object", other)),
    }
}

fn check(object: &Map<String, Value>, fields: &[Field], path: &str) -> Option<String> {
    fields.iter().find_map(|field| {
        let path = || format!("{path}.{}", field.name);
        match object.get(field.name) {
            None if field.optional => None,
            Some(Value::Null) if field.nullable => None,
            None => Some(unexpected_or_missing(&path(), field.want.words().as_str(), None)),
            Some(value) => field.want.misfit(value, &path()),
        }
    })
}

impl Want {
    fn words(self) -> String {
        match self {
            Self::Any => "any value".into(),
            Self::Text => "a string".into(),
            Self::Id => "a UUID".into(),
            Self::Time => "an RFC 3339 time with an offset".into(),
            Self::Whole(max) => format!("a whole number from 0 to {max}"),
            Self::Number => "a number".into(),
            Self::Texts => "an array of strings".into(),
            Self::TextObject => "an object of strings".into(),
            Self::Clock => "an array of [string, whole number]".into(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
        }
    }

    fn misfit(self, value: &Value, path: &str) -> Option<String> {
        let wrong = |path: &str, value: &Value| Some(unexpected(path, &self.words(), value));
        match (self, value) {
            (Self::Any, _) | (Self::Text, Value::String(_)) | (Self::Number, Value::Number(_)) => None,
            (Self::Id, Value::String(text)) => text.parse::<EventId>().err().map(|error| format!("{path}: {error}")),
            (Self::Time, Value::String(text)) => timestamp::parse(text).err().map(|error| format!("{path}: {error}")),
            (Self::Whole(max), Value::Number(number)) if number.as_u64().is_some_and(|number| number <= max) => None,
            (Self::OneOf(words), Value::String(text)) if words.contains(&text.as_str()) => None,
            (Self::Texts, Value::Array(texts)) => {
                let (at, misfit) = texts.iter().enumerate().find(|(_, text)| !text.is_string())?;
                Some(unexpected(&format!("{path}[{at}]"), "a string", misfit))
            }
            (Self::TextObject, Value::Object(texts)) => {
                let (key, misfit) = texts.iter().find(|(_, text)| !text.is_string())?;
                Some(unexpected(&format!("{path}.{}", limits::cut(key, 100)), "a string", misfit))
            }
            (Self::Clock, Value::Array(entries)) => {
                let fits = |entry: &Value| match entry.as_array().map(Vec::as_slice) {
                    Some([component, count]) => component.is_string() && count.is_u64(),
                    _ => false,
                };
                let (at, misfit) = entries.iter().enumerate().find(|(_, entry)| !fits(entry))?;
                Some(unexpected(&format!("{path}[{at}]"), "[string, whole number]", misfit))
            }
            _ => wrong(path, value),
        }
    }
}

fn unexpected_or_missing(path: &str, expected: &str, found: Option<&Value>) -> String {
    match found {
        Some(value) => unexpected(path, expected, value),
        None => format!("{path}: missing, expected {expected}"),
    }
}

fn unexpected(path: &str, expected: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {:?}", limits::cut(text, 60)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    format!("{path}: expected {expected}, found {found}")
}
