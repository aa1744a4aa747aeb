//! Where most happens: variables, and calls between services.

use leptos::prelude::*;
use model::analysis::{HotCall, HotVariable, Hotspots};
use model::list::Dashboard;

use crate::components::panel::{Level, panel};
use crate::components::sheet::{Cell, Column, Row, column, listed, sheet};
use crate::components::time::ago;
use crate::erase::{Erase, Html, memo};
use crate::urls::{self, ServiceTab};

const VARIABLE_COLUMNS: [Column; 5] = [
    column("Variable", "cut", "", ""),
    column("Services", "wide-only services-cell", "", ""),
    column("Reads", "num slim", "", ""),
    column("Writes", "num slim", "", ""),
    column("Traces", "num slim", "", "Traces that read or wrote it"),
];

#[component]
pub fn HotVariables(data: Signal<Dashboard>) -> impl IntoView {
    let hotspots = memo(move || data.with(|data| data.hotspots.clone()));
    let rows = memo(move || hotspots.with(|hotspots| hotspots.variables.iter().map(variable).collect::<Vec<_>>()));
    let table = sheet("hot-variables", &VARIABLE_COLUMNS, rows.into(), None);
    let body = listed(rows, table, "No variable was read or written yet.");
    panel(Level::Page, "hot-variables-title", "panel", "Busiest variables", age(hotspots), body)
}

/// Leads to what was found about it.
fn variable(variable: &HotVariable) -> Row {
    let lead = Cell::Lead { href: urls::races_about(&variable.name), text: variable.name.clone() };
    Row {
        key: variable.name.clone(),
        cells: vec![
            lead,
            Cell::Services(variable.services.clone()),
            Cell::count(variable.reads),
            Cell::count(variable.writes),
            Cell::count(variable.traces),
        ],
    }
}

const CALL_COLUMNS: [Column; 4] = [
    column("Caller", "cut", "", ""),
    column("Called service", "cut", "", ""),
    column("Calls", "num slim", "", ""),
    column("Traces", "num slim", "", "Traces with such a call"),
];

#[component]
pub fn HotCalls(data: Signal<Dashboard>) -> impl IntoView {
    let hotspots = memo(move || data.with(|data| data.hotspots.clone()));
    let rows = memo(move || hotspots.with(|hotspots| hotspots.calls.iter().map(call).collect::<Vec<_>>()));
    let table = sheet("hot-calls", &CALL_COLUMNS, rows.into(), None);
    let body = listed(rows, table, "No service was seen calling another.");
    panel(Level::Page, "hot-calls-title", "panel", "Busiest calls between services", age(hotspots), body)
}

fn call(call: &HotCall) -> Row {
    let href = urls::service(&call.from, ServiceTab::Dependencies.segment());
    Row {
        key: format!("{} {}", call.from, call.to),
        cells: vec![
            Cell::LeadService { href, name: call.from.clone() },
            Cell::Service(call.to.clone()),
            Cell::count(call.calls),
            Cell::count(call.traces),
        ],
    }
}

fn age(hotspots: Memo<Hotspots>) -> Html {
    let at = memo(move || hotspots.with(|hotspots| hotspots.at));
    view! { <span class="panel-note">{ago("as of", move || at.get())}</span> }.erase()
}
