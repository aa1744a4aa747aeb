//! An id a request: in its log lines, and in the answer, so that one leads to the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from a client or a proxy.
const MAX_LENGTH: usize = 64;

/// Makes ids that are unique among restarts: a random part a process, then a count.
#[derive(Debug, Clone)]
pub struct RequestIds {
    process: u32,
    count: Arc<AtomicU64>,
}

impl RequestIds {
    pub fn new() -> Self {
        let (process, ..) = uuid::Uuid::new_v4().as_fields();
        Self { process, count: Arc::default() }
    }

    fn next(&self) -> String {
        format!("{:08x}-{:x}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// The layer: one span a request, and one line about how it ended.
pub async fn request_id(State(ids): State<RequestIds>, request: Request, next: Next) -> Response {
    let id = sent_id(&request).unwrap_or_else(|| ids.next());
    // The query may hold what people search for; it stays out of the log.
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis() as u64);
    span.in_scope(|| match status {
        500.. => tracing::warn!(status, ms, "failed"),
        _ => tracing::debug!(status, ms, "answered"),
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Only plain words: it is written to the log.
fn sent_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (plain && !id.is_empty() && id.len() <= MAX_LENGTH).then(|| id.to_owned())
}
