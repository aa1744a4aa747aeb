//! The engines: what a recorded execution did, and what it could have done.
//!
//! Pure functions over a [`History`]: no I/O, no recursion over data, no pass quadratic in events.
//! Long ones take a [`Cancel`] and look at it. Every claim carries a [`witness::Witness`], which a checker
//! written apart from the engines has replayed.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed expectation fails the test"))]

pub mod atomicity;
pub mod audit;
pub mod baselines;
pub mod cancel;
pub mod causal;
pub mod chains;
pub mod check;
pub mod contention;
pub mod deadlocks;
pub mod dependencies;
pub mod findings;
pub mod global;
pub mod history;
mod jaeger;
pub mod parents;
pub mod races;
pub mod ranking;
pub mod reach;
pub mod read;
pub mod reads_from;
pub mod report;
pub mod sections;
pub mod spans;
pub mod std_file;
pub mod updates;
pub mod witness;

pub use cancel::{Cancel, Cancelled};
pub use history::{
    Access, Edge, EdgeReason, History, HistoryBuilder, LocationId, LockId, Op, OpIdx, OpKind, ThreadIdx, VarId,
};
