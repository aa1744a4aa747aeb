//! Tasks and threads of one request, each with a `task_id` of its own.

use std::panic::Location;

use crate::context::Context;

/// Why a task gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    #[error("the task panicked")]
    Panicked,
    #[error("the task was cancelled")]
    Cancelled,
    #[error("the operating system refused a thread")]
    NotStarted,
}

/// A running task; see [`Context::spawn`]. Dropping it lets the task run on, unjoined.
#[derive(Debug)]
pub struct Task<T> {
    id: Box<str>,
    handle: tokio::task::JoinHandle<T>,
}

/// A running thread; see [`Context::spawn_thread`]. Dropping it lets the thread run on, unjoined.
#[derive(Debug)]
pub struct Thread<T> {
    id: Box<str>,
    handle: std::io::Result<std::thread::JoinHandle<T>>,
}

impl Context {
    /// Spawns a task of this request on the current tokio runtime; its work gets its own context.
    ///
    /// # Panics
    /// Outside a tokio runtime, as [`tokio::spawn`] does.
    #[track_caller]
    pub fn spawn<F, Fut>(&self, work: F) -> Task<Fut::Output>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future + Send + 'static,
        Fut::Output: Send + 'static,
    {
        let ctx = self.fork();
        let id = ctx.task_id().unwrap_or_default().into();
        Task { id, handle: tokio::spawn(work(ctx)) }
    }

    /// Spawns a thread of this request; its work gets its own context. A thread the operating system
    /// refuses is reported by [`Thread::join`].
    #[track_caller]
    pub fn spawn_thread<F, T>(&self, work: F) -> Thread<T>
    where
        F: FnOnce(Self) -> T + Send + 'static,
        T: Send + 'static,
    {
        let ctx = self.fork();
        let id = ctx.task_id().unwrap_or_default().into();
        Thread { id, handle: std::thread::Builder::new().spawn(move || work(ctx)) }
    }
}

impl<T> Task<T> {
    /// The id in the spawn event, the task's events, and the join event.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits for the end of the task and records that it came.
    #[track_caller]
    pub fn join<'a>(self, ctx: &'a Context) -> impl Future<Output = Result<T, TaskError>> + 'a
    where
        T: 'a,
    {
        let location = Location::caller();
        async move {
            let result = self.handle.await;
            ctx.joined_at(&self.id, location);
            result.map_err(|error| if error.is_panic() { TaskError::Panicked } else { TaskError::Cancelled })
        }
    }
}

impl<T> Thread<T> {
    /// The id in the spawn event, the thread's events, and the join event.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Blocks until the end of the thread and records that it came.
    #[track_caller]
    pub fn join(self, ctx: &Context) -> Result<T, TaskError> {
        let handle = self.handle.map_err(|_| TaskError::NotStarted)?;
        let result = handle.join();
        ctx.joined_at(&self.id, Location::caller());
        result.map_err(|_| TaskError::Panicked)
    }
}
