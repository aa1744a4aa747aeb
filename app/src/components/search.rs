//! The search for traces, in the bar of every page. Typing is never delayed: the address follows after a
//! silence, and the list follows the address.

use leptos::html::Input;
use leptos::prelude::*;
use model::list::TraceFilter;
use web_sys::KeyboardEvent;

use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::client::keyboard::use_shortcut;
use crate::place::{Place, use_go, use_replace};

#[component]
pub fn Search() -> impl IntoView {
    let place = expect_context::<Place>();
    let (go, replace) = (use_go(), use_replace());
    let input = NodeRef::<Input>::new();
    let asked = Memo::new(move |_| place.list.with(|list| list.q.clone()));
    let typed = RwSignal::new(asked.get_untracked());

    let search = Debounced::new(TYPING_SILENCE, move |text: String| {
        let q = text.trim().to_owned();
        if q == asked.get_untracked() {
            return;
        }
        let url = place.with_list(&TraceFilter { q, ..place.list.get_untracked() });
        // Coming from another page is a step worth going back over; further letters are not.
        let is_there = place.path.with_untracked(|path| path.starts_with("/traces"));
        if is_there { replace(&url) } else { go(&url) }
    });
    // The address changed by other means: a link, or back.
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
    use_shortcut("/", "Search traces", focus);
    let keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                let _ = input.blur();
            }
        }
    };
    view! {
        <div class="search" role="search">
            <input
                type="search"
                class="input"
                node_ref=input
                aria-label="Search traces"
                placeholder="Search traces: id, service or operation"
                title="Search traces (/)"
                autocomplete="off"
                spellcheck="false"
                value=typed.get_untracked()
                prop:value=move || typed.get()
                on:input:target=move |event| {
                    let text = event.target().value();
                    typed.set(text.clone());
                    search.call(text);
                }
                on:keydown=keydown
            />
            <kbd class="search-key" aria-hidden="true">"/"</kbd>
        </div>
    }
}
