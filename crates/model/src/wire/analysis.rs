//! What the contract's routes say of the analyses.

use serde::{Deserialize, Serialize};

/// Races of one trace. The two counts are equal, and count pairs of accesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceAnalysis {
    pub concurrent_events: u64,
    pub potential_races: u64,
    /// Text for people, several lines a finding.
    pub anomalies: Vec<String>,
    pub race_details: Vec<RaceDetail>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RaceDetail {
    /// `CRITICAL`, `WARNING` or `INFO`.
    pub severity: String,
    pub variable: String,
    pub event1_thread: String,
    pub event2_thread: String,
    pub event1_location: String,
    pub event2_location: String,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WireAnomalies {
    pub trace_id: String,
    pub anomaly_count: usize,
    pub anomalies: Vec<WireAnomaly>,
}

/// An event that was slow for its operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WireAnomaly {
    pub event_id: String,
    pub event_kind: String,
    /// `Minor`, `Warning` or `Critical`.
    pub severity: String,
    pub actual_duration_ms: f64,
    /// The median.
    pub expected_duration_ms: f64,
    /// In robust standard deviations of the logarithm.
    pub std_dev_from_mean: f64,
    pub description: String,
    /// `file:line`, or `unknown`.
    pub location: String,
    pub timestamp: String,
}
