//! What server functions have in common: the engine, the version of an answer, the status of a failure.

use std::fmt::Display;

use engine::{Engine, QueryError};
use http::{HeaderName, HeaderValue, StatusCode, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::error::AppError;

/// Turned into an ETag by the server's conditional layer.
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-raceway-version");

/// # Errors
/// [`AppError::Server`] when the server was put together without one.
pub fn engine() -> Result<Engine, AppError> {
    use_context::<Engine>().ok_or_else(|| {
        tracing::error!("no engine in the context of a server function");
        AppError::Server
    })
}

/// Says how new the answer is. Only answers to the browser's own questions: a whole page is made of
/// several, and carries a nonce that must not be reused.
pub fn versioned(version: impl Display) {
    let is_question = use_context::<Parts>().is_some_and(|parts| parts.uri.path().starts_with("/_fn/"));
    let Some(options) = use_context::<ResponseOptions>().filter(|_| is_question) else { return };
    if let Ok(version) = HeaderValue::try_from(version.to_string()) {
        options.insert_header(VERSION_HEADER, version);
    }
}

/// Maps an error of the engine, and sets the status of the response, be it an answer or a page.
pub fn failed(error: QueryError) -> AppError {
    missing(AppError::from(error))
}

/// Sets the status of the response that tells the error.
pub fn missing(error: AppError) -> AppError {
    let status = match error {
        AppError::TraceNotFound
        | AppError::EventNotFound
        | AppError::FindingNotFound
        | AppError::VariableNotFound
        | AppError::ServiceNotFound
        | AppError::NotAnId => StatusCode::NOT_FOUND,
        AppError::Changed { .. } => StatusCode::CONFLICT,
        AppError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        AppError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        AppError::BadCursor | AppError::BadRequest => StatusCode::BAD_REQUEST,
        AppError::Unreachable | AppError::Server => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let Some(options) = use_context::<ResponseOptions>() {
        options.set_status(status);
    }
    error
}
