//! The filter inside the trace, and how many events it leaves.

use leptos::html::Input;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::EventsState;
use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::client::keyboard::use_shortcut;
use crate::format;
use crate::place::{Place, use_replace};
use crate::urls;

#[component]
pub fn Toolbar() -> impl IntoView {
    let place = expect_context::<Place>();
    let state = expect_context::<EventsState>();
    let replace = use_replace();
    let input = NodeRef::<Input>::new();
    let typed = RwSignal::new(place.filter.get_untracked());
    let filter_by = Debounced::new(TYPING_SILENCE, move |text: String| {
        let wanted = text.trim();
        if let Some(trace) =
            place.trace.get_untracked().filter(|_| place.filter.with_untracked(|filter| filter != wanted))
        {
            replace(&urls::events(trace, &place.list.get_untracked(), wanted, place.event.get_untracked()));
        }
    });
    Effect::watch(
        move || place.filter.get(),
        move |filter, _, _| {
            if typed.with_untracked(|typed| typed.trim() != filter) {
                typed.set(filter.clone());
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
    use_shortcut("f", "Filter the events", focus);
    let keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                let _ = input.blur();
            }
        }
    };
    let total = move || {
        state.totals.get().map(|(rows, all)| {
            if rows == all {
                format::counted(all, "event", "events")
            } else {
                format!("{} of {}", format::count(rows), format::counted(all, "event", "events"))
            }
        })
    };
    view! {
        <div class="toolbar">
            <input
                type="search"
                class="input toolbar-filter"
                node_ref=input
                aria-label="Filter events"
                placeholder="Filter: text, kind:write, is:error, slower:5ms"
                title="Filter events (f)\nWords that all must match: text, service:, thread:, op:, kind:, on: (variable or lock), is:error, slower:5ms; -word excludes"
                autocomplete="off"
                spellcheck="false"
                value=typed.get_untracked()
                prop:value=move || typed.get()
                on:input:target=move |event| {
                    let text = event.target().value();
                    typed.set(text.clone());
                    filter_by.call(text);
                }
                on:keydown=keydown
            />
            <span class="toolbar-total" role="status" aria-label="Events found">{total}</span>
        </div>
    }
    .into_any()
}
