//! One trace in the list: two lines beside a trace, one line where the list has the page.

use leptos::prelude::*;
use model::TraceId;
use model::list::TraceFilter;

use super::feed::Feed;
use crate::components::service::Services;
use crate::components::time::Age;
use crate::erase::{Erase, mark, memo, part, text};
use crate::format;
use crate::place::Place;

#[component]
pub fn TraceRow(id: TraceId, feed: RwSignal<Feed>, filter: StoredValue<TraceFilter>) -> impl IntoView {
    let place = expect_context::<Place>();
    // Follows its trace in place; the row itself stays.
    let trace = memo(move || feed.with(|feed| feed.get(id).cloned()));
    let is_current = move || place.trace.get() == Some(id);
    let operation = memo(move || {
        trace.with(|trace| trace.as_ref().and_then(|trace| trace.root.as_ref().map(|root| root.operation.clone())))
    });
    let name =
        move || operation.get().unwrap_or_else(|| format!("No root yet, {}", format::middle(&id.to_string(), 13)));
    let services =
        memo(move || trace.with(|trace| trace.as_ref().map(|trace| trace.services.clone()).unwrap_or_default()));
    let number = move |of: fn(&model::list::TraceSummary) -> u64| trace.with(|trace| trace.as_ref().map_or(0, of));
    let errors = move || number(|trace| trace.error_count);
    view! {
        <li class="trace-row">
            <a class="trace-link" href=text(move || filter.with_value(|filter| place.of_trace(id, filter))) aria-current=mark(is_current) title=text(move || format!("{}\n{id}", name()))>
                <span class="trace-operation">{text(name)}</span>
                <span class="trace-services">{part(move || view! { <Services names=services.get()/> })}</span>
                <span class="trace-errors">
                    {part(move || (errors() > 0).then(|| view! { <span class="error-mark">{format::counted(errors(), "error", "errors")}</span> }))}
                </span>
                <span class="trace-events">{text(move || format::counted(number(|trace| trace.event_count), "event", "events"))}</span>
                <span class="trace-duration">{text(move || format::duration(number(|trace| trace.duration_nanos())))}</span>
                <span class="trace-age">
                    {part(move || trace.with(|trace| trace.as_ref().map(|trace| trace.ingested_at)).map(|at| view! { <Age at/> }))}
                </span>
            </a>
        </li>
    }
    .erase()
}
