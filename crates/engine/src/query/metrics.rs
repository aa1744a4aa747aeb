//! Figures of many traces, from roll-ups.

use std::sync::Arc;

use model::TraceId;
use model::analysis::{Durations, Hotspots, Latency, PerformanceFigures, SlowRow};
use store::cache::Freshness;

use super::hour::durations;
use crate::error::QueryError;
use crate::handle::Engine;
use crate::ingest::now;
use crate::query::Aged;

/// Rows of a list of hotspots.
const HOTTEST: u32 = 10;
/// Slow events of one trace in one answer.
const SLOW_EVENTS: u32 = 200;
/// Rows of each list of figures, whatever was asked for.
pub const MAX_FIGURES: usize = 500;

/// Figures with those that only the metrics route shows.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub figures: PerformanceFigures,
    /// Measured durations of the last hour, and those of each kind of event, the most frequent first.
    pub measured: Durations,
    pub kinds: Vec<(model::Kind, Durations)>,
}

impl Engine {
    /// The ten most used variables and most frequent calls; up to 30 s old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hotspots(&self, freshness: Freshness) -> Result<Aged<Hotspots>, QueryError> {
        let engine = self.clone();
        let compute = move || async move { Ok(Arc::new(engine.make_hotspots().await?)) };
        let made = self.shared.caches.hotspots.get((), freshness, compute).await?;
        Ok(Aged { as_of: made.value.as_of, age: made.at.elapsed(), value: (*made.value).clone() })
    }

    pub(super) async fn make_hotspots(&self) -> Result<Hotspots, QueryError> {
        let (variables, calls, as_of) = self.shared.store.hotspots(HOTTEST).await?;
        Ok(Hotspots { variables, calls, as_of, at: now() })
    }

    /// At most `limit` traces, operations and services each; up to 60 s old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn performance(
        &self,
        limit: usize,
        freshness: Freshness,
    ) -> Result<Aged<PerformanceFigures>, QueryError> {
        let Aged { value, as_of, age } = self.metrics(limit, freshness).await?;
        Ok(Aged { value: value.figures, as_of, age })
    }

    /// [`Engine::performance`], and what was measured by kind of event.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn metrics(&self, limit: usize, freshness: Freshness) -> Result<Aged<Metrics>, QueryError> {
        let engine = self.clone();
        let compute = move || async move { Ok(Arc::new(engine.make_metrics().await?)) };
        // One slot with the longest lists serves every limit.
        let made = self.shared.caches.metrics.get((), freshness, compute).await?;
        let mut value = (*made.value).clone();
        value.figures.latency.slowest.truncate(limit);
        value.figures.operations.truncate(limit);
        value.figures.services.truncate(limit);
        Ok(Aged { as_of: value.figures.as_of, age: made.at.elapsed(), value })
    }

    async fn make_metrics(&self) -> Result<Metrics, QueryError> {
        let hour = self.hour(Freshness::Bypass).await?;
        let latency = Latency {
            all: durations(&self.shared.store.trace_latency().await?),
            slowest: self.shared.store.slowest_traces(MAX_FIGURES as u32).await?,
        };
        let events: u64 = hour.minutes.iter().map(|minute| minute.events).sum();
        let a_second = |count: u64| if hour.seconds > 0.0 { count as f64 / hour.seconds } else { 0.0 };
        let mut services = hour.services.clone();
        services.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
        services.truncate(MAX_FIGURES);
        Ok(Metrics {
            measured: hour.measured,
            kinds: hour.kinds.clone(),
            figures: PerformanceFigures {
                latency,
                operations: hour.operations.iter().take(MAX_FIGURES).cloned().collect(),
                services,
                events_per_second: a_second(events),
                traces_per_second: a_second(hour.traces),
                seconds: hour.seconds,
                as_of: hour.as_of,
                at: hour.at,
            },
        })
    }

    /// Events of a trace that were slow for their operations, the highest score first; at most 200. None of a
    /// trace that does not exist.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn slow_events(&self, trace: TraceId) -> Result<Vec<SlowRow>, QueryError> {
        Ok(self.shared.store.slow_events(trace, SLOW_EVENTS).await?)
    }
}
