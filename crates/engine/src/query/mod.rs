//! What can be asked, one file a subject.

mod contract;
mod contract_global;
mod contract_trails;
mod dashboard;
mod findings;
mod health;
pub(crate) mod hour;
pub(crate) mod metrics;
mod performance;
pub(crate) mod races;
mod service_page;
mod services;
mod trace;
mod traces;
mod variables;

use std::time::Duration;

use model::Head;

pub use metrics::{MAX_FIGURES, Metrics};
pub use trace::TraceEvents;
pub use traces::{Slice, TraceSlice};

/// An answer that may be older than the newest commit.
#[derive(Debug, Clone)]
pub struct Aged<T> {
    pub value: T,
    pub as_of: Head,
    pub age: Duration,
}
