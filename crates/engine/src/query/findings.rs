//! What is wrong in one trace, and the schedules that show it.

use model::TraceId;
use model::analysis::{Findings, Schedule, Thoroughness};

use crate::error::QueryError;
use crate::handle::Engine;

impl Engine {
    pub async fn trace_findings(&self, _trace: TraceId, _how: Thoroughness) -> Result<Findings, QueryError> {
        Err(QueryError::Store)
    }

    /// The schedule of a finding, by its id.
    pub async fn schedule(&self, _trace: TraceId, _finding: &str) -> Result<Schedule, QueryError> {
        Err(QueryError::Store)
    }
}
