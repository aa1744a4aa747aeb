//! A search field. Typing is never delayed: what follows from it happens after a silence.

use leptos::html::Input;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::client::debounce::Debounced;
use crate::client::keyboard::use_shortcut;
use crate::erase::{Erase, text};

#[component]
pub fn TextFilter(
    /// The key that puts the cursor here.
    key: &'static str,
    label: &'static str,
    class: &'static str,
    placeholder: &'static str,
    title: &'static str,
    /// What is filtered by now; it may change by other means: a link, or back.
    asked: Memo<String>,
    /// Asked with what is typed.
    ask: Debounced<String>,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let typed = RwSignal::new(asked.get_untracked());
    Effect::watch(
        move || asked.get(),
        move |asked, _, _| {
            if typed.with_untracked(|typed| typed.trim() != asked) {
                typed.set(asked.clone());
            }
        },
        false,
    );
    let focus = move || {
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
            input.select();
        }
    };
    use_shortcut(key, label, focus);
    let keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                let _ = input.blur();
            }
        }
    };
    view! {
        <input
            type="search"
            class=class
            node_ref=input
            aria-label=label
            placeholder=placeholder
            title=title
            autocomplete="off"
            spellcheck="false"
            value=typed.get_untracked()
            prop:value=text(move || typed.get())
            on:input:target=move |event| {
                let text = event.target().value();
                ask.call(text.trim().to_owned());
                typed.set(text);
            }
            on:keydown=keydown
        />
    }
    .erase()
}
