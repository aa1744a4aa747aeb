//! What the browser asks the server, one file a resource. A server function takes the engine, calls it,
//! says how new the answer is, and maps the error; it holds no rule.

pub mod analysis;
#[cfg(feature = "ssr")]
mod answer;
pub mod codec;
pub mod dashboard;
pub mod races;
pub mod services;
pub mod trace;
pub mod traces;

/// Says with the page's status that what the address names is not there. Only pages rendered by the
/// server have one.
pub fn answer_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(options) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
}
