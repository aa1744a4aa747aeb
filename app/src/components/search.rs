//! The search for traces, in the bar of every page: the address follows what is typed, and the list
//! follows the address.

use leptos::prelude::*;
use model::list::TraceFilter;

use super::text_filter::TextFilter;
use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::erase::{Erase, memo};
use crate::place::{Place, use_go, use_replace};

#[component]
pub fn Search() -> impl IntoView {
    let place = expect_context::<Place>();
    let (go, replace) = (use_go(), use_replace());
    let asked = memo(move || place.list.with(|list| list.q.clone()));
    let ask = Debounced::new(TYPING_SILENCE, move |q: String| {
        if q == asked.get_untracked() {
            return;
        }
        let url = place.with_list(&TraceFilter { q, ..place.list.get_untracked() });
        // Coming from another page is a step worth going back over; further letters are not.
        let is_there = place.path.with_untracked(|path| path.starts_with("/traces"));
        if is_there { replace(&url) } else { go(&url) }
    });
    view! {
        <div class="search" role="search">
            <TextFilter
                key="/"
                label="Search traces"
                class="input"
                placeholder="Search traces: id, service or operation"
                title="Search traces (/)"
                asked
                ask
            />
            <kbd class="search-key" aria-hidden="true">"/"</kbd>
        </div>
    }
    .erase()
}
