//! Services, the calls between them, and what was ingested by the minute.

use model::list::{MinuteCount, ServiceRow};
use model::{Head, Nanos, Seq, TraceId};

use super::Store;
use super::names::NameKind;
use crate::StoreError;

/// Calls from one service to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub from: String,
    pub to: String,
    /// Over HTTP; else by some other way.
    pub http: bool,
    pub calls: u64,
    pub traces: u64,
}

/// Services in one answer; more are left out.
const SERVICES_LISTED: i64 = 5_000;
const EDGES_LISTED: i64 = 20_000;

impl Store {
    /// All services, by name, and how new the answer is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn services(&self) -> Result<(Vec<ServiceRow>, Head), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let (epoch, seq): (i64, i64) =
            sqlx::query_as("SELECT epoch, seq FROM log_head").fetch_one(&mut *transaction).await?;
        let rows: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT text, events, traces, errors, activity FROM service JOIN name ON name.id = service.name \
             WHERE events > 0 ORDER BY text LIMIT ?",
        )
        .bind(SERVICES_LISTED)
        .fetch_all(&mut *transaction)
        .await?;
        let services = rows
            .into_iter()
            .map(|(name, events, traces, errors, activity)| ServiceRow {
                name,
                event_count: events as u64,
                trace_count: traces as u64,
                error_count: errors as u64,
                last_activity: Nanos(activity),
            })
            .collect();
        Ok((services, Head { epoch: epoch as u64, seq: Seq(seq as u64) }))
    }

    /// All edges, by names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls(&self) -> Result<Vec<Call>, StoreError> {
        let rows: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
            "SELECT caller.text, callee.text, link, calls, traces FROM edge \
             JOIN name AS caller ON caller.id = from_service JOIN name AS callee ON callee.id = to_service \
             WHERE calls > 0 ORDER BY 1, 2, 3 LIMIT ?",
        )
        .bind(EDGES_LISTED)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(call).collect())
    }

    /// Services of one trace with their events, and the calls inside it. `None`: no such trace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls_of_trace(&self, trace: TraceId) -> Result<Option<(Vec<(String, u64)>, Vec<Call>)>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let id = trace.to_bytes();
        let key: Option<i64> = sqlx::query_scalar("SELECT key FROM trace WHERE trace_id = ?")
            .bind(&id[..])
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(key) = key else { return Ok(None) };
        let services: Vec<(String, i64)> = sqlx::query_as(
            "SELECT text, events FROM trace_facet JOIN name ON name.id = facet WHERE trace = ? AND kind = ? ORDER BY text",
        )
        .bind(key)
        .bind(NameKind::Service as i64)
        .fetch_all(&mut *transaction)
        .await?;
        let calls: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
            "SELECT caller.text, callee.text, link, calls, 1 FROM trace_edge \
             JOIN name AS caller ON caller.id = from_service JOIN name AS callee ON callee.id = to_service \
             WHERE trace = ? ORDER BY 1, 2, 3",
        )
        .bind(key)
        .fetch_all(&mut *transaction)
        .await?;
        let services = services.into_iter().map(|(name, events)| (name, events as u64)).collect();
        Ok(Some((services, calls.into_iter().map(call).collect())))
    }

    /// Events and errors of each minute in `first..=last` that had any, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn minutes(&self, first: i64, last: i64) -> Result<Vec<MinuteCount>, StoreError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT minute, sum(events), sum(errors) FROM minute_rollup WHERE minute BETWEEN ? AND ? GROUP BY minute ORDER BY minute",
        )
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(minute, events, errors)| MinuteCount { minute, events: events as u64, errors: errors as u64 })
            .collect())
    }
}

fn call((from, to, link, calls, traces): (String, String, i64, i64, i64)) -> Call {
    Call { from, to, http: link == super::tally::Link::Http as i64, calls: calls as u64, traces: traces as u64 }
}
