//! Figures of many traces, from roll-ups.

use model::TraceId;
use model::analysis::{Hotspots, PerformanceFigures, ServicePage, SlowRow};
use store::cache::Freshness;

use crate::error::QueryError;
use crate::handle::Engine;
use crate::query::Aged;

impl Engine {
    pub async fn hotspots(&self, _freshness: Freshness) -> Result<Aged<Hotspots>, QueryError> {
        Err(QueryError::Store)
    }

    /// At most `limit` traces, operations and services each.
    pub async fn performance(
        &self,
        _limit: usize,
        _freshness: Freshness,
    ) -> Result<Aged<PerformanceFigures>, QueryError> {
        Err(QueryError::Store)
    }

    /// [`None`] when no event of the service is known.
    pub async fn service_page(&self, _name: &str) -> Result<Option<ServicePage>, QueryError> {
        Err(QueryError::Store)
    }

    /// Events of a trace that were slow for their operations, the highest score first; at most 200.
    pub async fn slow_events(&self, _trace: TraceId) -> Result<Vec<SlowRow>, QueryError> {
        Ok(Vec::new())
    }
}
