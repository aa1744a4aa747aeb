//! What the fields of each kind say about the columns.
//!
//! One struct a kind names the fields that the contract asks for; those of type [`IsText`] and the like
//! are only checked. What is optional here and required by the contract is what clients are known to
//! leave out.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::value::RawValue;

use super::operation;
use super::shape::{Amount, IsText, IsTexts, Object, Text};
use crate::{Kind, Mode};

const NANOS_PER_MILLI: u32 = 1_000_000;

/// What a kind's fields say.
pub(super) struct Facts<'a> {
    pub kind: Kind,
    pub mode: Mode,
    pub operation: Cow<'a, str>,
    pub variable: Option<Cow<'a, str>>,
    pub lock: Option<Cow<'a, str>>,
    /// Values as JSON; `None` when there is none.
    pub old: Option<&'a str>,
    pub new: Option<&'a str>,
    /// A `StateChange` without the key `new_value`, which then is `null`.
    pub new_is_missing: bool,
    pub status: u16,
    pub error: bool,
    /// Nanoseconds, from the kind's own `duration_ms`.
    pub duration: Option<u64>,
    /// What a secret's name in another field makes secret: keys of the body.
    pub secret_if: Option<(Cow<'a, str>, &'static [&'static str])>,
    /// A query with percent-encoded text may hold the name of a secret that no scan finds.
    pub encoded_query: bool,
    pub side: Side,
}

/// At which end of an event's duration its client takes the timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Start,
    /// As [`Side::Start`], but not for clients that record a call when it is over.
    StartOfCall,
    End,
}

impl<'a> Facts<'a> {
    fn new(kind: Kind, operation: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind,
            mode: Mode::None,
            operation: operation.into(),
            variable: None,
            lock: None,
            old: None,
            new: None,
            new_is_missing: false,
            status: 0,
            error: false,
            duration: None,
            secret_if: None,
            encoded_query: false,
            side: Side::Start,
        }
    }

    /// Reads the fields of the kind `name`. A kind never heard of takes any JSON.
    pub(super) fn read(name: &Text<'a>, body: &'a str) -> Result<Self, serde_json::Error> {
        let facts = match name.0.as_ref() {
            "FunctionCall" => {
                let call: FunctionCall<'a> = fields(body)?;
                Self { side: Side::StartOfCall, ..Self::new(Kind::Call, call.function_name.0) }
            }
            "FunctionReturn" => {
                let call: FunctionReturn<'a> = fields(body)?;
                Self { side: Side::End, ..Self::new(Kind::Call, call.function_name.0) }
            }
            "AsyncSpawn" => {
                let spawn: AsyncSpawn<'a> = fields(body)?;
                Self::new(Kind::Spawn, spawn.task_name.unwrap_or(spawn.task_id).0)
            }
            "AsyncAwait" => {
                let join: AsyncAwait<'a> = fields(body)?;
                Self::new(Kind::Join, join.future_id.0)
            }
            "StateChange" => state_change(fields(body)?),
            "LockAcquire" => lock(Kind::Acquire, fields(body)?),
            "LockRelease" => lock(Kind::Release, fields(body)?),
            "MemoryFence" => {
                let fence: MemoryFence = fields(body)?;
                let (mode, text) = fence.ordering.mode();
                Self { mode, ..Self::new(Kind::Fence, text) }
            }
            "HttpRequest" => {
                let request: HttpRequest<'a> = fields(body)?;
                let query = request.url.0.split_once('?').map_or("", |(_, query)| query);
                let encoded_query = query.contains('%');
                Self {
                    encoded_query,
                    ..Self::new(Kind::Request, operation::request(&request.method.0, &request.url.0))
                }
            }
            "HttpResponse" => {
                let response: HttpResponse = fields(body)?;
                Self {
                    status: response.status,
                    error: response.status >= 500,
                    duration: Some(response.duration_ms.nanos(NANOS_PER_MILLI)),
                    side: Side::End,
                    ..Self::new(Kind::Response, format!("status {}", response.status))
                }
            }
            "DatabaseQuery" => {
                let query: DatabaseQuery<'a> = fields(body)?;
                Self {
                    duration: Some(query.duration_ms.nanos(NANOS_PER_MILLI)),
                    side: Side::End,
                    ..Self::new(Kind::Query, operation::query(&query.query.0))
                }
            }
            "DatabaseResult" => {
                let _: DatabaseResult = fields(body)?;
                Self::new(Kind::QueryResult, "result")
            }
            "Error" => {
                let error: ErrorFields<'a> = fields(body)?;
                Self { error: true, ..Self::new(Kind::Error, error.error_type.0) }
            }
            "Custom" => {
                let custom: Custom<'a> = fields(body)?;
                Self { secret_if: Some((custom.name.0.clone(), &["data"])), ..Self::new(Kind::Custom, custom.name.0) }
            }
            _ => Self::new(Kind::Custom, name.0.clone()),
        };
        Ok(facts)
    }
}

