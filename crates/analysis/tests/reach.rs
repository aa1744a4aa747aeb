//! The reachability engines against all correct reorderings of small histories, and against known answers.

#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;

#[path = "reach/brute_force.rs"]
mod brute_force;
#[path = "reach/documented.rs"]
mod documented;
#[path = "reach/known_answers.rs"]
mod known_answers;
#[path = "reach/random_histories.rs"]
mod random_histories;
