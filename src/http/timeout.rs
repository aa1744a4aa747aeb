//! The time a request may take until its answer begins.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::envelope::Failure;

/// The layer. Dropping the handler's future is what stops the work behind it.
pub async fn timeout(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let text = format!("The request took longer than {} s and was stopped", limit.as_secs());
            Failure::busy(text, 1).into_response()
        }
    }
}
