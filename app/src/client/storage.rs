//! What the browser remembers between visits: small texts under the page's origin. Storage that is
//! switched off or full is as good as empty. For effects and handlers only.

use leptos::prelude::window;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

pub fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

pub fn write(key: &str, text: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage forgets; nothing depends on it.
        let _ = storage.set_item(key, text);
    }
}

pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}
