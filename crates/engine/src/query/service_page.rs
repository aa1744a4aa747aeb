//! One service: its figures, its health and why, its operations, whom it calls.

use model::analysis::{Durations, HotCall, RaceFilter, ServicePage, Severity};
use model::list::MinuteCount;
use model::wire::ServiceCalls;
use store::cache::Freshness;

use super::hour::durations;
use crate::error::QueryError;
use crate::handle::Engine;
use crate::ingest::now;

const OPERATIONS_LISTED: usize = 100;
const CALLS_LISTED: usize = 100;
impl Engine {
    /// [`None`] when no event of the service is known. Figures are up to 5 s old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn service_page(&self, name: &str) -> Result<Option<ServicePage>, QueryError> {
        let mut hour = self.hour(Freshness::Cached).await?;
        let mut known = hour.services.iter().find(|service| service.name == name);
        if known.is_none() {
            // It may have come in the last seconds.
            let rows = self.service_rows(self.head(), Freshness::Cached).await?;
            if !rows.iter().any(|row| row.name == name) {
                return Ok(None);
            }
            hour = self.hour(Freshness::Bypass).await?;
            known = hour.services.iter().find(|service| service.name == name);
        }
        let Some(figures) = known.cloned() else { return Ok(None) };
        let of_service = || hour.operations.iter().filter(|operation| operation.service == name);
        let rate: Vec<MinuteCount> = hour.rates.get(name).cloned().unwrap_or_else(|| {
            hour.minutes.iter().map(|minute| MinuteCount { events: 0, errors: 0, ..*minute }).collect()
        });
        let (health, reason) = hour.health(&figures.name, figures.last_activity, now());
        let latency = self.latency_by_minute(name, &rate).await?;
        let dependencies = self.service_dependencies(name).await?;
        let filter = RaceFilter { service: name.to_owned(), ..RaceFilter::default() };
        let races = self.races_of_service(&filter).await;
        Ok(Some(ServicePage {
            health: health.to_owned(),
            reason,
            rate,
            latency,
            operations: of_service().take(OPERATIONS_LISTED).cloned().collect(),
            operations_total: of_service().count() as u64,
            calls_to: calls(dependencies.calls_to, |other| (name.to_owned(), other)),
            called_by: calls(dependencies.called_by, |other| (other, name.to_owned())),
            critical: races.0,
            warning: races.1,
            figures,
            as_of: hour.as_of,
            at: hour.at,
        }))
    }

    /// Durations measured in each of the minutes.
    async fn latency_by_minute(&self, name: &str, rate: &[MinuteCount]) -> Result<Vec<Durations>, QueryError> {
        let mut latency = vec![Durations::default(); rate.len()];
        let (Some(first), Some(last)) = (rate.first(), rate.last()) else { return Ok(latency) };
        for (minute, sketch) in self.shared.store.service_sketches(name, first.minute, last.minute).await? {
            if let Some(slot) = usize::try_from(minute - first.minute).ok().and_then(|at| latency.get_mut(at)) {
                *slot = durations(&sketch);
            }
        }
        Ok(latency)
    }

    /// Critical findings and warnings across traces.
    async fn races_of_service(&self, filter: &RaceFilter) -> (u64, u64) {
        // The page is worth having without them; the failure is in the log.
        let Ok(races) = self.global_races(filter).await else { return (0, 0) };
        let count = |severity| races.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        (count(Severity::Critical), count(Severity::Warning))
    }
}

/// Most calls first.
fn calls(mut calls: Vec<ServiceCalls>, ends: impl Fn(String) -> (String, String)) -> Vec<HotCall> {
    calls.sort_by(|a, b| b.total_calls.cmp(&a.total_calls).then_with(|| a.to.cmp(&b.to)));
    calls.truncate(CALLS_LISTED);
    calls
        .into_iter()
        .map(|call| {
            let (from, to) = ends(call.to);
            HotCall { from, to, calls: call.total_calls, traces: call.trace_count }
        })
        .collect()
}
