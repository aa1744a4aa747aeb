//! Reading the events of one trace: its few blocks, in one snapshot.

use model::table::EventTable;
use model::{Head, Nanos, Seq, TraceId};
use sqlx::sqlite::Sqlite;
use sqlx::{Row, Transaction};

use super::Store;
use crate::StoreError;
use crate::block::{self, BlockRef, Sections};

/// Where rows of a trace are: `first..first + count` of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TracePart {
    pub block: i64,
    pub first: u32,
    pub count: u32,
    pub min_start: Nanos,
    pub max_end: Nanos,
    /// Newest commit in the block.
    pub seq: Seq,
}

/// A part's sections as they are stored; decoding them is the caller's, on a thread that may be busy.
#[derive(Debug)]
pub struct PartBytes {
    pub part: TracePart,
    ids: Vec<u8>,
    columns: Vec<u8>,
    payload: Vec<u8>,
}

/// Reads one trace in one snapshot.
pub struct TraceReader {
    transaction: Transaction<'static, Sqlite>,
    pub version: Seq,
    pub events: u64,
    pub head: Head,
    /// Oldest block first.
    pub parts: Vec<TracePart>,
}

impl Store {
    /// `None` when there is no such trace. O(blocks of the trace).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_trace(&self, trace: TraceId) -> Result<Option<TraceReader>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let id = trace.to_bytes();
        let found: Option<(i64, i64, i64)> =
            sqlx::query_as("SELECT key, version, events FROM trace WHERE trace_id = ?")
                .bind(&id[..])
                .fetch_optional(&mut *transaction)
                .await?;
        let Some((key, version, events)) = found else { return Ok(None) };
        let (epoch, seq): (i64, i64) =
            sqlx::query_as("SELECT epoch, seq FROM log_head").fetch_one(&mut *transaction).await?;
        let parts = sqlx::query(
            "SELECT part.block, part.first, part.count, part.min_start, part.max_end, block.seq \
             FROM trace_block AS part JOIN block ON block.id = part.block WHERE part.trace = ? ORDER BY part.block",
        )
        .bind(key)
        .fetch_all(&mut *transaction)
        .await?
        .iter()
        .map(|row| {
            Ok(TracePart {
                block: row.try_get(0)?,
                first: row.try_get(1)?,
                count: row.try_get(2)?,
                min_start: Nanos(row.try_get(3)?),
                max_end: Nanos(row.try_get(4)?),
                seq: Seq(row.try_get::<i64, _>(5)? as u64),
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
        Ok(Some(TraceReader {
            transaction,
            version: Seq(version as u64),
            events: events as u64,
            head: Head { epoch: epoch as u64, seq: Seq(seq as u64) },
            parts,
        }))
    }

    /// Version of a trace: the commit that changed it last. O(log traces).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trace_version(&self, trace: TraceId) -> Result<Option<Seq>, StoreError> {
        let id = trace.to_bytes();
        let version: Option<i64> = sqlx::query_scalar("SELECT version FROM trace WHERE trace_id = ?")
            .bind(&id[..])
            .fetch_optional(&self.pool)
            .await?;
        Ok(version.map(|version| Seq(version as u64)))
    }
}

impl TraceReader {
    /// Reads a part's ids and columns, and its payload when `with_payload`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fetch(&mut self, part: TracePart, with_payload: bool) -> Result<PartBytes, StoreError> {
        let row = if with_payload {
            sqlx::query("SELECT ids, columns, payload FROM block WHERE id = ?")
        } else {
            sqlx::query("SELECT ids, columns FROM block WHERE id = ?")
        }
        .bind(part.block)
        .fetch_one(&mut *self.transaction)
        .await?;
        let payload = if with_payload { row.try_get(2)? } else { Vec::new() };
        Ok(PartBytes { part, ids: row.try_get(0)?, columns: row.try_get(1)?, payload })
    }

    /// Reads the ids of a part's block only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fetch_ids(&mut self, part: TracePart) -> Result<PartBytes, StoreError> {
        let ids = sqlx::query_scalar("SELECT ids FROM block WHERE id = ?")
            .bind(part.block)
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(PartBytes { part, ids, columns: Vec::new(), payload: Vec::new() })
    }
}

impl PartBytes {
    /// Appends the part's rows to `table`, in stored order; payloads only when they were fetched.
    ///
    /// # Errors
    /// When the block is damaged.
    pub fn decode_into(&self, table: &mut EventTable) -> Result<(), StoreError> {
        self.decode_rows_into(self.part.first..self.part.first + self.part.count, table)
    }

    /// The same for some rows of the block.
    ///
    /// # Errors
    /// When the block is damaged.
    pub fn decode_rows_into(&self, rows: std::ops::Range<u32>, table: &mut EventTable) -> Result<(), StoreError> {
        let sections = if self.payload.is_empty() { Sections::Columns } else { Sections::All };
        let block = BlockRef { ids: &self.ids, columns: &self.columns, payload: &self.payload };
        block::decode_into(table, block, rows, sections)
            .map_err(|source| StoreError::Block { block: self.part.block, source })
    }

    /// The rows in the block of those of some events that are in the part, ascending.
    ///
    /// # Errors
    /// When the block is damaged.
    pub fn rows_of(&self, events: &hashbrown::HashSet<model::EventId>) -> Result<Vec<u32>, StoreError> {
        let ids =
            block::decode_ids(&self.ids).map_err(|source| StoreError::Block { block: self.part.block, source })?;
        let of_part = self.part.first..self.part.first + self.part.count;
        Ok(of_part.clone().zip(ids.iter(of_part)).filter(|(_, id)| events.contains(id)).map(|(row, _)| row).collect())
    }

    /// The row of an event in the block, if it is in the part.
    ///
    /// # Errors
    /// When the block is damaged.
    pub fn find(&self, event: model::EventId) -> Result<Option<u32>, StoreError> {
        let ids =
            block::decode_ids(&self.ids).map_err(|source| StoreError::Block { block: self.part.block, source })?;
        let at = ids.iter(self.part.first..self.part.first + self.part.count).position(|id| id == event);
        Ok(at.map(|at| self.part.first + at as u32))
    }
}
