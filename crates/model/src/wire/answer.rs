//! The answers of the contract's routes, field by field as its clients read them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The envelope of every answer; all three keys are always there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<T> {
    pub success: bool,
    pub data: Option<T>,
    pub error: Option<String>,
}

impl<T> Envelope<T> {
    pub fn ok(data: T) -> Self {
        Self { success: true, data: Some(data), error: None }
    }
}

impl Envelope<Value> {
    pub fn failed(error: impl Into<String>) -> Self {
        Self { success: false, data: None, error: Some(error.into()) }
    }
}

/// State of the store's start; ours is ready as soon as it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WarmupSummary {
    pub phase: String,
    pub ready: bool,
    pub total_traces: u64,
    pub processed_traces: u64,
    pub last_trace: Option<String>,
    pub started_at: Option<String>,
    pub completed_at: Option<String>,
    pub last_error: Option<String>,
}

impl WarmupSummary {
    pub fn completed() -> Self {
        Self {
            phase: "completed".into(),
            ready: true,
            total_traces: 0,
            processed_traces: 0,
            last_trace: None,
            started_at: None,
            completed_at: None,
            last_error: None,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WireStatus {
    pub version: String,
    pub uptime_seconds: u64,
    pub events_captured: u64,
    pub traces_active: u64,
    pub warmup: WarmupSummary,
}

/// One trace in a list. Timestamps end in `+00:00` in `/api/traces`, in `Z` below a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WireTraceSummary {
    pub trace_id: String,
    pub event_count: u64,
    pub first_timestamp: String,
    pub last_timestamp: String,
    pub service_count: usize,
    pub services: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracesList {
    pub total_traces: u64,
    pub page: u64,
    pub page_size: u64,
    pub total_pages: u64,
    pub traces: Vec<WireTraceSummary>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceTraces {
    pub service_name: String,
    pub total_traces: u64,
    pub page: u64,
    pub page_size: u64,
    pub total_pages: u64,
    pub traces: Vec<WireTraceSummary>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServicesList {
    pub total_services: usize,
    pub services: Vec<ServiceCounts>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceCounts {
    pub name: String,
    pub event_count: u64,
    pub trace_count: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceHealth {
    pub name: String,
    /// `healthy`, `warning` or `critical`.
    pub status: String,
    pub trace_count: u64,
    pub last_activity: String,
    pub avg_events_per_trace: f64,
    pub minutes_since_last_activity: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceDependencies {
    pub service_name: String,
    pub calls_to: Vec<ServiceCalls>,
    pub called_by: Vec<ServiceCalls>,
}

/// `to` is the other service, whichever way the calls go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceCalls {
    pub to: String,
    pub total_calls: u64,
    pub trace_count: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EdgesList {
    pub total_edges: usize,
    pub edges: Vec<Edge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Edge {
    pub from_service: String,
    pub to_service: String,
    /// `HttpCall`, `DatabaseQuery` or `Custom`.
    pub link_type: String,
    pub call_count: u64,
}

/// Services and calls inside one trace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceDependencies {
    pub trace_id: String,
    pub services: Vec<ServiceEvents>,
    pub dependencies: Vec<TraceCall>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceEvents {
    pub name: String,
    pub event_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceCall {
    pub from: String,
    pub to: String,
    pub call_count: u64,
}
