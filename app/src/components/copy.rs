//! A button that copies a text, and says that it did.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::client::clipboard;
use crate::client::local::Local;
use crate::erase::{self, Erase};

const SAID_MS: u32 = 1_500;

#[component]
pub fn CopyButton(text: impl Fn() -> String + 'static, label: &'static str) -> impl IntoView {
    let said = RwSignal::new(None::<bool>);
    let timer = Local::new(|| None::<Timeout>);
    let copy = move |event: web_sys::MouseEvent| {
        event.stop_propagation();
        let text = text();
        spawn_local(async move {
            let copied = clipboard::copy(&text).await;
            if said.try_set(Some(copied)).is_none() {
                let silence = Timeout::new(SAID_MS, move || {
                    said.try_set(None);
                });
                timer.set(Some(silence));
            }
        });
    };
    let caption = move || {
        match said.get() {
            None => "Copy",
            Some(true) => "Copied",
            Some(false) => "Not allowed",
        }
        .to_owned()
    };
    view! {
        <button type="button" class="copy" aria-label=label title=label on:click=copy>
            <span aria-live="polite">{erase::text(caption)}</span>
        </button>
    }
    .erase()
}
