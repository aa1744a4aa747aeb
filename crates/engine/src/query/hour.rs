//! The last hour in figures: what the dashboard, the pages of services and the metrics are cut from.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::baselines::Sketch;
use hashbrown::HashMap;
use model::analysis::{Durations, OperationFigures, ServiceFigures};
use model::list::MinuteCount;
use model::{Head, Nanos};
use store::OperationStatistics;
use store::cache::{Freshness, Made};

use super::health::{Signs, health};
use crate::error::QueryError;
use crate::handle::Engine;
use crate::ingest::now;

pub(super) const MINUTES_AN_HOUR: i64 = 60;
const NANOS_A_MINUTE: i64 = 60_000_000_000;
/// Rest between two looks at the store, in times what one took.
const REST_FOR_COST: u32 = 20;
/// What an operation is called that is not kept apart from the others of its service.
const REST: &str = "(other operations)";

/// Everything measured in the last sixty minutes.
#[derive(Debug)]
pub(crate) struct Hour {
    /// By name.
    pub services: Vec<ServiceFigures>,
    /// Most time in all first.
    pub operations: Vec<OperationFigures>,
    /// Oldest first, none left out.
    pub minutes: Vec<MinuteCount>,
    /// Events and errors a minute by service, as `minutes`.
    pub rates: HashMap<String, Vec<MinuteCount>>,
    /// What health rests on, but for the quiet.
    signs: HashMap<String, Signs>,
    /// By kind: durations of all its operations.
    pub kinds: Vec<(model::Kind, Durations)>,
    pub measured: Durations,
    /// Traces that began.
    pub traces: u64,
    /// Since the first minute in which anything came; none when nothing did.
    pub seconds: f64,
    pub as_of: Head,
    pub at: Nanos,
    /// What making it took.
    cost: Duration,
}

/// Figures of a sketch: all within 1 %.
pub(crate) fn durations(sketch: &Sketch) -> Durations {
    let quantile = |q| sketch.quantile(q).map_or(0, |nanos| nanos.round() as u64);
    Durations {
        count: sketch.count(),
        mean: sketch.mean().unwrap_or_default(),
        p50: quantile(0.5),
        p95: quantile(0.95),
        p99: quantile(0.99),
    }
}

/// The minute of a moment, since 1970.
pub(super) const fn minute_of(at: Nanos) -> i64 {
    at.0.div_euclid(NANOS_A_MINUTE)
}

impl Hour {
    /// How a service does at a moment, and why.
    pub(super) fn health(&self, service: &str, last_activity: Nanos, now: Nanos) -> (&'static str, String) {
        let of_service = self.signs.get(service).copied().unwrap_or_default();
        let quiet_minutes = now.since(last_activity) / NANOS_A_MINUTE as u64;
        health(Signs { quiet_minutes, ..of_service })
    }
}

impl Engine {
    /// Made anew after a commit, but not so often that it takes more than a twentieth of the time; at most 5 s old.
    pub(super) async fn hour(&self, freshness: Freshness) -> Result<Arc<Hour>, QueryError> {
        let kept = self.hour_from_cache(freshness).await?;
        let is_new = kept.value.as_of == self.head() && minute_of(kept.value.at) == minute_of(now());
        if is_new || kept.at.elapsed() < kept.value.cost * REST_FOR_COST {
            return Ok(kept.value);
        }
        Ok(self.hour_from_cache(Freshness::Bypass).await?.value)
    }

    async fn hour_from_cache(&self, freshness: Freshness) -> Result<Made<Arc<Hour>>, QueryError> {
        let engine = self.clone();
        let compute = move || async move { Ok(Arc::new(engine.make_hour().await?)) };
        self.shared.caches.hours.get((), freshness, compute).await
    }

