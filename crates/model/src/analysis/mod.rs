//! What the analyses say, as pages and programs get it: findings, schedules, paths, trails, figures.
//!
//! Answers belong to a version of their data, say how far they can be trusted, and are never longer than
//! the limits named here.

mod finding;
mod metrics;
mod performance;
mod races;
mod schedule;
mod service;
mod variable;

pub use finding::{
    Finding, FindingClass, FindingCounts, FindingEvent, FindingKind, Findings, HeldLock, Role, SearchProgress,
    Severity, SlowEvent, SlowRow, Thoroughness,
};
pub use metrics::{
    Durations, HotCall, HotVariable, Hotspots, Latency, OperationFigures, PerformanceFigures, Rate, ServiceFigures,
    SlowTrace,
};
pub use performance::{
    Lane, MAX_LANES, MAX_OPERATIONS, MAX_PEERS, MAX_SEGMENTS, OperationTime, PathSegment, PeerLatency, TraceCallShare,
    TracePerformance,
};
pub use races::{GlobalFinding, GlobalRaces, GlobalSide, GlobalSummary, RaceFilter, Reach};
pub use schedule::{Schedule, ScheduleLock, ScheduleStep, ScheduleThread, ScheduleVariable, StepEffect};
pub use service::ServicePage;
pub use variable::{Access, AccessFlag, AuditTrail, MAX_VARIABLES, Origin, OtherTrace, TraceVariable, TraceVariables};

/// Findings of one trace in one answer; totals say how many there are.
pub const MAX_FINDINGS: usize = 200;
/// Steps of a schedule that are listed: the last ones, which lead to what it shows.
pub const MAX_STEPS: usize = 2_000;
/// Accesses of a variable in one answer.
pub const MAX_ACCESSES: usize = 1_000;
/// Ids of traces beside a finding or a hotspot.
pub const MAX_TRACE_IDS: usize = 20;
