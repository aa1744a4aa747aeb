//! The variables of one trace, and who touched them.

use axum::extract::State;
use engine::Engine;

use super::trace::version;
use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::{Params, TracePath, VariablePath};

pub async fn list(State(engine): State<Engine>, TracePath(trace): TracePath, known: Known) -> Answer {
    let failed = Failure::query("Failed to fetch variables");
    let version = version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let variables = engine.trace_variables(trace).await.map_err(&failed)?;
    Ok(version.mark(success(variables)?))
}

/// One variable by its index, from the access `from` on. Other traces are part of it: it is as new as the store.
pub async fn one(
    State(engine): State<Engine>,
    TracePath(trace): TracePath,
    variable: VariablePath,
    params: Params,
    known: Known,
) -> Answer {
    let version = Version::from(engine.head());
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let from = params.whole("from").unwrap_or_default();
    let trail = engine.audit_trail(trace, Some(variable.index()?), from).await;
    let trail = trail.map_err(Failure::query("Audit trail generation failed"))?;
    Ok(version.mark(success(trail)?))
}

/// All variables of a name, as the contract tells it.
pub async fn audit_trail(
    State(engine): State<Engine>,
    TracePath(trace): TracePath,
    VariablePath(name): VariablePath,
    known: Known,
) -> Answer {
    let failed = Failure::query("Audit trail generation failed");
    let version = version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let trail = engine.contract_trail(trace, &name).await.map_err(&failed)?;
    Ok(version.mark(success(trail)?))
}
