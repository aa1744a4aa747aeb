//! The first page: what is wrong, what was recorded lately, by whom, how fast, and how the server is.
//! One question answers all of it.

mod findings;
mod hotspots;
mod operations;
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
use findings::Findings;
use hotspots::{HotCalls, HotVariables};
use operations::SlowOperations;
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
    part(move || if is_empty.get() { empty(data) } else { filled(data) }).erase()
}

fn empty(data: Signal<Dashboard>) -> Html {
    view! {
        <Totals data/>
        <EmptyStore/>
    }
    .erase()
}

fn filled(data: Signal<Dashboard>) -> Html {
    view! {
        <div class="dashboard-top">
            <Findings data/>
            <Throughput data/>
        </div>
        <Totals data/>
        <div class="dashboard-columns">
            <div class="dashboard-column">
                <ServicesTable data/>
                <SlowOperations data/>
                <HotCalls data/>
            </div>
            <div class="dashboard-column">
                <RecentTraces data/>
                <HotVariables data/>
            </div>
        </div>
    }
    .erase()
}
