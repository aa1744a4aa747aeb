//! Deleting a trace: its rows go at once, its events when their blocks are compacted.

use model::{Head, Seq, TraceId};
use sqlx::Connection;

use super::hot;
use super::latency::Moves;
use super::writer::Writer;
use crate::StoreError;

impl Writer {
    /// False when there is no such trace. O(rows of the trace in the small tables).
    ///
    /// # Errors
    /// When the database fails; then nothing was deleted.
    pub async fn remove_trace(&mut self, trace: TraceId) -> Result<bool, StoreError> {
        self.recent.forget(trace);
        let seq = self.counters.head.seq.0 + 1;
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let id = trace.to_bytes();
        let found: Option<(i64, i64, i64, i64)> =
            sqlx::query_as("DELETE FROM trace WHERE trace_id = ? RETURNING key, events, started, ended")
                .bind(&id[..])
                .fetch_optional(&mut *transaction)
                .await?;
        let Some((key, events, started, ended)) = found else { return Ok(false) };
        let mut moves = Moves::default();
        moves.leave(started, ended);
        moves.write(&mut transaction).await?;
        hot::remove_trace(&mut transaction, key).await?;
        self.written.forget();
        // The next compaction rewrites the blocks without the trace, however packed they are already.
        sqlx::query("UPDATE block SET tier = 0 WHERE id IN (SELECT block FROM trace_block WHERE trace = ?)")
            .bind(key)
            .execute(&mut *transaction)
            .await?;
        for sql in [
            include_str!("sql/service/without_trace.sql"),
            include_str!("sql/edge/without_trace.sql"),
            "DELETE FROM trace_block WHERE trace = ?",
            "DELETE FROM trace_facet WHERE trace = ?",
            "DELETE FROM variable_use WHERE trace = ?",
            "DELETE FROM trace_edge WHERE trace = ?",
            "DELETE FROM open_span WHERE trace = ?",
            "DELETE FROM waiting_call WHERE trace = ?",
            "DELETE FROM slow_event WHERE trace = ?",
        ] {
            sqlx::query(sql).bind(key).execute(&mut *transaction).await?;
        }
        sqlx::query(include_str!("sql/log/advance.sql"))
            .bind(seq as i64)
            .bind(-events)
            .bind(-1)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.counters.head = Head { seq: Seq(seq), ..self.counters.head };
        self.counters.events = self.counters.events.saturating_sub(events as u64);
        self.counters.traces = self.counters.traces.saturating_sub(1);
        Ok(true)
    }
}
