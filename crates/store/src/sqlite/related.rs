//! Traces that have something in common with one: its root operation, a variable of its.

use model::analysis::OtherTrace;
use model::list::Total;
use model::{Nanos, TraceId};

use super::Store;
use super::names::NameKind;
use crate::StoreError;

/// Counting stops here.
const COUNT_CAP: u64 = 10_000;

/// A trace, its root operation, its start, and its reads and writes of a variable.
type UseRow = (Vec<u8>, Option<String>, i64, i64, i64);

impl Store {
    /// Durations in nanoseconds of the newest traces whose root is this operation of this service, newest first:
    /// at most `limit`, among the newest `4 * limit` of that operation, whatever their service.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn root_durations(&self, service: &str, operation: &str, limit: u32) -> Result<Vec<u64>, StoreError> {
        let durations: Vec<i64> = sqlx::query_scalar(
            "SELECT max(ended - started, 0) FROM (\
               SELECT key, root_service, started, ended FROM trace \
               WHERE root_operation = (SELECT id FROM name WHERE kind = ? AND text = ?) ORDER BY key DESC LIMIT ?) \
             WHERE root_service = (SELECT id FROM name WHERE kind = ? AND text = ?) ORDER BY key DESC LIMIT ?",
        )
        .bind(NameKind::Operation as i64)
        .bind(operation)
        .bind(i64::from(limit) * 4)
        .bind(NameKind::Service as i64)
        .bind(service)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(durations.into_iter().map(i64::unsigned_abs).collect())
    }

    /// Other traces that touch a variable of this name, newest first, and how many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn traces_of_variable(
        &self,
        variable: &str,
        except: TraceId,
        limit: u32,
    ) -> Result<(Vec<OtherTrace>, Total), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let name: Option<i64> = sqlx::query_scalar("SELECT id FROM name WHERE kind = ? AND text = ?")
            .bind(NameKind::Variable as i64)
            .bind(variable)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(name) = name else { return Ok((Vec::new(), Total::exact(0))) };
        let own: Option<i64> = sqlx::query_scalar("SELECT key FROM trace WHERE trace_id = ?")
            .bind(except.to_bytes().to_vec())
            .fetch_optional(&mut *transaction)
            .await?;
        // Keys begin at 1.
        let own = own.unwrap_or(0);
        let rows: Vec<UseRow> = sqlx::query_as(
            "SELECT trace.trace_id, name.text, trace.started, variable_use.reads, variable_use.writes FROM variable_use \
             JOIN trace ON trace.key = variable_use.trace LEFT JOIN name ON name.id = trace.root_operation \
             WHERE variable_use.variable = ? AND variable_use.trace <> ? ORDER BY variable_use.trace DESC LIMIT ?",
        )
        .bind(name)
        .bind(own)
        .bind(i64::from(limit))
        .fetch_all(&mut *transaction)
        .await?;
        let counted: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM variable_use WHERE variable = ? AND trace <> ? LIMIT ?)",
        )
        .bind(name)
        .bind(own)
        .bind(COUNT_CAP as i64)
        .fetch_one(&mut *transaction)
        .await?;
        let mut traces = Vec::with_capacity(rows.len());
        for (id, operation, started, reads, writes) in rows {
            traces.push(OtherTrace {
                trace_id: id.try_into().ok().and_then(TraceId::from_bytes).ok_or(StoreError::Corrupt("a trace id"))?,
                operation: operation.unwrap_or_default(),
                start: Nanos(started),
                reads: reads as u64,
                writes: writes as u64,
            });
        }
        Ok((traces, Total::capped(counted as u64, COUNT_CAP)))
    }
}
