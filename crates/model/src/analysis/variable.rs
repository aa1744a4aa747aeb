//! One variable of a trace: who touched it, in causal order.

use serde::{Deserialize, Serialize};

use super::HeldLock;
use crate::list::Total;
use crate::{EventId, Kind, Nanos, Seq, TraceId};

/// Variables of a trace in one answer.
pub const MAX_VARIABLES: usize = 500;

/// The variables of a trace: those in findings first, then by accesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceVariables {
    pub trace_id: TraceId,
    pub version: Seq,
    /// At most [`MAX_VARIABLES`].
    pub variables: Vec<TraceVariable>,
    pub variables_total: u64,
}

/// Two variables of one name in different processes are two.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceVariable {
    /// Tells variables of one name apart: index in this trace's order of first use.
    pub index: u32,
    pub name: String,
    /// Whose memory it is: service, instance and process.
    pub owner: String,
    pub reads: u64,
    pub writes: u64,
    pub threads: u64,
    /// Findings that name it.
    pub findings: u64,
}

/// The accesses of one variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditTrail {
    pub trace_id: TraceId,
    pub version: Seq,
    pub variable: TraceVariable,
    /// The number, from 0, of the first access listed here.
    pub from: u64,
    /// At most [`super::MAX_ACCESSES`].
    pub accesses: Vec<Access>,
    pub accesses_total: u64,
    /// Newest first, at most [`super::MAX_TRACE_IDS`].
    pub other_traces: Vec<OtherTrace>,
    pub other_traces_total: Total,
}

impl AuditTrail {
    /// Of a trace without variables.
    pub fn empty(trace_id: TraceId, version: Seq) -> Self {
        Self {
            trace_id,
            version,
            variable: TraceVariable::default(),
            from: 0,
            accesses: Vec::new(),
            accesses_total: 0,
            other_traces: Vec::new(),
            other_traces_total: Total::exact(0),
        }
    }
}

/// Where the value of a read came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From before all recorded writes.
    Initial,
    /// Number of the access that wrote it, from 0; it may not be among those listed.
    Write(u64),
    /// No recorded write wrote it.
    Unknown,
}

/// What to say beside an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessFlag {
    Race,
    LostUpdate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Access {
    pub event: EventId,
    /// In the trace's list.
    pub position: u64,
    pub kind: Kind,
    pub start: Nanos,
    pub service: String,
    pub thread: String,
    pub location: String,
    /// JSON texts, cut at 200 characters.
    pub before: Option<String>,
    pub after: Option<String>,
    /// The value after it, when that is a number.
    pub number: Option<f64>,
    pub locks: Vec<HeldLock>,
    /// For reads.
    pub saw: Option<Origin>,
    /// False where only time tells that it came after the access before it.
    pub follows_previous: bool,
    pub flags: Vec<AccessFlag>,
    /// Of the findings that name it, or are about races of its place.
    pub findings: Vec<String>,
}

/// Another trace that touches a variable of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherTrace {
    pub trace_id: TraceId,
    pub operation: String,
    pub start: Nanos,
    pub reads: u64,
    pub writes: u64,
}
