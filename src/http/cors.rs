//! Which other origins' pages may do what.
//!
//! Anyone's page may send events (they give nothing away); only the configured origins' pages may read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::envelope::Failure;

const ANY: HeaderValue = HeaderValue::from_static("*");

/// The layer.
pub async fn cors(State(origins): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else { return next.run(request).await };
    let is_ingest = request.uri().path() == "/events";
    let granted = grant(&origin, is_ingest, &origins);
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match (&granted, is_preflight) {
        (Some(_), true) => preflight(is_ingest, request.headers()),
        (None, true) => {
            let text = "Pages of this origin may not use this API; add it to server.allowed_origins";
            Failure::new(StatusCode::FORBIDDEN, text).into_response()
        }
        (_, false) => next.run(request).await,
    };
    let headers = response.headers_mut();
    if let Some(origin) = granted {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = "etag, age, retry-after, x-request-id";
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    }
    headers.append(VARY, HeaderValue::from_static("origin"));
    response
}

/// The value of `Access-Control-Allow-Origin`.
fn grant(origin: &HeaderValue, is_ingest: bool, origins: &[String]) -> Option<HeaderValue> {
    if is_ingest || origins.iter().any(|allowed| allowed == "*") {
        return Some(ANY);
    }
    origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

fn preflight(is_ingest: bool, asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let methods = if is_ingest { "POST, OPTIONS" } else { "GET, HEAD, DELETE, OPTIONS" };
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    // `*` would not cover `Authorization`, so what is asked for is repeated.
    let wanted = asked.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned().unwrap_or(ANY);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}
