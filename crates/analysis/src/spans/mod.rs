//! Spans: intervals of work, each caused by another.
//!
//! A [`SpanForest`] is one trace as trees of spans, whatever it was read from. What is computed over it:
//! the critical path, calls between services and the samples of
//! the root-cause ranking.

mod forest;
pub mod jaeger;

pub use forest::{Parenthood, Side, Span, SpanForest, SpanForestBuilder, SpanIdx, SpanRecord};
