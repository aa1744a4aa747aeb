//! What a commit adds to statistics, in the commit's own transaction: roll-ups of measured durations by the
//! minute of receipt, the baselines they make, and the events that were slow against them.
//!
//! An event is learned once, when it is new; it is compared with what had been learned before the first
//! event of its trace was received, and what came of it is stored. Everything in memory can be made again from
//! the roll-ups, so that a failed commit, a crash or a restart loses nothing that was acknowledged.

mod assess;
mod fold;
mod measure;
mod operations;
mod read;
mod requests;
mod sketch_bytes;
mod write;

use analysis::baselines::{Baselines, Sketch, Thresholds, WindowShape};
use hashbrown::HashMap;
use model::{Nanos, TraceId};
use sqlx::{Row, SqliteConnection};

use super::digest::Digest;
use super::summary::TraceState;
use super::tally::NameMap;
use crate::StoreError;
use assess::Usuals;
use measure::measure;
use operations::{MOST_OPERATIONS, OperationId, OperationKey, Operations};
use requests::OpenRequests;

pub use read::{OperationStatistics, ServiceMinute};

/// An hour. The newest minute by the second, so that a baseline is at most a second behind; the others as the
/// roll-ups have them.
const WINDOW: WindowShape = WindowShape { short_ns: 1_000_000_000, shorts: 60, longs: WINDOW_MINUTES as u32 };
const WINDOW_MINUTES: i64 = 60;
const NANOS_A_MINUTE: i64 = 60_000_000_000;

pub(super) const fn minute_of(at: Nanos) -> i64 {
    at.0.div_euclid(NANOS_A_MINUTE)
}

/// The writer's statistics.
pub(super) struct Statistics {
    thresholds: Thresholds,
    /// [`None`]: to be made from the roll-ups.
    learned: Option<Learned>,
}

struct Learned {
    operations: Operations,
    baselines: Baselines<OperationId>,
    usuals: Usuals,
    requests: OpenRequests,
    minute: i64,
    /// The rows of `minute`.
    current: HashMap<OperationId, Rollup>,
}

/// A row of `operation_rollup`.
#[derive(Debug, Default)]
struct Rollup {
    errors: u64,
    sketch: Sketch,
}

impl Statistics {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, learned: None }
    }

    /// After a commit that failed: memory is ahead of the store.
    pub(super) fn forget(&mut self) {
        self.learned = None;
    }

    /// Learns the measured durations of a commit's new events and tells the slow ones.
    ///
    /// O(events + operations touched * buckets); once an hour's roll-ups after the start, and once a second a
    /// baseline for each operation touched.
    pub(super) async fn commit(
        &mut self,
        connection: &mut SqliteConnection,
        digest: &Digest,
        states: &HashMap<TraceId, TraceState>,
        names: &NameMap,
        now: Nanos,
    ) -> Result<(), StoreError> {
        let learned = match &mut self.learned {
            Some(learned) => learned,
            none => none.insert(Learned::load(connection, now).await?),
        };
        learned.begin_minute(connection, now).await?;

        let measured = measure(digest, states, names, &mut learned.requests);
        let operations = learned.operations.resolve(connection, &measured.batches).await?;
        let slow = assess::slow_events(&measured, &operations, learned, &self.thresholds);
        for (batch, operation) in measured.batches.iter().zip(&operations) {
            if !operation.is_rest {
                learned.baselines.learn_all(&operation.id, now, &batch.sketch);
            }
            let rollup = learned.current.entry(operation.id).or_default();
            rollup.errors += batch.errors;
            rollup.sketch.merge(&batch.sketch);
        }
        let mut touched: Vec<OperationId> = operations.iter().map(|operation| operation.id).collect();
        touched.sort_unstable();
        touched.dedup();
        write::rollups(connection, learned.minute, &touched, &learned.current).await?;
        write::slow_events(connection, &slow).await
    }
}

impl Learned {
    /// From the roll-ups of the last hour. What was learned in a minute counts as learned at its end: a trace
    /// that began in it must not be compared with itself.
    async fn load(connection: &mut SqliteConnection, now: Nanos) -> Result<Self, StoreError> {
        let minute = minute_of(now);
        let mut learned = Self {
            operations: Operations::default(),
            baselines: Baselines::new(WINDOW, MOST_OPERATIONS),
            usuals: Usuals::default(),
            requests: OpenRequests::default(),
            minute: i64::MIN,
            current: HashMap::new(),
        };
        let rows = sqlx::query(include_str!("../sql/operation/of_minutes.sql"))
            .bind(minute - WINDOW_MINUTES)
            .bind(minute)
            .fetch_all(connection)
            .await?;
        for row in rows {
            let (minute, id): (i64, OperationId) = (row.try_get(0)?, row.try_get(1)?);
            let key = OperationKey { service: row.try_get(2)?, kind: row.try_get(3)?, name: row.try_get(4)? };
            let is_rest = key.is_rest();
            learned.operations.insert(key, id);
            if !is_rest {
                let end = Nanos((minute + 1).saturating_mul(NANOS_A_MINUTE) - 1);
                learned.baselines.learn_all(&id, end, &sketch_bytes::decode(row.try_get(5)?)?);
            }
        }
        Ok(learned)
    }

    /// Nothing within a minute; else drops what is over and reads what the store has of the new minute, which
    /// is something after a restart only, or when the clock was set back.
    async fn begin_minute(&mut self, connection: &mut SqliteConnection, now: Nanos) -> Result<(), StoreError> {
        let minute = minute_of(now);
        if minute == self.minute {
            return Ok(());
        }
        self.baselines.forget(now);
        self.operations.retain(&self.baselines);
        self.usuals.clear();
        self.current.clear();
        self.minute = minute;
        let rows = sqlx::query("SELECT operation, errors, sketch FROM operation_rollup WHERE width = 1 AND minute = ?")
            .bind(minute)
            .fetch_all(connection)
            .await?;
        for row in rows {
            let errors: i64 = row.try_get(1)?;
            let rollup = Rollup { errors: errors as u64, sketch: sketch_bytes::decode(row.try_get(2)?)? };
            self.current.insert(row.try_get(0)?, rollup);
        }
        Ok(())
    }
}
