//! The server's face: what a command line or a socket meets first.
//!
//! No handler and no command holds a rule of the product: it extracts, calls the engine, maps the
//! error.

pub mod cli;
pub mod config;
pub mod http;
