//! Services and the calls between them.

use std::sync::Arc;

use model::Head;
use model::list::ServiceRow;
use model::wire::{Edge, EdgesList, ServiceCalls, ServiceDependencies, ServiceHealth};
use store::Call;
use store::cache::Freshness;

use super::Aged;
use crate::error::QueryError;
use crate::handle::Engine;
use crate::ingest::now;

const NANOS_A_MINUTE: u64 = 60_000_000_000;

impl Engine {
    /// All services, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn services(&self, freshness: Freshness) -> Result<(Vec<ServiceRow>, Head), QueryError> {
        let head = self.head();
        let services = self.service_rows(head, freshness).await?;
        Ok((services.to_vec(), head))
    }

    /// Services with an event in the last `window_minutes`; up to 30 s old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn service_health(
        &self,
        window_minutes: u64,
        freshness: Freshness,
    ) -> Result<Aged<Vec<ServiceHealth>>, QueryError> {
        let engine = self.clone();
        let compute = move || async move {
            let (services, head) = engine.services(freshness).await?;
            let now = now();
            let health = services
                .iter()
                .map(|service| (service, now.since(service.last_activity) / NANOS_A_MINUTE))
                .filter(|&(_, quiet_minutes)| quiet_minutes <= window_minutes)
                .map(|(service, quiet_minutes)| health(service, quiet_minutes))
                .collect();
            Ok(Arc::new((health, head)))
        };
        let made = self.shared.caches.health.get(window_minutes, freshness, compute).await?;
        Ok(Aged { value: made.value.0.clone(), as_of: made.value.1, age: made.at.elapsed() })
    }

    /// Whom a service calls, and who calls it. Nobody for a service never seen.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn service_dependencies(&self, service: &str) -> Result<ServiceDependencies, QueryError> {
        let calls = self.shared.store.calls().await?;
        let one_way = |own: fn(&Call) -> &str, other: fn(&Call) -> &str| {
            let mut listed: Vec<ServiceCalls> = Vec::new();
            for call in calls.iter().filter(|call| own(call) == service) {
                match listed.iter_mut().find(|known| known.to == other(call)) {
                    // The same two services by another kind of link.
                    Some(known) => {
                        known.total_calls += call.calls;
                        known.trace_count = known.trace_count.max(call.traces);
                    }
                    None => listed.push(ServiceCalls {
                        to: other(call).to_owned(),
                        total_calls: call.calls,
                        trace_count: call.traces,
                    }),
                }
            }
            listed
        };
        Ok(ServiceDependencies {
            service_name: service.to_owned(),
            calls_to: one_way(|call| &call.from, |call| &call.to),
            called_by: one_way(|call| &call.to, |call| &call.from),
        })
    }

    /// All calls between services, by names.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn edges(&self) -> Result<EdgesList, QueryError> {
        let edges: Vec<Edge> = self
            .shared
            .store
            .calls()
            .await?
            .into_iter()
            .map(|call| Edge {
                from_service: call.from,
                to_service: call.to,
                link_type: if call.http { "HttpCall" } else { "Custom" }.to_owned(),
                call_count: call.calls,
            })
            .collect();
        Ok(EdgesList { total_edges: edges.len(), edges })
    }

    pub(super) async fn service_rows(
        &self,
        head: Head,
        freshness: Freshness,
    ) -> Result<Arc<Vec<ServiceRow>>, QueryError> {
        let store = self.shared.store.clone();
        let compute = || async move { Ok(Arc::new(store.services().await?.0)) };
        Ok(self.shared.caches.services.get(head, freshness, compute).await?.value)
    }
}

/// The contract's steps: healthy below 5 minutes of quiet, warning below 30, else critical.
fn health(service: &ServiceRow, quiet_minutes: u64) -> ServiceHealth {
    let status = match quiet_minutes {
        0..5 => "healthy",
        5..30 => "warning",
        _ => "critical",
    };
    ServiceHealth {
        name: service.name.clone(),
        status: status.to_owned(),
        trace_count: service.trace_count,
        last_activity: service.last_activity.to_string(),
        avg_events_per_trace: service.event_count as f64 / service.trace_count.max(1) as f64,
        minutes_since_last_activity: quiet_minutes,
    }
}
