//! The list of events, for one trace and filter.

use std::sync::Arc;

use leptos::prelude::*;
use model::TraceId;
use model::window::Window;

use super::row;
use super::rows::EventRows;
use super::{super::TraceOverviewLive, EventsState};
use crate::client::debounce::Debounced;
use crate::client::keyboard::use_shortcut;
use crate::components::virtual_list::VirtualList;
use crate::erase::{Erase, attribute, effect, memo, part, when};
use crate::place::{Place, use_replace};
use crate::urls;

/// Moving by keys with the details open: they follow after this silence.
const FOLLOW_MS: u32 = 120;

#[component]
pub fn EventGrid(trace: TraceId, filter: String, window: Window) -> impl IntoView {
    let place = expect_context::<Place>();
    let state = expect_context::<EventsState>();
    let TraceOverviewLive(overview) = expect_context::<TraceOverviewLive>();
    let rows = EventRows::new(trace, filter, window);
    let replace = use_replace();
    let show = Callback::new(move |row: u64| {
        let event = rows.id_of(row).filter(|&event| place.event.get_untracked() != Some(event));
        if let Some(url) = event.and_then(|event| place.with_event(Some(event))) {
            replace(&url);
        }
    });

    effect(move || {
        let head = rows.head.get();
        state.totals.set(Some((head.rows, head.all_rows)));
    });
    effect(move || {
        let newest = overview.peek().filter(|overview| overview.summary.trace_id == trace);
        let newest = newest.map(|overview| overview.summary.version);
        if let Some(version) = newest.filter(|&version| version > rows.head.with_untracked(|head| head.version)) {
            rows.move_to(version);
        }
    });
    // An event that was not chosen here (a link, the address) is brought into view.
    let follow = Debounced::new(FOLLOW_MS, move |row: u64| {
        // They may have been closed meanwhile.
        if place.event.get_untracked().is_some() {
            show.run(row);
        }
    });
    effect(move || {
        let Some(event) = place.event.get() else { return };
        let active = rows.list.active.get_untracked();
        if active.and_then(|row| rows.id_of(row)) == Some(event) {
            return;
        }
        let known = untrack(|| rows.row_of(event));
        let placed = state.position.get().filter(|(of, _)| *of == event && !rows.is_filtered()).map(|(_, row)| row);
        if let Some(row) = known.or(placed) {
            rows.list.activate(row);
        }
    });
    Effect::watch(
        move || rows.list.active.get(),
        move |active, _, _| {
            if let Some(row) = active.filter(|_| place.event.get_untracked().is_some()) {
                follow.call(row);
            }
        },
        false,
    );
    let focus = move || rows.list.focus();
    use_shortcut("j", "Next event", focus);
    use_shortcut("k", "Previous event", focus);
    use_shortcut("ArrowDown", "Next event", focus);
    use_shortcut("ArrowUp", "Previous event", focus);

    let selected = memo(move || place.event.get().and_then(|event| rows.row_of(event)));
    let is_empty = memo(move || rows.head.with(|head| head.rows == 0));
    let all_url = move || Some(urls::events(trace, &place.list.get(), "", None));
    view! {
        <VirtualList
            rows=rows.list
            id="event"
            label="Events"
            n_columns=row::COLUMNS
            head=row::head()
            cells=Arc::new(move |row| row::cells(rows, row))
            selected
            opened=show
        />
        {when(move || is_empty.get(), move || view! {
            <section class="empty" aria-label="No match">
                <h2>"No event matches"</h2>
                <p>"Words must all match: text anywhere, or " <code>"service:"</code> ", " <code>"op:"</code> ", " <code>"kind:"</code> ", " <code>"on:"</code> " a variable or lock, " <code>"is:error"</code> ", " <code>"slower:5ms"</code> ". A minus before a word excludes."</p>
                <a class="button" href=attribute(all_url)>"Show all events"</a>
            </section>
        }.erase())}
        {part(move || {
            rows.failed
                .get()
                .map(|error| {
                    view! {
                        <div class="list-failure" role="alert">
                            <span>{error.to_string()} ". " {error.advice()}</span>
                            <button type="button" class="button" on:click=move |_| rows.retry()>"Retry"</button>
                        </div>
                    }
                })
        })}
    }
    .erase()
}
