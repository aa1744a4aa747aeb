//! Durations of all traces, counted by the buckets of a sketch. A trace that grows moves from one to another, and
//! one that is deleted leaves its own: what is counted is always what is in the store.

use analysis::baselines::Sketch;
use futures_util::TryStreamExt;
use hashbrown::HashMap;
use model::analysis::SlowTrace;
use model::{Nanos, TraceId};
use sqlx::{Connection, Row, SqliteConnection};

use super::Store;
use super::rows;
use crate::StoreError;

/// Among so many traces, those first seen last, the slowest are looked for.
const LOOKED_AT: i64 = 20_000;

/// Traces that enter a bucket less those that leave it.
#[derive(Debug, Default)]
pub(super) struct Moves(HashMap<u16, i64>);

impl Moves {
    pub(super) fn enter(&mut self, start: i64, end: i64) {
        *self.0.entry(bucket(start, end)).or_default() += 1;
    }

    pub(super) fn leave(&mut self, start: i64, end: i64) {
        *self.0.entry(bucket(start, end)).or_default() -= 1;
    }

    /// Few rows, for traces of a kind take about as long.
    pub(super) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let moves: Vec<_> = self.0.iter().filter(|&(_, &traces)| traces != 0).collect();
        let head = "INSERT INTO trace_latency (bucket, traces)";
        let tail = " ON CONFLICT (bucket) DO UPDATE SET traces = traces + excluded.traces";
        rows::write(connection, head, tail, &moves, |values, &(&bucket, &traces)| {
            values.push_bind(bucket).push_bind(traces);
        })
        .await
    }
}

fn bucket(start: i64, end: i64) -> u16 {
    Sketch::bucket_of(Nanos(end).since(Nanos(start)))
}

/// Counts the traces of a store that was written before they were counted. O(traces), once.
pub(super) async fn count_all(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let due: bool =
        sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM trace_latency) AND EXISTS (SELECT 1 FROM trace)")
            .fetch_one(&mut *connection)
            .await?;
    if !due {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut moves = Moves::default();
    let mut traces = sqlx::query("SELECT started, ended FROM trace").fetch(&mut *transaction);
    while let Some(row) = traces.try_next().await? {
        moves.enter(row.try_get(0)?, row.try_get(1)?);
    }
    drop(traces);
    moves.write(&mut transaction).await?;
    transaction.commit().await
}

impl Store {
    /// Durations of all traces. O(buckets).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trace_latency(&self) -> Result<Sketch, StoreError> {
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT bucket, traces FROM trace_latency WHERE traces > 0").fetch_all(&self.pool).await?;
        let buckets: Vec<(u16, u64)> = rows
            .into_iter()
            .filter_map(|(bucket, traces)| Some((u16::try_from(bucket).ok()?, traces as u64)))
            .collect();
        Ok(Sketch::from(buckets))
    }

    /// The slowest of the newest 20,000 traces, slowest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn slowest_traces(&self, limit: u32) -> Result<Vec<SlowTrace>, StoreError> {
        let rows = sqlx::query(include_str!("sql/trace/slowest.sql"))
            .bind(LOOKED_AT)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let id: &[u8] = row.try_get(0)?;
                let services: &str = row.try_get(4)?;
                Ok(SlowTrace {
                    trace_id: id
                        .try_into()
                        .ok()
                        .and_then(TraceId::from_bytes)
                        .ok_or(StoreError::Corrupt("a trace id"))?,
                    operation: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
                    duration_nanos: Nanos(row.try_get(3)?).since(Nanos(row.try_get(2)?)),
                    services: serde_json::from_str(services).map_err(|_| StoreError::Corrupt("a trace's services"))?,
                })
            })
            .collect()
    }
}
