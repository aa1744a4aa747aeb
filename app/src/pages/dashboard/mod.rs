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
use crate::erase::{Erase, Html, memo, part};
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
    .erase()
}

fn render(data: Signal<Dashboard>) -> Html {
    let is_empty = memo(move || data.with(|data| data.status.events == 0));
    view! {
        <Totals data/>
        {part(move || if is_empty.get() { view! { <EmptyStore/> }.erase() } else { filled(data) })}
    }
    .erase()
}

fn filled(data: Signal<Dashboard>) -> Html {
    view! {
        <div class="dashboard-columns">
            <Throughput data/>
            <RecentTraces data/>
            <ServicesTable data/>
        </div>
    }
    .erase()
}
