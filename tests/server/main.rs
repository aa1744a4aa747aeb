//! The server from outside: real requests over real sockets, and the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bad_input;
mod conditional;
mod cross_origin;
mod events;
mod ingest;
mod limits;
mod metrics;
mod pages;
mod process;
mod races;
mod reads;
mod support;
mod windows;
