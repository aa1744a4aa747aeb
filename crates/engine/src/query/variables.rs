//! The variables of one trace.

use model::TraceId;
use model::analysis::{AuditTrail, TraceVariables};

use crate::error::QueryError;
use crate::handle::Engine;

impl Engine {
    pub async fn trace_variables(&self, _trace: TraceId) -> Result<TraceVariables, QueryError> {
        Err(QueryError::Store)
    }

    /// `index` as in [`Self::trace_variables`].
    pub async fn audit_trail(&self, _trace: TraceId, _index: u32) -> Result<AuditTrail, QueryError> {
        Err(QueryError::Store)
    }
}
