//! What lists and dashboards show: summaries, never events.

use serde::{Deserialize, Serialize};

use crate::analysis::{GlobalFinding, GlobalSummary, Hotspots, OperationFigures, ServiceFigures};
use crate::{Head, Nanos, Seq, TraceId};

/// A number of things, and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Total {
    pub value: u64,
    pub kind: TotalKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TotalKind {
    /// Every one was counted.
    Exact,
    /// Counting stopped at `value`; there are at least that many.
    AtLeast,
}

impl Total {
    pub const fn exact(value: u64) -> Self {
        Self { value, kind: TotalKind::Exact }
    }

    /// `counted` things were found by a count that stops at `cap`.
    pub const fn capped(counted: u64, cap: u64) -> Self {
        let kind = if counted >= cap { TotalKind::AtLeast } else { TotalKind::Exact };
        Self { value: counted, kind }
    }
}

/// One trace in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceSummary {
    pub trace_id: TraceId,
    /// Operation and service of the earliest event without a parent in the trace; `None` when every
    /// event has one (a cycle). Provisional until the trace is quiet.
    pub root: Option<Root>,
    /// By name.
    pub services: Vec<String>,
    pub environment: String,
    pub event_count: u64,
    pub error_count: u64,
    pub start: Nanos,
    pub end: Nanos,
    /// The commit that changed the trace last: its version.
    pub version: Seq,
    /// Wall time of that commit.
    pub ingested_at: Nanos,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Root {
    pub service: String,
    pub operation: String,
}

impl TraceSummary {
    /// A trace is quiet when nothing was ingested for 60 s.
    pub const QUIET_AFTER_NANOS: u64 = 60_000_000_000;

    pub const fn is_quiet(&self, now: Nanos) -> bool {
        now.since(self.ingested_at) >= Self::QUIET_AFTER_NANOS
    }

    pub const fn duration_nanos(&self) -> u64 {
        self.end.since(self.start)
    }
}

/// Which traces a list shows. Empty strings and zero filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct TraceFilter {
    /// A prefix of the trace id, or a part of a service's or the root operation's name, in any case.
    pub q: String,
    pub service: String,
    pub environment: String,
    pub min_events: u64,
}

impl TraceFilter {
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// A page of the browser's list: newest ingest first, pinned to the first page's seq.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracePage {
    pub traces: Vec<TraceSummary>,
    pub total: Total,
    /// Give it back to get the next page; `None` on the last one.
    pub next: Option<String>,
    pub head: Head,
}

/// One service in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceRow {
    pub name: String,
    pub event_count: u64,
    pub trace_count: u64,
    pub error_count: u64,
    /// Wall time of the last commit that had an event of it.
    pub last_activity: Nanos,
}

/// What was ingested in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinuteCount {
    /// Minutes since 1970.
    pub minute: i64,
    pub events: u64,
    pub errors: u64,
}

/// How the server is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    pub version: String,
    pub uptime_seconds: u64,
    pub events: u64,
    pub traces: u64,
    pub services: u64,
    /// Bytes of the database and its log on disk.
    pub disk_bytes: u64,
    /// Bytes waiting to be committed, of `queue_limit_bytes`.
    pub queue_bytes: u64,
    pub queue_limit_bytes: u64,
    pub head: Head,
}

/// Everything the first page shows, in one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dashboard {
    pub status: Status,
    pub recent: Vec<TraceSummary>,
    /// Those with most events, at most 50; `services_total` says how many there are.
    pub services: Vec<ServiceRow>,
    pub services_total: u64,
    /// The same services with their figures of the last hour.
    pub figures: Vec<ServiceFigures>,
    /// When `figures` and `slow_operations` were computed, by the server's clock.
    pub figures_at: Nanos,
    /// Most time in the last hour first, at most ten.
    pub slow_operations: Vec<OperationFigures>,
    pub hotspots: Hotspots,
    /// What the analyses found, worst first, at most five; `races` counts all.
    pub findings: Vec<GlobalFinding>,
    pub races: GlobalSummary,
    /// The last 60 minutes, oldest first, none left out.
    pub throughput: Vec<MinuteCount>,
    /// The server's clock when the answer was made.
    pub now: Nanos,
}

/// The names that the filters of the trace list offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FilterNames {
    pub services: Vec<String>,
    pub environments: Vec<String>,
}
