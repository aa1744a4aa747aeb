//! `GET /api/internal/cache`: figures of the server's caches.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use engine::Engine;
use serde_json::json;

use crate::http::envelope::{Answer, success};

pub async fn cache(State(engine): State<Engine>) -> Answer {
    let mut response = success(json!({ "caches": engine.cache_figures() }))?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
