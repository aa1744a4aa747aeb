//! The client contract: one file per resource.
//!
//! Every handler extracts, calls the engine, and maps the error; the rules live behind the engine.

mod aged;
mod auth;
mod dashboard;
mod event;
pub mod findings;
pub mod full_trace;
mod global;
mod ingest;
mod internal;
pub mod metrics;
mod performance;
pub mod services;
pub mod status;
mod summary;
mod trace;
mod traces;
mod variables;
mod window;

use axum::Router;
use axum::routing::{get, post};

use super::state::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/health", get(status::health))
        .route("/status", get(status::status))
        .route("/events", post(ingest::ingest))
        .route("/auth/check", get(auth::check))
        .route("/auth/login", post(auth::login))
        .route("/auth/logout", post(auth::logout))
        .route("/api/dashboard", get(dashboard::dashboard))
        .route("/api/traces", get(traces::list))
        .route("/api/traces/{trace_id}", get(full_trace::full_trace).delete(trace::delete))
        .route("/api/traces/{trace_id}/dependencies", get(trace::dependencies))
        .route("/api/traces/{trace_id}/analyze", get(findings::analyze))
        .route("/api/traces/{trace_id}/anomalies", get(findings::anomalies))
        .route("/api/traces/{trace_id}/findings", get(findings::findings))
        .route("/api/traces/{trace_id}/findings/progress", get(findings::progress))
        .route("/api/traces/{trace_id}/findings/{finding}/schedule", get(findings::schedule))
        .route("/api/traces/{trace_id}/critical-path", get(performance::critical_path))
        .route("/api/traces/{trace_id}/performance", get(performance::performance))
        .route("/api/traces/{trace_id}/audit-trail/{variable}", get(variables::audit_trail))
        .route("/api/traces/{trace_id}/variables", get(variables::list))
        .route("/api/traces/{trace_id}/variables/{variable}", get(variables::one))
        .route("/api/traces/{trace_id}/overview", get(trace::overview))
        .route("/api/traces/{trace_id}/window", get(window::window))
        .route("/api/traces/{trace_id}/events/{event_id}", get(event::event))
        .route("/api/services", get(services::list))
        .route("/api/services/health", get(services::health))
        .route("/api/services/{service}", get(metrics::service))
        .route("/api/services/{service}/traces", get(services::traces))
        .route("/api/services/{service}/dependencies", get(services::dependencies))
        .route("/api/distributed/edges", get(services::edges))
        .route("/api/distributed/hotspots", get(metrics::hotspots))
        .route("/api/performance/metrics", get(metrics::performance))
        .route("/api/analyze/global", get(global::analyze))
        .route("/api/distributed/global-races", get(global::variables))
        .route("/api/races", get(global::races))
        .route("/api/internal/cache", get(internal::cache))
}
