//! A cache with single flight: many callers of one key cost one computation.
//!
//! A caller that gives up does not stop the others; when the last one leaves, the computation is
//! dropped. Failures are never kept. Entries are bounded by weight and, if wished, by age.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use hashbrown::HashMap;

/// What a cache did since it was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CacheFigures {
    pub name: &'static str,
    pub entries: u64,
    /// In the unit of the cache's weights: bytes where values are large, else entries.
    pub weight: u64,
    pub capacity: u64,
    pub hits: u64,
    pub misses: u64,
    /// Entries that left because of their size or age.
    pub evictions: u64,
}

/// Whether an answer may come from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freshness {
    #[default]
    Cached,
    /// Computed anew; the cache gets the new value.
    Bypass,
}

/// How a cache is bounded.
pub struct Bounds<V> {
    /// Sum of the weights.
    pub capacity: u64,
    pub weigh: fn(&V) -> u32,
    pub time_to_live: Option<Duration>,
    /// False: nothing is kept, everything else works the same.
    pub enabled: bool,
}

impl<V> Bounds<V> {
    /// At most `capacity` entries.
    pub fn entries(capacity: u64, enabled: bool) -> Self {
        Self { capacity, weigh: |_| 1, time_to_live: None, enabled }
    }

    pub fn living(self, time_to_live: Duration) -> Self {
        Self { time_to_live: Some(time_to_live), ..self }
    }
}

/// A value and when it was made.
#[derive(Debug, Clone)]
pub struct Made<V> {
    pub value: V,
    pub at: Instant,
}

type Flight<V, E> = Pin<Box<dyn Future<Output = Result<Made<V>, E>> + Send>>;

/// See the module.
pub struct Cache<K, V, E> {
    name: &'static str,
    enabled: bool,
    capacity: u64,
    kept: moka::future::Cache<K, Made<V>>,
    /// Computations under way. Only their waiters keep them alive.
    flights: Mutex<HashMap<K, WeakShared<Flight<V, E>>>>,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: Arc<AtomicU64>,
}

