//! The rows that a commit's statistics become.

use hashbrown::HashMap;
use sqlx::SqliteConnection;

use super::assess::Slow;
use super::operations::OperationId;
use super::{Rollup, sketch_bytes};
use crate::StoreError;
use crate::sqlite::rows;

/// The rows of `touched` operations as they are now.
pub(super) async fn rollups(
    connection: &mut SqliteConnection,
    minute: i64,
    touched: &[OperationId],
    current: &HashMap<OperationId, Rollup>,
) -> Result<(), StoreError> {
    let touched: Vec<_> = touched.iter().filter_map(|id| Some((*id, current.get(id)?))).collect();
    write_rollups(connection, 1, minute, &touched).await
}

pub(super) async fn write_rollups(
    connection: &mut SqliteConnection,
    width: i64,
    minute: i64,
    rollups: &[(OperationId, &Rollup)],
) -> Result<(), StoreError> {
    let (head, tail) = (include_str!("../sql/operation/rollup.sql"), include_str!("../sql/operation/rollup_again.sql"));
    rows::write(connection, head, tail, rollups, |values, &(operation, rollup)| {
        values.push_bind(width).push_bind(minute).push_bind(operation);
        values.push_bind(rollup.errors as i64).push_bind(sketch_bytes::encode(&rollup.sketch));
    })
    .await?;
    Ok(())
}

pub(super) async fn slow_events(connection: &mut SqliteConnection, slow: &[Slow]) -> Result<(), StoreError> {
    let head = include_str!("../sql/operation/slow_event.sql");
    rows::write(connection, head, "", slow, |values, slow| {
        values.push_bind(slow.trace).push_bind(slow.event.to_bytes().to_vec()).push_bind(slow.operation);
        values.push_bind(slow.started).push_bind(saturated(slow.duration)).push_bind(saturated(slow.expected));
        values.push_bind(slow.score).push_bind(slow.severity).push_bind(saturated(slow.learned));
        values.push_bind(slow.deciles.clone());
    })
    .await?;
    Ok(())
}

/// SQLite has signed numbers only.
fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
