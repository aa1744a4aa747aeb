//! What the contract's routes say of races across traces.

use serde::{Deserialize, Serialize};

/// `GET /api/analyze/global`. The two counts are equal, and count pairs of accesses that can have met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalAnalysis {
    pub total_traces: u64,
    pub total_events: u64,
    pub concurrent_events: u64,
    pub potential_races: u64,
    /// Text for people.
    pub anomalies: Vec<String>,
    /// One a finding, the worst first, at most 100; those of severity `INFO` are no headline, and last.
    pub race_details: Vec<GlobalRaceDetail>,
    /// Findings, listed or not.
    pub race_details_total: u64,
    /// False when something was not looked at; `notes` say what.
    pub complete: bool,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalRaceDetail {
    /// `CRITICAL`, `WARNING` or `INFO`.
    pub severity: String,
    pub variable: String,
    pub trace1_id: String,
    pub trace2_id: String,
    pub event1_thread: String,
    pub event2_thread: String,
    pub event1_location: String,
    pub event2_location: String,
    /// `2026-11-21 13:04:31.592151 UTC`
    pub event1_timestamp: String,
    pub event2_timestamp: String,
    pub description: String,
}

/// `GET /api/distributed/global-races`: variables of which two accesses can have met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlobalRaceList {
    pub total_races: u64,
    /// The worst first, at most 200.
    pub races: Vec<RacingVariable>,
    /// Findings of requests that were never there together: not among the races.
    pub apart_total: u64,
    pub complete: bool,
}

/// A variable and how it is used, in findings or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RacingVariable {
    pub variable: String,
    /// Whose memory it is.
    pub owner: String,
    pub trace_count: u64,
    pub access_count: u64,
    /// `Read`, `Write`, `AtomicRead`, `AtomicWrite`, `AtomicRMW`.
    pub access_types: Vec<String>,
    pub thread_count: u64,
    pub severity: String,
    /// At most 20 of `trace_ids_total`.
    pub trace_ids: Vec<String>,
    pub trace_ids_total: u64,
}
