//! The Rust client: records what a concurrent program does and sends it to a Raceway server.
//!
//! - A [`Client`] stands for one service instance. It owns a bounded buffer and a thread of its own
//!   that sends batches; recording never waits for the network and never fails the host program.
//!   What had to be dropped is counted, logged, and in the final [`Report`].
//! - A [`Context`] is one request (or job) in this service. Every event is recorded on one.
//! - Tasks ([`Context::spawn`], [`Context::spawn_thread`], [`Context::fork`]) carry a `task_id`, so
//!   that work running in parallel inside a request stays distinguishable.
//! - Locks ([`Mutex`], [`RwLock`], and for threads [`blocking`]) record the request for a lock before
//!   waiting, the acquisition once it was granted, and the release before the lock is given up.
//! - [`Shared`] records reads and writes with their values.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use raceway_client::{Client, Mutex, Shared};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("http://127.0.0.1:8080", "bank").start()?;
//! let lock = Arc::new(Mutex::new("vault", ()));
//! let balance = Arc::new(Shared::new("balance", 100));
//!
//! let ctx = client.context();
//! let call = ctx.call("bank::deposit", &("alice", 20));
//! let (task_lock, task_balance) = (Arc::clone(&lock), Arc::clone(&balance));
//! let task = ctx.spawn(move |ctx| async move {
//!     let _held = task_lock.lock(&ctx).await;
//!     let before = task_balance.read(&ctx);
//!     task_balance.write(&ctx, before + 20);
//! });
//! task.join(&ctx).await?;
//! drop(call); // recorded with its duration
//!
//! let report = client.shutdown(Duration::from_secs(2)).await;
//! assert_eq!(report.dropped, 0);
//! # Ok(())
//! # }
//! ```
//!
//! A caller's trace is continued with [`Client::extract`], and carried on with
//! [`Context::request`], whose headers (`traceparent`, `raceway-clock`) belong on the outgoing call.

mod backoff;
mod builder;
mod call;
mod client;
mod clock;
mod context;
mod delivery;
mod event;
mod exchange;
mod lock;
mod propagate;
mod queue;
mod sender;
mod shared;
mod task;
mod value;

pub use builder::{Builder, StartError};
pub use call::Call;
pub use client::Client;
pub use context::Context;
pub use delivery::Report;
pub use event::Ordering;
pub use exchange::Exchange;
pub use lock::asynchronous::{Mutex, MutexGuard, ReadGuard, RwLock, WriteGuard};
pub use lock::blocking;
pub use propagate::{CLOCK_HEADER, TRACEPARENT_HEADER, TRACESTATE_HEADER};
pub use shared::Shared;
pub use task::{Task, TaskError, Thread};
