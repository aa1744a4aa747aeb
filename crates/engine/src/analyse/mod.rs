//! The analyses of one trace: on threads of their own, each computed once however many ask, kept by the version
//! of the trace, and stopped when nobody waits any more.

mod analysable;
mod answer;
mod path;
mod peers;
mod pool;
mod progress;
mod trail;
pub(crate) mod words;

use std::sync::Arc;

use hashbrown::HashSet;
use model::{EventId, TraceId};
use store::TracePart;
use store::cache::Freshness;

pub(crate) use analysable::{Analysable, MAX_EVENTS, NotAnalysable, ValuesOf};
pub(crate) use answer::{TraceAnswer, assemble, cut, rows};
pub(crate) use path::performance;
pub(crate) use peers::peers;
pub(crate) use pool::Pool;
pub(crate) use progress::Searches;
pub(crate) use trail::{Marked, MarkedTrail, accesses_by_variable, marked, variables};

use crate::error::QueryError;
use crate::handle::Engine;

/// The threads. What takes long by intent has its own, so that no page waits for it.
pub(crate) struct Pools {
    /// Near-linear work.
    pub linear: Pool,
    /// Exact searches; one at a time.
    pub exact: Pool,
}

impl Pools {
    /// # Errors
    /// When the operating system refuses a thread.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        Ok(Self { linear: Pool::start("analysis", threads)?, exact: Pool::start("exact", 1)? })
    }

    pub fn stop(&self) {
        self.linear.stop();
        self.exact.stop();
    }
}

impl Engine {
    /// The newest version of a trace, ready to be analysed.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], [`QueryError::TooLarge`], [`QueryError::Busy`], or when the store fails.
    pub(crate) async fn analysable(&self, trace: TraceId) -> Result<Arc<Analysable>, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move {
            let mut reader = engine.reader(trace).await?;
            if reader.events > MAX_EVENTS {
                return Err(QueryError::TooLarge(trace));
            }
            let version = reader.version;
            let mut parts = Vec::new();
            for part in reader.parts.clone() {
                parts.push(reader.fetch(part, true).await?);
            }
            // Before the work: a long read keeps the write-ahead log from being emptied.
            drop(reader);
            let read = move |cancel: &analysis::Cancel| Analysable::read(trace, version, parts, cancel);
            let analysable = engine.shared.pools.linear.run(read).await?;
            analysable.map(Arc::new).map_err(|why| why.of(trace))
        };
        Ok(self.shared.caches.analysables.get((trace, version), Freshness::Cached, compute).await?.value)
    }

    /// The values of some rows of an analysable trace. Those of a trace that was deleted meanwhile are missing.
    ///
    /// One pass over the ids of the blocks that can hold them, and over the payload of those that do.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn values_of(&self, trace: &Arc<Analysable>, rows: &[u32]) -> Result<ValuesOf, QueryError> {
        let mut values = ValuesOf::default();
        let accesses: Vec<usize> = (rows.iter().map(|&row| row as usize))
            .filter(|&row| trace.table.rows.get(row).is_some_and(|row| row.kind.is_access()))
            .collect();
        if trace.has_payload || accesses.is_empty() {
            values.add(&trace.table, accesses);
            return Ok(values);
        }
        let mut missing: HashSet<EventId> = accesses.iter().map(|&row| trace.table.rows[row].id).collect();
        let starts: Vec<i64> = accesses.iter().map(|&row| trace.table.rows[row].start.0).collect();
        let around = |part: &TracePart| starts.iter().any(|&at| part.min_start.0 <= at && at <= part.max_end.0);
        let Some(mut reader) = self.shared.store.read_trace(trace.trace).await? else { return Ok(values) };
        for part in reader.parts.clone().into_iter().filter(around) {
            if missing.is_empty() {
                break;
            }
            let ids = reader.fetch_ids(part).await?;
            let wanted = ids.rows_of(&missing)?;
            if wanted.is_empty() {
                continue;
            }
            let bytes = reader.fetch(part, true).await?;
            let decoded = self.shared.pools.linear.run(move |_| {
                let mut table = model::table::EventTable::default();
                for row in wanted {
                    bytes.decode_rows_into(row..row + 1, &mut table)?;
                }
                Ok::<_, store::StoreError>(table)
            });
            let table = decoded.await??;
            for row in &table.rows {
                missing.remove(&row.id);
            }
            values.add(&table, 0..table.rows.len());
        }
        Ok(values)
    }
}
