//! The tab Traces: those in which the service took part, newest first.

use leptos::prelude::*;
use model::list::{TraceFilter, TracePage};

use super::Chosen;
use crate::api;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, Html, memo};
use crate::pages::traces::list::TraceList;

#[component]
pub fn TracesTab() -> impl IntoView {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let caches = expect_context::<Caches>();
    let filter = memo(move || TraceFilter { service: name.get(), ..Default::default() });
    let live = Live::new(filter, caches.pages, |filter| {
        api::traces::trace_page(filter.q, filter.service, filter.environment, filter.min_events, None)
    });
    view! {
        <div class="list-pane">
            <Loaded live skeleton=|| skeleton_rows(16) render=render/>
        </div>
    }
    .erase()
}

fn render(page: Signal<TracePage>) -> Html {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let filter = TraceFilter { service: name.get_untracked(), ..Default::default() };
    view! { <TraceList page filter/> }.erase()
}
