//! Where the time of one trace went: as the contract tells it, and in full.

use axum::extract::State;
use engine::Engine;

use super::trace::version;
use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::TracePath;

pub async fn critical_path(State(engine): State<Engine>, TracePath(trace): TracePath, known: Known) -> Answer {
    let failed = Failure::query("Critical path analysis failed");
    let version = version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let path = engine.critical_path(trace).await.map_err(&failed)?;
    Ok(version.mark(success(path)?))
}

/// Other traces are part of it: it is as new as the store.
pub async fn performance(State(engine): State<Engine>, TracePath(trace): TracePath, known: Known) -> Answer {
    let version = Version::from(engine.head());
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let failed = Failure::query("Critical path analysis failed");
    let performance = engine.trace_performance(trace).await.map_err(failed)?;
    Ok(version.mark(success(performance)?))
}
