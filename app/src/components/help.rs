//! The dialog behind `?`: every key that means something on the page at hand.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::client::keyboard::{Keyboard, Shortcut, use_shortcut};
use crate::erase::{Erase, Html, Item, items};

#[component]
pub fn Help() -> impl IntoView {
    let keyboard = expect_context::<Keyboard>();
    let dialog = NodeRef::<Dialog>::new();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            // It fails for a dialog that was taken out of the document; then there is nothing to show.
            let _ = dialog.show_modal();
        }
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    use_shortcut("?", "This help", open);
    view! {
        <button
            type="button"
            class="icon-button help-button"
            aria-label="Help"
            title="Keys on this page (?)"
            aria-haspopup="dialog"
            on:click=move |_| open()
        >
            "?"
        </button>
        <dialog class="dialog" node_ref=dialog aria-labelledby="help-title">
            <header class="dialog-head">
                <h2 id="help-title">"Keys on this page"</h2>
                <button type="button" class="icon-button" aria-label="Close help" title="Close (Esc)" on:click=close>"×"</button>
            </header>
            <dl class="keys">
                {items(move || keyboard.listed.get().into_iter().map(item).collect())}
            </dl>
        </dialog>
    }
    .erase()
}

fn item(shortcut: Shortcut) -> Item {
    let Shortcut { keys, label } = shortcut;
    Item::new(format!("{keys} {label}"), move || view! { <div><dt>{keycaps(keys)}</dt><dd>{label}</dd></div> }.erase())
}

fn keycaps(keys: &'static str) -> Html {
    keys.split(' ').map(|key| view! { <kbd>{cap(key)}</kbd> }).collect_view().erase()
}

fn cap(key: &'static str) -> &'static str {
    match key {
        "Escape" => "Esc",
        "ArrowDown" => "↓",
        "ArrowUp" => "↑",
        "ArrowLeft" => "←",
        "ArrowRight" => "→",
        other => other,
    }
}
