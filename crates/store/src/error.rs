//! What can go wrong in the store. Converted once, at the border to the engine.

use std::io;
use std::path::PathBuf;

use crate::block::BlockError;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {} is in use by another raceway process", .0.display())]
    InUse(PathBuf),
    #[error("the store in {} was written by a newer raceway (schema {found}, this one knows {known}): use that version or a newer one", .dir.display())]
    Newer { dir: PathBuf, found: i64, known: i64 },
    #[error("the data folder {} cannot be used: {source}", .dir.display())]
    Io { dir: PathBuf, source: io::Error },
    #[error("the store in {} cannot be opened: {source}", .dir.display())]
    Database { dir: PathBuf, source: sqlx::Error },
    #[error("the schema of the store in {} cannot be brought up to date: {source}", .dir.display())]
    Migrate { dir: PathBuf, source: sqlx::migrate::MigrateError },
}

/// Why a read or a commit failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("block {block}: {source}")]
    Block { block: i64, source: BlockError },
    #[error("the store contradicts itself: {0}")]
    Corrupt(&'static str),
}
