//! What can be asked, one file a subject.

mod dashboard;
mod services;
mod trace;
mod traces;

use std::time::Duration;

use model::Head;

pub use trace::TraceEvents;
pub use traces::{Slice, TraceSlice};

/// An answer that may be older than the newest commit.
#[derive(Debug, Clone)]
pub struct Aged<T> {
    pub value: T,
    pub as_of: Head,
    pub age: Duration,
}
