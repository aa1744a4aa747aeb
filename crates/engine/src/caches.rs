//! Every cache of the engine. Keys hold the version of the data, so nothing stale can be found; what
//! may be older by contract has a time to live instead.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use lru::LruCache;
use model::analysis::{AuditTrail, GlobalRaces, Hotspots, RaceFilter, Thoroughness, TracePerformance, TraceVariables};
use model::list::{Dashboard, ServiceRow, TraceFilter};
use model::trace::TraceOverview;
use model::wire::{AuditTrails, GlobalRaceList, ServiceHealth};
use model::{EventId, Head, Nanos, Seq, TraceId};
use store::ListOrder;
use store::cache::{Bounds, Cache, CacheFigures};

use crate::analyse::{Analysable, TraceAnswer};
use crate::config::EngineConfig;
use crate::error::QueryError;
use crate::query::hour::Hour;
use crate::query::metrics::Metrics;
use crate::query::races::SideValues;
use crate::view::TraceView;

/// Traces whose newest view is remembered, so that late events can be merged into it.
const GROWING: NonZeroUsize = NonZeroUsize::new(1_024).expect("not zero");

/// Audit trails of whole traces that are kept: their values may be large.
const CONTRACT_TRAILS_BYTES: u64 = 32 << 20;

/// Which accesses of which variable: the first one listed.
type TrailKey = (TraceId, Seq, Option<u32>, u64);

type Versioned<V> = Cache<(TraceId, Seq), V, QueryError>;

/// Which list, at which version of the store.
pub(crate) type ListKey = (Head, TraceFilter, ListPosition, u32);

/// [`ListOrder`] as a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ListPosition {
    Cursor(String),
    Skip(u64),
}

pub(crate) struct Caches {
    pub views: Versioned<Arc<TraceView>>,
    pub overviews: Versioned<Arc<TraceOverview>>,
    /// Traces ready to be analysed.
    pub analysables: Versioned<Arc<Analysable>>,
    pub findings: Cache<(TraceId, Seq, Thoroughness), Arc<TraceAnswer>, QueryError>,
    /// Without calls and other traces.
    pub performances: Versioned<Arc<TracePerformance>>,
    /// Durations of the newest traces of a service's root operation; 30 s.
    pub root_durations: Cache<(String, String), Arc<[u64]>, QueryError>,
    pub variables: Versioned<Arc<TraceVariables>>,
    /// By variable and first access; without other traces.
    pub trails: Cache<TrailKey, Arc<AuditTrail>, QueryError>,
    /// Beside the events of whole traces.
    pub contract_trails: Versioned<Arc<AuditTrails>>,
    /// Rows that match a filter.
    pub filtered: Cache<(TraceId, Seq, String), Arc<[u32]>, QueryError>,
    /// By version, minute, when its figures were made, and the number of the findings' snapshot.
    pub dashboards: Cache<(Head, i64, Nanos, u64), Arc<Dashboard>, QueryError>,
    pub lists: Cache<ListKey, Arc<store::ListPage>, QueryError>,
    pub services: Cache<Head, Arc<Vec<ServiceRow>>, QueryError>,
    /// By window in minutes; 30 s.
    pub health: Cache<u64, Arc<(Vec<ServiceHealth>, Head)>, QueryError>,
    /// The last hour in figures; 5 s.
    pub hours: Cache<(), Arc<Hour>, QueryError>,
    /// 60 s.
    pub metrics: Cache<(), Arc<Metrics>, QueryError>,
    /// 30 s.
    pub hotspots: Cache<(), Arc<Hotspots>, QueryError>,
    /// By the number of the snapshot, filter and limit.
    pub races: Cache<(u64, RaceFilter, usize), Arc<GlobalRaces>, QueryError>,
    /// The contract's list of variables with races, by the number of the snapshot.
    pub racing_variables: Cache<u64, Arc<GlobalRaceList>, QueryError>,
    /// What an access of a finding across traces saw and wrote: events never change.
    pub side_values: Cache<(TraceId, EventId), Arc<SideValues>, QueryError>,
    newest_views: Mutex<LruCache<TraceId, Weak<TraceView>>>,
}

