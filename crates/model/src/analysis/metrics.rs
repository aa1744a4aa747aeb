//! Figures of many traces, from roll-ups with sketches of 1 % relative error.

use serde::{Deserialize, Serialize};

use crate::{Head, Nanos, TraceId};

/// Of durations, in nanoseconds. All zero when `count` is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Durations {
    pub count: u64,
    pub mean: f64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
}

/// Minutes (since 1970) and how many events and errors there were in each.
pub type Rate = Vec<crate::list::MinuteCount>;

/// Where most happens.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hotspots {
    /// Ten each.
    pub variables: Vec<HotVariable>,
    pub calls: Vec<HotCall>,
    pub as_of: Head,
    pub at: Nanos,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HotVariable {
    pub name: String,
    pub reads: u64,
    pub writes: u64,
    pub traces: u64,
    pub services: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HotCall {
    pub from: String,
    pub to: String,
    pub calls: u64,
    pub traces: u64,
}

/// One row of the service breakdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceFigures {
    pub name: String,
    pub events: u64,
    pub errors: u64,
    pub traces: u64,
    /// Of the last hour.
    pub latency: Durations,
    /// Events a minute over the last hour, oldest first, 60 of them.
    pub rate: Vec<u32>,
    pub last_activity: Nanos,
    /// `healthy`, `warning` or `critical`, by the same rule as on the service's own page.
    pub health: String,
}

/// One operation of a service, over the last hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationFigures {
    pub service: String,
    pub operation: String,
    pub kind: crate::Kind,
    pub errors: u64,
    pub latency: Durations,
}

/// Latencies of whole traces.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Latency {
    pub all: Durations,
    pub slowest: Vec<SlowTrace>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowTrace {
    pub trace_id: TraceId,
    pub operation: String,
    pub duration_nanos: u64,
    pub services: Vec<String>,
}

/// What the metrics route and the dashboard are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PerformanceFigures {
    pub latency: Latency,
    /// Most time in all first.
    pub operations: Vec<OperationFigures>,
    pub services: Vec<ServiceFigures>,
    pub events_per_second: f64,
    pub traces_per_second: f64,
    pub seconds: f64,
    pub as_of: Head,
    pub at: Nanos,
}
