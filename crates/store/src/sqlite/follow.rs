//! Following the log: which traces changed since, and many small traces read at once.
//!
//! Blocks say what is new, so that commits need no further index; a compaction may put older events into a
//! newer block, hence the trace's own version decides. Many traces share a block: each is read and decoded once.

use hashbrown::HashMap;
use model::table::EventTable;
use model::{Head, Seq, TraceId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::names::json;
use crate::StoreError;
use crate::block::{self, BlockRef, Sections};

/// A place in the log: after this trace of this commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub seq: Seq,
    key: i64,
}

impl Mark {
    /// After everything up to a commit.
    pub const fn after(seq: Seq) -> Self {
        Self { seq, key: i64::MAX }
    }
}

/// A trace to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    pub trace: TraceId,
    pub version: Seq,
    pub events: u64,
    key: i64,
}

impl Changed {
    pub const fn mark(&self) -> Mark {
        Mark { seq: self.version, key: self.key }
    }

    /// Older traces than this one have smaller ones.
    pub const fn key(&self) -> i64 {
        self.key
    }
}

/// The stored blocks that hold some traces.
#[derive(Debug, Default)]
pub struct ManyTraces {
    blocks: Vec<StoredBlock>,
}

#[derive(Debug)]
struct StoredBlock {
    id: i64,
    /// Rows of the traces asked for: first, and how many.
    parts: Vec<(u32, u32)>,
    ids: Vec<u8>,
    columns: Vec<u8>,
    payload: Vec<u8>,
}

impl Store {
    /// Traces that changed after `mark`, in the order of their versions, at most `limit`; and the head of the snapshot
    /// they were read in. Fewer than `limit` are all of them. O(blocks + parts of blocks with newer events).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changed_since(&self, mark: Mark, limit: u32) -> Result<(Vec<Changed>, Head), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let head: (i64, i64) = sqlx::query_as("SELECT epoch, seq FROM log_head").fetch_one(&mut *transaction).await?;
        let rows = sqlx::query(include_str!("sql/trace/changed.sql"))
            .bind(mark.seq.0 as i64)
            .bind(mark.key)
            .bind(limit)
            .fetch_all(&mut *transaction)
            .await?;
        let head = Head { epoch: head.0 as u64, seq: Seq(head.1 as u64) };
        Ok((rows.iter().map(changed).collect::<Result<_, _>>()?, head))
    }

    /// Traces first seen before the one with `key`, the newest first, at most `limit`. O(limit).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn older_traces(&self, key: i64, limit: u32) -> Result<Vec<Changed>, StoreError> {
        let rows =
            sqlx::query("SELECT key, trace_id, version, events FROM trace WHERE key < ? ORDER BY key DESC LIMIT ?")
                .bind(key)
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(changed).collect()
    }

    /// Some traces as they are now; those that are gone are left out. O(traces).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn as_they_are(&self, traces: &[TraceId]) -> Result<Vec<Changed>, StoreError> {
        let wanted: Vec<String> = traces.iter().map(|trace| trace.to_hex()).collect();
        let rows = sqlx::query(
            "SELECT key, trace_id, version, events FROM trace WHERE trace_id IN (SELECT unhex(value) FROM json_each(?))",
        )
        .bind(json(&wanted))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(changed).collect()
    }

    /// The blocks of some traces, in one snapshot. Traces that are gone are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_traces(&self, traces: &[Changed]) -> Result<ManyTraces, StoreError> {
        let keys: Vec<i64> = traces.iter().map(Changed::key).collect();
        let mut transaction = self.pool.begin().await?;
        let parts: Vec<(i64, u32, u32)> = sqlx::query_as(
            "SELECT block, first, count FROM trace_block WHERE trace IN (SELECT value FROM json_each(?)) \
             ORDER BY block, first",
        )
        .bind(json(&keys))
        .fetch_all(&mut *transaction)
        .await?;
        let mut blocks = Vec::new();
        for parts in parts.chunk_by(|one, other| one.0 == other.0) {
            let id = parts[0].0;
            let row = sqlx::query("SELECT ids, columns, payload FROM block WHERE id = ?")
                .bind(id)
                .fetch_one(&mut *transaction)
                .await?;
            blocks.push(StoredBlock {
                id,
                parts: parts.iter().map(|&(_, first, count)| (first, count)).collect(),
                ids: row.try_get(0)?,
                columns: row.try_get(1)?,
                payload: row.try_get(2)?,
            });
        }
        Ok(ManyTraces { blocks })
    }
}

impl ManyTraces {
    /// All rows with payloads in one table, and which rows of it are those of each trace, in the order of their
    /// commits. Between the rows asked for there are others. `None` when payloads pass `most_payload` bytes.
    ///
    /// # Errors
    /// When a block is damaged.
    pub fn decode(&self, most_payload: usize) -> Result<Option<DecodedTraces>, StoreError> {
        let mut table = EventTable::default();
        let mut rows: HashMap<TraceId, Vec<u32>> = HashMap::new();
        for stored in &self.blocks {
            let (Some(&(begin, _)), Some(&(last, count))) = (stored.parts.first(), stored.parts.last()) else {
                continue;
            };
            let first_row = table.rows.len() as u32;
            let block = BlockRef { ids: &stored.ids, columns: &stored.columns, payload: &stored.payload };
            block::decode_into(&mut table, block, begin..last + count, Sections::All)
                .map_err(|source| StoreError::Block { block: stored.id, source })?;
            if table.payload.len() > most_payload {
                return Ok(None);
            }
            for &(first, count) in &stored.parts {
                let part = first_row + (first - begin)..first_row + (first - begin) + count;
                if let Some(row) = table.rows.get(part.start as usize) {
                    rows.entry(row.trace).or_default().extend(part);
                }
            }
        }
        Ok(Some(DecodedTraces { table, rows }))
    }
}

/// See [`ManyTraces::decode`].
#[derive(Debug, Default)]
pub struct DecodedTraces {
    pub table: EventTable,
    pub rows: HashMap<TraceId, Vec<u32>>,
}

fn changed(row: &SqliteRow) -> Result<Changed, StoreError> {
    let id: &[u8] = row.try_get(1)?;
    let trace = id.try_into().ok().and_then(TraceId::from_bytes).ok_or(StoreError::Corrupt("a trace id"))?;
    Ok(Changed {
        trace,
        version: Seq(row.try_get::<i64, _>(2)? as u64),
        events: row.try_get::<i64, _>(3)? as u64,
        key: row.try_get(0)?,
    })
}
