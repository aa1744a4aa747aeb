//! What is usual for an operation, and how unusual one call of it was.
//!
//! [`Baselines`] learns measured durations, each once, when it arrives; [`Assessor`] compares a duration with
//! what had been learned before its trace began. Comparing learns nothing, so that looking twice changes
//! nothing: reading takes `&Baselines`.
//!
//! Durations only: whoever fills it leaves out events whose duration was not measured.

mod assess;
mod score;
mod sketch;
mod window;

pub use assess::{Assessor, Baselines};
pub use score::{Assessment, Baseline, Severity, Thresholds};
pub use sketch::{RELATIVE_ERROR, Sketch};
pub use window::{Window, WindowShape};
