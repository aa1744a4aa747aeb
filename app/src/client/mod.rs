//! The browser's habits. Every hook compiles on the server and does nothing there: what touches the
//! browser happens in effects and event handlers only.

pub mod browser;
pub mod cache;
pub mod clipboard;
pub mod debounce;
pub mod keyboard;
pub mod listen;
pub mod live;
pub mod local;
mod poll;
pub mod polling;
pub mod row_keys;
pub mod storage;
pub mod windows;

use leptos::prelude::*;
use model::TraceId;
use model::analysis::{
    AuditTrail, Findings, GlobalRaces, PerformanceFigures, RaceFilter, ServicePage, Thoroughness, TracePerformance,
    TraceVariables,
};
use model::list::{Dashboard, TraceFilter, TracePage};
use model::trace::TraceOverview;

use browser::Browser;
use cache::SharedCache;
use keyboard::Keyboard;

/// Answers known to this page, whoever asked.
#[derive(Clone)]
pub struct Caches {
    pub dashboard: SharedCache<(), Dashboard>,
    pub pages: SharedCache<TraceFilter, TracePage>,
    /// By the id in the address, if it is one.
    pub overviews: SharedCache<Option<TraceId>, TraceOverview>,
    pub findings: SharedCache<(Option<TraceId>, Thoroughness), Findings>,
    pub performances: SharedCache<Option<TraceId>, TracePerformance>,
    pub variables: SharedCache<Option<TraceId>, TraceVariables>,
    /// By variable (the first one, if none) and first access.
    pub trails: SharedCache<(Option<TraceId>, Option<u32>, u64), AuditTrail>,
    pub races: SharedCache<RaceFilter, GlobalRaces>,
    pub figures: SharedCache<(), PerformanceFigures>,
    /// By name.
    pub services: SharedCache<String, ServicePage>,
}

/// Provides what every page may use. Call once, at the root.
pub fn provide() {
    Browser::provide();
    Keyboard::provide();
    provide_context(Caches {
        dashboard: SharedCache::new(1),
        pages: SharedCache::new(16),
        overviews: SharedCache::new(32),
        findings: SharedCache::new(16),
        performances: SharedCache::new(16),
        variables: SharedCache::new(16),
        trails: SharedCache::new(16),
        races: SharedCache::new(16),
        figures: SharedCache::new(1),
        services: SharedCache::new(16),
    });
}
