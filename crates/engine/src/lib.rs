//! The product without a face: ingest, query, watch.
//!
//! [`Engine`] is a cheap handle over shared state. Everything that a socket, a page or a command asks
//! for goes through it; it owns the store, the caches, the queue before the writer, and the tasks that
//! look after the store, and stops them all in [`Engine::shutdown`].

mod analyse;
mod caches;
mod config;
mod error;
mod global;
mod handle;
mod ingest;
mod maintenance;
mod query;
mod view;

pub use analysis::baselines::Thresholds;
pub use config::EngineConfig;
pub use error::{IngestError, OpenError, QueryError};
pub use handle::Engine;
pub use ingest::Receipt;
pub use query::{Aged, MAX_FIGURES, Metrics, Slice, TraceEvents, TraceSlice};
pub use store::cache::{CacheFigures, Freshness};
pub use store::migrate;
