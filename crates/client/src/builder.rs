//! Settings of a client, and its start.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{Client, Identity};
use crate::delivery::Endpoint;
use crate::queue::Queue;
use crate::sender::{Counters, Sender};

/// How long one request may take; a server under load holds one for up to 5 s before it answers 503.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a client could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the endpoint must be an http:// URL, for example http://127.0.0.1:8080")]
    Endpoint,
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
    #[error("the sending thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// Settings of a [`Client`]; made by [`Client::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    endpoint: String,
    service: String,
    instance: Option<String>,
    environment: String,
    api_key: Option<String>,
    buffer_events: usize,
    buffer_bytes: usize,
    batch_events: usize,
    linger: Duration,
}

impl Builder {
    pub(crate) fn new(endpoint: &str, service: &str) -> Self {
        Self {
            endpoint: endpoint.into(),
            service: service.into(),
            instance: None,
            environment: "development".into(),
            api_key: None,
            buffer_events: 10_000,
            buffer_bytes: 32 << 20,
            batch_events: 500,
            linger: Duration::from_millis(250),
        }
    }

    /// Which of several equal processes this is. Default: the variable `RACEWAY_INSTANCE_ID`, else
    /// `<hostname>-<process id>`.
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Default: `development`.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = environment.into();
        self
    }

    /// For servers that ask for one. Default: none.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Events that may wait to be sent; more are dropped and counted. Default: 10,000 (and 32 MiB).
    pub fn buffer(mut self, n_events: usize) -> Self {
        self.buffer_events = n_events.max(1);
        self
    }

    /// Events in one request at most, and how long a first event waits for others. Default: 500, 250 ms.
    pub fn batches(mut self, n_events: usize, linger: Duration) -> Self {
        self.batch_events = n_events.max(1);
        self.linger = linger;
        self
    }

    /// Starts the sending thread. The server need not be there yet.
    ///
    /// # Errors
    /// When the endpoint is no `http://` URL, or the operating system refuses a thread.
    pub fn start(self) -> Result<Client, StartError> {
        let base = self.endpoint.trim_end_matches('/');
        let url: reqwest::Url = format!("{base}/events").parse().map_err(|_| StartError::Endpoint)?;
        if url.scheme() != "http" {
            return Err(StartError::Endpoint);
        }
        let mut http = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).redirect(reqwest::redirect::Policy::none());
        if url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]") {
            http = http.no_proxy();
        }
        let http = http.build().map_err(StartError::Http)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;

        let queue = Arc::new(Queue::new(self.buffer_events, self.buffer_bytes, self.batch_events));
        let counters = Arc::new(Counters::default());
        let (deadline, deadline_seen) = tokio::sync::watch::channel(None);
        let sender = Sender {
            queue: Arc::clone(&queue),
            counters: Arc::clone(&counters),
            endpoint: Endpoint { http, url, api_key: self.api_key },
            linger: self.linger,
            deadline: deadline_seen,
        };
        let (ended, ended_seen) = tokio::sync::watch::channel(false);
        std::thread::Builder::new()
            .name("raceway-sender".into())
            .spawn(move || {
                runtime.block_on(sender.run());
                ended.send_replace(true);
            })
            .map_err(StartError::Thread)?;

        let process_id = std::process::id();
        let instance = self
            .instance
            .or_else(|| std::env::var("RACEWAY_INSTANCE_ID").ok().filter(|instance| !instance.is_empty()))
            .unwrap_or_else(|| format!("{}-{process_id}", hostname()));
        let component = format!("{}#{instance}", self.service);
        let identity =
            Identity { service: self.service, instance, environment: self.environment, component, process_id };
        Ok(Client::new(identity, queue, counters, deadline, ended_seen))
    }
}

fn hostname() -> String {
    let from_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = from_kernel.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_no_http_url_is_refused() {
        for endpoint in ["", "nowhere", "https://127.0.0.1:1", "ftp://127.0.0.1"] {
            let started = Builder::new(endpoint, "bank").start();
            assert!(matches!(started, Err(StartError::Endpoint)), "{endpoint}");
        }
    }
}
