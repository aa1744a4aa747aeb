//! The list: rows, the announcement of new traces, *Load more*.

use leptos::prelude::*;
use model::TraceId;
use model::list::{TraceFilter, TracePage};
use wasm_bindgen_futures::spawn_local;

use super::feed::Feed;
use super::row::TraceRow;
use crate::api;
use crate::client::browser::Browser;
use crate::client::live::heard;
use crate::client::row_keys::use_row_keys;
use crate::components::notice::EmptyStore;
use crate::erase::{Erase, Html, Item, items, memo, part, text, when};
use crate::error::AppError;
use crate::format;
use crate::place::{Place, use_replace};

pub fn render(page: Signal<TracePage>) -> Html {
    let filter = expect_context::<Place>().list.get_untracked();
    view! { <TraceList page filter/> }.erase()
}

/// The traces of a filter; another filter makes another list.
#[component]
pub fn TraceList(page: Signal<TracePage>, filter: TraceFilter) -> impl IntoView {
    let feed = RwSignal::new(Feed::new(page.get_untracked()));
    let is_filtered = !filter.is_empty();
    Effect::watch(move || page.get(), move |page, _, _| feed.update(|feed| feed.refresh(page.clone())), false);
    use_row_keys(".trace-link", "Next trace", "Previous trace");

    let ids = memo(move || feed.with(|feed| feed.shown().iter().map(|trace| trace.trace_id).collect::<Vec<_>>()));
    let kept = StoredValue::new(filter.clone());
    let row = move |id: TraceId| Item::new(id, move || view! { <TraceRow id feed filter=kept/> }.erase());
    let is_empty = move || ids.with(Vec::is_empty);
    let summary = move || feed.with(|feed| format::total(feed.total, "trace", "traces"));
    view! {
        <div class="list-status">
            <span role="status" aria-label="Traces found">{text(summary)}</span>
            <News feed/>
        </div>
        <div class="list-head" aria-hidden="true">
            <span>"Operation"</span>
            <span>"Services"</span>
            <span class="num">"Errors"</span>
            <span class="num">"Events"</span>
            <span class="num">"Duration"</span>
            <span class="num">"Age"</span>
        </div>
        <div class="list-scroll">
            {when(is_empty, move || if is_filtered { no_match() } else { view! { <EmptyStore/> }.erase() })}
            <ol class="trace-list" aria-label="Traces">
                {items(move || ids.get().into_iter().map(row).collect())}
            </ol>
            <LoadMore feed filter/>
        </div>
    }
    .erase()
}

/// Says how many traces are new; they come into the list when asked for.
#[component]
fn News(feed: RwSignal<Feed>) -> impl IntoView {
    let waiting = memo(move || feed.with(|feed| (feed.n_waiting() as u64, feed.waits_for_more())));
    let caption = move || {
        let (n_waiting, more) = waiting.get();
        let counted = format::counted(n_waiting, "new trace", "new traces");
        if more { format!("at least {counted}") } else { counted }
    };
    view! {
        <span class="news" role="status" aria-label="New traces">
            {when(
                move || waiting.get().0 > 0,
                move || {
                    view! {
                        <button type="button" class="button" data-variant="accent" on:click=move |_| feed.update(Feed::show_waiting)>
                            {text(caption)} ": show"
                        </button>
                    }
                    .erase()
                },
            )}
        </span>
    }
    .erase()
}

#[component]
fn LoadMore(feed: RwSignal<Feed>, filter: TraceFilter) -> impl IntoView {
    let browser = expect_context::<Browser>();
    let loading = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    let filter = StoredValue::new(filter);
    let load = move |_| {
        let cursor = feed.with_untracked(|feed| feed.next().map(str::to_owned));
        if cursor.is_none() || loading.get_untracked() {
            return;
        }
        loading.set(true);
        failed.set(None);
        let TraceFilter { q, service, environment, min_events } = filter.get_value();
        spawn_local(async move {
            let answer = api::traces::trace_page(q, service, environment, min_events, cursor).await;
            match heard(browser, answer) {
                Ok(page) => feed.try_update(|feed| feed.extend(page)).unwrap_or_default(),
                Err(error) => failed.try_set(Some(error)).map_or((), drop),
            }
            loading.try_set(false);
        });
    };
    view! {
        <div class="load-more">
            {when(
                move || feed.with(|feed| feed.next().is_some()),
                move || {
                    view! {
                        <button type="button" class="button" aria-busy=text(move || loading.get().to_string()) on:click=load>"Load more"</button>
                    }
                    .erase()
                },
            )}
            {part(move || {
                failed
                    .get()
                    .map(|error| view! { <p class="failure-line" role="alert">{error.to_string()} ". " {error.advice()}</p> })
            })}
        </div>
    }
    .erase()
}

fn no_match() -> Html {
    let replace = use_replace();
    view! {
        <section class="empty" aria-label="No match">
            <h2>"No trace matches"</h2>
            <p>"The search looks at the beginning of trace ids, and anywhere in the names of services and root operations."</p>
            <button type="button" class="button" on:click=move |_| replace(&crate::urls::traces(&TraceFilter::default()))>
                "Show all traces"
            </button>
        </section>
    }
    .erase()
}
