//! Critical paths and audit trails as the contract's clients read them; what its fields cannot carry is in
//! further ones.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

/// Where the time of a trace's longest root went.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CriticalPath {
    pub trace_id: String,
    /// How many are in `path`.
    pub path_events: u64,
    /// The root's duration: that of the whole path.
    pub total_duration_ms: f64,
    /// From the trace's first start to its last end.
    pub trace_total_duration_ms: f64,
    pub percentage_of_total: f64,
    /// In the order of their first times on the path.
    pub path: Vec<PathEvent>,
    /// The path's parts, of which an event may have several.
    pub segments_total: u64,
    /// Whether the shortest parts were left out of `path`.
    pub truncated: bool,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathEvent {
    pub id: String,
    /// `FunctionCall(name)`, `StateChange(variable)`, `AsyncSpawn`, `HttpRequest(METHOD url)`, `DatabaseQuery`,
    /// `Other`.
    pub kind: String,
    /// `unknown` when there is none.
    pub location: String,
    pub timestamp: String,
    /// Its own time on the path: without that of what it waited for.
    pub duration_ms: f64,
    pub operation: String,
}

/// The accesses of all variables of a name in one trace.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VariableTrail {
    pub trace_id: String,
    pub variable: String,
    pub accesses: Vec<VariableAccess>,
    pub accesses_total: u64,
    pub truncated: bool,
}

/// The accesses of several variables in one trace, by name.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditTrails {
    pub audit_trails: BTreeMap<String, Vec<VariableAccess>>,
    pub audit_trails_total: u64,
    pub audit_trails_truncated: bool,
}

impl AuditTrails {
    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        let len = |value: &Option<Box<RawValue>>| value.as_ref().map_or(0, |value| value.get().len());
        let accesses = self.audit_trails.values().flatten();
        let texts = |it: &VariableAccess| it.location.len() + it.thread_id.len() + it.service_name.len();
        200 + accesses.map(|it| 300 + texts(it) + len(&it.old_value) + len(&it.new_value)).sum::<usize>()
    }
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VariableAccess {
    pub event_id: String,
    pub timestamp: String,
    pub thread_id: String,
    pub service_name: String,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite` or `AtomicRMW`.
    pub access_type: &'static str,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub old_value: Option<Box<RawValue>>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub new_value: Option<Box<RawValue>>,
    pub location: String,
    pub has_causal_link_to_previous: bool,
    pub is_race: bool,
}
