//! Small executions: random ones, and all that they could have been.

#![allow(dead_code, unused_imports, reason = "each test binary takes what it needs")]

pub mod brute;
pub mod execution;
pub mod machine;
pub mod programs;
pub mod schedules;
pub mod variations;
pub mod wishes;

pub use execution::{Execution, philosophers};
pub use machine::Shape;
pub use programs::programs;
pub use variations::variations;
pub use wishes::executions;

use proptest::prelude::ProptestConfig;

/// Cases of a property, times `RACEWAY_CASES` for a longer look.
pub fn cases(n: u32) -> ProptestConfig {
    let factor = std::env::var("RACEWAY_CASES").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1);
    ProptestConfig { cases: n * factor, failure_persistence: None, ..ProptestConfig::default() }
}
