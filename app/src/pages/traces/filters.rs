//! The filters above the list. The address is their state.

use leptos::prelude::*;
use model::list::{FilterNames, TraceFilter};

use crate::api;
use crate::api::codec::Answered;
use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::erase::{Erase, text, waiting, when};
use crate::place::{Place, use_replace};

#[component]
pub fn Filters() -> impl IntoView {
    let place = expect_context::<Place>();
    let replace = use_replace();
    let list = place.list;
    let change = StoredValue::new(move |change: &dyn Fn(&mut TraceFilter)| {
        let mut filter = list.get_untracked();
        change(&mut filter);
        replace(&place.with_list(&filter));
    });
    let names = Answered::new_with_options(|| (), |()| api::traces::filter_names(), false);
    // Options of one filter; the chosen name is offered even when nothing has it (any more).
    let options =
        move |of: fn(&FilterNames) -> &Vec<String>, chosen: fn(&TraceFilter) -> &String, all: &'static str| {
            let wanted = list.with(|list| chosen(list).clone());
            async move {
                let mut offered = names.await.map(|names| of(&names).clone()).unwrap_or_default();
                if !wanted.is_empty() && !offered.contains(&wanted) {
                    offered.push(wanted.clone());
                }
                offered.insert(0, String::new());
                let option = |name: String| {
                    let is_chosen = name == wanted;
                    let text = if name.is_empty() { all.to_owned() } else { name.clone() };
                    view! { <option value=name selected=is_chosen prop:selected=is_chosen>{text}</option> }.erase()
                };
                offered.into_iter().map(option).collect_view().erase()
            }
        };
    let min_events =
        move || list.with(|list| if list.min_events == 0 { String::new() } else { list.min_events.to_string() });
    let type_min = Debounced::new(TYPING_SILENCE, move |text: String| {
        let wanted = text.trim().parse().unwrap_or(0);
        change.with_value(|change| change(&|filter| filter.min_events = wanted));
    });
    let clear = move |_| change.with_value(|change| change(&|filter| *filter = TraceFilter::default()));
    view! {
        <form class="filters" aria-label="Filter traces" on:submit=|event| event.prevent_default()>
            <select
                class="input"
                aria-label="Service"
                on:change:target=move |event| {
                    let chosen = event.target().value();
                    change.with_value(|change| change(&|filter| filter.service.clone_from(&chosen)));
                }
            >
                {waiting(
                    || view! { <option value="">"Service"</option> }.erase(),
                    move || options(|names| &names.services, |list| &list.service, "Service"),
                )}
            </select>
            <select
                class="input"
                aria-label="Environment"
                on:change:target=move |event| {
                    let chosen = event.target().value();
                    change.with_value(|change| change(&|filter| filter.environment.clone_from(&chosen)));
                }
            >
                {waiting(
                    || view! { <option value="">"Environment"</option> }.erase(),
                    move || options(|names| &names.environments, |list| &list.environment, "Environment"),
                )}
            </select>
            <input
                class="input filter-number"
                type="number"
                min="0"
                step="1"
                inputmode="numeric"
                aria-label="Minimum events"
                placeholder="Min events"
                value=untrack(min_events)
                prop:value=text(min_events)
                on:input:target=move |event| type_min.call(event.target().value())
            />
            {when(
                move || list.with(|list| !list.is_empty()),
                move || view! { <button type="button" class="button" on:click=clear>"Clear"</button> }.erase(),
            )}
        </form>
    }
    .erase()
}
