//! The one error that crosses from the server to the browser, and what a person reads of it.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::PostcardEncoding;
use model::Seq;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    #[error("This trace is not here")]
    TraceNotFound,
    #[error("This event is not here")]
    EventNotFound,
    #[error("This finding is not here")]
    FindingNotFound,
    #[error("This variable is not here")]
    VariableNotFound,
    #[error("This service is not here")]
    ServiceNotFound,
    #[error("This trace is too large to be analysed")]
    TooLarge,
    #[error("The server is busy with other analyses")]
    Busy,
    #[error("This is not the id of a trace")]
    NotAnId,
    /// The list moved on while it was read.
    #[error("The trace has new events")]
    Changed { version: Seq },
    #[error("The list cannot be continued")]
    BadCursor,
    #[error("This is not a question the server understands")]
    BadRequest,
    /// No answer came: the server is down or the network is.
    #[error("The server does not answer")]
    Unreachable,
    #[error("The server could not answer")]
    Server,
}

impl AppError {
    /// What to do about it, in one sentence.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::TraceNotFound => "It may have been deleted, or its first events have not arrived yet.",
            Self::EventNotFound => "Choose another event in the list, or look whether the trace was deleted.",
            Self::FindingNotFound => "The trace has changed since, or the exact search is needed to find it again.",
            Self::VariableNotFound => "Choose another variable in the list.",
            Self::ServiceNotFound => "No event of it has arrived yet; choose another one in the list.",
            Self::TooLarge => {
                "Record less in one trace: at most two million events, of some four thousand threads at once, can be analysed together."
            }
            Self::Busy => "Try again in a few seconds.",
            Self::NotAnId => "An id is a UUID, or 32 or 16 hex digits; search for its beginning to find the trace.",
            Self::Changed { .. } => "Refresh to see the list as it is now.",
            Self::BadCursor => "Refresh the list and load more from its new start.",
            Self::BadRequest => "Check the address, or go back to the list of traces.",
            Self::Unreachable => "Check that `raceway serve` is running, then try again.",
            Self::Server => "Try again; the server's log says why.",
        }
    }

    /// Whether asking again can help.
    pub const fn is_passing(&self) -> bool {
        !matches!(self, Self::BadRequest | Self::NotAnId | Self::TooLarge)
    }

    /// Whether the question never got an answer: the connection is to blame, not the question.
    pub const fn is_connection(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Server)
    }
}

impl FromServerFnError for AppError {
    type Encoder = PostcardEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::BadRequest,
            _ => Self::Server,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<engine::QueryError> for AppError {
    fn from(error: engine::QueryError) -> Self {
        use engine::QueryError;
        match error {
            QueryError::TraceNotFound(_) => Self::TraceNotFound,
            QueryError::EventNotFound(_) => Self::EventNotFound,
            QueryError::Stale(version) => Self::Changed { version },
            QueryError::FindingNotFound(_) => Self::FindingNotFound,
            QueryError::VariableNotFound(_) => Self::VariableNotFound,
            QueryError::TooLarge(_) => Self::TooLarge,
            QueryError::Busy => Self::Busy,
            QueryError::BadCursor => Self::BadCursor,
            QueryError::Store => Self::Server,
        }
    }
}
