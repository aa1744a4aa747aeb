//! Opening a store: the folder's lock, the connections' settings, the schema, the epoch.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use analysis::baselines::Thresholds;
use fs4::fs_std::FileExt;
use sqlx::migrate::{Migrate, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::Store;
use super::writer::Writer;
use crate::OpenError;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

const DATABASE: &str = "raceway.db";
const LOCK: &str = "raceway.lock";

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Made when missing.
    pub dir: PathBuf,
    /// Bytes of event ids and summaries kept for telling duplicates.
    pub dedup_bytes: usize,
    pub readers: u32,
    /// When an event is slow for its operation.
    pub thresholds: Thresholds,
    /// Every commit is synced before it returns. Only a test that must see the difference says false.
    pub full_sync: bool,
}

impl StoreOptions {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), dedup_bytes: 64 << 20, readers: 4, thresholds: Thresholds::default(), full_sync: true }
    }
}

/// Held while this process owns the data folder; the lock goes with the file handle.
#[derive(Debug)]
pub(super) struct FolderLock(#[expect(dead_code, reason = "holding it is the purpose")] File);

/// Opens a store, making or migrating it as needed.
///
/// # Errors
/// When another process owns the folder, a newer binary wrote the store, or the disk or the database refuses.
pub async fn open(options: &StoreOptions) -> Result<(Store, Writer), OpenError> {
    let dir = &options.dir;
    let lock = own(dir)?;
    let path = dir.join(DATABASE);
    let database = |source| OpenError::Database { dir: dir.clone(), source };

    let mut connection = writing(&path, options.full_sync).connect().await.map_err(database)?;
    bring_up_to_date(dir, &mut connection).await?;
    super::latency::count_all(&mut connection).await.map_err(database)?;
    sqlx::query("INSERT INTO log_head (one, epoch, seq, events, traces) VALUES (1, ?, 0, 0, 0) ON CONFLICT DO NOTHING")
        .bind(new_epoch())
        .execute(&mut connection)
        .await
        .map_err(database)?;

    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(options.readers)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(reading(&path))
        .await
        .map_err(database)?;
    let store = Store { pool, path };
    let counters = store.counters().await.map_err(|failure| match failure {
        crate::StoreError::Database(source) => database(source),
        other => OpenError::Io { dir: dir.clone(), source: std::io::Error::other(other) },
    })?;
    let writer = Writer::new(connection, lock, counters, options).await.map_err(database)?;
    Ok((store, writer))
}

/// Brings the schema up to date and says from and to which version.
///
/// # Errors
/// Those of [`open`].
pub async fn migrate(dir: &Path) -> Result<(i64, i64), OpenError> {
    let _lock = own(dir)?;
    let database = |source| OpenError::Database { dir: dir.to_path_buf(), source };
    let mut connection = writing(&dir.join(DATABASE), true).connect().await.map_err(database)?;
    let before = applied(dir, &mut connection).await?;
    bring_up_to_date(dir, &mut connection).await?;
    let after = applied(dir, &mut connection).await?;
    connection.close().await.map_err(database)?;
    Ok((before, after))
}

fn own(dir: &Path) -> Result<FolderLock, OpenError> {
    let refused = |source| OpenError::Io { dir: dir.to_path_buf(), source };
    std::fs::create_dir_all(dir).map_err(refused)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(LOCK)).map_err(refused)?;
    match FileExt::try_lock_exclusive(&file) {
        Ok(true) => Ok(FolderLock(file)),
        Ok(false) => Err(OpenError::InUse(dir.to_path_buf())),
        Err(source) => Err(refused(source)),
    }
}

fn writing(path: &Path, full_sync: bool) -> SqliteConnectOptions {
    common(path)
        .create_if_missing(true)
        // Before the first table, or it has no effect.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL would answer before the log is on disk.
        .synchronous(if full_sync { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
        .pragma("wal_autocheckpoint", "4000")
        // Bytes the log keeps after a checkpoint.
        .pragma("journal_size_limit", "16777216")
}

fn reading(path: &Path) -> SqliteConnectOptions {
    common(path).read_only(true)
}

fn common(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(10))
        // KiB.
        .pragma("cache_size", "-16384")
        .statement_cache_capacity(200)
        .disable_statement_logging()
}

async fn applied(dir: &Path, connection: &mut SqliteConnection) -> Result<i64, OpenError> {
    let failed = |source| OpenError::Migrate { dir: dir.to_path_buf(), source };
    connection.ensure_migrations_table("_sqlx_migrations").await.map_err(failed)?;
    let applied = connection.list_applied_migrations("_sqlx_migrations").await.map_err(failed)?;
    Ok(applied.iter().map(|migration| migration.version).max().unwrap_or(0))
}

async fn bring_up_to_date(dir: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let found = applied(dir, connection).await?;
    if found > known {
        return Err(OpenError::Newer { dir: dir.to_path_buf(), found, known });
    }
    MIGRATIONS.run(connection).await.map_err(|source| OpenError::Migrate { dir: dir.to_path_buf(), source })
}

/// 53 bits, so that every JSON reader has it exactly.
fn new_epoch() -> i64 {
    rand::random_range(1..1_i64 << 53)
}
