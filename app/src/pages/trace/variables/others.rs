//! Other traces that touch a variable of this name.

use leptos::prelude::*;
use model::analysis::{AuditTrail, OtherTrace};
use model::list::TraceFilter;

use crate::components::panel::{Column, Level, cell, column, note, number, panel, table, words};
use crate::components::time::DateTime;
use crate::erase::{Erase, Html, Item, items, memo, text, when};
use crate::format;
use crate::urls::{self, Tab};

const COLUMNS: [Column; 4] = [words("Trace"), column("Started", ""), number("Reads"), number("Writes")];

pub fn panel_of(trail: Signal<AuditTrail>) -> Html {
    let others = memo(move || trail.with(|it| it.other_traces.clone()));
    let total = note(text(move || trail.with(|it| format::total(it.other_traces_total, "trace", "traces"))));
    let item = |other: OtherTrace| Item::new(other.trace_id, move || row(&other));
    let rows = items(move || others.get().into_iter().map(item).collect());
    let body = view! {
        {table(&COLUMNS, rows)}
        {when(move || others.with(Vec::is_empty), || {
            view! { <p class="panel-empty">"No other trace touches a variable of this name."</p> }.erase()
        })}
    };
    panel(Level::Tab, "others-title", "panel", "The same name in other traces", total, body.erase())
}

fn row(other: &OtherTrace) -> Html {
    let url = urls::trace(other.trace_id, Tab::Variables, &TraceFilter::default());
    let operation = match other.operation.as_str() {
        "" => format::middle(&other.trace_id.to_string(), 17),
        operation => operation.to_owned(),
    };
    view! {
        <tr class="row-link">
            <td class="cut"><a href=url title=other.trace_id.to_string()>{operation}</a></td>
            <td><DateTime at=other.start/></td>
            {cell(format::count(other.reads))}
            {cell(format::count(other.writes))}
        </tr>
    }
    .erase()
}
