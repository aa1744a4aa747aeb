//! What readers get of the statistics.

use analysis::baselines::Sketch;
use futures_util::TryStreamExt;
use hashbrown::HashMap;
use model::analysis::{Severity, SlowEvent, SlowRow};
use model::{EventId, Kind, Nanos, TraceId};
use sqlx::Row;

use super::operations::OperationId;
use super::sketch_bytes;
use crate::StoreError;
use crate::sqlite::Store;
use crate::sqlite::names::{NameKind, json};

/// Measured durations of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationStatistics {
    pub service: String,
    /// Empty: the service's operations that are not kept apart.
    pub operation: String,
    pub kind: Kind,
    pub errors: u64,
    pub sketch: Sketch,
}

/// What a service sent in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMinute {
    pub service: String,
    /// Since 1970.
    pub minute: i64,
    pub events: u64,
    pub errors: u64,
}

impl Store {
    /// Measured durations received in the minutes `first..=last`, by operation, in no order; minutes of more than
    /// three hours ago are no longer told apart and left out. O(operations * minutes * buckets).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operation_statistics(&self, first: i64, last: i64) -> Result<Vec<OperationStatistics>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let mut sums: HashMap<OperationId, (u64, Sketch)> = HashMap::new();
        let mut rows =
            sqlx::query(include_str!("../sql/operation/sketches.sql")).bind(first).bind(last).fetch(&mut *transaction);
        while let Some(row) = rows.try_next().await? {
            let sum = sums.entry(row.try_get(0)?).or_default();
            sum.0 += row.try_get::<i64, _>(1)? as u64;
            sum.1.merge(&sketch_bytes::decode(row.try_get(2)?)?);
        }
        drop(rows);
        let ids: Vec<OperationId> = sums.keys().copied().collect();
        let names = sqlx::query(include_str!("../sql/operation/names.sql"))
            .bind(json(&ids))
            .fetch_all(&mut *transaction)
            .await?;
        let mut statistics = Vec::with_capacity(names.len());
        for row in names {
            let Some((errors, sketch)) = sums.remove(&row.try_get::<OperationId, _>(0)?) else { continue };
            statistics.push(OperationStatistics {
                service: row.try_get(1)?,
                operation: row.try_get(3)?,
                kind: kind(row.try_get(2)?)?,
                errors,
                sketch,
            });
        }
        Ok(statistics)
    }

    /// Durations of one service by the minute of receipt, in no order; minutes without any are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn service_sketches(
        &self,
        service: &str,
        first: i64,
        last: i64,
    ) -> Result<HashMap<i64, Sketch>, StoreError> {
        let rows = sqlx::query(include_str!("../sql/operation/sketches_of_service.sql"))
            .bind(first)
            .bind(last)
            .bind(NameKind::Service as i64)
            .bind(service)
            .fetch_all(&self.pool)
            .await?;
        let mut sketches: HashMap<i64, Sketch> = HashMap::new();
        for row in rows {
            sketches.entry(row.try_get(0)?).or_default().merge(&sketch_bytes::decode(row.try_get(1)?)?);
        }
        Ok(sketches)
    }

    /// What each service sent in each of the minutes `first..=last`, by minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn service_minutes(&self, first: i64, last: i64) -> Result<Vec<ServiceMinute>, StoreError> {
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "SELECT text, minute, events, errors FROM minute_rollup JOIN name ON name.id = service \
             WHERE minute BETWEEN ? AND ? ORDER BY minute",
        )
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        let minute = |(service, minute, events, errors): (String, i64, i64, i64)| ServiceMinute {
            service,
            minute,
            events: events as u64,
            errors: errors as u64,
        };
        Ok(rows.into_iter().map(minute).collect())
    }

    /// Traces that began in each of the minutes `first..=last` in which any did, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trace_minutes(&self, first: i64, last: i64) -> Result<Vec<(i64, u64)>, StoreError> {
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT minute, traces FROM trace_rollup WHERE minute BETWEEN ? AND ? ORDER BY minute")
                .bind(first)
                .bind(last)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(|(minute, traces)| (minute, traces as u64)).collect())
    }

    /// Events of a trace that were slow for their operations when they came, the highest score first.
    /// None for a trace that does not exist. O(slow events of the trace).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn slow_events(&self, trace: TraceId, limit: u32) -> Result<Vec<SlowRow>, StoreError> {
        let id = trace.to_bytes();
        let rows = sqlx::query(include_str!("../sql/operation/slow_of_trace.sql"))
            .bind(&id[..])
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let event: &[u8] = row.try_get(0)?;
                let deciles: &[u8] = row.try_get(10)?;
                Ok(SlowRow {
                    event: event
                        .try_into()
                        .ok()
                        .and_then(EventId::from_bytes)
                        .ok_or(StoreError::Corrupt("an event id"))?,
                    service: row.try_get(1)?,
                    operation: row.try_get(2)?,
                    kind: kind(row.try_get(3)?)?,
                    start: Nanos(row.try_get(4)?),
                    severity: match row.try_get::<i64, _>(8)? {
                        3 => Severity::Critical,
                        2 => Severity::Warning,
                        _ => Severity::Minor,
                    },
                    slow: SlowEvent {
                        duration_nanos: row.try_get::<i64, _>(5)? as u64,
                        expected_nanos: row.try_get::<i64, _>(6)? as u64,
                        score: row.try_get(7)?,
                        learned: row.try_get::<i64, _>(9)? as u64,
                        deciles_nanos: sketch_bytes::decode_deciles(deciles),
                    },
                })
            })
            .collect()
    }
}

fn kind(code: u8) -> Result<Kind, StoreError> {
    Kind::from_code(code).ok_or(StoreError::Corrupt("an operation's kind"))
}
