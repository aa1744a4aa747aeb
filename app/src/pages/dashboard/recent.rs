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
    column("Events", "num slim", "", ""),
    column("Duration", "num", "", ""),
    column("Errors", "num slim", "", ""),
    column("Changed", "num slim", "", "When its last event arrived"),
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
            Cell::Services(root_first(trace)),
            Cell::count(trace.event_count),
            Cell::duration(trace.duration_nanos(), 1),
            Cell::Alarm(trace.error_count),
            Cell::Age(trace.ingested_at),
        ],
    }
}

/// Where it began, then the others by name.
fn root_first(trace: &TraceSummary) -> Vec<String> {
    let mut services = trace.services.clone();
    if let Some(root) = &trace.root {
        services.sort_by_key(|service| *service != root.service);
    }
    services
}
