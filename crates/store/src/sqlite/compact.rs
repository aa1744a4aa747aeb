//! Compaction: many small blocks become fewer, larger ones that are packed harder, each holding one
//! large trace or many small neighbouring ones.
//!
//! Blocks never change, so reading and packing happen beside the writer; only the exchange is its.

use hashbrown::HashMap;
use model::table::EventTable;
use model::{Nanos, TraceId};
use sqlx::{Connection, Row};

use super::Store;
use super::digest::group_by_trace;
use super::names::json;
use super::tally::Place;
use super::writer::{Writer, write_places};
use crate::StoreError;
use crate::block::{self, Block, BlockRef, Effort, Sections};

/// Events of a compacted block, unless one commit was larger.
const EVENTS_A_BLOCK: usize = 16_384;
/// Events in one round: bounds its memory.
const EVENTS_A_ROUND: i64 = 131_072;

/// Small blocks to be rewritten, with all their bytes.
#[derive(Debug)]
pub struct CompactionPlan {
    sources: Vec<Source>,
    pub events: u64,
}

#[derive(Debug)]
struct Source {
    id: i64,
    ids: Vec<u8>,
    columns: Vec<u8>,
    payload: Vec<u8>,
    /// (trace key, first row, rows), by first row. Rows of deleted traces are in none.
    parts: Vec<(i64, u32, u32)>,
}

/// Packed blocks, ready to take the place of their sources.
#[derive(Debug)]
pub struct Compacted {
    sources: Vec<i64>,
    /// Parts the sources had: if that has changed, a trace was deleted meanwhile.
    source_parts: usize,
    blocks: Vec<PackedBlock>,
}

#[derive(Debug)]
struct PackedBlock {
    block: Block,
    events: usize,
    seq: u64,
    places: Vec<Place>,
}

impl Store {
    /// Events in blocks as they were committed, and when the oldest of those blocks was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uncompacted(&self) -> Result<(u64, Option<Nanos>), StoreError> {
        let (events, oldest): (i64, Option<i64>) =
            sqlx::query_as("SELECT coalesce(sum(events), 0), min(created) FROM block WHERE tier = 0")
                .fetch_one(&self.pool)
                .await?;
        Ok((events as u64, oldest.map(Nanos)))
    }

    /// The oldest small blocks, up to about 130,000 events. `None` when rewriting them gains nothing:
    /// there is only one, and nothing of it was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plan_compaction(&self) -> Result<Option<CompactionPlan>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let chosen: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT id, events FROM (SELECT id, events, sum(events) OVER (ORDER BY id) AS running \
             FROM block WHERE tier = 0) WHERE running - events < ? ORDER BY id",
        )
        .bind(EVENTS_A_ROUND)
        .fetch_all(&mut *transaction)
        .await?;
        let mut plan = CompactionPlan { sources: Vec::with_capacity(chosen.len()), events: 0 };
        for (id, events) in chosen {
            plan.events += events as u64;
            let row = sqlx::query("SELECT ids, columns, payload FROM block WHERE id = ?")
                .bind(id)
                .fetch_one(&mut *transaction)
                .await?;
            let parts = sqlx::query_as("SELECT trace, first, count FROM trace_block WHERE block = ? ORDER BY first")
                .bind(id)
                .fetch_all(&mut *transaction)
                .await?;
            plan.sources.push(Source {
                id,
                ids: row.try_get(0)?,
                columns: row.try_get(1)?,
                payload: row.try_get(2)?,
                parts,
            });
        }
        let live: u64 = plan.sources.iter().flat_map(|source| &source.parts).map(|part| u64::from(part.2)).sum();
        Ok((plan.sources.len() > 1 || live < plan.events).then_some(plan))
    }
}

impl CompactionPlan {
    /// Decodes, regroups and packs. Long work on the CPU: not for an async worker.
    ///
    /// # Errors
    /// When a block is damaged.
    pub fn pack(self) -> Result<Compacted, StoreError> {
        let mut table = EventTable::default();
        let mut key_of: HashMap<TraceId, i64> = HashMap::new();
        for source in &self.sources {
            let bytes = BlockRef { ids: &source.ids, columns: &source.columns, payload: &source.payload };
            for run in source.parts.chunk_by(|one, next| one.1 + one.2 == next.1) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                let rows_before = table.rows.len();
                block::decode_into(&mut table, bytes, first.1..last.1 + last.2, Sections::All)
                    .map_err(|error| StoreError::Block { block: source.id, source: error })?;
                for &(key, part_first, _) in run {
                    let row = &table.rows[rows_before + (part_first - first.1) as usize];
                    key_of.insert(row.trace, key);
                }
            }
        }
        let (order, groups) = group_by_trace(&table);
        let mut blocks = Vec::new();
        let mut begin = 0;
        while begin < order.len() {
            // Whole small traces; a large one is cut where a block is full.
            let mut end = begin;
            for group in groups.iter().skip_while(|group| group.rows.end <= begin) {
                let fits = group.rows.end - begin <= EVENTS_A_BLOCK;
                if !fits && end > begin {
                    break;
                }
                end = group.rows.end.min(begin + EVENTS_A_BLOCK);
                if !fits {
                    break;
                }
            }
            blocks.push(pack_block(&table, &order[begin..end], &key_of));
            begin = end;
        }
        Ok(Compacted {
            source_parts: self.sources.iter().map(|source| source.parts.len()).sum(),
            sources: self.sources.iter().map(|source| source.id).collect(),
            blocks,
        })
    }
}