impl<K, V, E> Cache<K, V, E>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    pub fn new(name: &'static str, bounds: Bounds<V>) -> Self {
        let evictions = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&evictions);
        let weigh = bounds.weigh;
        let mut builder = moka::future::Cache::builder()
            .max_capacity(bounds.capacity)
            .weigher(move |_: &K, made: &Made<V>| weigh(&made.value))
            .eviction_listener(move |_, _, cause| {
                if cause.was_evicted() {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        if let Some(time_to_live) = bounds.time_to_live {
            builder = builder.time_to_live(time_to_live);
        }
        Self {
            name,
            enabled: bounds.enabled,
            capacity: bounds.capacity,
            kept: builder.build(),
            flights: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evictions,
        }
    }

    /// The kept value, or what `compute` makes; callers that come meanwhile share it.
    ///
    /// # Errors
    /// Those of `compute`, given to every caller that waited for it.
    pub async fn get<F>(&self, key: K, freshness: Freshness, compute: impl FnOnce() -> F) -> Result<Made<V>, E>
    where
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        if freshness == Freshness::Cached
            && let Some(made) = self.kept.get(&key).await
        {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(made);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        let flight = self.join(&key, freshness, compute);
        let outcome = flight.await;
        if let (Ok(made), true) = (&outcome, self.enabled) {
            self.kept.insert(key.clone(), made.clone()).await;
        }
        let mut flights = self.flights();
        if flights.get(&key).is_some_and(|flight| flight.upgrade().is_none_or(|flight| flight.peek().is_some())) {
            flights.remove(&key);
        }
        outcome
    }

    /// The value if it is kept; starts nothing and counts nothing.
    pub async fn peek(&self, key: &K) -> Option<V> {
        self.kept.get(key).await.map(|made| made.value)
    }

    pub async fn forget(&self, key: &K) {
        self.kept.invalidate(key).await;
    }

    pub fn figures(&self) -> CacheFigures {
        CacheFigures {
            name: self.name,
            entries: self.kept.entry_count(),
            weight: self.kept.weighted_size(),
            capacity: self.capacity,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            evictions: self.evictions.load(Ordering::Relaxed),
        }
    }

    fn join<F>(&self, key: &K, freshness: Freshness, compute: impl FnOnce() -> F) -> Shared<Flight<V, E>>
    where
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        let mut flights = self.flights();
        // A bypass must not be answered by a computation that began before it was asked for.
        if freshness == Freshness::Cached
            && let Some(flight) = flights.get(key).and_then(WeakShared::upgrade)
            && flight.peek().is_none()
        {
            return flight;
        }
        let computed = compute();
        // A task of its own: its progress must not hang on one waiter being polled.
        let mut task =
            OwnedTask(tokio::spawn(async move { computed.await.map(|value| Made { value, at: Instant::now() }) }));
        let flight: Flight<V, E> = Box::pin(async move {
            match (&mut task.0).await {
                Ok(outcome) => outcome,
                Err(failure) => match failure.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // Aborted only when the runtime stops, and then nobody is polled again.
                    Err(_) => std::future::pending().await,
                },
            }
        });
        let flight = flight.shared();
        if let Some(weak) = flight.downgrade() {
            flights.insert(key.clone(), weak);
        }
        flight
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<K, WeakShared<Flight<V, E>>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Aborts its task when dropped: nobody waits for it any more.
struct OwnedTask<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for OwnedTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::Notify;

    type Numbers = Cache<u32, u32, &'static str>;

    fn cache(enabled: bool) -> Arc<Numbers> {
        Arc::new(Cache::new("test", Bounds::entries(10, enabled)))
    }

    #[tokio::test]
    async fn callers_of_one_key_share_one_computation() {
        let cache = cache(true);
        let runs = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Notify::new());
        let callers: Vec<_> = (0..5)
            .map(|_| {
                let (cache, runs, gate) = (Arc::clone(&cache), Arc::clone(&runs), Arc::clone(&gate));
                tokio::spawn(async move {
                    let compute = || async move {
                        runs.fetch_add(1, Ordering::SeqCst);
                        gate.notified().await;
                        Ok(7)
                    };
                    cache.get(1, Freshness::Cached, compute).await.map(|made| made.value)
                })
            })
            .collect();
        while cache.figures().misses < 5 {
            tokio::task::yield_now().await;
        }
        // Whoever is left must not depend on the one who came first.
        callers[0].abort();
        tokio::task::yield_now().await;
        gate.notify_one();
        for caller in callers.into_iter().skip(1) {
            assert_eq!(caller.await.expect("joined"), Ok(7));
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert_eq!(
            cache.get(1, Freshness::Cached, || async { Err("not computed") }).await.map(|made| made.value),
            Ok(7)
        );
        assert_eq!(cache.figures().hits, 1);
    }

    #[tokio::test]
    async fn the_computation_stops_when_the_last_waiter_leaves() {
        struct Flag(Arc<Notify>);
        impl Drop for Flag {
            fn drop(&mut self) {
                self.0.notify_one();
            }
        }
        let cache = cache(true);
        let dropped = Arc::new(Notify::new());
        let flag = Flag(Arc::clone(&dropped));
        let waiter = tokio::spawn({
            let cache = Arc::clone(&cache);
            async move {
                let compute = || async move {
                    let _flag = flag;
                    std::future::pending::<()>().await;
                    Ok(0)
                };
                cache.get(1, Freshness::Cached, compute).await.map(|made| made.value)
            }
        });
        while cache.figures().misses == 0 {
            tokio::task::yield_now().await;
        }
        waiter.abort();
        tokio::time::timeout(Duration::from_secs(5), dropped.notified()).await.expect("the computation was dropped");
    }

    #[tokio::test]
    async fn failures_are_not_kept() {
        let cache = cache(true);
        assert_eq!(cache.get(1, Freshness::Cached, || async { Err("no") }).await.map(|made| made.value), Err("no"));
        assert_eq!(cache.get(1, Freshness::Cached, || async { Ok(2) }).await.map(|made| made.value), Ok(2));
    }

    #[tokio::test]
    async fn a_bypass_computes_and_renews() {
        let cache = cache(true);
        assert_eq!(cache.get(1, Freshness::Cached, || async { Ok(1) }).await.map(|made| made.value), Ok(1));
        assert_eq!(cache.get(1, Freshness::Bypass, || async { Ok(2) }).await.map(|made| made.value), Ok(2));
        assert_eq!(cache.get(1, Freshness::Cached, || async { Ok(3) }).await.map(|made| made.value), Ok(2));
    }

    #[tokio::test]
    async fn a_cache_switched_off_keeps_nothing() {
        let cache = cache(false);
        for expected in 1..4 {
            let made = cache.get(1, Freshness::Cached, || async move { Ok(expected) }).await;
            assert_eq!(made.map(|made| made.value), Ok(expected));
        }
        assert_eq!((cache.figures().hits, cache.figures().misses), (0, 3));
    }
}