    async fn make_hour(&self) -> Result<Hour, QueryError> {
        let began = Instant::now();
        let at = now();
        let as_of = self.head();
        let last = minute_of(at);
        let first = last - MINUTES_AN_HOUR + 1;
        let store = &self.shared.store;
        let statistics = store.operation_statistics(first, last).await?;
        let service_minutes = store.service_minutes(first, last).await?;
        let traces = store.trace_minutes(first, last).await?.iter().map(|&(_, traces)| traces).sum();

        let empty: Vec<MinuteCount> =
            (first..=last).map(|minute| MinuteCount { minute, events: 0, errors: 0 }).collect();
        let mut minutes = empty.clone();
        let mut rates: HashMap<String, Vec<MinuteCount>> = HashMap::new();
        for counted in &service_minutes {
            let Ok(index) = usize::try_from(counted.minute - first) else { continue };
            let rate = rates.entry_ref(counted.service.as_str()).or_insert_with(|| empty.clone());
            for slot in [minutes.get_mut(index), rate.get_mut(index)].into_iter().flatten() {
                slot.events += counted.events;
                slot.errors += counted.errors;
            }
        }
        let first_minute = service_minutes.first().map(|counted| counted.minute);
        let seconds = first_minute.map_or(0.0, |minute| at.since(Nanos(minute * NANOS_A_MINUTE)) as f64 / 1e9);

        let mut signs: HashMap<String, Signs> = HashMap::new();
        for (service, rate) in &rates {
            let of_service = signs.entry_ref(service.as_str()).or_default();
            of_service.events = rate.iter().map(|minute| minute.events).sum();
            of_service.errors = rate.iter().map(|minute| minute.errors).sum();
        }
        let mut of_services: HashMap<&str, Sketch> = HashMap::new();
        let mut of_kinds: HashMap<model::Kind, Sketch> = HashMap::new();
        let mut all = Sketch::default();
        for one in &statistics {
            of_services.entry(one.service.as_str()).or_default().merge(&one.sketch);
            of_kinds.entry(one.kind).or_default().merge(&one.sketch);
            all.merge(&one.sketch);
            let of_service = signs.entry_ref(one.service.as_str()).or_default();
            of_service.calls += one.sketch.count();
            of_service.failed += one.errors;
        }
        let services = self
            .service_rows(as_of, Freshness::Cached)
            .await?
            .iter()
            .map(|row| ServiceFigures {
                name: row.name.clone(),
                events: row.event_count,
                errors: row.error_count,
                traces: row.trace_count,
                latency: of_services.get(row.name.as_str()).map(durations).unwrap_or_default(),
                rate: rate_of(rates.get(&row.name)),
                last_activity: row.last_activity,
                health: String::new(),
            })
            .collect();
        let mut kinds: Vec<_> = of_kinds.iter().map(|(&kind, sketch)| (kind, durations(sketch))).collect();
        kinds.sort_by_key(|(kind, measured)| (Reverse(measured.count), *kind));
        let mut hour = Hour {
            services,
            signs,
            operations: operations(&statistics),
            minutes,
            rates,
            kinds,
            measured: durations(&all),
            traces,
            seconds,
            as_of,
            at,
            cost: Duration::ZERO,
        };
        let told = |service: &ServiceFigures| hour.health(&service.name, service.last_activity, at).0;
        let healths: Vec<&str> = hour.services.iter().map(told).collect();
        for (service, health) in hour.services.iter_mut().zip(healths) {
            service.health = health.to_owned();
        }
        hour.cost = began.elapsed();
        Ok(hour)
    }
}

fn rate_of(minutes: Option<&Vec<MinuteCount>>) -> Vec<u32> {
    match minutes {
        Some(minutes) => minutes.iter().map(|minute| u32::try_from(minute.events).unwrap_or(u32::MAX)).collect(),
        None => vec![0; MINUTES_AN_HOUR as usize],
    }
}

fn operations(statistics: &[OperationStatistics]) -> Vec<OperationFigures> {
    let mut operations: Vec<OperationFigures> = statistics
        .iter()
        .map(|one| OperationFigures {
            service: one.service.clone(),
            operation: if one.operation.is_empty() { REST.to_owned() } else { one.operation.clone() },
            kind: one.kind,
            errors: one.errors,
            latency: durations(&one.sketch),
        })
        .collect();
    let time = |one: &OperationFigures| one.latency.mean * one.latency.count as f64;
    let name = |one: &OperationFigures| (one.service.clone(), one.operation.clone());
    operations.sort_by(|a, b| time(b).total_cmp(&time(a)).then_with(|| name(a).cmp(&name(b))));
    operations
}
