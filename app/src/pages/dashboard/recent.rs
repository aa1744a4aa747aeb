//! The traces that changed last.

use leptos::prelude::*;
use model::list::{Dashboard, TraceFilter, TraceSummary};

use crate::components::panel::{Level, panel};
use crate::components::sheet::{Cell, Column, Row, column, sheet};
use crate::erase::{Erase, memo};
use crate::format;
use crate::urls::{self, Tab};

const COLUMNS: [Column; 6] = [
    column("Operation", "cut", "", ""),
    column("Services", "wide-only services-cell", "", ""),
    column("Events", "num", "", ""),
    column("Duration", "num", "", ""),
    column("Errors", "num", "", ""),
    column("Last change", "num", "", "When its last event arrived"),
];

#[component]
pub fn RecentTraces(data: Signal<Dashboard>) -> impl IntoView {
    let rows = memo(move || data.with(|data| data.recent.iter().map(row).collect::<Vec<_>>()));
    let all = view! { <a href="/traces" title="All traces (g t)">"All traces"</a> }.erase();
    panel(
        Level::Page,
        "recent-title",
        "panel recent",
        "Recent traces",
        all,
        sheet("recent", &COLUMNS, rows.into(), None),
    )
}

fn row(trace: &TraceSummary) -> Row {
    let text = match &trace.root {
        Some(root) => root.operation.clone(),
        None => format::middle(&trace.trace_id.to_string(), 17),
    };
    let href = urls::trace(trace.trace_id, Tab::Overview, &TraceFilter::default());
    Row {
        key: trace.trace_id.to_string(),
        cells: vec![
            Cell::Lead { href, text },
            Cell::Services(trace.services.clone()),
            Cell::count(trace.event_count),
            Cell::duration(trace.duration_nanos(), 1),
            Cell::Alarm(trace.error_count),
            Cell::Age(trace.ingested_at),
        ],
    }
}
