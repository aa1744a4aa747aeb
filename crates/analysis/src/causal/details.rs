//! What only the payload holds: places in the source, ids of tasks, widened scopes.
//!
//! Each payload is looked at once. Texts are interned; a payload that cannot be read says nothing.

use std::borrow::Cow;

use hashbrown::HashMap;
use model::Kind;
use model::table::StrId;
use model::wire::Payload;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::contexts::{Contexts, EventIdx};
use crate::history::{LocationId, Names};

/// How far the name of a variable or a lock reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) enum Width {
    /// One process.
    #[default]
    Scope,
    Service,
    Global,
}

/// The payload's name for spans, which the contract has no kind for.
pub(super) const SPAN: &str = "Span";

pub(super) struct Details<'a> {
    pub locations: Names,
    /// By event.
    pub location: Vec<LocationId>,
    pub width: Vec<Width>,
    /// Spawns and joins: the id of the task.
    pub task: HashMap<EventIdx, Cow<'a, str>>,
    /// Reads whose `new_value` is missing or `null`, and so says nothing.
    pub null_read: Vec<bool>,
    /// Some events are spans: each is a thread of control of its own.
    pub has_spans: bool,
}

/// The fields of all kinds that matter here, as they were sent.
#[derive(Default, Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    location: Option<&'a RawValue>,
    #[serde(borrow)]
    file: Option<&'a RawValue>,
    #[serde(borrow)]
    line: Option<&'a RawValue>,
    #[serde(borrow)]
    task_id: Option<&'a RawValue>,
    #[serde(borrow)]
    future_id: Option<&'a RawValue>,
    #[serde(borrow)]
    spawned_by: Option<&'a RawValue>,
    #[serde(borrow)]
    spawned_at: Option<&'a RawValue>,
    #[serde(borrow)]
    awaited_at: Option<&'a RawValue>,
    #[serde(borrow)]
    new_value: Option<&'a RawValue>,
}

impl<'a> Details<'a> {
    /// O(bytes of payload).
    pub fn of(contexts: &Contexts<'a>) -> Self {
        let n_events = contexts.len();
        let mut details = Self {
            locations: Names::default(),
            location: Vec::with_capacity(n_events),
            width: Vec::with_capacity(n_events),
            task: HashMap::new(),
            null_read: Vec::with_capacity(n_events),
            has_spans: false,
        };
        let mut operations: HashMap<StrId, LocationId> = HashMap::new();
        let mut known_tags: (&str, Width) = ("{}", Width::Scope);
        for event in 0..n_events as EventIdx {
            let row = contexts.row(event);
            let payload = Payload::decode(contexts.table.payload(row)).ok();
            if let Some(payload) = &payload
                && payload.tags != known_tags.0
            {
                known_tags = (payload.tags, width(payload.tags));
            }
            details.has_spans |= payload.is_some_and(|payload| payload.kind == SPAN);
            details.width.push(if payload.is_some() { known_tags.1 } else { Width::Scope });
            let fields: Fields<'a> = match &payload {
                Some(payload) if has_place(row.kind) => serde_json::from_str(payload.body).unwrap_or_default(),
                _ => Fields::default(),
            };
            if let Some(task) =
                fields.task_id.or(fields.future_id).filter(|_| matches!(row.kind, Kind::Spawn | Kind::Join))
            {
                details.task.insert(event, text(task));
            }
            details.null_read.push(fields.new_value.is_none() && row.kind.is_access() && !row.kind.is_write());
            let location = match place(&fields) {
                Some(place) => details.locations.id(&place),
                None => *operations
                    .entry(row.operation)
                    .or_insert_with(|| details.locations.id(contexts.table.text(row.operation))),
            };
            details.location.push(location);
        }
        details
    }
}

const fn has_place(kind: Kind) -> bool {
    kind.is_access()
        || matches!(kind, Kind::Acquire | Kind::Release | Kind::Fence | Kind::Spawn | Kind::Join | Kind::Call)
}

/// Where in the source it happened.
fn place<'a>(fields: &Fields<'a>) -> Option<Cow<'a, str>> {
    let given = fields.location.or(fields.spawned_at).or(fields.spawned_by).or(fields.awaited_at);
    let place = match (given, fields.file, fields.line) {
        (Some(given), _, _) => text(given),
        (None, Some(file), Some(line)) => format!("{}:{}", text(file), line.get()).into(),
        _ => return None,
    };
    (!place.is_empty()).then_some(place)
}

/// A JSON string's text; other values as they stand.
fn text(value: &RawValue) -> Cow<'_, str> {
    let json = value.get();
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => plain.into(),
        Some(_) => serde_json::from_str::<String>(json).map_or(json.into(), Into::into),
        None => json.into(),
    }
}

fn width(tags: &str) -> Width {
    if !tags.contains("\"scope\"") {
        return Width::Scope;
    }
    #[derive(Deserialize)]
    struct Tags<'a> {
        #[serde(borrow)]
        scope: Option<&'a RawValue>,
    }
    let scope = serde_json::from_str::<Tags<'_>>(tags).ok().and_then(|tags| tags.scope).map(text);
    match scope.as_deref() {
        Some("service") => Width::Service,
        Some("global") => Width::Global,
        _ => Width::Scope,
    }
}
