//! What the analyses say of one trace.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::TraceId;
use model::analysis::{AuditTrail, Findings, Schedule, Thoroughness, TracePerformance, TraceVariables};

use super::codec::Compact;
use crate::error::AppError;

#[server(name = AskFindings, prefix = "/_fn", endpoint = "findings", input = GetUrl, output = Compact)]
pub async fn findings(trace: TraceId, thoroughness: Thoroughness) -> Result<Findings, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let findings = engine.trace_findings(trace, thoroughness).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, findings.version));
    Ok(findings)
}

#[server(name = AskSchedule, prefix = "/_fn", endpoint = "schedule", input = GetUrl, output = Compact)]
pub async fn schedule(trace: TraceId, finding: String) -> Result<Schedule, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let schedule = engine.schedule(trace, &finding).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, schedule.version));
    Ok(schedule)
}

#[server(name = AskTracePerformance, prefix = "/_fn", endpoint = "trace_performance", input = GetUrl, output = Compact)]
pub async fn performance(trace: TraceId) -> Result<TracePerformance, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    // Other traces are part of it: it is as new as the store.
    let head = engine.head();
    let performance = engine.trace_performance(trace).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", head.epoch, head.seq));
    Ok(performance)
}

#[server(name = AskVariables, prefix = "/_fn", endpoint = "variables", input = GetUrl, output = Compact)]
pub async fn variables(trace: TraceId) -> Result<TraceVariables, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let variables = engine.trace_variables(trace).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, variables.version));
    Ok(variables)
}

#[server(name = AskAuditTrail, prefix = "/_fn", endpoint = "audit_trail", input = GetUrl, output = Compact)]
pub async fn audit_trail(
    trace: TraceId,
    #[server(default)] index: Option<u32>,
    #[server(default)] from: u64,
) -> Result<AuditTrail, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let head = engine.head();
    let trail = engine.audit_trail(trace, index, from).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", head.epoch, head.seq));
    Ok(trail)
}
