//! The browser UI: Leptos components, and the server functions they ask.
//!
//! Compiled twice. With the feature `ssr` it renders pages inside the server, with `hydrate` it brings
//! them to life in the browser. It shows what the engine answers and decides nothing.

// Views are types nested as deep as the elements they stand for.
#![recursion_limit = "256"]

pub mod api;
mod client;
mod components;
mod erase;
pub mod error;
mod format;
mod hue;
pub mod lazy;
mod pages;
mod place;
mod routes;
#[cfg(feature = "ssr")]
mod shell;
mod urls;

pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::{Assets, shell};
