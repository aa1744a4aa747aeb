//! Trace summaries as the contract's lists have them.

use model::Nanos;
use model::list::{TotalKind, TraceSummary};
use model::wire::WireTraceSummary;
use serde::Serialize;

/// A list whose total may be less than exact.
#[derive(Serialize)]
pub struct Counted<T> {
    #[serde(flatten)]
    pub list: T,
    pub total_kind: TotalKind,
}

/// `time` writes a timestamp: the contract has two forms.
pub fn wire_summary(summary: TraceSummary, time: fn(Nanos) -> String) -> WireTraceSummary {
    WireTraceSummary {
        trace_id: summary.trace_id.to_string(),
        event_count: summary.event_count,
        first_timestamp: time(summary.start),
        last_timestamp: time(summary.end),
        service_count: summary.services.len(),
        services: summary.services,
    }
}
