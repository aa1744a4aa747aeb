//! The handle: opening, ingest, what is newest, shutdown. Queries are in [`crate::query`].

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use model::table::EventTable;
use model::{Head, TraceId};
use store::cache::CacheFigures;
use store::{Store, StoreOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::analyse::{Pools, Searches};
use crate::caches::Caches;
use crate::config::EngineConfig;
use crate::error::{IngestError, OpenError, QueryError};
use crate::global::{self, Global};
use crate::ingest::{Ingest, Receipt, RemoveError, WriterThread};
use crate::maintenance;

/// A cheap handle; clones share one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub store: Store,
    pub caches: Caches,
    pub ingest: Ingest,
    pub pools: Pools,
    /// Exact searches under way.
    pub searches: Searches,
    /// Findings of the whole store.
    pub global: Global,
    pub began: Instant,
    head: watch::Receiver<Head>,
    stop: CancellationToken,
    /// Taken by the first [`Engine::shutdown`].
    owned: Mutex<Option<Owned>>,
}

/// What runs beside the requests.
struct Owned {
    writer: WriterThread,
    tasks: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Opens the store and starts the writer and what looks after the store.
    ///
    /// # Errors
    /// One clear line: the folder is in use, the store is newer than this binary, the disk refuses.
    pub async fn open(config: EngineConfig) -> Result<Self, OpenError> {
        let options = StoreOptions {
            dedup_bytes: config.dedup_bytes,
            thresholds: config.thresholds,
            ..StoreOptions::new(&config.data_dir)
        };
        let (store, writer) = store::open(&options).await?;
        let started = Ingest::start(writer, config.queue_bytes, config.queue_wait);
        let (ingest, thread) = started.map_err(|source| OpenError::Io { dir: config.data_dir.clone(), source })?;
        let pools = Pools::start(config.analysis_threads);
        let pools = pools.map_err(|source| OpenError::Io { dir: config.data_dir.clone(), source })?;
        let stop = CancellationToken::new();
        let (publish, head) = watch::channel(ingest.counters().head);
        let (global, follower) = Global::new();
        let tasks = vec![
            tokio::spawn(maintenance::run(store.clone(), ingest.clone(), stop.clone())),
            tokio::spawn(publish_heads(ingest.watch(), publish)),
            tokio::spawn(global::run(store.clone(), head.clone(), follower, stop.clone())),
        ];
        let shared = Shared {
            caches: Caches::new(&config),
            store,
            ingest,
            pools,
            searches: Searches::default(),
            global,
            began: Instant::now(),
            head,
            stop,
            owned: Mutex::new(Some(Owned { writer: thread, tasks })),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Stops taking events, commits what is queued, and closes the store. Only the first call does.
    pub async fn shutdown(&self) {
        let owned = self.shared.owned.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(owned) = owned else { return };
        self.shared.stop.cancel();
        self.shared.pools.stop();
        self.shared.ingest.stop().await;
        // Readers first: the writer's last checkpoint empties the log only when nobody reads it.
        self.shared.store.close().await;
        let joined = tokio::task::spawn_blocking(move || owned.writer.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the writer ended badly; what was acknowledged is on disk");
        }
        for task in owned.tasks {
            task.abort();
        }
    }

    /// Stores what is new. When it returns, that is on disk.
    ///
    /// # Errors
    /// When the queue stays full, the server stops, or the store fails; then nothing was stored.
    pub async fn ingest(&self, events: EventTable) -> Result<Receipt, IngestError> {
        self.shared.ingest.commit(events).await
    }

    /// Deletes a trace.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], or when the store fails.
    pub async fn delete_trace(&self, trace: TraceId) -> Result<Head, QueryError> {
        match self.shared.ingest.remove(trace).await {
            Ok(Some(head)) => {
                self.shared.global.forget(trace);
                Ok(head)
            }
            Ok(None) => Err(QueryError::TraceNotFound(trace)),
            Err(RemoveError::ShuttingDown) => Err(QueryError::Store),
            Err(RemoveError::Store(cause)) => Err(cause.into()),
        }
    }

    /// The newest commit; from memory, never waits.
    pub fn head(&self) -> Head {
        self.shared.ingest.counters().head
    }

    /// Changes with every commit: wait on it, never poll.
    pub fn watch(&self) -> watch::Receiver<Head> {
        self.shared.head.clone()
    }

    pub fn cache_figures(&self) -> Vec<CacheFigures> {
        self.shared.caches.figures()
    }
}

/// Passes on the heads alone; ends with the writer.
async fn publish_heads(mut counters: watch::Receiver<store::Counters>, publish: watch::Sender<Head>) {
    while counters.changed().await.is_ok() {
        let head = counters.borrow_and_update().head;
        publish.send_replace(head);
    }
}