impl Caches {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let on = config.cache;
        // Views are kept even when answers are not: a window is a slice of one.
        let views = Bounds {
            capacity: config.view_bytes,
            weigh: |view: &Arc<TraceView>| u32::try_from(view.bytes()).unwrap_or(u32::MAX),
            time_to_live: Some(Duration::from_secs(600)),
            enabled: true,
        };
        let filtered = Bounds {
            capacity: config.view_bytes / 8,
            weigh: |rows: &Arc<[u32]>| u32::try_from(rows.len() * 4 + 64).unwrap_or(u32::MAX),
            time_to_live: Some(Duration::from_secs(600)),
            enabled: true,
        };
        let contract_trails = Bounds {
            capacity: CONTRACT_TRAILS_BYTES,
            weigh: |trails: &Arc<AuditTrails>| u32::try_from(trails.bytes()).unwrap_or(u32::MAX),
            time_to_live: Some(Duration::from_secs(600)),
            enabled: on,
        };
        let analysables = Bounds {
            capacity: config.analysis_bytes,
            weigh: |trace: &Arc<Analysable>| u32::try_from(trace.bytes()).unwrap_or(u32::MAX),
            time_to_live: Some(Duration::from_secs(600)),
            enabled: true,
        };
        let findings = Bounds {
            capacity: config.analysis_bytes / 4,
            weigh: |answer: &Arc<TraceAnswer>| u32::try_from(answer.bytes()).unwrap_or(u32::MAX),
            time_to_live: Some(Duration::from_secs(3_600)),
            enabled: on,
        };
        Self {
            findings: Cache::new("findings of traces (bytes)", findings),
            analysables: Cache::new("analysed traces (bytes)", analysables),
            views: Cache::new("trace views (bytes)", views),
            overviews: Cache::new("trace overviews", Bounds::entries(500, on)),
            performances: Cache::new("critical paths", Bounds::entries(50, on)),
            root_durations: Cache::new(
                "durations by root operation",
                Bounds::entries(50, on).living(Duration::from_secs(30)),
            ),
            variables: Cache::new("variables of traces", Bounds::entries(100, on)),
            trails: Cache::new("audit trails", Bounds::entries(100, on)),
            contract_trails: Cache::new("audit trails of whole traces (bytes)", contract_trails),
            filtered: Cache::new("filters inside traces (bytes)", filtered),
            dashboards: Cache::new("dashboards", Bounds::entries(4, on)),
            lists: Cache::new("trace lists", Bounds::entries(500, on)),
            services: Cache::new("services", Bounds::entries(4, on)),
            health: Cache::new("service health", Bounds::entries(50, on).living(Duration::from_secs(30))),
            hours: Cache::new("figures of the last hour", Bounds::entries(1, on).living(Duration::from_secs(5))),
            metrics: Cache::new("performance metrics", Bounds::entries(1, on).living(Duration::from_secs(60))),
            hotspots: Cache::new("hotspots", Bounds::entries(1, on).living(Duration::from_secs(30))),
            races: Cache::new("findings of the store", Bounds::entries(50, on)),
            racing_variables: Cache::new("variables with races", Bounds::entries(2, on)),
            side_values: Cache::new("values of accesses", Bounds::entries(4_096, on)),
            newest_views: Mutex::new(LruCache::new(GROWING)),
        }
    }

    /// The newest view of a trace that is still in memory.
    pub(crate) fn newest_view(&self, trace: TraceId) -> Option<Arc<TraceView>> {
        self.newest_views.lock().unwrap_or_else(PoisonError::into_inner).get(&trace)?.upgrade()
    }

    pub(crate) fn remember_view(&self, trace: TraceId, view: &Arc<TraceView>) {
        self.newest_views.lock().unwrap_or_else(PoisonError::into_inner).put(trace, Arc::downgrade(view));
    }

    pub(crate) fn figures(&self) -> Vec<CacheFigures> {
        vec![
            self.views.figures(),
            self.overviews.figures(),
            self.analysables.figures(),
            self.findings.figures(),
            self.performances.figures(),
            self.root_durations.figures(),
            self.variables.figures(),
            self.trails.figures(),
            self.contract_trails.figures(),
            self.filtered.figures(),
            self.dashboards.figures(),
            self.lists.figures(),
            self.services.figures(),
            self.health.figures(),
            self.hours.figures(),
            self.metrics.figures(),
            self.hotspots.figures(),
            self.races.figures(),
            self.racing_variables.figures(),
            self.side_values.figures(),
        ]
    }
}

impl From<&ListOrder> for ListPosition {
    fn from(order: &ListOrder) -> Self {
        match order {
            ListOrder::NewestIngest { cursor } => {
                Self::Cursor(cursor.map(|cursor| cursor.to_string()).unwrap_or_default())
            }
            ListOrder::NewestEnd { skip } => Self::Skip(*skip),
        }
    }
}
