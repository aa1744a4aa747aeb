//! One service: a line of facts, tabs, and what the tab shows. All tabs share one question.

pub mod dependencies;
mod graph;
mod header;
pub mod health;
pub mod operations;
pub mod overview;
pub mod performance;
pub mod traces;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_params_map;
use model::analysis;

use crate::api;
use crate::client::Caches;
use crate::client::keyboard::use_shortcut;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, Html, attribute, memo, text, waiting};
use crate::place::{Place, use_go};
use crate::urls::{self, ServiceTab};
use header::Header;

/// The chosen service.
#[derive(Clone, Copy)]
pub struct Chosen {
    pub name: Memo<String>,
    pub live: Live<String, analysis::ServicePage>,
}

#[component]
pub fn ServicePage() -> impl IntoView {
    let caches = expect_context::<Caches>();
    let params = use_params_map();
    let name = memo(move || params.with(|params| params.get("name").unwrap_or_default()));
    let live = Live::new(name, caches.services, api::services::service);
    provide_context(Chosen { name, live });

    for (tab, key) in ServiceTab::ALL.into_iter().zip(["1", "2", "3", "4", "5", "6"]) {
        let go = use_go();
        use_shortcut(key, tab.label(), move || go(&urls::service(&name.get_untracked(), tab.segment())));
    }
    view! {
        <Title text=move || name.get()/>
        <article class="trace" aria-label="Service">
            <div class="trace-top">
                <a class="trace-back" href="/services">"‹ All services"</a>
                {waiting(
                    || view! { <div class="trace-facts" aria-hidden="true"></div> }.erase(),
                    move || async move {
                        match live.first.await {
                            Ok(first) => view! { <Header page=live.latest(first)/> }.erase(),
                            // The tab says what went wrong.
                            Err(_) => ().erase(),
                        }
                    },
                )}
                <Tabs name/>
            </div>
            <div
                class="trace-body"
                role="tabpanel"
                id="service-panel"
                aria-labelledby=attribute({
                    let place = expect_context::<Place>();
                    move || place.path.with(|path| ServiceTab::of_path(path)).map(tab_id)
                })
            >
                <Outlet/>
            </div>
        </article>
    }
    .erase()
}

#[component]
fn Tabs(name: Memo<String>) -> impl IntoView {
    let place = expect_context::<Place>();
    let current = memo(move || place.path.with(|path| ServiceTab::of_path(path)));
    let tabs = ServiceTab::ALL.into_iter().enumerate().map(|(index, tab)| {
        view! {
            <a
                role="tab"
                id=tab_id(tab)
                href=text(move || name.with(|name| urls::service(name, tab.segment())))
                aria-selected=text(move || (current.get() == Some(tab)).to_string())
                aria-controls="service-panel"
                title=format!("{} ({})", tab.label(), index + 1)
            >
                {tab.label()}
            </a>
        }
        .erase()
    });
    view! { <div class="tabs" role="tablist" aria-label="Views of the service">{tabs.collect_view()}</div> }.erase()
}

fn tab_id(tab: ServiceTab) -> String {
    format!("tab-{}", tab.label())
}

/// What a tab shows of the service, once it is there.
fn tab(render: fn(Signal<analysis::ServicePage>) -> Html) -> Html {
    let Chosen { live, .. } = expect_context::<Chosen>();
    view! {
        <div class="overview">
            <Loaded live skeleton=|| skeleton_rows(16) render/>
        </div>
    }
    .erase()
}
