//! Keeps the roll-ups bounded: minutes become hours, hours end.

use hashbrown::HashMap;
use model::Nanos;
use sqlx::{Connection, Row, SqliteConnection};

use super::operations::OperationId;
use super::{Rollup, minute_of, sketch_bytes, write};
use crate::StoreError;
use crate::sqlite::names::json;
use crate::sqlite::writer::Writer;

/// Roll-ups are kept by the minute for so long; the last hour is what is read.
const MINUTES_KEPT: i64 = 3 * 60;
/// Minutes for which anything is kept.
const KEPT: i64 = 7 * 24 * 60;
const MINUTES_AN_HOUR: i64 = 60;
const ROWS_A_STEP: i64 = 5_000;
/// With more operations than these, those of which nothing is left are forgotten.
const OPERATIONS_KEPT: i64 = 20_000;

impl Writer {
    /// Merges the oldest minute that is no longer told apart into its hour, or drops what is a week old. True
    /// when there is more to do. One short transaction: O(operations of a minute * buckets).
    ///
    /// # Errors
    /// When the database fails; then nothing changed.
    pub async fn fold_statistics(&mut self, now: Nanos) -> Result<bool, StoreError> {
        let today = minute_of(now);
        let oldest: Option<i64> = sqlx::query_scalar("SELECT min(minute) FROM operation_rollup WHERE width = 1")
            .fetch_one(&mut self.connection)
            .await?;
        if let Some(minute) = oldest.filter(|&minute| minute < today - MINUTES_KEPT) {
            let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            fold_minute(&mut transaction, minute).await?;
            transaction.commit().await?;
            return Ok(true);
        }
        self.drop_old_rollups(today - KEPT).await
    }

    async fn drop_old_rollups(&mut self, before: i64) -> Result<bool, StoreError> {
        let mut more = false;
        for sql in [
            "DELETE FROM operation_rollup WHERE (width, minute, operation) IN \
             (SELECT width, minute, operation FROM operation_rollup WHERE width = 60 AND minute < ? LIMIT ?)",
            "DELETE FROM minute_rollup WHERE (minute, service) IN \
             (SELECT minute, service FROM minute_rollup WHERE minute < ? LIMIT ?)",
            "DELETE FROM trace_rollup WHERE minute IN (SELECT minute FROM trace_rollup WHERE minute < ? LIMIT ?)",
        ] {
            let dropped = sqlx::query(sql).bind(before).bind(ROWS_A_STEP).execute(&mut self.connection).await?;
            more |= dropped.rows_affected() >= ROWS_A_STEP as u64;
        }
        let last: Option<i64> = sqlx::query_scalar("SELECT id FROM operation ORDER BY id LIMIT 1 OFFSET ?")
            .bind(OPERATIONS_KEPT)
            .fetch_optional(&mut self.connection)
            .await?;
        if last.is_some() {
            // Those that are being learned have a row of the last hour.
            sqlx::query(include_str!("../sql/operation/delete_unused.sql")).execute(&mut self.connection).await?;
        }
        Ok(more)
    }
}

async fn fold_minute(connection: &mut SqliteConnection, minute: i64) -> Result<(), StoreError> {
    let hour = minute.div_euclid(MINUTES_AN_HOUR) * MINUTES_AN_HOUR;
    let mut sums: HashMap<OperationId, Rollup> = HashMap::new();
    read_into(connection, &mut sums, 1, minute, None).await?;
    let touched: Vec<OperationId> = sums.keys().copied().collect();
    read_into(connection, &mut sums, MINUTES_AN_HOUR, hour, Some(&touched)).await?;
    let rollups: Vec<_> = sums.iter().map(|(&operation, rollup)| (operation, rollup)).collect();
    write::write_rollups(connection, MINUTES_AN_HOUR, hour, &rollups).await?;
    sqlx::query("DELETE FROM operation_rollup WHERE width = 1 AND minute = ?").bind(minute).execute(connection).await?;
    Ok(())
}

async fn read_into(
    connection: &mut SqliteConnection,
    sums: &mut HashMap<OperationId, Rollup>,
    width: i64,
    minute: i64,
    only: Option<&[OperationId]>,
) -> Result<(), StoreError> {
    let rows = match only {
        None => sqlx::query("SELECT operation, errors, sketch FROM operation_rollup WHERE width = ? AND minute = ?")
            .bind(width)
            .bind(minute),
        Some(only) => sqlx::query(
            "SELECT operation, errors, sketch FROM operation_rollup WHERE width = ? AND minute = ? \
             AND operation IN (SELECT value FROM json_each(?))",
        )
        .bind(width)
        .bind(minute)
        .bind(json(&only)),
    };
    for row in rows.fetch_all(connection).await? {
        let sum = sums.entry(row.try_get(0)?).or_default();
        sum.errors += row.try_get::<i64, _>(1)? as u64;
        sum.sketch.merge(&sketch_bytes::decode(row.try_get(2)?)?);
    }
    Ok(())
}
