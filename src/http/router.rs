//! All routes and the layers around them.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use engine::Engine;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};

use super::conditional::conditional;
use super::cors::cors;
use super::envelope::Failure;
use super::host::check_host;
use super::limits::Limits;
use super::request_id::{RequestIds, request_id};
use super::security::{panic_response, security_headers};
use super::settings::HttpSettings;
use super::state::AppState;
use super::timeout::timeout;
use super::{openapi, pages, wire};

/// Smaller answers fit in a packet as they are.
const COMPRESS_ABOVE_BYTES: u16 = 860;

/// First path segments below which no page is: what is not found there is answered in the envelope.
const NO_PAGES: [&str; 9] = ["api", "auth", "events", "health", "status", "_fn", "pkg", "jaeger", "tempo"];

/// The whole server but for its socket.
pub fn router(engine: Engine, settings: HttpSettings) -> Router {
    let state = AppState { engine: engine.clone(), limits: Arc::new(Limits::new(settings.body_limit)) };
    let pages = pages::routes(engine);
    let routes = wire::routes()
        .with_state(state)
        .merge(openapi::router())
        .merge(pages)
        .method_not_allowed_fallback(async || method_not_allowed());
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(SizeAbove::new(COMPRESS_ABOVE_BYTES)));
    let origins: Arc<[String]> = settings.allowed_origins.into();
    // The last one is the outermost.
    routes
        .layer(from_fn(conditional))
        .layer(compression)
        .layer(from_fn_with_state(settings.request_timeout, timeout))
        .layer(from_fn_with_state(origins, cors))
        .layer(from_fn_with_state(Arc::new(settings.hosts), check_host))
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(from_fn(security_headers))
        .layer(from_fn_with_state(RequestIds::new(), request_id))
}

/// Whether a path without a route is a mistake of a program, rather than of a person.
pub fn has_no_page(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    NO_PAGES.contains(&first)
}

pub fn not_found() -> Response {
    Failure::new(StatusCode::NOT_FOUND, "There is no such route").into_response()
}

pub fn method_not_allowed() -> Response {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for this route").into_response()
}
