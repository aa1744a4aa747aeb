//! Figures of many traces: performance metrics, hotspots, one service.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::AGE;
use axum::response::Response;
use engine::{Aged, Engine, MAX_FIGURES, Metrics};
use model::analysis::{Durations, HotCall, HotVariable, Hotspots, OperationFigures};
use serde::Serialize;

use super::aged::AgedEnvelope;
use crate::http::conditional::Version;
use crate::http::envelope::{Answer, Failure, json_body, success};
use crate::http::params::{Params, ServicePath};

const DEFAULT_LIMIT: u64 = 50;

/// The contract's object; counts and spreads beside its averages are our own.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PerformanceMetrics {
    trace_latency: TraceLatency,
    event_performance: EventPerformance,
    service_latency: Vec<ServiceLatency>,
    throughput: Throughput,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct TraceLatency {
    avg_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    count: u64,
    slowest_traces: Vec<SlowestTrace>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SlowestTrace {
    trace_id: String,
    duration_ms: f64,
    services: Vec<String>,
    operation: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EventPerformance {
    avg_duration_ms: f64,
    by_type: Vec<OfType>,
    slow_operations: Vec<SlowOperation>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct OfType {
    #[serde(rename = "type")]
    kind: &'static str,
    count: u64,
    avg_duration_ms: f64,
    p95_ms: f64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SlowOperation {
    service: String,
    operation: String,
    #[serde(rename = "type")]
    kind: &'static str,
    count: u64,
    errors: u64,
    avg_duration_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ServiceLatency {
    service: String,
    event_count: u64,
    avg_duration_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Throughput {
    events_per_second: f64,
    traces_per_second: f64,
    time_range_seconds: f64,
}

pub async fn performance(State(engine): State<Engine>, params: Params) -> Answer {
    let limit = params.whole("limit").filter(|&limit| limit > 0).unwrap_or(DEFAULT_LIMIT);
    let limit = limit.min(MAX_FIGURES as u64) as usize;
    let Aged { value, as_of, age } = engine
        .metrics(limit, params.freshness())
        .await
        .map_err(Failure::query("Failed to compute performance metrics"))?;
    aged(AgedEnvelope::new(wire_metrics(value), as_of), as_of, age)
}

pub async fn hotspots(State(engine): State<Engine>, params: Params) -> Answer {
    let Aged { value, as_of, age } =
        engine.hotspots(params.freshness()).await.map_err(Failure::query("Failed to fetch hotspots"))?;
    aged(AgedEnvelope::new(wire_hotspots(value), as_of), as_of, age)
}

pub async fn service(State(engine): State<Engine>, ServicePath(service): ServicePath) -> Answer {
    let page = engine.service_page(&service).await.map_err(Failure::query("Failed to fetch the service"))?;
    let page = page.ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, format!("Service not found: {service}")))?;
    Ok(Version::from(page.as_of).with_clock().mark(success(page)?))
}

fn aged<T: Serialize>(envelope: AgedEnvelope<T>, as_of: model::Head, age: std::time::Duration) -> Answer {
    let mut response: Response = json_body(&envelope)?;
    response.headers_mut().insert(AGE, age.as_secs().into());
    Ok(Version::from(as_of).with_clock().mark(response))
}

/// Milliseconds with the digits that 1 % leaves, and some more.
fn millis(nanos: f64) -> f64 {
    (nanos / 1e3).round() / 1e3
}

fn spread(of: &Durations) -> [f64; 4] {
    [millis(of.mean), millis(of.p50 as f64), millis(of.p95 as f64), millis(of.p99 as f64)]
}

fn wire_metrics(Metrics { figures, measured, kinds }: Metrics) -> PerformanceMetrics {
    let [avg_ms, p50_ms, p95_ms, p99_ms] = spread(&figures.latency.all);
    let slowest_traces = figures
        .latency
        .slowest
        .into_iter()
        .map(|trace| SlowestTrace {
            trace_id: trace.trace_id.to_string(),
            duration_ms: trace.duration_nanos as f64 / 1e6,
            services: trace.services,
            operation: trace.operation,
        })
        .collect();
    let by_type = kinds
        .iter()
        .map(|(kind, of)| OfType {
            kind: kind.label(),
            count: of.count,
            avg_duration_ms: millis(of.mean),
            p95_ms: millis(of.p95 as f64),
        })
        .collect();
    let service_latency = figures
        .services
        .into_iter()
        .map(|service| {
            let [avg_duration_ms, p50_ms, p95_ms, p99_ms] = spread(&service.latency);
            ServiceLatency {
                service: service.name,
                event_count: service.events,
                avg_duration_ms,
                p50_ms,
                p95_ms,
                p99_ms,
            }
        })
        .collect();
    PerformanceMetrics {
        trace_latency: TraceLatency {
            avg_ms,
            p50_ms,
            p95_ms,
            p99_ms,
            count: figures.latency.all.count,
            slowest_traces,
        },
        event_performance: EventPerformance {
            avg_duration_ms: millis(measured.mean),
            by_type,
            slow_operations: figures.operations.into_iter().map(slow_operation).collect(),
        },
        service_latency,
        throughput: Throughput {
            events_per_second: figures.events_per_second,
            traces_per_second: figures.traces_per_second,
            time_range_seconds: figures.seconds,
        },
    }
}

fn slow_operation(one: OperationFigures) -> SlowOperation {
    let [avg_duration_ms, p50_ms, p95_ms, p99_ms] = spread(&one.latency);
    SlowOperation {
        service: one.service,
        operation: one.operation,
        kind: one.kind.label(),
        count: one.latency.count,
        errors: one.errors,
        avg_duration_ms,
        p50_ms,
        p95_ms,
        p99_ms,
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WireHotspots {
    top_variables: Vec<TopVariable>,
    top_service_calls: Vec<TopCall>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct TopVariable {
    variable: String,
    access_count: u64,
    trace_count: u64,
    services: Vec<String>,
    read_count: u64,
    write_count: u64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct TopCall {
    from_service: String,
    to_service: String,
    call_count: u64,
    trace_count: u64,
}

fn wire_hotspots(hotspots: Hotspots) -> WireHotspots {
    let variable = |hot: HotVariable| TopVariable {
        variable: hot.name,
        access_count: hot.reads + hot.writes,
        trace_count: hot.traces,
        services: hot.services,
        read_count: hot.reads,
        write_count: hot.writes,
    };
    let call = |hot: HotCall| TopCall {
        from_service: hot.from,
        to_service: hot.to,
        call_count: hot.calls,
        trace_count: hot.traces,
    };
    WireHotspots {
        top_variables: hotspots.variables.into_iter().map(variable).collect(),
        top_service_calls: hotspots.calls.into_iter().map(call).collect(),
    }
}
