//! Threads of its own for work that may take seconds: neither the async workers nor the pool that decodes
//! windows ever waits for it.
//!
//! Invariants: work runs in the order in which it was asked for; at most [`MAX_WAITING`] jobs wait; a job whose
//! future was dropped has its [`Cancel`] raised, whether it waits or runs.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use analysis::Cancel;
use tokio::sync::oneshot;

use crate::error::QueryError;

/// Jobs that may wait for a thread; who comes later is asked to come again.
const MAX_WAITING: usize = 256;

/// See the module. Dropping it stops it.
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Waiting>,
    /// By thread: what it works on.
    running: Vec<Option<Cancel>>,
    stopped: bool,
}

struct Waiting {
    cancel: Cancel,
    job: Box<dyn FnOnce() + Send>,
}

/// Raises the flag when the future that waits for the work is dropped; after the work that says nothing.
struct RaiseOnDrop(Cancel);

impl Drop for RaiseOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Pool {
    /// Starts its threads, one at least.
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub fn start(name: &str, threads: usize) -> io::Result<Self> {
        let threads = threads.max(1);
        let state = State { waiting: VecDeque::new(), running: vec![None; threads], stopped: false };
        let pool = Self(Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }));
        for thread in 0..threads {
            let shared = Arc::clone(&pool.0);
            std::thread::Builder::new().name(format!("{name}-{thread}")).spawn(move || shared.work(thread))?;
        }
        Ok(pool)
    }

    /// Runs `work` on a thread of the pool and waits for it; it should look at its [`Cancel`] now and then.
    ///
    /// # Errors
    /// [`QueryError::Busy`] when too many wait already, [`QueryError::Store`] when the engine stops.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cancel) -> T + Send + 'static,
    ) -> Result<T, QueryError> {
        let cancel = Cancel::default();
        let (sender, receiver) = oneshot::channel::<Result<T, Box<dyn Any + Send>>>();
        let of_job = cancel.clone();
        let job = move || {
            if sender.is_closed() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&of_job)));
            // Nobody may be left to tell.
            let _ = sender.send(outcome);
        };
        self.0.push(Waiting { cancel: cancel.clone(), job: Box::new(job) })?;
        let _raised = RaiseOnDrop(cancel);
        match receiver.await {
            Ok(Ok(done)) => Ok(done),
            // As if it had happened here, where it is caught and answered.
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(QueryError::Store),
        }
    }

    /// Takes no more work, drops what waits and cancels what runs.
    pub fn stop(&self) {
        let mut state = self.0.lock();
        state.stopped = true;
        let waiting = std::mem::take(&mut state.waiting);
        for cancel in state.running.iter().flatten() {
            cancel.cancel();
        }
        drop(state);
        drop(waiting);
        self.0.changed.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Waiting) -> Result<(), QueryError> {
        let mut state = self.lock();
        if state.stopped {
            return Err(QueryError::Store);
        }
        if state.waiting.len() >= MAX_WAITING {
            state.waiting.retain(|waiting| waiting.cancel.check().is_ok());
        }
        if state.waiting.len() >= MAX_WAITING {
            return Err(QueryError::Busy);
        }
        state.waiting.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The life of one thread.
    fn work(&self, thread: usize) {
        loop {
            let mut state = self.lock();
            state.running[thread] = None;
            let next = loop {
                if state.stopped {
                    return;
                }
                match state.waiting.pop_front() {
                    Some(next) => break next,
                    None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            state.running[thread] = Some(next.cancel);
            drop(state);
            (next.job)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn pool(threads: usize) -> Arc<Pool> {
        Arc::new(Pool::start("test", threads).expect("threads"))
    }

    #[tokio::test]
    async fn work_is_done_and_answered() {
        let pool = pool(2);
        assert_eq!(pool.run(|_| 6 * 7).await, Ok(42));
    }

    #[tokio::test]
    async fn a_dropped_future_cancels_its_work_and_frees_the_thread() {
        let pool = pool(1);
        let (says, heard) = mpsc::channel();
        let waiter = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move {
                pool.run(move |cancel| {
                    says.send("began").expect("heard");
                    while cancel.check().is_ok() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    says.send("ended").expect("heard");
                })
                .await
            }
        });
        let heard = tokio::task::spawn_blocking(move || {
            assert_eq!(heard.recv_timeout(PATIENCE), Ok("began"));
            heard
        });
        let heard = heard.await.expect("it began");
        waiter.abort();
        let ended = tokio::task::spawn_blocking(move || heard.recv_timeout(PATIENCE)).await.expect("joined");
        assert_eq!(ended, Ok("ended"));
        assert_eq!(pool.run(|_| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_asked_to_come_again() {
        let pool = pool(1);
        let (open, gate) = mpsc::channel::<()>();
        let mut waiters = vec![tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(move |_| _ = gate.recv_timeout(PATIENCE)).await }
        })];
        while pool.0.lock().running[0].is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..MAX_WAITING {
            let pool = Arc::clone(&pool);
            waiters.push(tokio::spawn(async move { pool.run(|_| ()).await }));
        }
        while pool.0.lock().waiting.len() < MAX_WAITING {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|_| ()).await, Err(QueryError::Busy));
        // One that left makes room.
        waiters.pop().expect("many").abort();
        tokio::task::yield_now().await;
        let late = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(|_| ()).await }
        });
        tokio::task::yield_now().await;
        open.send(()).expect("it waits");
        assert_eq!(late.await.expect("joined"), Ok(()));
        for waiter in waiters {
            assert_eq!(waiter.await.expect("joined"), Ok(()));
        }
    }

    #[tokio::test]
    async fn a_panic_is_the_waiter_s_and_the_thread_goes_on() {
        let pool = pool(1);
        let broken = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(|_| panic!("broken")).await }
        });
        assert!(broken.await.expect_err("it panicked").is_panic());
        assert_eq!(pool.run(|_| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_stopped_pool_cancels_what_runs_and_takes_nothing() {
        let pool = pool(1);
        let (says, began) = mpsc::channel();
        let running = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move {
                pool.run(move |cancel| {
                    says.send(()).expect("heard");
                    while cancel.check().is_ok() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                })
                .await
            }
        });
        let waited = tokio::task::spawn_blocking(move || began.recv_timeout(PATIENCE)).await;
        assert_eq!(waited.expect("joined"), Ok(()));
        pool.stop();
        assert_eq!(running.await.expect("joined"), Ok(()));
        assert_eq!(pool.run(|_| 1).await, Err(QueryError::Store));
    }
}
