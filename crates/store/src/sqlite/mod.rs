//! The store on SQLite: one connection that writes, a few that read.

pub mod compact;
mod digest;
pub mod events;
pub mod follow;
mod hot;
mod latency;
pub mod list;
mod names;
pub mod open;
mod recent;
mod related;
mod remove;
mod rows;
pub mod service;
pub mod statistics;
mod summary;
mod tally;
pub mod writer;

use std::path::PathBuf;

use model::{Head, Seq};
use sqlx::sqlite::SqlitePool;

use crate::StoreError;

/// The reading half; clones share the pool. Every method reads one snapshot.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    path: PathBuf,
}

/// The counters kept beside `log_head`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    pub head: Head,
    pub events: u64,
    pub traces: u64,
}

impl Store {
    /// O(1).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counters(&self) -> Result<Counters, StoreError> {
        let (epoch, seq, events, traces): (i64, i64, i64, i64) =
            sqlx::query_as("SELECT epoch, seq, events, traces FROM log_head").fetch_one(&self.pool).await?;
        Ok(Counters {
            head: Head { epoch: epoch as u64, seq: Seq(seq as u64) },
            events: events as u64,
            traces: traces as u64,
        })
    }

    /// Bytes of the database and its log on disk.
    pub fn disk_bytes(&self) -> u64 {
        ["", "-wal", "-shm"]
            .iter()
            .filter_map(|suffix| {
                let mut path = self.path.clone().into_os_string();
                path.push(suffix);
                std::fs::metadata(path).ok()
            })
            .map(|meta| meta.len())
            .sum()
    }

    /// Ends the reading connections. Reads that are under way finish.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
