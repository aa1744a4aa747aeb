//! Where the time of one trace went.

use serde::{Deserialize, Serialize};

use super::Durations;
use crate::{EventId, Nanos, Seq, TraceId};

/// The tab Performance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracePerformance {
    pub trace_id: TraceId,
    pub version: Seq,
    pub start: Nanos,
    pub end: Nanos,
    /// The interval of the longest root, which the path partitions.
    pub root_start: Nanos,
    pub root_end: Nanos,
    pub root_operation: String,
    /// Other roots, each with a path of its own that is not shown here.
    pub other_roots: u64,
    /// What ran after the root's end.
    pub after_root_nanos: u64,
    /// In order of time: disjoint, and their sum is the root's duration. At most 2,000.
    pub path: Vec<PathSegment>,
    /// Segments of the path, listed or not.
    pub path_total: u64,
    /// Rows of the picture: services, and their threads of control.
    pub lanes: Vec<Lane>,
    /// Most exclusive time first.
    pub operations: Vec<OperationTime>,
    pub dependencies: Vec<TraceCallShare>,
    /// The trace among others with its root operation.
    pub peers: Option<PeerLatency>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathSegment {
    pub event: EventId,
    /// In the trace's list.
    pub position: u64,
    /// Index into the lanes.
    pub lane: u32,
    pub start: Nanos,
    pub end: Nanos,
    pub operation: String,
    pub location: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    pub service: String,
    pub thread: String,
}

/// An operation on the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
pub struct TraceCallShare {
    pub from: String,
    pub to: String,
    pub calls: u64,
}

/// How the trace's duration compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeerLatency {
    pub service: String,
    pub operation: String,
    pub duration_nanos: u64,
    /// Traces that are faster, 0 to 1.
    pub rank: f64,
    pub latency: Durations,
    /// Upper bounds in nanoseconds, ascending, and traces up to each.
    pub histogram: Vec<(u64, u64)>,
}
