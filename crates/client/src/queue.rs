//! The buffer between the host program and the sender: bounded in events and in bytes, never waited for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Bytes of one request at most; far below the server's limit of 20 MiB.
const BATCH_BYTES: usize = 4 << 20;

/// Serialised events that wait to be sent.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    most_events: usize,
    most_bytes: usize,
    batch_events: usize,
    /// Something for the sender to look at: a first event, a full batch, or the end.
    changed: Notify,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Box<str>>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(most_events: usize, most_bytes: usize, batch_events: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            most_events,
            most_bytes,
            batch_events,
            changed: Notify::new(),
            dropped: AtomicU64::new(0),
        }
    }

    /// Takes one event. When there is no room, or the queue was closed, the event is dropped and
    /// counted. O(1), never waits for the sender.
    pub(crate) fn push(&self, event: Box<str>) {
        let mut waiting = self.lock();
        let full = waiting.events.len() >= self.most_events || waiting.bytes + event.len() > self.most_bytes;
        if full || waiting.closed {
            drop(waiting);
            self.count_dropped(1);
            return;
        }
        waiting.bytes += event.len();
        waiting.events.push_back(event);
        let len = waiting.events.len();
        drop(waiting);
        if len == 1 || len == self.batch_events {
            self.changed.notify_one();
        }
    }

    /// The oldest events, as many as belong into one request.
    pub(crate) fn take_batch(&self) -> Vec<Box<str>> {
        let mut waiting = self.lock();
        let mut bytes = 0;
        let mut n_events = 0;
        for event in waiting.events.iter().take(self.batch_events) {
            if n_events > 0 && bytes + event.len() > BATCH_BYTES {
                break;
            }
            bytes += event.len();
            n_events += 1;
        }
        waiting.bytes -= bytes;
        waiting.events.drain(..n_events).collect()
    }

    pub(crate) fn has_full_batch(&self) -> bool {
        self.lock().events.len() >= self.batch_events
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().events.is_empty()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Takes no more events; what is there can still be sent.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Drops and counts what is still there.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.lock();
        let n_events = waiting.events.len() as u64;
        waiting.events.clear();
        waiting.bytes = 0;
        drop(waiting);
        self.count_dropped(n_events);
    }

    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn count_dropped(&self, n_events: u64) {
        self.dropped.fetch_add(n_events, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_dropped_and_counted() {
        let queue = Queue::new(3, 10, 2);
        for event in ["aaaa", "bbbb", "too long", "cc", "d"] {
            queue.push(event.into());
        }
        assert_eq!(queue.dropped(), 2);
        assert_eq!(queue.take_batch(), ["aaaa".into(), "bbbb".into()] as [Box<str>; 2]);
        assert_eq!(queue.take_batch(), ["cc".into()] as [Box<str>; 1]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_closed_queue_takes_nothing_more() {
        let queue = Queue::new(9, 99, 9);
        queue.push("a".into());
        queue.close();
        queue.push("b".into());
        assert_eq!((queue.dropped(), queue.take_batch().len()), (1, 1));
    }
}
