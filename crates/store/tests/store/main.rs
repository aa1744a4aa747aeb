//! The store over a real database in a folder of its own.

mod commit;
mod durable;
mod follow;
mod statistics;
mod support;
