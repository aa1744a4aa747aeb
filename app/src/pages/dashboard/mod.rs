//! The first page: what was recorded lately, by whom, how fast, and how the server is.

mod recent;
mod services;
mod throughput;
mod totals;

use leptos::prelude::*;
use leptos_meta::Title;
use model::list::Dashboard;

use crate::api;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::components::notice::{EmptyStore, skeleton_rows};
use recent::RecentTraces;
use services::ServicesTable;
use throughput::Throughput;
use totals::Totals;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let caches = expect_context::<Caches>();
    let live = Live::new(Memo::new(|_| ()), caches.dashboard, |()| api::dashboard::dashboard());
    view! {
        <Title text="Dashboard"/>
        <div class="dashboard">
            <h1 class="visually-hidden">"Dashboard"</h1>
            <Loaded live skeleton=|| skeleton_rows(24) render=render/>
        </div>
    }
    .into_any()
}

fn render(data: Signal<Dashboard>) -> AnyView {
    let is_empty = Memo::new(move |_| data.with(|data| data.status.events == 0));
    view! {
        <Totals data/>
        <Show when=move || is_empty.get()>
            <EmptyStore/>
        </Show>
        <Show when=move || !is_empty.get()>
            <div class="dashboard-columns">
                <Throughput data/>
                <RecentTraces data/>
                <ServicesTable data/>
            </div>
        </Show>
    }
    .into_any()
}
