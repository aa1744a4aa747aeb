//! The traces that changed last.

use leptos::prelude::*;
use model::list::{Dashboard, TraceFilter, TraceSummary};

use crate::components::panel::{Column, Level, alarm, cell, column, number, panel, table, words};
use crate::components::service::Services;
use crate::components::time::Age;
use crate::erase::{Erase, Html, Item, items, memo};
use crate::format;
use crate::urls::{self, Tab};

const COLUMNS: [Column; 6] = [
    words("Operation"),
    column("Services", "wide-only"),
    number("Events"),
    number("Duration"),
    number("Errors"),
    number("Last change"),
];

#[component]
pub fn RecentTraces(data: Signal<Dashboard>) -> impl IntoView {
    let recent = memo(move || data.with(|data| data.recent.clone()));
    let all = view! { <a href="/traces">"All traces"</a> }.erase();
    let item = |trace: TraceSummary| Item::new(format!("{} {}", trace.trace_id, trace.version), move || row(&trace));
    let rows = items(move || recent.get().into_iter().map(item).collect());
    panel(Level::Page, "recent-title", "panel recent", "Recent traces", all, table(&COLUMNS, rows))
}

fn row(trace: &TraceSummary) -> Html {
    let url = urls::trace(trace.trace_id, Tab::Overview, &TraceFilter::default());
    let operation = match &trace.root {
        Some(root) => root.operation.clone(),
        None => format::middle(&trace.trace_id.to_string(), 17),
    };
    view! {
        <tr class="row-link">
            <td class="cut"><a href=url title=operation.clone()>{operation.clone()}</a></td>
            <td class="wide-only"><Services names=trace.services.clone()/></td>
            {cell(format::count(trace.event_count))}
            {cell(format::duration(trace.duration_nanos()))}
            {alarm(trace.error_count)}
            <td class="num"><Age at=trace.ingested_at/></td>
        </tr>
    }
    .erase()
}
