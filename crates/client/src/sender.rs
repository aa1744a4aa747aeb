//! The thread that sends batches. It ends when the queue is closed and empty, or at the deadline.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::backoff::Backoff;
use crate::delivery::{Endpoint, Outcome, Report};
use crate::queue::Queue;

/// A server that fails on a batch this often will not take it.
const MOST_FAILURES: u32 = 5;
/// Losses are logged at most this often.
const WARN_EVERY: Duration = Duration::from_secs(5);

/// What was counted so far; shared with the client.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    sent: AtomicU64,
    duplicates: AtomicU64,
    rejected: AtomicU64,
    retries: AtomicU64,
}

impl Counters {
    pub(crate) fn report(&self, queue: &Queue) -> Report {
        Report {
            sent: self.sent.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            dropped: queue.dropped(),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }
}

/// Everything the sending thread owns.
#[derive(Debug)]
pub(crate) struct Sender {
    pub queue: Arc<Queue>,
    pub counters: Arc<Counters>,
    pub endpoint: Endpoint,
    /// How long a first event waits for others.
    pub linger: Duration,
    /// `Some` once the client is shut down: until then everything must be sent, or is dropped.
    pub deadline: watch::Receiver<Option<Instant>>,
}

impl Sender {
    /// Sends until the queue is closed and empty, or the deadline has passed.
    pub(crate) async fn run(mut self) {
        let mut losses = Losses { reported: 0, at: None };
        let mut in_flight = VecDeque::new();
        let mut deadline = self.deadline.clone();
        tokio::select! {
            () = deliver_all(&mut self, &mut in_flight, &mut losses) => {}
            () = passed(&mut deadline) => {}
        }
        let unsent: usize = in_flight.iter().map(Vec::len).sum();
        self.queue.count_dropped(unsent as u64);
        self.queue.abandon();
        losses.warn(self.queue.dropped(), true);
    }

    async fn next_batch(&self) -> Vec<Box<str>> {
        while self.queue.is_empty() && !self.queue.is_closed() {
            self.queue.changed().await;
        }
        let linger_until = Instant::now() + self.linger;
        while !self.queue.has_full_batch() && !self.queue.is_closed() {
            if timeout_at(linger_until, self.queue.changed()).await.is_err() {
                break;
            }
        }
        self.queue.take_batch()
    }

    fn count_taken(&self, n_events: usize, duplicates: u64, rejected: u64) {
        self.counters.sent.fetch_add(n_events as u64 - rejected, Ordering::Relaxed);
        self.counters.duplicates.fetch_add(duplicates, Ordering::Relaxed);
        self.counters.rejected.fetch_add(rejected, Ordering::Relaxed);
    }
}

/// `in_flight` outlives this future, so that what it holds is still counted when the deadline ends it.
async fn deliver_all(sender: &mut Sender, in_flight: &mut VecDeque<Vec<Box<str>>>, losses: &mut Losses) {
    loop {
        let batch = sender.next_batch().await;
        if batch.is_empty() {
            // Only a closed queue gives nothing.
            return;
        }
        in_flight.push_back(batch);
        let mut backoff = Backoff::default();
        let mut failures = 0;
        while let Some(batch) = in_flight.front_mut() {
            let outcome = sender.endpoint.send(batch).await;
            let n_events = batch.len();
            let wait = match outcome {
                Outcome::Taken { duplicates, rejected, reason } => {
                    sender.count_taken(n_events, duplicates, rejected);
                    if rejected > 0 {
                        tracing::warn!(rejected, reason, "the Raceway server refused some events");
                    }
                    None
                }
                Outcome::Later { asked } => Some(backoff.next(asked)),
                Outcome::Failed { .. } if failures < MOST_FAILURES => {
                    failures += 1;
                    Some(backoff.next(None))
                }
                Outcome::TooLarge if n_events > 1 => {
                    let second_half = batch.split_off(n_events / 2);
                    in_flight.insert(1, second_half);
                    continue;
                }
                Outcome::TooLarge => {
                    sender.count_taken(n_events, 0, n_events as u64);
                    tracing::warn!("an event is too large for the Raceway server and was not kept");
                    None
                }
                Outcome::Failed { status } | Outcome::Refused { status } => {
                    sender.count_taken(n_events, 0, n_events as u64);
                    tracing::warn!(%status, events = n_events, "the Raceway server refused a batch; it was not kept");
                    None
                }
            };
            match wait {
                Some(wait) => {
                    sender.counters.retries.fetch_add(1, Ordering::Relaxed);
                    if backoff.attempts() == 1 {
                        tracing::debug!(?wait, "the Raceway server takes no events now; trying again");
                    }
                    losses.warn(sender.queue.dropped(), false);
                    sleep(wait).await;
                }
                None => {
                    in_flight.pop_front();
                    backoff = Backoff::default();
                    failures = 0;
                }
            }
        }
        losses.warn(sender.queue.dropped(), false);
    }
}

/// Waits until there is a deadline and it has passed.
async fn passed(deadline: &mut watch::Receiver<Option<Instant>>) {
    // An error means that the client is gone; it leaves a deadline behind when it goes.
    let _ = deadline.wait_for(Option::is_some).await;
    let at = *deadline.borrow();
    if let Some(at) = at {
        sleep_until(at).await;
    }
}

/// Says in the log what was lost, but not at every event.
struct Losses {
    reported: u64,
    at: Option<Instant>,
}

impl Losses {
    fn warn(&mut self, dropped: u64, last_time: bool) {
        let recently = self.at.is_some_and(|at| at.elapsed() < WARN_EVERY);
        if dropped == self.reported || (recently && !last_time) {
            return;
        }
        tracing::warn!(dropped, "events were dropped: the Raceway server does not take them fast enough");
        self.reported = dropped;
        self.at = Some(Instant::now());
    }
}
