//! The first page, in one answer; and how the server is doing.

use std::cmp::Reverse;
use std::sync::Arc;

use model::list::{Dashboard, MinuteCount, Status, TraceFilter};
use store::ListOrder;
use store::cache::Freshness;

use super::hour::Hour;
use crate::error::QueryError;
use crate::handle::Engine;
use crate::ingest::now;

const RECENT_TRACES: u32 = 12;
const SERVICES_SHOWN: usize = 50;
const SLOW_OPERATIONS: usize = 10;
const MINUTES_SHOWN: i64 = 60;
/// Of all findings of the store.
const WORST_FINDINGS: usize = 5;
const NANOS_A_MINUTE: i64 = 60_000_000_000;

impl Engine {
    /// How the server is doing. O(services) at most once a commit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn status(&self) -> Result<Status, QueryError> {
        let counters = self.shared.ingest.counters();
        let services = self.service_rows(counters.head, Freshness::Cached).await?.len() as u64;
        let (queue_bytes, queue_limit_bytes) = self.shared.ingest.queue();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: self.shared.began.elapsed().as_secs(),
            events: counters.events,
            traces: counters.traces,
            services,
            disk_bytes: self.shared.store.disk_bytes(),
            queue_bytes,
            queue_limit_bytes,
            head: counters.head,
        })
    }

    /// Recent traces, services, the throughput of the last hour and the status.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn dashboard(&self) -> Result<Dashboard, QueryError> {
        let minute = now().0.div_euclid(NANOS_A_MINUTE);
        let engine = self.clone();
        let hour = self.hour(Freshness::Cached).await?;
        let key = (self.head(), minute, hour.at, self.findings_version());
        let compute = move || async move { Ok(Arc::new(engine.make_dashboard(minute, &hour).await?)) };
        let made = self.shared.caches.dashboards.get(key, Freshness::Cached, compute).await?;
        Ok((*made.value).clone())
    }

    async fn make_dashboard(&self, minute: i64, hour: &Hour) -> Result<Dashboard, QueryError> {
        let status = self.status().await?;
        let (findings, races) = self.worst_findings(&self.shared.global.snapshot(), WORST_FINDINGS).await?;
        let everything = TraceFilter::default();
        let order = ListOrder::NewestIngest { cursor: None };
        let recent = self.shared.store.list_traces(&everything, order, RECENT_TRACES).await?;
        let mut services = self.service_rows(status.head, Freshness::Cached).await?.to_vec();
        let services_total = services.len() as u64;
        services.sort_by_key(|service| Reverse(service.event_count));
        services.truncate(SERVICES_SHOWN);
        let first = minute - MINUTES_SHOWN + 1;
        let mut throughput: Vec<MinuteCount> =
            (first..=minute).map(|minute| MinuteCount { minute, events: 0, errors: 0 }).collect();
        for counted in self.shared.store.minutes(first, minute).await? {
            if let Some(slot) = usize::try_from(counted.minute - first).ok().and_then(|at| throughput.get_mut(at)) {
                *slot = counted;
            }
        }
        let figures = services
            .iter()
            .filter_map(|row| hour.services.iter().find(|figures| figures.name == row.name).cloned())
            .collect();
        Ok(Dashboard {
            status,
            recent: recent.map(|page| page.traces).unwrap_or_default(),
            services,
            services_total,
            figures,
            figures_at: hour.at,
            slow_operations: hour.operations.iter().take(SLOW_OPERATIONS).cloned().collect(),
            hotspots: self.make_hotspots().await?,
            findings,
            races,
            throughput,
            now: now(),
        })
    }
}
