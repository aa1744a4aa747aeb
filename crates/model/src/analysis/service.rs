//! One service, as its page shows it.

use serde::{Deserialize, Serialize};

use super::{Durations, HotCall, OperationFigures, Rate, ServiceFigures};
use crate::{Head, Nanos};

/// How a service does, and why that is said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServicePage {
    pub figures: ServiceFigures,
    /// `healthy`, `warning` or `critical`.
    pub health: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Events and errors a minute over the last hour, oldest first, none left out.
    pub rate: Rate,
    /// Durations measured in each of the same minutes.
    pub latency: Vec<Durations>,
    /// Those with most time first, at most 100.
    pub operations: Vec<OperationFigures>,
    pub operations_total: u64,
    pub calls_to: Vec<HotCall>,
    pub called_by: Vec<HotCall>,
    /// Global findings of its variables: critical, warning.
    pub critical: u64,
    pub warning: u64,
    pub as_of: Head,
    pub at: Nanos,
}
