//! The event model: what an event is, whatever its source.
//!
//! Everything here is plain data. Nothing does I/O, nothing spawns, nothing knows SQL, HTTP or
//! Leptos; the crate builds for WASM. Decoding of arriving events needs the feature `ingest`.

mod id;
mod kind;
mod time;

pub mod analysis;
pub mod json;
pub mod list;
pub mod trace;
pub mod window;

#[cfg(feature = "ingest")]
pub mod limits;
#[cfg(feature = "ingest")]
pub mod redact;
#[cfg(feature = "ingest")]
pub mod table;
#[cfg(feature = "ingest")]
pub mod wire;

pub use id::{EventId, Head, IdError, Seq, TraceId};
pub use kind::{Kind, Mode};
pub use time::{Nanos, TimeError};
