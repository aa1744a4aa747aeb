//! What is wrong in one trace: in our own shapes, and in the contract's.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse as _;
use engine::Engine;
use model::analysis::Thoroughness;
use model::wire::TraceAnalysis;
use serde::Serialize;

use super::trace;
use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::{FindingPath, Params, TracePath};

/// `GET /api/traces/{trace_id}/findings?exact=true`
pub async fn findings(
    State(engine): State<Engine>,
    TracePath(trace): TracePath,
    params: Params,
    known: Known,
) -> Answer {
    let failed = Failure::query("Analysis failed");
    let version = trace::version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let how = if params.flag("exact") { Thoroughness::Exact } else { Thoroughness::Linear };
    let findings = engine.trace_findings(trace, how).await.map_err(&failed)?;
    let version = Version::of_trace(engine.head(), findings.version);
    Ok(version.mark(success(findings)?))
}

/// `GET /api/traces/{trace_id}/findings/progress`: what the exact search is at.
pub async fn progress(State(engine): State<Engine>, TracePath(trace): TracePath) -> Answer {
    let progress = success(engine.search_progress(trace))?;
    Ok(([(CACHE_CONTROL, "no-store")], progress).into_response())
}

/// `GET /api/traces/{trace_id}/findings/{finding}/schedule`
pub async fn schedule(
    State(engine): State<Engine>,
    TracePath(trace): TracePath,
    FindingPath(finding): FindingPath,
    known: Known,
) -> Answer {
    let failed = Failure::query("Schedule failed");
    let version = trace::version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let schedule = engine.schedule(trace, &finding).await.map_err(&failed)?;
    let version = Version::of_trace(engine.head(), schedule.version);
    Ok(version.mark(success(schedule)?))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Analyzed {
    trace_id: String,
    #[serde(flatten)]
    analysis: TraceAnalysis,
}

/// `GET /api/traces/{trace_id}/analyze`, of the contract.
pub async fn analyze(State(engine): State<Engine>, TracePath(trace): TracePath, known: Known) -> Answer {
    let failed = Failure::query("Analysis failed");
    let version = trace::version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let analysis = engine.trace_analysis(trace).await.map_err(&failed)?;
    Ok(version.mark(success(Analyzed { trace_id: trace.to_string(), analysis })?))
}

/// `GET /api/traces/{trace_id}/anomalies`, of the contract: an unknown trace has none.
pub async fn anomalies(State(engine): State<Engine>, TracePath(trace): TracePath) -> Answer {
    success(engine.trace_anomalies(trace).await.map_err(Failure::query("Anomaly detection failed"))?)
}
