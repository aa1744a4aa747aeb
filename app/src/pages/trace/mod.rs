//! One trace: a line of facts, tabs, and what the tab shows.

pub mod anomalies;
pub mod events;
mod header;
mod known_findings;
pub mod overview;
pub mod performance;
pub mod variables;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use model::TraceId;
use model::trace::TraceOverview;

use crate::api;
use crate::client::Caches;
use crate::client::keyboard::use_shortcut;
use crate::client::live::Live;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, Html, attribute, memo, part, text, waiting};
use crate::error::AppError;
use crate::format;
use crate::place::{Place, use_go};
use crate::urls::{self, Tab};
use header::Header;
use known_findings::KnownFindings;

/// The chosen trace: every part of the page shares this one question.
#[derive(Clone, Copy)]
pub struct TraceOverviewLive(pub Live<Option<TraceId>, TraceOverview>);

#[component]
pub fn TracePage() -> impl IntoView {
    let place = expect_context::<Place>();
    let caches = expect_context::<Caches>();
    let live = Live::new(place.trace, caches.overviews, |trace: Option<TraceId>| async move {
        match trace {
            Some(trace) => api::trace::trace_overview(trace).await,
            None => {
                api::answer_not_found();
                Err(AppError::NotAnId)
            }
        }
    });
    provide_context(TraceOverviewLive(live));
    KnownFindings::provide();

    for (tab, key) in Tab::ALL.into_iter().zip(["1", "2", "3", "4", "5"]) {
        let go = use_go();
        use_shortcut(key, tab.label(), move || {
            let trace = place.trace.get_untracked();
            trace.iter().for_each(|&trace| go(&urls::trace(trace, tab, &place.list.get_untracked())));
        });
    }
    view! {
        <Title text="Trace"/>
        <article class="trace" aria-label="Trace">
            <h1 class="trace-heading">"Trace"</h1>
            <div class="trace-top">
                <a class="trace-back" href=text(move || urls::traces(&place.list.get()))>"‹ All traces"</a>
                {waiting(
                    || view! { <div class="trace-facts" aria-hidden="true"></div> }.erase(),
                    move || async move {
                        match live.first.await {
                            Ok(first) => view! { <Header overview=live.latest(first)/> }.erase(),
                            // The tab says what went wrong.
                            Err(_) => ().erase(),
                        }
                    },
                )}
                <Tabs/>
            </div>
            <div
                class="trace-body"
                role="tabpanel"
                id="trace-panel"
                aria-labelledby=attribute(move || place.tab.get().map(|tab| format!("tab-{}", tab.label())))
            >
                <Outlet/>
            </div>
        </article>
    }
    .erase()
}

#[component]
fn Tabs() -> impl IntoView {
    let place = expect_context::<Place>();
    let known = expect_context::<KnownFindings>();
    let tabs = Tab::ALL.into_iter().enumerate().map(|(index, tab)| {
        let is_current = move || place.tab.get() == Some(tab);
        let href = move || place.trace.get().map(|trace| urls::trace(trace, tab, &place.list.get()));
        view! {
            <a
                role="tab"
                id=format!("tab-{}", tab.label())
                href=attribute(href)
                aria-selected=text(move || is_current().to_string())
                aria-controls="trace-panel"
                title=format!("{} ({})", tab.label(), index + 1)
            >
                {tab.label()}
                {(tab == Tab::Anomalies).then(|| tab_count(known))}
            </a>
        }
        .erase()
    });
    view! { <div class="tabs" role="tablist" aria-label="Views of the trace">{tabs.collect_view()}</div> }.erase()
}

/// How many findings there are, once they are known. The last tab has it: nothing beside it moves.
fn tab_count(known: KnownFindings) -> Html {
    let count = memo(move || known.counts().map(|counts| counts.total()).filter(|&total| total > 0));
    part(move || {
        count.get().map(|count| {
            let said = format::counted(count, "finding", "findings");
            view! { <span class="tab-count" title=said>{format::count(count)}</span> }
        })
    })
    .erase()
}

/// What stands in for a tab that is not there yet.
pub fn tab_skeleton() -> Html {
    skeleton_rows(16)
}
