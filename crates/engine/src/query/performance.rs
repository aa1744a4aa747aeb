//! Where the time of one trace went.

use std::sync::Arc;

use model::Kind;
use model::analysis::{MAX_PEERS, PeerLatency, TraceCallShare, TracePerformance};
use model::list::Root;
use model::wire::{CriticalPath, PathEvent};
use model::{EventId, TraceId};
use store::cache::Freshness;

use crate::analyse;
use crate::error::QueryError;
use crate::handle::Engine;

impl Engine {
    /// The critical path, who called whom, and how the trace's duration compares.
    ///
    /// The path is computed once a version, O(N log N) in its events; other traces are as of half a minute ago at
    /// most.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], [`QueryError::TooLarge`], [`QueryError::Busy`], or when the store fails.
    pub async fn trace_performance(&self, trace: TraceId) -> Result<TracePerformance, QueryError> {
        let mut performance = (*self.performance_alone(trace).await?).clone();
        let (_, calls) = self.shared.store.calls_of_trace(trace).await?.ok_or(QueryError::TraceNotFound(trace))?;
        let calls = calls.into_iter().map(|call| TraceCallShare { from: call.from, to: call.to, calls: call.calls });
        performance.dependencies = calls.collect();
        let summary = self.trace_summary(trace).await?;
        if let Some(root) = &summary.root {
            performance.peers = self.peers(root, summary.duration_nanos()).await?;
        }
        Ok(performance)
    }

    /// The critical path as the contract tells it: an event a line, with its own time on the path.
    ///
    /// # Errors
    /// As [`Self::trace_performance`].
    pub async fn critical_path(&self, trace: TraceId) -> Result<CriticalPath, QueryError> {
        let performance = self.performance_alone(trace).await?;
        Ok(contract(&performance))
    }

    /// Without calls and other traces: what belongs to the version alone.
    async fn performance_alone(&self, trace: TraceId) -> Result<Arc<TracePerformance>, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move {
            let analysable = engine.analysable(trace).await?;
            let found = engine.shared.pools.linear.run(move |cancel| analyse::performance(&analysable, cancel)).await?;
            found.map(Arc::new).map_err(|cancelled| analyse::NotAnalysable::from(cancelled).of(trace))
        };
        Ok(self.shared.caches.performances.get((trace, version), Freshness::Cached, compute).await?.value)
    }

    async fn peers(&self, root: &Root, own: u64) -> Result<Option<PeerLatency>, QueryError> {
        let key = (root.service.clone(), root.operation.clone());
        let engine = self.clone();
        let asked = key.clone();
        let compute = move || async move {
            let durations = engine.shared.store.root_durations(&asked.0, &asked.1, MAX_PEERS).await?;
            Ok(durations.into())
        };
        let durations = self.shared.caches.root_durations.get(key, Freshness::Cached, compute).await?.value;
        Ok(analyse::peers(&root.service, &root.operation, own, durations.to_vec()))
    }
}

fn contract(performance: &TracePerformance) -> CriticalPath {
    let mut path: Vec<PathEvent> = Vec::new();
    let mut listed: hashbrown::HashMap<EventId, usize> = hashbrown::HashMap::new();
    for segment in &performance.path {
        let nanos = segment.end.since(segment.start);
        let at = *listed.entry(segment.event).or_insert_with(|| {
            path.push(PathEvent {
                id: segment.event.to_string(),
                kind: kind(segment.kind, &segment.operation),
                location: if segment.location.is_empty() { "unknown".to_owned() } else { segment.location.clone() },
                timestamp: segment.start.to_offset_text(),
                duration_ms: 0.0,
                operation: segment.operation.clone(),
            });
            path.len() - 1
        });
        path[at].duration_ms += millis(nanos);
    }
    let total = millis(performance.root_end.since(performance.root_start));
    let whole = millis(performance.end.since(performance.start));
    CriticalPath {
        trace_id: performance.trace_id.to_string(),
        path_events: path.len() as u64,
        total_duration_ms: total,
        trace_total_duration_ms: whole,
        // Divided first: a quotient of equals is exactly one, so that no rounding makes more than 100 % of a whole.
        percentage_of_total: if whole > 0.0 { total / whole * 100.0 } else { 0.0 },
        path,
        segments_total: performance.path_total,
        truncated: performance.path_total > performance.path.len() as u64,
    }
}

/// The contract's words for kinds.
fn kind(kind: Kind, operation: &str) -> String {
    match kind {
        Kind::Call => format!("FunctionCall({operation})"),
        Kind::Request => format!("HttpRequest({operation})"),
        Kind::Spawn => "AsyncSpawn".to_owned(),
        Kind::Query => "DatabaseQuery".to_owned(),
        kind if kind.is_access() => format!("StateChange({operation})"),
        _ => "Other".to_owned(),
    }
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}
