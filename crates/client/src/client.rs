//! A service instance as the server knows it, and the handle to its buffer and sender.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::builder::Builder;
use crate::context::{Context, Origin};
use crate::delivery::Report;
use crate::propagate;
use crate::queue::Queue;
use crate::sender::Counters;

/// How long the sender goes on for a client that was dropped without [`Client::shutdown`].
const GRACE: Duration = Duration::from_secs(2);

/// Who records: the same on every event of a client.
#[derive(Debug)]
pub(crate) struct Identity {
    pub service: String,
    pub instance: String,
    pub environment: String,
    /// `service#instance`, the name of its component in clocks.
    pub component: String,
    pub process_id: u32,
}

/// One service instance. Clones are the same client.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    identity: Identity,
    queue: Arc<Queue>,
    counters: Arc<Counters>,
    deadline: watch::Sender<Option<Instant>>,
    ended: watch::Receiver<bool>,
}

impl Client {
    /// A client that sends to `endpoint` (`http://host:port`) as `service`.
    pub fn builder(endpoint: &str, service: &str) -> Builder {
        Builder::new(endpoint, service)
    }

    pub(crate) fn new(
        identity: Identity,
        queue: Arc<Queue>,
        counters: Arc<Counters>,
        deadline: watch::Sender<Option<Instant>>,
        ended: watch::Receiver<bool>,
    ) -> Self {
        Self { inner: Arc::new(Inner { identity, queue, counters, deadline, ended }) }
    }

    /// A request context that begins a new trace.
    pub fn context(&self) -> Context {
        Context::new(self.clone(), Origin::new_trace())
    }

    /// A request context that continues the caller's trace; a new trace when there are no headers, or
    /// malformed ones.
    pub fn extract(&self, headers: &HeaderMap) -> Context {
        let origin = propagate::extract(headers).unwrap_or_else(Origin::new_trace);
        Context::new(self.clone(), origin)
    }

    /// What became of the events so far.
    pub fn report(&self) -> Report {
        self.inner.counters.report(&self.inner.queue)
    }

    /// Sends what is buffered, for at most `timeout`. Events recorded afterwards are dropped and counted.
    pub async fn shutdown(&self, timeout: Duration) -> Report {
        self.inner.finish(timeout);
        let mut ended = self.inner.ended.clone();
        // An error means that the thread is gone: there is nothing to wait for.
        let _ = ended.wait_for(|ended| *ended).await;
        self.report()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.inner.identity
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.inner.queue
    }
}

impl Inner {
    fn finish(&self, timeout: Duration) {
        self.deadline.send_replace(Some(Instant::now() + timeout));
        self.queue.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.queue.is_closed() {
            self.finish(GRACE);
        }
    }
}
