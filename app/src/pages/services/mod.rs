//! All services with their figures: found by name, sorted by any column.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;
use model::analysis::PerformanceFigures;

use crate::api;
use crate::client::Caches;
use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::client::live::Live;
use crate::client::row_keys::use_row_keys;
use crate::components::breakdown::{COLUMNS, DEFAULT_ORDER, row};
use crate::components::loaded::Loaded;
use crate::components::notice::{EmptyStore, skeleton_rows};
use crate::components::sheet::{Sorting, sheet};
use crate::components::text_filter::TextFilter;
use crate::components::time::ago;
use crate::erase::{Erase, Html, memo, part, text, when};
use crate::place::{Place, use_replace};
use crate::{format, urls};

#[component]
pub fn ServicesPage() -> impl IntoView {
    let caches = expect_context::<Caches>();
    let live = Live::new(Memo::new(|_| ()), caches.figures, |()| api::services::performance());
    view! {
        <Title text="Services"/>
        <div class="services-page">
            <h1 class="visually-hidden">"Services"</h1>
            <Loaded live skeleton=|| skeleton_rows(18) render=render/>
        </div>
    }
    .erase()
}

fn render(data: Signal<PerformanceFigures>) -> Html {
    let is_empty = memo(move || data.with(|data| data.services.is_empty()));
    part(move || if is_empty.get() { view! { <EmptyStore/> }.erase() } else { filled(data) }).erase()
}

fn filled(data: Signal<PerformanceFigures>) -> Html {
    let place = expect_context::<Place>();
    let replace = use_replace();
    use_row_keys(".sheet .row-link a:not(.cell-link)", "Next service", "Previous service");
    let ask = Debounced::new(TYPING_SILENCE, move |wanted: String| {
        if place.filter.with_untracked(|filter| *filter != wanted) {
            replace(&urls::services(&wanted, &place.sort.get_untracked()));
        }
    });
    let rows = memo(move || {
        let wanted = place.filter.with(|filter| filter.to_lowercase());
        data.with(|data| {
            let found = data.services.iter().filter(|service| service.name.to_lowercase().contains(&wanted));
            found.map(row).collect::<Vec<_>>()
        })
    });
    let all = memo(move || data.with(|data| data.services.len() as u64));
    let at = memo(move || data.with(|data| data.at));
    let found = move || {
        let (found, all) = (rows.with(Vec::len) as u64, all.get());
        let services = format::counted(all, "service", "services");
        if found == all { services } else { format!("{} of {services}", format::count(found)) }
    };
    let sorting = Sorting {
        by: place.sort,
        default: DEFAULT_ORDER,
        url: Arc::new(move |sort| place.filter.with(|filter| urls::services(filter, sort))),
    };
    view! {
        <div class="toolbar">
            <TextFilter
                key="f"
                label="Filter services"
                class="input toolbar-filter"
                placeholder="Filter by name"
                title="Filter services (f)"
                asked=place.filter
                ask
            />
            <span class="toolbar-total">
                <span role="status" aria-label="Services found">{text(found)}</span>
                ", " {ago("as of", move || at.get())}
            </span>
        </div>
        <div class="services-scroll" role="region" aria-label="Services">
            {sheet("breakdown", &COLUMNS, rows.into(), Some(sorting))}
            {when(move || rows.with(Vec::is_empty), no_match)}
        </div>
    }
    .erase()
}

fn no_match() -> Html {
    let replace = use_replace();
    let place = expect_context::<Place>();
    view! {
        <section class="empty" aria-label="No match">
            <h2>"No service matches"</h2>
            <p>"The filter looks anywhere in the names of services."</p>
            <button type="button" class="button" on:click=move |_| replace(&urls::services("", &place.sort.get_untracked()))>
                "Show all services"
            </button>
        </section>
    }
    .erase()
}
