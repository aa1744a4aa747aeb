//! From many requests to one commit: a queue bounded in bytes, and the writer's thread behind it.
//!
//! A request waits until the commit that holds its events is on disk. Requests that wait at the same
//! time share a commit, so a sync of the disk serves many.

use std::sync::Arc;
use std::time::Duration;

use model::table::EventTable;
use model::{Head, Nanos, TraceId};
use store::{Commit, Compacted, Counters, StoreError, Writer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::error::IngestError;

/// Events in one commit, unless one request has more.
const EVENTS_A_COMMIT: usize = 16_384;
/// Bytes of decoded events in one commit, unless one request has more.
const BYTES_A_COMMIT: usize = 32 << 20;
/// Requests that wait; their bytes are bounded apart.
const QUEUE_REQUESTS: usize = 4_096;
/// The queue's room is handed out in pieces of this size.
const PIECE: usize = 1 << 10;

/// What became of a batch, once it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// New events.
    pub stored: u64,
    /// Events that were known already.
    pub duplicates: u64,
    pub head: Head,
}

/// What the writer's thread does.
enum Command {
    Commit { batch: EventTable, room: OwnedSemaphorePermit, reply: oneshot::Sender<Result<Receipt, IngestError>> },
    Remove { trace: TraceId, reply: oneshot::Sender<Result<Option<Head>, StoreError>> },
    Exchange { compacted: Compacted, reply: oneshot::Sender<Result<bool, StoreError>> },
    Tidy { before: Nanos, reply: oneshot::Sender<Result<bool, StoreError>> },
    Stop,
}

/// The way to the writer; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Ingest {
    commands: mpsc::Sender<Command>,
    room: Arc<Semaphore>,
    pieces: usize,
    wait: Duration,
    counters: watch::Receiver<Counters>,
}

/// The writer's thread; joined at shutdown.
pub(crate) type WriterThread = std::thread::JoinHandle<()>;

impl Ingest {
    /// Starts the writer's thread.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start(writer: Writer, queue_bytes: usize, wait: Duration) -> std::io::Result<(Self, WriterThread)> {
        let (commands, queue) = mpsc::channel(QUEUE_REQUESTS);
        let (publish, counters) = watch::channel(writer.counters());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("raceway-writer".into())
            .spawn(move || runtime.block_on(WriterLoop { writer, queue, publish }.run()))?;
        let pieces = (queue_bytes / PIECE).clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Ok((Self { commands, room: Arc::new(Semaphore::new(pieces)), pieces, wait, counters }, thread))
    }

    pub(crate) fn counters(&self) -> Counters {
        *self.counters.borrow()
    }

    /// Changes after every commit.
    pub(crate) fn watch(&self) -> watch::Receiver<Counters> {
        self.counters.clone()
    }

    /// (bytes waiting, bytes that may wait)
    pub(crate) fn queue(&self) -> (u64, u64) {
        let waiting = self.pieces.saturating_sub(self.room.available_permits());
        ((waiting * PIECE) as u64, (self.pieces * PIECE) as u64)
    }

    /// Returns when the batch is on disk.
    pub(crate) async fn commit(&self, batch: EventTable) -> Result<Receipt, IngestError> {
        // A batch larger than the queue waits for all of it.
        let pieces = batch.bytes().div_ceil(PIECE).clamp(1, self.pieces);
        let room = Arc::clone(&self.room).acquire_many_owned(pieces as u32);
        let room = match tokio::time::timeout(self.wait, room).await {
            Ok(Ok(room)) => room,
            Ok(Err(_)) => return Err(IngestError::ShuttingDown),
            Err(_) => return Err(IngestError::Overloaded),
        };
        let (reply, answer) = oneshot::channel();
        self.send(Command::Commit { batch, room, reply }).await?;
        answer.await.unwrap_or(Err(IngestError::ShuttingDown))
    }

    /// `None` when there is no such trace.
    pub(crate) async fn remove(&self, trace: TraceId) -> Result<Option<Head>, RemoveError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Remove { trace, reply }).await.map_err(|_| RemoveError::ShuttingDown)?;
        answer.await.map_err(|_| RemoveError::ShuttingDown)?.map_err(RemoveError::Store)
    }

    /// `None` when the writer has stopped.
    pub(crate) async fn exchange(&self, compacted: Compacted) -> Option<Result<bool, StoreError>> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Exchange { compacted, reply }).await.ok()?;
        answer.await.ok()
    }

    /// `None` when the writer has stopped.
    pub(crate) async fn tidy(&self, before: Nanos) -> Option<Result<bool, StoreError>> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Tidy { before, reply }).await.ok()?;
        answer.await.ok()
    }

    /// What is queued is still committed; what comes later is refused.
    pub(crate) async fn stop(&self) {
        let stopped = self.send(Command::Stop).await;
        if stopped.is_err() {
            tracing::debug!("the writer had stopped before");
        }
    }

    async fn send(&self, command: Command) -> Result<(), IngestError> {
        self.commands.send(command).await.map_err(|_| IngestError::ShuttingDown)
    }
}

