//! The server from outside: real requests over real sockets, and the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod analyses;
mod bad_input;
mod conditional;
mod cross_origin;
mod demo;
mod events;
mod ingest;
mod limits;
mod metrics;
mod pages;
mod process;
mod races;
mod reads;
#[path = "../../crates/analysis/tests/events/mod.rs"]
mod recording;
mod support;
mod variables;
mod windows;
