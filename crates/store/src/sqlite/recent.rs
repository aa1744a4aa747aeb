//! What the writer remembers of the traces it saw last: their summaries and, for telling duplicates,
//! the ids of their events. Bounded in bytes; what was forgotten is read again from the store.

use hashbrown::{HashMap, HashSet};
use lru::LruCache;
use model::{EventId, Nanos, TraceId};
use sqlx::{Row, SqliteConnection};

use super::names::{NameId, json};
use super::summary::{RootState, TraceState};
use crate::StoreError;
use crate::block;

/// Event ids of a trace in memory.
#[derive(Debug)]
pub(super) enum KnownIds {
    /// All of them.
    All(HashSet<EventId>),
    /// They are in the store only. A second look at the trace loads them.
    Cold { looks: u8 },
}

/// A cold trace with fewer events is loaded at the first look.
const LOAD_AT_ONCE: u64 = 4_096;

pub(super) struct Recent {
    traces: LruCache<TraceId, TraceState>,
    bytes: usize,
    limit: usize,
}

impl Recent {
    pub(super) fn new(limit: usize) -> Self {
        Self { traces: LruCache::unbounded(), bytes: 0, limit }
    }

    pub(super) fn clear(&mut self) {
        self.traces.clear();
        self.bytes = 0;
    }

    pub(super) fn forget(&mut self, trace: TraceId) {
        if let Some(state) = self.traces.pop(&trace) {
            self.bytes -= state.bytes();
        }
    }

    /// Takes a trace out, to be given back with [`Recent::put`] after the commit.
    pub(super) fn take(&mut self, trace: TraceId) -> Option<TraceState> {
        let state = self.traces.pop(&trace)?;
        self.bytes -= state.bytes();
        Some(state)
    }

    pub(super) fn put(&mut self, trace: TraceId, state: TraceState) {
        self.bytes += state.bytes();
        self.traces.put(trace, state);
        while self.bytes > self.limit
            && let Some((_, oldest)) = self.traces.pop_lru()
        {
            self.bytes -= oldest.bytes();
        }
    }
}

/// Summaries of those of `traces` that the store has. One statement.
pub(super) async fn load_states(
    connection: &mut SqliteConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, TraceState>, StoreError> {
    let mut states = HashMap::new();
    if traces.is_empty() {
        return Ok(states);
    }
    let wanted: Vec<String> = traces.iter().map(|trace| trace.to_hex()).collect();
    let rows = sqlx::query(include_str!("sql/trace/known.sql")).bind(json(&wanted)).fetch_all(connection).await?;
    for row in rows {
        let id: &[u8] = row.try_get(1)?;
        let id = id.try_into().ok().and_then(TraceId::from_bytes).ok_or(StoreError::Corrupt("a trace id"))?;
        let root_started: Option<i64> = row.try_get(6)?;
        let root = match root_started {
            Some(started) => Some(RootState {
                start: Nanos(started),
                service: row.try_get::<Option<NameId>, _>(7)?.unwrap_or_default(),
                operation: row.try_get::<Option<NameId>, _>(8)?.unwrap_or_default(),
            }),
            None => None,
        };
        let services: &str = row.try_get(10)?;
        let state = TraceState {
            key: row.try_get(0)?,
            is_new: false,
            events: row.try_get::<i64, _>(2)? as u64,
            errors: row.try_get::<i64, _>(3)? as u64,
            start: Nanos(row.try_get(4)?),
            end: Nanos(row.try_get(5)?),
            received: Nanos(row.try_get(11)?),
            root,
            environment: row.try_get(9)?,
            services: serde_json::from_str(services).map_err(|_| StoreError::Corrupt("a trace's services"))?,
            spans: Vec::new(),
            knows_spans: false,
            ids: KnownIds::Cold { looks: 0 },
        };
        states.insert(id, state);
    }
    Ok(states)
}

/// Which of the `wanted` events are stored already, for cold traces only: small or often seen ones are
/// loaded, of the others the stored ids are run through once and not kept.
pub(super) async fn find_stored(
    connection: &mut SqliteConnection,
    states: &mut HashMap<TraceId, TraceState>,
    wanted: &HashMap<TraceId, HashSet<EventId>>,
) -> Result<HashSet<(TraceId, EventId)>, StoreError> {
    let mut by_key: HashMap<i64, TraceId> = HashMap::new();
    for (&trace, state) in states.iter_mut() {
        let KnownIds::Cold { looks } = &mut state.ids else { continue };
        if !wanted.contains_key(&trace) {
            continue;
        }
        by_key.insert(state.key, trace);
        if *looks > 0 || state.events <= LOAD_AT_ONCE {
            state.ids = KnownIds::All(HashSet::with_capacity(state.events as usize));
        } else {
            *looks += 1;
        }
    }
    let mut stored = HashSet::new();
    if by_key.is_empty() {
        return Ok(stored);
    }
    let keys: Vec<i64> = by_key.keys().copied().collect();
    let parts: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT block, trace, first, count FROM trace_block WHERE trace IN (SELECT value FROM json_each(?)) ORDER BY block",
    )
    .bind(json(&keys))
    .fetch_all(&mut *connection)
    .await?;
    for parts_of_block in parts.chunk_by(|one, other| one.0 == other.0) {
        let block = parts_of_block[0].0;
        let bytes: Vec<u8> =
            sqlx::query_scalar("SELECT ids FROM block WHERE id = ?").bind(block).fetch_one(&mut *connection).await?;
        let ids = block::decode_ids(&bytes).map_err(|source| StoreError::Block { block, source })?;
        for &(_, key, first, count) in parts_of_block {
            let Some(&trace) = by_key.get(&key) else { continue };
            let (Some(state), Some(wanted)) = (states.get_mut(&trace), wanted.get(&trace)) else { continue };
            let range = first as u32..(first + count) as u32;
            match &mut state.ids {
                KnownIds::All(known) => known.extend(ids.iter(range)),
                KnownIds::Cold { .. } => {
                    stored.extend(ids.iter(range).filter(|id| wanted.contains(id)).map(|id| (trace, id)));
                }
            }
        }
    }
    Ok(stored)
}
