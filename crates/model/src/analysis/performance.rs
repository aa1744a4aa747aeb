//! Where the time of one trace went.

use serde::{Deserialize, Serialize};

use super::Durations;
use crate::{EventId, Kind, Nanos, Seq, TraceId};

/// Segments of a path in one answer: the longest ones.
pub const MAX_SEGMENTS: usize = 2_000;
/// Lanes of the picture; further threads share the last one.
pub const MAX_LANES: usize = 100;
/// Operations in one answer.
pub const MAX_OPERATIONS: usize = 500;
/// Traces that one is compared with: the newest of its root operation.
pub const MAX_PEERS: u32 = 10_000;

/// The tab Performance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracePerformance {
    pub trace_id: TraceId,
    pub version: Seq,
    pub start: Nanos,
    pub end: Nanos,
    /// The interval of the longest root, which the path partitions; empty when no event takes time.
    pub root_start: Nanos,
    pub root_end: Nanos,
    pub root_operation: String,
    /// Other roots, each with a path of its own that is not shown here.
    pub other_roots: u64,
    /// What ran after the root's end.
    pub after_root_nanos: u64,
    /// In order of time: disjoint, and their sum is the root's duration. When there are more than
    /// [`MAX_SEGMENTS`], the longest ones.
    pub path: Vec<PathSegment>,
    /// Segments of the path, listed or not.
    pub path_total: u64,
    /// Rows of the picture: services, and their threads of control.
    pub lanes: Vec<Lane>,
    /// Most exclusive time first; at most [`MAX_OPERATIONS`].
    pub operations: Vec<OperationTime>,
    pub operations_total: u64,
    pub dependencies: Vec<TraceCallShare>,
    /// The trace among others with its root operation.
    pub peers: Option<PeerLatency>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathSegment {
    pub event: EventId,
    /// In the trace's list.
    pub position: u64,
    pub kind: Kind,
    /// Index into the lanes.
    pub lane: u32,
    pub start: Nanos,
    pub end: Nanos,
    pub operation: String,
    /// `file:line`, or empty.
    pub location: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lane {
    pub service: String,
    pub thread: String,
}

/// An operation on the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationTime {
    pub service: String,
    pub operation: String,
    pub calls: u64,
    pub calls_on_path: u64,
    pub exclusive_nanos: u64,
    /// Of the root's duration, 0 to 1.
    pub share: f64,
    /// On the path or not.
    pub total_nanos: u64,
    /// How much sooner the root had ended, had it taken half.
    pub saved_if_half_nanos: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceCallShare {
    pub from: String,
    pub to: String,
    pub calls: u64,
}

/// How the trace's duration compares with the newest [`MAX_PEERS`] traces of its root operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeerLatency {
    pub service: String,
    pub operation: String,
    pub duration_nanos: u64,
    /// Traces that are faster, 0 to 1.
    pub rank: f64,
    pub latency: Durations,
    /// Upper bounds in nanoseconds, ascending, and traces above the bound before and up to each.
    pub histogram: Vec<(u64, u64)>,
}