fn fields<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_str::<Object<T>>(body).map(|object| object.0)
}

fn state_change(change: StateChange<'_>) -> Facts<'_> {
    let (kind, mode) = match change.access_type {
        AccessType::Read => (Kind::Read, Mode::None),
        AccessType::Write => (Kind::Write, Mode::None),
        AccessType::AtomicRead => (Kind::AtomicRead, Mode::SeqCst),
        AccessType::AtomicWrite => (Kind::AtomicWrite, Mode::SeqCst),
        AccessType::AtomicRmw => (Kind::AtomicRmw, Mode::SeqCst),
    };
    let variable = change.variable.0;
    Facts {
        mode,
        old: change.old_value.map(RawValue::get).filter(|&value| value != "null"),
        new: Some(change.new_value.map_or("null", RawValue::get)),
        new_is_missing: change.new_value.is_none(),
        secret_if: Some((variable.clone(), &["old_value", "new_value"])),
        variable: Some(variable.clone()),
        ..Facts::new(kind, variable)
    }
}

fn lock(kind: Kind, lock: Lock<'_>) -> Facts<'_> {
    let mode = if is_shared(&lock.lock_type.0) { Mode::Shared } else { Mode::Exclusive };
    Facts { mode, lock: Some(lock.lock_id.0.clone()), ..Facts::new(kind, lock.lock_id.0) }
}

/// Shared when the free text says `read` in any case. The one in `thread` does not count: Python's
/// `threading.Lock` is exclusive.
fn is_shared(lock_type: &str) -> bool {
    let lower = lock_type.to_ascii_lowercase();
    lower.match_indices("read").any(|(at, _)| !lower[..at].ends_with("th"))
}

/// The mode that a tag `ordering` names, if it names one.
pub(super) fn ordering(text: &str) -> Option<Mode> {
    match text.to_ascii_lowercase().as_str() {
        "relaxed" => Some(Mode::Relaxed),
        "acquire" => Some(Mode::AcquireOrdering),
        "release" => Some(Mode::ReleaseOrdering),
        "acqrel" | "acq_rel" | "acq-rel" => Some(Mode::AcqRel),
        "seqcst" | "seq_cst" | "seq-cst" => Some(Mode::SeqCst),
        _ => None,
    }
}

#[derive(Deserialize)]
struct FunctionCall<'a> {
    #[serde(borrow)]
    function_name: Text<'a>,
    #[serde(rename = "module")]
    _module: IsText,
    #[serde(rename = "args")]
    _args: IgnoredAny,
    #[serde(rename = "file")]
    _file: IsText,
    #[serde(rename = "line")]
    _line: u32,
}

#[derive(Deserialize)]
struct FunctionReturn<'a> {
    #[serde(borrow)]
    function_name: Text<'a>,
    #[serde(rename = "file")]
    _file: Option<IsText>,
    #[serde(rename = "line")]
    _line: Option<u32>,
}

