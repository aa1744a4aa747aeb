//! The envelope of every answer, `{"success", "data", "error"}`, and the failures that go into it.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{IngestError, QueryError};
use model::Seq;
use model::wire::Envelope;
use serde::Serialize;

pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What a handler answers.
pub type Answer = Result<Response, Failure>;

/// 200 with `data` in the envelope.
///
/// # Errors
/// 500 when `data` cannot be JSON, which none of the answers' types can bring about.
pub fn success<T: Serialize>(data: T) -> Answer {
    json_body(&Envelope::ok(data))
}

/// 200 with a body that is the whole answer: for the routes whose envelope has keys of its own, or none.
///
/// # Errors
/// As [`success`].
pub fn json_body<T: Serialize>(body: &T) -> Answer {
    let body = serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "an answer could not be serialised");
        Failure::internal()
    })?;
    Ok(([(CONTENT_TYPE, JSON)], body).into_response())
}

/// An error as a client reads it: what happened, and what to do where that is not plain.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    text: Cow<'static, str>,
    /// Of a trace that is no longer as the request assumed.
    version: Option<Seq>,
    retry_after_s: Option<u32>,
}

/// The envelope of a failure.
#[derive(Serialize)]
struct Failed<'a> {
    success: bool,
    data: Option<()>,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Seq>,
}

impl Failure {
    pub fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into(), version: None, retry_after_s: None }
    }

    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The server failed; its log says why")
    }

    /// 503: nothing was done, and the same request may succeed after `seconds`.
    pub fn busy(text: impl Into<Cow<'static, str>>, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, text) }
    }

    /// `context` begins the sentence, as in `Failed to fetch trace: Trace not found: ...`.
    pub fn query(context: &'static str) -> impl Fn(QueryError) -> Self {
        move |error| {
            let text = format!("{context}: {error}");
            match error {
                QueryError::TraceNotFound(_)
                | QueryError::EventNotFound(_)
                | QueryError::FindingNotFound(_)
                | QueryError::VariableNotFound(_) => Self::new(StatusCode::NOT_FOUND, text),
                QueryError::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, text),
                QueryError::Busy => Self::busy(text, 2),
                QueryError::BadCursor => Self::bad_request(text),
                QueryError::Stale(version) => Self { version: Some(version), ..Self::new(StatusCode::CONFLICT, text) },
                QueryError::Store => Self::new(StatusCode::INTERNAL_SERVER_ERROR, text),
            }
        }
    }
}

/// All of these left nothing behind, so that sending the same again is right.
impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        let seconds = match error {
            IngestError::Overloaded => 2,
            IngestError::ShuttingDown => 5,
            IngestError::Store => 10,
        };
        Self::busy(format!("Nothing was stored: {error}; send the same again later"), seconds)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let envelope = Failed { success: false, data: None, error: &self.text, version: self.version };
        let body = serde_json::to_vec(&envelope).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
