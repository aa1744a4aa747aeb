//! Races between traces: known answers over recorded events, and brute force over small generated stores.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

#[path = "../events/mod.rs"]
mod events;

mod agreement;
mod brute_force;
mod known_answers;
mod large;
