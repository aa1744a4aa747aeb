//! Services: who they are, how they are, whom they call.

use axum::extract::State;
use axum::http::header::AGE;
use engine::{Aged, Engine};
use model::Nanos;
use model::list::{ServiceRow, TraceFilter};
use model::wire::ServiceTraces;
use serde::Serialize;

use super::aged::AgedEnvelope;
use super::summary::{Counted, wire_summary};
use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, json_body, success};
use crate::http::params::{Params, ServicePath};

const DEFAULT_PAGE_SIZE: u64 = 100;
const DEFAULT_HEALTH_MINUTES: u64 = 60;

/// The contract's list, with errors and last activity beside its counts.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Services {
    total_services: usize,
    services: Vec<Service>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Service {
    name: String,
    event_count: u64,
    trace_count: u64,
    error_count: u64,
    last_activity: String,
}

impl From<ServiceRow> for Service {
    fn from(row: ServiceRow) -> Self {
        Self {
            name: row.name,
            event_count: row.event_count,
            trace_count: row.trace_count,
            error_count: row.error_count,
            last_activity: row.last_activity.to_string(),
        }
    }
}

pub async fn list(State(engine): State<Engine>, params: Params, known: Known) -> Answer {
    if let Some(unchanged) = known.unchanged(&engine.head().into(), "application/json") {
        return Ok(unchanged);
    }
    let (rows, head) = engine.services(params.freshness()).await.map_err(Failure::query("Failed to fetch services"))?;
    let services: Vec<Service> = rows.into_iter().map(Service::from).collect();
    Ok(Version::from(head).mark(success(Services { total_services: services.len(), services })?))
}

pub async fn health(State(engine): State<Engine>, params: Params) -> Answer {
    let minutes = params.whole("time_window_minutes").filter(|&minutes| minutes > 0);
    let Aged { value, as_of, age } = engine
        .service_health(minutes.unwrap_or(DEFAULT_HEALTH_MINUTES), params.freshness())
        .await
        .map_err(Failure::query("Failed to fetch service health"))?;
    let mut response = json_body(&AgedEnvelope::new(value, as_of))?;
    response.headers_mut().insert(AGE, age.as_secs().into());
    Ok(Version::from(as_of).with_clock().mark(response))
}

pub async fn traces(
    State(engine): State<Engine>,
    ServicePath(service): ServicePath,
    params: Params,
    known: Known,
) -> Answer {
    if let Some(unchanged) = known.unchanged(&engine.head().into(), "application/json") {
        return Ok(unchanged);
    }
    let paging = params.paging(DEFAULT_PAGE_SIZE);
    let filter = TraceFilter { service: service.clone(), ..TraceFilter::default() };
    let slice = engine.trace_slice(&filter, paging.slice).await.map_err(Failure::query("Failed to fetch traces"))?;
    let list = ServiceTraces {
        service_name: service,
        total_traces: slice.total.value,
        page: paging.page,
        page_size: paging.page_size,
        total_pages: paging.pages_of(slice.total.value),
        traces: slice.traces.into_iter().map(|trace| wire_summary(trace, |time: Nanos| time.to_string())).collect(),
    };
    Ok(Version::from(slice.head).mark(success(Counted { list, total_kind: slice.total.kind })?))
}

pub async fn dependencies(State(engine): State<Engine>, ServicePath(service): ServicePath, known: Known) -> Answer {
    let version = Version::from(engine.head());
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let dependencies =
        engine.service_dependencies(&service).await.map_err(Failure::query("Failed to fetch service dependencies"))?;
    Ok(version.mark(success(dependencies)?))
}

pub async fn edges(State(engine): State<Engine>, known: Known) -> Answer {
    let version = Version::from(engine.head());
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let edges = engine.edges().await.map_err(Failure::query("Failed to fetch edges"))?;
    Ok(version.mark(success(edges)?))
}