/// Why a trace was not removed.
#[derive(Debug)]
pub(crate) enum RemoveError {
    ShuttingDown,
    Store(StoreError),
}

struct WriterLoop {
    writer: Writer,
    queue: mpsc::Receiver<Command>,
    publish: watch::Sender<Counters>,
}

/// One request of a commit.
struct Waiting {
    room: OwnedSemaphorePermit,
    reply: oneshot::Sender<Result<Receipt, IngestError>>,
}

impl WriterLoop {
    async fn run(mut self) {
        while let Some(command) = self.queue.recv().await {
            let mut next = Some(command);
            while let Some(command) = next.take() {
                next = self.obey(command).await;
            }
        }
        if let Err(cause) = self.writer.close().await {
            tracing::error!(%cause, "closing the store");
        }
    }

    /// Gives back a command that was taken from the queue but belongs to no commit.
    async fn obey(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Commit { batch, room, reply } => return self.commit(batch, Waiting { room, reply }).await,
            Command::Remove { trace, reply } => {
                let removed = self.writer.remove_trace(trace).await;
                self.publish.send_replace(self.writer.counters());
                // Who asked may have left.
                let _ = reply.send(removed.map(|found| found.then(|| self.writer.counters().head)));
            }
            Command::Exchange { compacted, reply } => {
                let _ = reply.send(self.writer.exchange(compacted, now()).await);
            }
            Command::Tidy { before, reply } => {
                let _ = reply.send(self.tidy(before).await);
            }
            // Whatever is in the queue is still received.
            Command::Stop => self.queue.close(),
        }
        None
    }

    /// True when there is more to do.
    async fn tidy(&mut self, before: Nanos) -> Result<bool, StoreError> {
        let more_rows = self.writer.tidy(before).await?;
        let more_minutes = self.writer.fold_statistics(now()).await?;
        Ok(more_rows || more_minutes)
    }

    /// Commits the batch together with those that wait behind it.
    async fn commit(&mut self, batch: EventTable, waiting: Waiting) -> Option<Command> {
        let (mut events, mut bytes) = (batch.rows.len(), batch.bytes());
        let mut batches = vec![batch];
        let mut all_waiting = vec![waiting];
        let mut other = None;
        while events < EVENTS_A_COMMIT && bytes < BYTES_A_COMMIT {
            match self.queue.try_recv() {
                Ok(Command::Commit { batch, room, reply }) => {
                    events += batch.rows.len();
                    bytes += batch.bytes();
                    batches.push(batch);
                    all_waiting.push(Waiting { room, reply });
                }
                Ok(command) => {
                    other = Some(command);
                    break;
                }
                Err(_) => break,
            }
        }
        let outcome = self.writer.commit(&batches, now()).await;
        drop(batches);
        // Published before it is acknowledged, so that whoever has the answer reads its own writes.
        self.publish.send_replace(self.writer.counters());
        acknowledge(all_waiting, outcome);
        other
    }
}

fn acknowledge(waiting: Vec<Waiting>, outcome: Result<Commit, StoreError>) {
    match outcome {
        Ok(commit) => {
            for (waiting, counted) in waiting.into_iter().zip(commit.batches) {
                let receipt =
                    Receipt { stored: counted.stored, duplicates: counted.duplicates, head: commit.counters.head };
                drop(waiting.room);
                let _ = waiting.reply.send(Ok(receipt));
            }
        }
        Err(cause) => {
            tracing::error!(%cause, "a commit failed; nothing of it was stored");
            for waiting in waiting {
                let _ = waiting.reply.send(Err(IngestError::Store));
            }
        }
    }
}

/// The wall clock.
pub(crate) fn now() -> Nanos {
    Nanos(i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX))
}
