//! One trace: its overview, and one event of it with everything known.

use serde::{Deserialize, Serialize};

use crate::json::JsonText;
use crate::list::TraceSummary;
use crate::{EventId, Kind, Mode, Nanos, Seq};

/// What the tab Overview shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceOverview {
    pub summary: TraceSummary,
    /// Most events first.
    pub services: Vec<ServiceShare>,
    /// Most events first.
    pub kinds: Vec<KindCount>,
    /// The ten longest events, longest first.
    pub longest: Vec<LongEvent>,
    pub threads: u64,
    /// Events whose parent is not in the trace (yet).
    pub orphans: u64,
    /// Events on a cycle of parents.
    pub cyclic: u64,
    /// False when events of one thread of control may belong to several tasks: the client recorded no
    /// task ids.
    pub tasks_separable: bool,
    /// The first event that is an error, in list order.
    pub first_error: Option<EventId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceShare {
    pub name: String,
    pub events: u64,
    pub errors: u64,
    pub first: Nanos,
    pub last: Nanos,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindCount {
    pub kind: Kind,
    pub events: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LongEvent {
    pub id: EventId,
    pub service: String,
    pub operation: String,
    pub kind: Kind,
    pub duration_nanos: u64,
    pub error: bool,
}

/// One event with its payload. `body`, `tags` and `clock` are as the client sent them, redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventDetail {
    pub id: EventId,
    /// Position in the unfiltered list at `version`.
    pub position: u64,
    pub version: Seq,
    pub kind: Kind,
    pub mode: Mode,
    /// The name of the kind on the wire, for example `StateChange`.
    pub wire_kind: String,
    pub start: Nanos,
    pub end: Nanos,
    /// The time as the source wrote it.
    pub timestamp: String,
    pub seq: Seq,
    pub service: String,
    pub instance: Option<String>,
    pub environment: String,
    pub process_id: u32,
    pub thread: String,
    pub task: Option<String>,
    pub operation: String,
    pub span: Option<String>,
    pub upstream: Option<String>,
    pub variable: Option<String>,
    pub lock: Option<String>,
    pub status: Option<u16>,
    pub error: bool,
    pub clock: Vec<(String, u64)>,
    pub lock_set: Vec<String>,
    pub parent: Option<Relative>,
    /// Set when the event names a parent; false when that is not in the trace (yet).
    pub parent_known: bool,
    pub parent_id: Option<EventId>,
    /// In list order, at most 20 of `children_total`.
    pub children: Vec<Relative>,
    pub children_total: u64,
    /// The fields of the event's kind.
    pub body: JsonText,
    pub tags: JsonText,
}

/// An event that another one points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Relative {
    pub id: EventId,
    pub position: u64,
    pub kind: Kind,
    pub service: String,
    pub operation: String,
}
