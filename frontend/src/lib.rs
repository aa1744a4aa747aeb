//! The WASM entry point: brings the server's page to life, and nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// `path` is that of the page.
#[wasm_bindgen]
pub async fn hydrate(path: String) {
    console_error_panic_hook::set_once();
    app::lazy::load_for(&path).await;
    leptos::mount::hydrate_body(app::App);
}
