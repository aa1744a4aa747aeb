//! Where the time of one trace went.

use model::TraceId;
use model::analysis::TracePerformance;

use crate::error::QueryError;
use crate::handle::Engine;

impl Engine {
    pub async fn trace_performance(&self, _trace: TraceId) -> Result<TracePerformance, QueryError> {
        Err(QueryError::Store)
    }
}