#[derive(Deserialize)]
struct AsyncSpawn<'a> {
    #[serde(borrow)]
    task_id: Text<'a>,
    #[serde(borrow)]
    task_name: Option<Text<'a>>,
    #[serde(rename = "spawned_by")]
    _spawned_by: Option<IsText>,
    #[serde(rename = "spawned_at")]
    _spawned_at: Option<IsText>,
}

#[derive(Deserialize)]
struct AsyncAwait<'a> {
    #[serde(borrow)]
    future_id: Text<'a>,
    #[serde(rename = "awaited_at")]
    _awaited_at: Option<IsText>,
}

#[derive(Deserialize)]
struct StateChange<'a> {
    #[serde(borrow)]
    variable: Text<'a>,
    #[serde(borrow)]
    old_value: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    new_value: Option<&'a RawValue>,
    #[serde(rename = "location")]
    _location: IsText,
    access_type: AccessType,
}

/// Tells `null`, which is a value, from a missing key.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
enum AccessType {
    Read,
    Write,
    AtomicRead,
    AtomicWrite,
    #[serde(rename = "AtomicRMW")]
    AtomicRmw,
}

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow)]
    lock_id: Text<'a>,
    #[serde(borrow)]
    lock_type: Text<'a>,
    #[serde(rename = "location")]
    _location: IsText,
}

#[derive(Deserialize)]
struct MemoryFence {
    ordering: Ordering,
    #[serde(rename = "location")]
    _location: IsText,
}

#[derive(Deserialize)]
enum Ordering {
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

impl Ordering {
    fn mode(&self) -> (Mode, &'static str) {
        match self {
            Self::Relaxed => (Mode::Relaxed, "Relaxed"),
            Self::Acquire => (Mode::AcquireOrdering, "Acquire"),
            Self::Release => (Mode::ReleaseOrdering, "Release"),
            Self::AcqRel => (Mode::AcqRel, "AcqRel"),
            Self::SeqCst => (Mode::SeqCst, "SeqCst"),
        }
    }
}

#[derive(Deserialize)]
struct HttpRequest<'a> {
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(rename = "headers")]
    _headers: Option<IsTexts<true>>,
}

#[derive(Deserialize)]
struct HttpResponse {
    status: u16,
    #[serde(rename = "headers")]
    _headers: Option<IsTexts<true>>,
    duration_ms: Amount,
}

#[derive(Deserialize)]
struct DatabaseQuery<'a> {
    #[serde(borrow)]
    query: Text<'a>,
    #[serde(rename = "database")]
    _database: IsText,
    duration_ms: Amount,
}

#[derive(Deserialize)]
struct DatabaseResult {
    #[serde(rename = "rows_affected")]
    _rows_affected: u64,
}

#[derive(Deserialize)]
struct ErrorFields<'a> {
    #[serde(borrow)]
    error_type: Text<'a>,
    #[serde(rename = "message")]
    _message: IsText,
    #[serde(rename = "stack_trace")]
    _stack_trace: Option<IsTexts<false>>,
}

#[derive(Deserialize)]
struct Custom<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(rename = "data")]
    _data: IgnoredAny,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_for_reading_are_shared_and_threads_do_not_read() {
        for lock_type in ["RWLock-Read", "RwLock::Read", "read", "SHARED READ", "threading.ReadLock"] {
            assert!(is_shared(lock_type), "{lock_type}");
        }
        for lock_type in ["Mutex", "RWLock-Write", "threading.Lock", "ThreadLock", ""] {
            assert!(!is_shared(lock_type), "{lock_type}");
        }
    }

    #[test]
    fn orderings_are_known_in_the_spellings_of_several_languages() {
        for (text, mode) in [
            ("Relaxed", Some(Mode::Relaxed)),
            ("seq_cst", Some(Mode::SeqCst)),
            ("AcqRel", Some(Mode::AcqRel)),
            ("release", Some(Mode::ReleaseOrdering)),
            ("strong", None),
        ] {
            assert_eq!(ordering(text), mode, "{text}");
        }
    }
}
