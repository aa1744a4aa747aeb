//! Spans: intervals of work, each caused by another.
//!
//! A [`SpanForest`] is one trace as trees of spans, whatever it was read from. What is computed over it:
//! the critical path, calls between services and the samples of
//! the root-cause ranking.

mod before;
mod critical_path;
mod forest;
pub mod jaeger;
mod placed;
mod what_if;

pub use critical_path::{CriticalPath, CriticalPaths, OperationTime, Segment, critical_paths};
pub use forest::{Parenthood, Side, Span, SpanForest, SpanForestBuilder, SpanIdx, SpanRecord};
pub use placed::{AfterRoot, Shift};
