//! One trace without its events: overview, dependencies, deletion.

use axum::extract::State;
use engine::{Engine, QueryError};
use model::TraceId;
use serde_json::json;

use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::TracePath;

pub async fn overview(State(engine): State<Engine>, TracePath(trace): TracePath, known: Known) -> Answer {
    let failed = Failure::query("Failed to fetch trace");
    let version = version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let overview = engine.trace_overview(trace).await.map_err(&failed)?;
    let version = Version::of_trace(engine.head(), overview.summary.version);
    Ok(version.mark(success(overview)?))
}

pub async fn dependencies(State(engine): State<Engine>, TracePath(trace): TracePath, known: Known) -> Answer {
    let failed = Failure::query("Dependency analysis failed");
    let version = version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    // These may be newer than their mark; then the next request is simply answered in full.
    let dependencies = engine.trace_dependencies(trace).await.map_err(&failed)?;
    Ok(version.mark(success(dependencies)?))
}

pub async fn delete(State(engine): State<Engine>, TracePath(trace): TracePath) -> Answer {
    let head = engine.delete_trace(trace).await.map_err(Failure::query("Failed to delete trace"))?;
    success(json!({ "trace_id": trace, "deleted": true, "seq": head.seq }))
}

pub async fn version(engine: &Engine, trace: TraceId) -> Result<Version, QueryError> {
    let seq = engine.trace_version(trace).await?;
    Ok(Version::of_trace(engine.head(), seq))
}
