//! Variables by how much they are used: totals kept beside the uses they sum up.

use hashbrown::{HashMap, HashSet};
use model::analysis::{HotCall, HotVariable};
use model::{Head, Seq};
use sqlx::{Row, SqliteConnection};

use super::Store;
use super::names::{NameId, json};
use super::rows;
use super::tally::Tally;
use crate::StoreError;

/// Pairs of a variable and a service that the writer remembers as written.
const PAIRS_REMEMBERED: usize = 100_000;
/// Services named beside a variable.
const SERVICES_NAMED: usize = 20;

/// Pairs of a variable and a service whose row is written.
#[derive(Default)]
pub(super) struct Written(HashSet<(NameId, NameId)>);

impl Written {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// Adds a commit's uses to the totals; before the uses themselves are written.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    tally: &Tally,
    written: &mut Written,
) -> Result<(), StoreError> {
    if tally.variables.is_empty() {
        return Ok(());
    }
    // Of a new trace nothing was written before.
    let asked: Vec<_> = tally.variables.keys().filter(|(_, trace)| tally.grown.contains(trace)).collect();
    let mut known: HashSet<(NameId, i64)> = HashSet::new();
    if !asked.is_empty() {
        let found =
            sqlx::query(include_str!("sql/variable/used.sql")).bind(json(&asked)).fetch_all(&mut *connection).await?;
        for row in found {
            known.insert((row.try_get(0)?, row.try_get(1)?));
        }
    }
    let mut totals: HashMap<NameId, (u64, u64, u64)> = HashMap::new();
    for (key, (reads, writes)) in &tally.variables {
        let total = totals.entry(key.0).or_default();
        total.0 += reads;
        total.1 += writes;
        total.2 += u64::from(!known.contains(key));
    }
    let totals: Vec<_> = totals.into_iter().collect();
    let (head, tail) = (include_str!("sql/variable/total.sql"), include_str!("sql/variable/total_again.sql"));
    rows::write(connection, head, tail, &totals, |values, &(variable, (reads, writes, traces))| {
        values.push_bind(variable).push_bind(reads as i64).push_bind(writes as i64).push_bind(traces as i64);
    })
    .await?;

    if written.0.len() > PAIRS_REMEMBERED {
        written.forget();
    }
    let new: Vec<_> = tally.variable_services.iter().copied().filter(|&pair| written.0.insert(pair)).collect();
    let head = "INSERT INTO variable_service (variable, service)";
    rows::write(connection, head, " ON CONFLICT DO NOTHING", &new, |values, &(variable, service)| {
        values.push_bind(variable).push_bind(service);
    })
    .await?;
    Ok(())
}

/// Takes a trace's uses out of the totals; before they are deleted.
pub(super) async fn remove_trace(connection: &mut SqliteConnection, trace: i64) -> Result<(), sqlx::Error> {
    for sql in [
        include_str!("sql/variable/without_trace.sql"),
        include_str!("sql/variable/delete_unused_services.sql"),
        include_str!("sql/variable/delete_unused.sql"),
    ] {
        sqlx::query(sql).bind(trace).execute(&mut *connection).await?;
    }
    Ok(())
}

impl Store {
    /// The most used variables and the most frequent calls, at most `limit` each, and how new they are. Two
    /// reads by index, and one of all edges between services.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hotspots(&self, limit: u32) -> Result<(Vec<HotVariable>, Vec<HotCall>, Head), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let (epoch, seq): (i64, i64) =
            sqlx::query_as("SELECT epoch, seq FROM log_head").fetch_one(&mut *transaction).await?;
        let rows =
            sqlx::query(include_str!("sql/variable/hottest.sql")).bind(limit).fetch_all(&mut *transaction).await?;
        let mut variables = Vec::with_capacity(rows.len());
        for row in rows {
            let services: &str = row.try_get(4)?;
            let mut services: Vec<String> =
                serde_json::from_str(services).map_err(|_| StoreError::Corrupt("a variable's services"))?;
            services.sort_unstable();
            services.truncate(SERVICES_NAMED);
            variables.push(HotVariable {
                name: row.try_get(0)?,
                reads: row.try_get::<i64, _>(1)? as u64,
                writes: row.try_get::<i64, _>(2)? as u64,
                traces: row.try_get::<i64, _>(3)? as u64,
                services,
            });
        }
        let calls: Vec<(String, String, i64, i64)> =
            sqlx::query_as(include_str!("sql/edge/hottest.sql")).bind(limit).fetch_all(&mut *transaction).await?;
        let call = |(from, to, calls, traces): (String, String, i64, i64)| HotCall {
            from,
            to,
            calls: calls as u64,
            traces: traces as u64,
        };
        let head = Head { epoch: epoch as u64, seq: Seq(seq as u64) };
        Ok((variables, calls.into_iter().map(call).collect(), head))
    }
}
