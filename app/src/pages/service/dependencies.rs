//! The tab Dependencies: who calls the service and whom it calls, drawn and as a table.

use leptos::prelude::*;
use model::analysis::{HotCall, ServicePage};

use super::graph::graph;
use super::tab;
use crate::components::panel::{Level, note, panel};
use crate::components::sheet::{Cell, Column, Row, column, listed, sheet};
use crate::erase::{Erase, Html, memo};
use crate::urls::{self, ServiceTab};

pub const COLUMNS: [Column; 4] = [
    column("Service", "cut", "", ""),
    column("Direction", "direction-cell", "", ""),
    column("Calls", "num", "", "Recorded in all"),
    column("Traces", "num", "", "Traces with such a call"),
];

pub const NONE: &str = "It was not seen calling another service, or called by one. A call is known when the called service records the span that called it, as `upstream_span_id`.";

#[component]
pub fn DependenciesTab() -> impl IntoView {
    tab(render)
}

fn render(page: Signal<ServicePage>) -> Html {
    let rows = memo(move || page.with(rows));
    let table = sheet("dependencies", &COLUMNS, rows.into(), None);
    let picture = note("the wider a line, the more calls");
    let is_alone = memo(move || rows.with(Vec::is_empty));
    view! {
        <div hidden=crate::erase::mark(move || is_alone.get())>
            {panel(Level::Page, "graph-title", "panel", "Who calls whom", picture, graph(page))}
        </div>
        {panel(Level::Page, "partners-title", "panel", "Calls", ().erase(), listed(rows, table, NONE))}
    }
    .erase()
}

pub fn rows(page: &ServicePage) -> Vec<Row> {
    let callers = page.called_by.iter().map(|call| row("calls it", &call.from, call));
    let called = page.calls_to.iter().map(|call| row("is called", &call.to, call));
    callers.chain(called).collect()
}

fn row(direction: &str, other: &str, call: &HotCall) -> Row {
    let href = urls::service(other, ServiceTab::Dependencies.segment());
    Row {
        key: format!("{direction} {other}"),
        cells: vec![
            Cell::LeadService { href, name: other.to_owned() },
            Cell::Text(direction.to_owned()),
            Cell::count(call.calls),
            Cell::count(call.traces),
        ],
    }
}
