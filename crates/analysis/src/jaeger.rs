//! The shape of Jaeger's JSON: what its UI downloads and its query service answers, `{"data": [trace, ..]}`.
//!
//! [`crate::read`] makes events of it, [`crate::spans::jaeger`] spans; what a file says is told here, for both. Times
//! are microseconds. Copies of spans inside references are passed over without being kept.

use std::borrow::Cow;
use std::collections::HashMap;

use model::Nanos;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trace<'a> {
    #[serde(rename = "traceID", borrow)]
    pub trace_id: Cow<'a, str>,
    #[serde(borrow)]
    pub spans: Vec<Span<'a>>,
    #[serde(default, borrow)]
    pub processes: Option<HashMap<Cow<'a, str>, Process<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Process<'a> {
    #[serde(borrow)]
    pub service_name: Cow<'a, str>,
    #[serde(default, borrow)]
    pub tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
pub(crate) struct Tag<'a> {
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    #[serde(default)]
    pub value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Span<'a> {
    #[serde(rename = "traceID", default, borrow)]
    trace_id: Cow<'a, str>,
    #[serde(rename = "spanID", borrow)]
    pub id: Cow<'a, str>,
    #[serde(rename = "parentSpanID", default, borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub operation_name: Cow<'a, str>,
    #[serde(default, borrow)]
    references: Option<Vec<Reference<'a>>>,
    start_time: i64,
    duration: u64,
    #[serde(rename = "processID", default, borrow)]
    pub process_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub process: Option<Process<'a>>,
    #[serde(default, borrow)]
    pub tags: Option<Vec<Tag<'a>>>,
    #[serde(default, borrow)]
    pub logs: Option<Vec<Log<'a>>>,
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
pub(crate) struct Log<'a> {
    timestamp: i64,
    #[serde(default, borrow)]
    pub fields: Option<Vec<Tag<'a>>>,
}

/// The span another hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parent<'s> {
    pub id: &'s str,
    /// It does not wait.
    pub follows: bool,
}

impl Span<'_> {
    pub fn start(&self) -> Nanos {
        nanos(self.start_time.into())
    }

    pub fn end(&self) -> Nanos {
        nanos(i128::from(self.start_time) + i128::from(self.duration))
    }

    /// Of several references inside the trace the first `CHILD_OF` counts, else the first: one parent waits.
    pub fn parent(&self, trace: &str) -> Option<Parent<'_>> {
        let here = if self.trace_id.is_empty() { trace } else { &*self.trace_id };
        let references = self.references.as_deref().unwrap_or_default();
        let mut inside = references.iter().filter(|other| other.trace_id.is_empty() || other.trace_id == here);
        let follows = |reference: &Reference<'_>| reference.ref_type == "FOLLOWS_FROM";
        let chosen = inside.clone().find(|reference| !follows(reference)).or_else(|| inside.next());
        match chosen {
            Some(reference) => Some(Parent { id: &reference.span_id, follows: follows(reference) }),
            None => {
                let named = self.parent_id.as_deref().filter(|id| !id.is_empty() && *id != "0");
                named.map(|id| Parent { id, follows: false })
            }
        }
    }

    /// Whether its tags say that it ended with an error, or with a status of the server's failure.
    pub fn failed(&self) -> bool {
        self.tags.iter().flatten().any(|tag| match (&*tag.key, &tag.value) {
            ("error", Value::Bool(failed)) => *failed,
            ("error", Value::String(text)) => !text.is_empty() && text != "false",
            ("otel.status_code", Value::String(text)) => text == "ERROR",
            ("http.status_code" | "http.response.status_code", Value::Number(status)) => {
                status.as_i64().is_some_and(|status| status >= 500)
            }
            ("http.status_code" | "http.response.status_code", Value::String(text)) => {
                text.parse::<i64>().is_ok_and(|status| status >= 500)
            }
            _ => false,
        })
    }
}

impl Log<'_> {
    pub fn at(&self) -> Nanos {
        nanos(self.timestamp.into())
    }
}

/// From microseconds; what lies outside of 1677 to 2262 is taken to its bound.
fn nanos(micros: i128) -> Nanos {
    Nanos((micros * 1_000).clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}
