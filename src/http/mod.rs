//! HTTP: the client contract, the browser's pages, and the layers around both.

mod assets;
mod body;
mod conditional;
mod cors;
mod envelope;
mod host;
mod limits;
mod openapi;
mod pages;
mod params;
mod request_id;
mod router;
mod security;
mod server;
mod settings;
mod state;
mod timeout;
mod wire;

pub use router::router;
pub use server::{DRAIN_TIME, bind, serve};
pub use settings::HttpSettings;