fn pack_block(table: &EventTable, order: &[u32], key_of: &HashMap<TraceId, i64>) -> PackedBlock {
    let row = |row_idx: &u32| &table.rows[*row_idx as usize];
    let mut places = Vec::new();
    let mut first = 0;
    for part in order.chunk_by(|one, next| row(one).trace == row(next).trace) {
        let key = part.first().and_then(|row_idx| key_of.get(&row(row_idx).trace)).copied().unwrap_or_default();
        let min_start = part.iter().map(|row_idx| row(row_idx).start.0).min().unwrap_or_default();
        let max_end = part.iter().map(|row_idx| row(row_idx).end.0).max().unwrap_or_default();
        let count = part.len() as u64;
        places.push(Place { trace: key, first, count, min_start, max_end });
        first += count;
    }
    PackedBlock {
        block: block::encode(table, order, Effort::Small),
        events: order.len(),
        seq: order.iter().map(|row_idx| row(row_idx).seq.0).max().unwrap_or_default(),
        places,
    }
}

impl Writer {
    /// Puts packed blocks in the place of their sources. False, and nothing happens, when a trace of
    /// theirs was deleted meanwhile.
    ///
    /// # Errors
    /// When the database fails; then nothing was exchanged.
    pub async fn exchange(&mut self, compacted: Compacted, now: Nanos) -> Result<bool, StoreError> {
        let sources = json(&compacted.sources);
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let removed = sqlx::query("DELETE FROM trace_block WHERE block IN (SELECT value FROM json_each(?))")
            .bind(&sources)
            .execute(&mut *transaction)
            .await?;
        if removed.rows_affected() != compacted.source_parts as u64 {
            transaction.rollback().await?;
            return Ok(false);
        }
        sqlx::query("DELETE FROM block WHERE id IN (SELECT value FROM json_each(?))")
            .bind(&sources)
            .execute(&mut *transaction)
            .await?;
        let mut next_block = self.next_block;
        for packed in compacted.blocks {
            sqlx::query(include_str!("sql/block/insert.sql"))
                .bind(next_block)
                .bind(1)
                .bind(packed.seq as i64)
                .bind(packed.events as i64)
                .bind(now.0)
                .bind(packed.block.ids)
                .bind(packed.block.columns)
                .bind(packed.block.payload)
                .execute(&mut *transaction)
                .await?;
            write_places(&mut transaction, next_block, &packed.places).await?;
            next_block += 1;
        }
        transaction.commit().await?;
        self.next_block = next_block;
        Ok(true)
    }

    /// Forgets spans and calls last seen before `before`, and gives freed pages back to the file system
    /// in small steps. True when there is more to do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&mut self, before: Nanos) -> Result<bool, StoreError> {
        const ROWS_A_STEP: i64 = 5_000;
        const PAGES_A_STEP: i64 = 2_000;
        let spans = sqlx::query(
            "DELETE FROM open_span WHERE (trace, span) IN (SELECT trace, span FROM open_span WHERE seen < ? LIMIT ?)",
        )
        .bind(before.0)
        .bind(ROWS_A_STEP)
        .execute(&mut self.connection)
        .await?
        .rows_affected();
        let calls = sqlx::query(
            "DELETE FROM waiting_call WHERE rowid IN (SELECT rowid FROM waiting_call WHERE seen < ? LIMIT ?)",
        )
        .bind(before.0)
        .bind(ROWS_A_STEP)
        .execute(&mut self.connection)
        .await?
        .rows_affected();
        let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut self.connection).await?;
        if free > PAGES_A_STEP / 2 {
            // The pragma frees a page a step of its result; the number cannot be bound.
            sqlx::query("PRAGMA incremental_vacuum(2000)").fetch_all(&mut self.connection).await?;
        }
        let step = ROWS_A_STEP as u64;
        Ok(spans >= step || calls >= step || free > 2 * PAGES_A_STEP)
    }
}
