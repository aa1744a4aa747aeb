//! One trace: summary, overview, windows, events.

use std::sync::Arc;

use model::list::TraceSummary;
use model::table::EventTable;
use model::trace::{EventDetail, TraceOverview};
use model::window::{self, Window, WindowQuery};
use model::wire::{ServiceEvents, TraceCall, TraceDependencies};
use model::{EventId, Seq, TraceId};
use store::TraceReader;
use store::cache::Freshness;

use crate::error::QueryError;
use crate::handle::Engine;
use crate::view::{self, Filter, Located, TraceView};

/// Bytes of payload after which an answer with whole events takes no further block.
const PAYLOAD_AN_ANSWER: usize = 64 << 20;

/// The events of a trace with payloads, in list order.
#[derive(Debug)]
pub struct TraceEvents {
    pub table: EventTable,
    pub events_total: u64,
    /// Whether `table` has fewer than all.
    pub truncated: bool,
    pub version: Seq,
}

impl Engine {
    /// # Errors
    /// [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn trace_summary(&self, trace: TraceId) -> Result<TraceSummary, QueryError> {
        self.shared.store.trace_summary(trace).await?.ok_or(QueryError::TraceNotFound(trace))
    }

    /// Version of a trace, for conditional requests; one indexed read.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn trace_version(&self, trace: TraceId) -> Result<Seq, QueryError> {
        self.shared.store.trace_version(trace).await?.ok_or(QueryError::TraceNotFound(trace))
    }

    /// What the trace is made of.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn trace_overview(&self, trace: TraceId) -> Result<TraceOverview, QueryError> {
        let summary = self.trace_summary(trace).await?;
        let engine = self.clone();
        let key = (trace, summary.version);
        let compute = move || async move {
            let view = engine.view(trace).await?;
            let overview = blocking(move || view.overview(summary)).await?;
            Ok(Arc::new(overview))
        };
        Ok((*self.shared.caches.overviews.get(key, Freshness::Cached, compute).await?.value).clone())
    }

    /// A slice of the (filtered) event list.
    ///
    /// # Errors
    /// [`QueryError::Stale`] when the query is pinned to another version; [`QueryError::TraceNotFound`].
    pub async fn window(&self, trace: TraceId, query: &WindowQuery) -> Result<Window, QueryError> {
        let view = self.view(trace).await?;
        if query.version.is_some_and(|pinned| pinned != view.version) {
            return Err(QueryError::Stale(view.version));
        }
        let count = query.count.min(window::MAX_ROWS);
        let filter = Filter::parse(&query.filter);
        if filter.is_empty() {
            return Ok(view.window(None, query.offset, count));
        }
        let key = (trace, view.version, query.filter.clone());
        let searched = Arc::clone(&view);
        let compute = move || async move { blocking(move || filter.rows(&searched).into()).await };
        let rows = self.shared.caches.filtered.get(key, Freshness::Cached, compute).await?.value;
        Ok(view.window(Some(&rows), query.offset, count))
    }

    /// One event with its payload.
    ///
    /// # Errors
    /// [`QueryError::EventNotFound`], [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn event(&self, trace: TraceId, event: EventId) -> Result<EventDetail, QueryError> {
        let view = self.view(trace).await?;
        let row = view.find(event).ok_or(QueryError::EventNotFound(event))?;
        let reader = self.reader(trace).await?;
        let table = read_event(reader, event, view.starts[row]).await?;
        let located = Located { table, row };
        blocking(move || view::detail(&view, &located)).await?.ok_or(QueryError::EventNotFound(event))
    }

    /// The first `limit` events with payloads, or fewer when those are large: after 64 MiB no further
    /// block is read.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn trace_events(&self, trace: TraceId, limit: usize) -> Result<TraceEvents, QueryError> {
        let mut reader = self.reader(trace).await?;
        let (version, events_total) = (reader.version, reader.events);
        // Of a larger trace only the blocks that can hold the first events are read.
        let latest_start = if events_total > limit as u64 {
            let view = self.view(trace).await?;
            view.starts.get(limit.saturating_sub(1)).copied().unwrap_or(i64::MAX)
        } else {
            i64::MAX
        };
        let mut parts = reader.parts.clone();
        parts.retain(|part| part.min_start.0 <= latest_start);
        parts.sort_by_key(|part| part.min_start);
        let mut table = EventTable::default();
        // Events that start before this are all in the table.
        let mut complete_until = i64::MAX;
        for part in parts {
            if table.payload.len() > PAYLOAD_AN_ANSWER {
                complete_until = part.min_start.0;
                break;
            }
            let bytes = reader.fetch(part, true).await?;
            table = blocking(move || bytes.decode_into(&mut table).map(|()| table)).await??;
        }
        drop(reader);
        let table = blocking(move || {
            table.rows.sort_by_key(|row| (row.start, row.seq));
            if complete_until < i64::MAX {
                table.rows.retain(|row| row.start.0 < complete_until);
            }
            table.rows.truncate(limit);
            table
        })
        .await?;
        let truncated = (table.rows.len() as u64) < events_total;
        Ok(TraceEvents { table, events_total, truncated, version })
    }

    /// Services of the trace and the calls between them.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn trace_dependencies(&self, trace: TraceId) -> Result<TraceDependencies, QueryError> {
        let found = self.shared.store.calls_of_trace(trace).await?;
        let (services, calls) = found.ok_or(QueryError::TraceNotFound(trace))?;
        Ok(TraceDependencies {
            trace_id: trace.to_string(),
            services: services.into_iter().map(|(name, event_count)| ServiceEvents { name, event_count }).collect(),
            dependencies: calls
                .into_iter()
                .map(|call| TraceCall { from: call.from, to: call.to, call_count: call.calls })
                .collect(),
        })
    }

    /// The newest view of a trace; built once however many ask for it.
    async fn view(&self, trace: TraceId) -> Result<Arc<TraceView>, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move {
            let reader = engine.reader(trace).await?;
            let older = engine.shared.caches.newest_view(trace).filter(|older| older.version <= reader.version);
            let outgrown = older.as_ref().map(|older| (trace, older.version));
            let view = Arc::new(view::build(reader, older).await?);
            if let Some(key) = outgrown.filter(|key| *key != (trace, view.version)) {
                engine.shared.caches.views.forget(&key).await;
            }
            engine.shared.caches.remember_view(trace, &view);
            Ok(view)
        };
        Ok(self.shared.caches.views.get((trace, version), Freshness::Cached, compute).await?.value)
    }

    pub(crate) async fn reader(&self, trace: TraceId) -> Result<TraceReader, QueryError> {
        self.shared.store.read_trace(trace).await?.ok_or(QueryError::TraceNotFound(trace))
    }
}

/// A table of one row, or of none when a compaction of a deleted trace came between.
async fn read_event(mut reader: TraceReader, event: EventId, start: i64) -> Result<EventTable, QueryError> {
    let mut table = EventTable::default();
    let around = |part: &store::TracePart| part.min_start.0 <= start && start <= part.max_end.0;
    for part in reader.parts.clone().into_iter().filter(around) {
        if reader.fetch_ids(part).await?.find(event)?.is_none() {
            continue;
        }
        let bytes = reader.fetch(part, true).await?;
        if let Some(row) = bytes.find(event)? {
            bytes.decode_rows_into(row..row + 1, &mut table)?;
            break;
        }
    }
    Ok(table)
}

/// Work that may take long runs beside the async workers.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, QueryError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(QueryError::Store),
        },
    }
}
