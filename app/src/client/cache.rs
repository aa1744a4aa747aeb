//! Answers kept in the browser: components that ask the same share one request, and what was known is
//! shown at once while it is asked anew.
//!
//! It holds: at most one request per question at a time; at most `capacity` answers, the least recently
//! used go first; failures are not kept. A request nobody waits for any more is dropped, which aborts it.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::polling::Millis;
use crate::error::AppError;

/// One request, and what it will answer.
pub type Request<V> = BoxFuture<'static, Result<V, AppError>>;

/// A cheap handle; clones share one cache.
pub struct SharedCache<K, V> {
    inner: Arc<Mutex<Inner<K, V>>>,
}

struct Inner<K, V> {
    capacity: usize,
    /// Most recently used last.
    kept: Vec<Kept<K, V>>,
    in_flight: Vec<(K, WeakShared<Request<V>>)>,
}

struct Kept<K, V> {
    key: K,
    answer: V,
    asked_at: Millis,
}

impl<K, V> Clone for SharedCache<K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K, V> SharedCache<K, V>
where
    K: Clone + PartialEq + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub fn new(capacity: usize) -> Self {
        let inner = Inner { capacity, kept: Vec::new(), in_flight: Vec::new() };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// What is known, and when it was asked.
    pub fn get(&self, key: &K) -> Option<(V, Millis)> {
        let mut inner = self.lock();
        let found = inner.kept.iter().position(|kept| &kept.key == key)?;
        let kept = inner.kept.remove(found);
        let known = (kept.answer.clone(), kept.asked_at);
        inner.kept.push(kept);
        Some(known)
    }

    /// Keeps an answer that came another way: with the page, or by an edit.
    pub fn put(&self, key: K, answer: V, asked_at: Millis) {
        let mut inner = self.lock();
        inner.kept.retain(|kept| kept.key != key);
        inner.kept.push(Kept { key, answer, asked_at });
        let surplus = inner.kept.len().saturating_sub(inner.capacity);
        inner.kept.drain(..surplus);
    }

    /// Asks, or joins who is asking already; whoever joined gets the same answer or the same error.
    pub fn ask<F>(&self, key: K, now: Millis, fetch: impl FnOnce(K) -> F) -> Shared<Request<V>>
    where
        F: Future<Output = Result<V, AppError>> + Send + 'static,
    {
        let mut inner = self.lock();
        inner.in_flight.retain(|(_, request)| request.upgrade().is_some());
        if let Some(request) = inner.in_flight.iter().find(|(asked, _)| *asked == key).and_then(|(_, it)| it.upgrade())
        {
            return request;
        }
        let answer = fetch(key.clone());
        let (cache, asked) = (self.clone(), key.clone());
        let request: Shared<Request<V>> = async move {
            let answer = answer.await;
            if let Ok(answer) = &answer {
                cache.put(asked.clone(), answer.clone(), now);
            }
            cache.lock().in_flight.retain(|(key, _)| *key != asked);
            answer
        }
        .boxed()
        .shared();
        inner.in_flight.extend(request.downgrade().map(|weak| (key, weak)));
        request
    }

    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        // A panic elsewhere leaves whole entries behind: every change is one push or one removal.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_executor::block_on;
    use futures_util::future::join;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn counted(
        calls: &Arc<AtomicUsize>,
        answer: Result<u32, AppError>,
    ) -> impl Future<Output = Result<u32, AppError>> + Send + 'static + use<> {
        let calls = calls.clone();
        async move {
            calls.fetch_add(1, Ordering::Relaxed);
            // Lets the second one join before this one is done.
            futures_util::future::ready(()).await;
            answer
        }
    }

    #[test]
    fn two_who_ask_the_same_share_one_request() {
        let cache = SharedCache::new(4);
        let calls = Arc::new(AtomicUsize::new(0));
        let first = cache.ask("a", 1.0, |_| counted(&calls, Ok(7)));
        let second = cache.ask("a", 1.0, |_| counted(&calls, Ok(8)));
        assert_eq!(block_on(join(first, second)), (Ok(7), Ok(7)));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert_eq!(cache.get(&"a"), Some((7, 1.0)));
    }

    #[test]
    fn who_asks_later_asks_anew() {
        let cache = SharedCache::new(4);
        let calls = Arc::new(AtomicUsize::new(0));
        assert_eq!(block_on(cache.ask("a", 1.0, |_| counted(&calls, Ok(7)))), Ok(7));
        assert_eq!(block_on(cache.ask("a", 2.0, |_| counted(&calls, Ok(8)))), Ok(8));
        assert_eq!(cache.get(&"a"), Some((8, 2.0)));
    }

    #[test]
    fn failures_are_not_kept_and_do_not_forget_what_was_known() {
        let cache = SharedCache::new(4);
        let calls = Arc::new(AtomicUsize::new(0));
        cache.put("a", 1, 0.0);
        let failed = block_on(cache.ask("a", 1.0, |_| counted(&calls, Err(AppError::Unreachable))));
        assert_eq!(failed, Err(AppError::Unreachable));
        assert_eq!(cache.get(&"a"), Some((1, 0.0)));
    }

    #[test]
    fn a_request_that_was_given_up_is_started_again() {
        let cache = SharedCache::new(4);
        let calls = Arc::new(AtomicUsize::new(0));
        drop(cache.ask("a", 1.0, |_| counted(&calls, Ok(7))));
        assert_eq!(block_on(cache.ask("a", 1.0, |_| counted(&calls, Ok(8)))), Ok(8));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_least_recently_used_answer_goes_first() {
        let cache = SharedCache::new(2);
        for key in ["a", "b"] {
            cache.put(key, 0, 0.0);
        }
        assert!(cache.get(&"a").is_some());
        cache.put("c", 0, 0.0);
        assert!(cache.get(&"a").is_some());
        assert!(cache.get(&"b").is_none());
    }
}
