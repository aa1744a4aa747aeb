//! `GET /health` and `GET /status`: whether the server runs, and how it is doing. Never kept by anyone.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use engine::Engine;
use model::Head;
use model::wire::{WarmupSummary, WireStatus};
use serde::Serialize;

use crate::http::envelope::{Answer, Failure, success};

/// The contract's status, and what ours knows beside it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ServerStatus {
    #[serde(flatten)]
    wire: WireStatus,
    services: u64,
    disk_bytes: u64,
    queue_bytes: u64,
    queue_limit_bytes: u64,
    #[serde(flatten)]
    head: Head,
}

/// Asks nothing of the store, so that it answers while the store is busy.
pub async fn health() -> Answer {
    success(WarmupSummary::completed()).map(no_store)
}

pub async fn status(State(engine): State<Engine>) -> Answer {
    let status = engine.status().await.map_err(Failure::query("Failed to fetch status"))?;
    let answer = ServerStatus {
        wire: WireStatus {
            version: status.version,
            uptime_seconds: status.uptime_seconds,
            events_captured: status.events,
            traces_active: status.traces,
            warmup: WarmupSummary::completed(),
        },
        services: status.services,
        disk_bytes: status.disk_bytes,
        queue_bytes: status.queue_bytes,
        queue_limit_bytes: status.queue_limit_bytes,
        head: status.head,
    };
    success(answer).map(no_store)
}

fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
