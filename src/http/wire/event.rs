//! `GET /api/traces/{trace_id}/events/{event_id}`: one event with its payload.

use axum::extract::State;
use engine::Engine;

use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::{EventPath, TracePath};

pub async fn event(
    State(engine): State<Engine>,
    TracePath(trace): TracePath,
    EventPath(event): EventPath,
    known: Known,
) -> Answer {
    let failed = Failure::query("Failed to fetch event");
    let version = engine.trace_version(trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&Version::of_trace(engine.head(), version), "application/json") {
        return Ok(unchanged);
    }
    let detail = engine.event(trace, event).await.map_err(&failed)?;
    let version = Version::of_trace(engine.head(), detail.version);
    Ok(version.mark(success(detail)?))
}
