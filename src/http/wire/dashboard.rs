//! `GET /api/dashboard`: everything the first page shows, in one answer.

use axum::extract::State;
use engine::Engine;

use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};

pub async fn dashboard(State(engine): State<Engine>, known: Known) -> Answer {
    let version = Version::from(engine.head()).with_clock().with_findings(engine.findings_version());
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let dashboard = engine.dashboard().await.map_err(Failure::query("Failed to fetch the dashboard"))?;
    Ok(version.mark(success(dashboard)?))
}
