//! Bounds on what many requests together may take.
//!
//! Each request has its own limits; these keep a crowd of them from filling the memory or the cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

/// Answers with a whole trace that are made or read at one time.
const WHOLE_TRACES: usize = 16;

/// How many of the largest bodies may be in memory at one time.
const LARGEST_BODIES: usize = 8;

#[derive(Debug)]
pub struct Limits {
    /// Bytes of one body, decompressed.
    pub body_bytes: usize,
    /// Batches that are decompressed and decoded at one time: one a core.
    pub decoding: Arc<Semaphore>,
    pub whole_traces: Arc<Semaphore>,
    /// Pieces of those that are written at one time: a core is left to whoever asks for less.
    pub pieces: Arc<Semaphore>,
    bodies: Arc<Budget>,
}

#[derive(Debug)]
struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Limits {
    pub fn new(body_bytes: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Self {
            body_bytes,
            decoding: Arc::new(Semaphore::new(cores)),
            whole_traces: Arc::new(Semaphore::new(WHOLE_TRACES)),
            pieces: Arc::new(Semaphore::new(cores - 1)),
            bodies: Arc::new(Budget { used: AtomicUsize::new(0), limit: body_bytes.saturating_mul(LARGEST_BODIES) }),
        }
    }

    /// An empty share of the memory for bodies.
    pub fn body_share(&self) -> BodyShare {
        BodyShare { budget: Arc::clone(&self.bodies), bytes: 0 }
    }
}

/// Memory that one request's body takes; given back on drop.
#[derive(Debug)]
pub struct BodyShare {
    budget: Arc<Budget>,
    bytes: usize,
}

impl BodyShare {
    /// Takes `bytes` more; false when all bodies together would take too much. Never waits, so that
    /// requests that each hold a part cannot wait for each other.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let taken = self.budget.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|&used| used <= self.budget.limit)
        });
        if taken.is_ok() {
            self.bytes += bytes;
        }
        taken.is_ok()
    }
}

impl Drop for BodyShare {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_bounded_together_and_come_back() {
        let limits = Limits::new(10);
        let mut first = limits.body_share();
        assert!(first.grow(50) && first.grow(20));
        let mut second = limits.body_share();
        assert!(!second.grow(11));
        assert!(second.grow(10));
        assert!(!second.grow(usize::MAX));
        drop(first);
        assert!(second.grow(70));
        assert!(!second.grow(1));
    }
}
