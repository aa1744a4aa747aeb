//! Copying text. For event handlers only.

use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Whether the text is on the clipboard now; false where the browser forbids it.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // Absent on pages that are neither on localhost nor encrypted.
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
