//! The document of the whole API (OpenAPI 3.1), and a viewer that needs nothing but this server.
//!
//! Schemas come from the types that are sent, so that they cannot say anything else; what a route is for, and
//! what it takes, is in [`routes`].

mod document;
mod routes;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::envelope::Failure;

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// The viewer brings styles inside its elements, and draws its icons from data.
const VIEWER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// `/api/docs` and `/api/openapi.json`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let config = Config::new([DOCUMENT]).use_base_layout().doc_expansion("list");
    let viewer = SwaggerUi::new("/api/docs").config(config).url(DOCUMENT, document::document());
    Router::from(viewer).layer(from_fn(viewer_policy))
}

async fn viewer_policy(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND && is_read {
        return Failure::new(StatusCode::NOT_FOUND, "There is no such route").into_response();
    }
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, VIEWER_POLICY);
    response
}
