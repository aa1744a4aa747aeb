//! The traces: the list, and beside it the trace that was chosen.

mod feed;
mod filters;
pub mod list;
mod row;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

use crate::api;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::components::notice::skeleton_rows;
use crate::components::resizer::{Pane, Resizer};
use crate::erase::{Erase, mark};
use crate::place::Place;
use filters::Filters;

/// Width of the list beside a trace.
const LIST_PX: i32 = 360;

#[component]
pub fn TracesPage() -> impl IntoView {
    let place = expect_context::<Place>();
    let caches = expect_context::<Caches>();
    let live = Live::new(place.list, caches.pages, |filter| {
        api::traces::trace_page(filter.q, filter.service, filter.environment, filter.min_events, None)
    });
    let is_open = mark(move || place.path.with(|path| path.starts_with("/traces/")));
    view! {
        <div class="traces" data-open=is_open>
            <section class="list-pane" aria-label="Traces">
                <h1 class="visually-hidden">"Traces"</h1>
                <Filters/>
                <Loaded live skeleton=|| skeleton_rows(18) render=list::render/>
            </section>
            <Resizer label="Width of the list" name="list-width" default_px=LIST_PX pane=Pane::Left/>
            <div class="trace-pane">
                <Outlet/>
            </div>
        </div>
    }
    .erase()
}

/// No trace is chosen: the list has the whole width.
#[component]
pub fn NoTrace() -> impl IntoView {
    view! { <Title text="Traces"/> }.erase()
}
