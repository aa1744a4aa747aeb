//! What can go wrong, in the words of those who asked. Causes go to the log.

use model::{EventId, Seq, TraceId};
use store::StoreError;

pub use store::OpenError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// The queue stayed full for the configured time; nothing was stored.
    #[error("the server is busy: its ingest queue is full")]
    Overloaded,
    #[error("the server is shutting down")]
    ShuttingDown,
    /// Nothing was stored; the cause is in the log.
    #[error("the events could not be stored")]
    Store,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("Trace not found: {0}")]
    TraceNotFound(TraceId),
    #[error("Event not found: {0}")]
    EventNotFound(EventId),
    /// The trace has another version than the one the query is pinned to.
    #[error("the trace has changed; its version is now {0}")]
    Stale(Seq),
    #[error("Finding not found: {0}")]
    FindingNotFound(String),
    #[error("Variable not found: {0}")]
    VariableNotFound(String),
    /// More than 2,000,000 events, a gibibyte of payload, or 4,096 threads at once.
    #[error("trace {0} is too large to be analysed")]
    TooLarge(TraceId),
    /// Too many analyses wait already; the same may succeed a little later.
    #[error("too many analyses are waiting")]
    Busy,
    #[error("the cursor is not one of ours, or of another store")]
    BadCursor,
    /// The cause is in the log.
    #[error("the store could not answer")]
    Store,
}

impl From<StoreError> for QueryError {
    fn from(cause: StoreError) -> Self {
        tracing::error!(%cause, "a query failed");
        Self::Store
    }
}
