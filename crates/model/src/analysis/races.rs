//! Findings of the whole store: those between traces (two requests, one memory, nothing that orders or
//! protects them), and those inside traces, counted over all traces that have them.

use serde::{Deserialize, Serialize};

use super::{FindingClass, FindingKind, Severity};
use crate::list::Total;
use crate::{EventId, Head, Kind, Nanos, TraceId};

/// How far the sides of a finding can have met, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Inside one trace.
    Within,
    /// In two traces whose lifetimes overlap.
    Overlapping,
    /// In two traces that were never there together; nothing orders them.
    Apart,
}

/// What is shown of all findings. Empty strings and [`None`] filter nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct RaceFilter {
    pub severity: Option<Severity>,
    pub kind: Option<FindingKind>,
    pub class: Option<FindingClass>,
    pub service: String,
    /// A part of the variable's or lock's name, in any case.
    pub subject: String,
}

/// Findings of the store, worst first; never raw pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalRaces {
    /// After filtering; at most 200.
    pub findings: Vec<GlobalFinding>,
    pub total: Total,
    pub summary: GlobalSummary,
    pub notes: Vec<String>,
    /// For the filter.
    pub services: Vec<String>,
}

/// What a banner says: of all findings, whatever the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalSummary {
    pub critical: u64,
    pub warning: u64,
    pub info: u64,
    pub races: u64,
    pub lost_updates: u64,
    pub deadlocks: u64,
    /// What was looked at.
    pub traces: u64,
    pub accesses: u64,
    /// Everything up to this commit was looked at.
    pub as_of: Head,
    /// When it was computed, by the server's clock.
    pub at: Nanos,
    /// False when something was let go or left out to bound memory.
    pub complete: bool,
}

/// What is grouped: (kind, reach, class, owner, subject, unordered pair of (location, access)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalFinding {
    /// Names it for ever: made of what it is grouped by. Twelve hexadecimal digits.
    pub id: String,
    pub kind: FindingKind,
    pub reach: Reach,
    pub class: FindingClass,
    pub severity: Severity,
    /// The variable, or the locks.
    pub subject: String,
    /// Whose memory it is: service, instance and process.
    pub owner: String,
    pub service: String,
    pub title: String,
    pub explanation: String,
    /// Pairs or instances it stands for.
    pub count: Total,
    /// The first instance. Of a lost update: the stale read, the lost write, the write that loses it.
    pub sides: Vec<GlobalSide>,
    /// Of a finding inside a trace: the id it has in the first of `traces`.
    pub in_trace: Option<String>,
    /// At most [`super::MAX_TRACE_IDS`] of `traces_total`.
    pub traces: Vec<TraceId>,
    pub traces_total: Total,
    pub threads: u64,
    pub first: Nanos,
    pub last: Nanos,
}

/// One event of a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalSide {
    pub trace_id: TraceId,
    pub event: EventId,
    pub kind: Kind,
    pub at: Nanos,
    pub thread: String,
    pub location: String,
    /// JSON texts, cut at 200 characters.
    pub before: Option<String>,
    pub after: Option<String>,
    pub locks: Vec<String>,
}
