//! The filter inside the trace, and how many events it leaves.

use leptos::prelude::*;

use super::EventsState;
use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::components::text_filter::TextFilter;
use crate::erase::{Erase, text};
use crate::format;
use crate::place::{Place, use_replace};
use crate::urls;

#[component]
pub fn Toolbar() -> impl IntoView {
    let place = expect_context::<Place>();
    let state = expect_context::<EventsState>();
    let replace = use_replace();
    let ask = Debounced::new(TYPING_SILENCE, move |wanted: String| {
        let is_news = place.filter.with_untracked(|filter| *filter != wanted);
        if let Some(trace) = place.trace.get_untracked().filter(|_| is_news) {
            replace(&urls::events(trace, &place.list.get_untracked(), &wanted, place.event.get_untracked()));
        }
    });
    let total = move || match state.totals.get() {
        None => String::new(),
        Some((rows, all)) if rows == all => format::counted(all, "event", "events"),
        Some((rows, all)) => format!("{} of {}", format::count(rows), format::counted(all, "event", "events")),
    };
    view! {
        <div class="toolbar">
            <TextFilter
                key="f"
                label="Filter events"
                class="input toolbar-filter"
                placeholder="Filter: text, kind:write, is:error, slower:5ms"
                title="Filter events (f)\nWords that all must match: text, service:, thread:, op:, kind:, on: (variable or lock), is:error, slower:5ms; -word excludes"
                asked=place.filter
                ask
            />
            <span class="toolbar-total" role="status" aria-label="Events found">{text(total)}</span>
        </div>
    }
    .erase()
}
