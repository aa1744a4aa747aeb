//! Findings of the whole store: the worst first, filtered by what the address says, one of them open beside the list.

mod details;
mod filters;
mod list;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::analysis::RaceFilter;

use crate::api;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, mark, memo};
use crate::urls;
use filters::Filters;

/// What the address says of this page.
#[derive(Clone, Copy)]
pub(super) struct RacesPlace {
    pub filter: Memo<RaceFilter>,
    /// The id of the open finding; empty when none is.
    pub open: Memo<String>,
}

impl RacesPlace {
    /// The address of this list with another finding open.
    pub fn with_open(self, finding: &str) -> String {
        urls::races(&self.filter.get(), finding)
    }
}

#[component]
pub fn RacesPage() -> impl IntoView {
    let query = use_location().query;
    let place = RacesPlace {
        filter: memo(move || query.with(|query| urls::race_filter(|name| query.get(name)))),
        open: memo(move || query.with(|query| query.get("finding").unwrap_or_default())),
    };
    provide_context(place);
    let caches = expect_context::<Caches>();
    let live = Live::new(place.filter, caches.races, api::races::races);
    view! {
        <Title text="Races"/>
        <div class="races" data-open=mark(move || place.open.with(|open| !open.is_empty()))>
            <section class="races-main" aria-labelledby="races-title">
                <h1 class="visually-hidden" id="races-title">"Races"</h1>
                <Filters live/>
                <Loaded live skeleton=|| skeleton_rows(18) render=list::render/>
            </section>
            {details::pane(live)}
        </div>
    }
    .erase()
}
