//! What is wrong, or could have gone wrong, in one trace.

use serde::{Deserialize, Serialize};

use crate::list::Total;
use crate::{EventId, Kind, Mode, Nanos, Seq, TraceId};

/// How much harm a finding may do. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Minor,
    Warning,
    Critical,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    Race,
    LostUpdate,
    Deadlock,
    /// Locks taken in both orders, which no reordering of this trace lets meet.
    LockInversion,
    Unserialisable,
    Slow,
}

/// How it is known, the strongest first: of races their class, of lost updates their evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingClass {
    /// It happened: the values prove it, or nothing lay between.
    Observed,
    Schedulable,
    SyncPreserving,
    Predictable,
    /// The recording neither proves nor excludes it.
    Possible,
    /// Suspected, and no schedule of this trace reaches it.
    Unreached,
    /// Measured against a baseline.
    Measured,
}

/// Which engines an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Thoroughness {
    /// The near-linear ones: all but what only an exact search can prove.
    #[default]
    Linear,
    /// The exact one too, within its budget.
    Exact,
}

/// The findings of one version of a trace: strongest first, at most [`super::MAX_FINDINGS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Findings {
    pub trace_id: TraceId,
    pub version: Seq,
    pub thoroughness: Thoroughness,
    /// False when something was capped or left undecided; `undecided` and `notes` say what.
    pub complete: bool,
    /// Pairs and patterns for which the exact engine spent its budget.
    pub undecided: u64,
    pub counts: FindingCounts,
    pub findings: Vec<Finding>,
    /// What kept the analyses from seeing more, in plain words.
    pub notes: Vec<String>,
    /// What the trace has to be judged by.
    pub events: u64,
    pub threads: u64,
    pub variables: u64,
    pub locks: u64,
}

/// What an exact search of a trace is at. Nothing is said when none is under way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchProgress {
    pub running: bool,
    /// In words.
    pub phase: String,
    pub elapsed_ms: u64,
}

/// Findings of the trace by kind, listed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingCounts {
    pub races: u64,
    pub lost_updates: u64,
    pub deadlocks: u64,
    pub lock_inversions: u64,
    pub unserialisable: u64,
    pub slow: u64,
}

impl FindingCounts {
    pub const fn total(&self) -> u64 {
        self.races + self.lost_updates + self.deadlocks + self.lock_inversions + self.unserialisable + self.slow
    }
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Names it for ever: made of its kind and of the ids of its events. Twelve hexadecimal digits.
    pub id: String,
    pub kind: FindingKind,
    pub class: FindingClass,
    pub severity: Severity,
    /// The variable, the locks or the operation.
    pub subject: String,
    /// One plain sentence: *Two tasks write `alice.balance` at once; nothing orders them.*
    pub title: String,
    /// How one knows, and what to do about it.
    pub explanation: String,
    /// Pairs or instances it stands for.
    pub count: Total,
    /// The first instance; of a lost update in the order read, lost write, write; of a deadlock each waits for
    /// the next. At most 16.
    pub events: Vec<FindingEvent>,
    /// Whether there is a schedule to step through.
    pub has_schedule: bool,
    /// For slow events.
    pub slow: Option<SlowEvent>,
}

/// What an event does in a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Of a race.
    First,
    Second,
    /// Of a lost update.
    StaleRead,
    LostWrite,
    Overwrite,
    /// Of a deadlock or an inversion.
    Acquire,
    /// Of an unserialisable block.
    Block,
    Slow,
}

/// One event of a finding with what is needed to judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingEvent {
    pub role: Role,
    pub id: EventId,
    /// Position in the trace's list at the findings' version.
    pub position: u64,
    pub kind: Kind,
    pub mode: Mode,
    pub start: Nanos,
    pub service: String,
    /// Thread of control, as people know it.
    pub thread: String,
    /// `file:line`, or empty.
    pub location: String,
    /// The variable, the lock or the operation.
    pub object: String,
    /// JSON texts, cut at 200 characters: what a read saw or a write replaced, and what a write wrote.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Held during the event, in the order in which they were taken.
    pub locks: Vec<HeldLock>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldLock {
    pub name: String,
    pub shared: bool,
}

/// A duration against what was usual before its trace began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowEvent {
    pub duration_nanos: u64,
    /// The median.
    pub expected_nanos: u64,
    /// In robust standard deviations of the logarithm.
    pub score: f64,
    /// Durations the baseline rests on.
    pub learned: u64,
    /// The baseline's deciles, from 10 % to 90 %, in nanoseconds; empty when it is no longer kept.
    pub deciles_nanos: Vec<u64>,
}

/// An event that was slow for its operation, as it was told and kept at ingest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowRow {
    pub event: EventId,
    pub kind: Kind,
    pub service: String,
    pub operation: String,
    pub start: Nanos,
    pub severity: Severity,
    pub slow: SlowEvent,
}
