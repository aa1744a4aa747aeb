//! Which operation to make faster: own time on the path, and what half of it would save.

use leptos::prelude::*;
use model::analysis::{OperationTime, TracePerformance};

use crate::components::panel::{Column, Level, bar, cell, column, note, number, panel, table, words};
use crate::components::service::Service;
use crate::erase::{Erase, Html, memo, part, text, when};
use crate::{format, hue};

/// Listed until all are asked for.
const FEW: usize = 12;

const COLUMNS: [Column; 7] = [
    words("Operation"),
    column("Service", "wide-only"),
    number("Own time"),
    column("Of the root", "bar-column"),
    number("Calls on the path"),
    column("In all", "num wide-only"),
    number("Saved if half"),
];

pub fn panel_of(data: Signal<TracePerformance>) -> Html {
    let all = RwSignal::new(false);
    let rows = memo(move || data.with(|it| (it.root_end.since(it.root_start), it.operations.clone())));
    let total = memo(move || data.with(|it| it.operations_total));
    let body = move || {
        let (whole, operations) = rows.get();
        let listed = if all.get() { operations.len() } else { FEW };
        operations.into_iter().take(listed).map(|operation| row(whole, operation)).collect_view()
    };
    let shown = note(text(move || {
        let listed = rows.with(|(_, rows)| if all.get() { rows.len() } else { rows.len().min(FEW) }) as u64;
        if listed < total.get() {
            format!("{} of {}", format::count(listed), format::count(total.get()))
        } else {
            format::counted(listed, "operation", "operations")
        }
    }));
    let body = view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Own time by operation">{table(&COLUMNS, part(body).erase())}</div>
        {when(move || rows.with(|(_, rows)| rows.len() > FEW) && !all.get(), move || {
            view! { <p class="panel-more"><button type="button" class="button" on:click=move |_| all.set(true)>"List more operations"</button></p> }.erase()
        })}
    };
    panel(Level::Tab, "operations-title", "panel performance-operations", "Operations", shown, body.erase())
}

fn row(whole: u64, row: OperationTime) -> Html {
    let width = (row.exclusive_nanos as f64 * 100.0 / whole.max(1) as f64).min(100.0);
    let share = view! { <span class="track-text">{format::percent(row.exclusive_nanos, whole)}</span> }.erase();
    let service_hue = hue::of(&row.service);
    let saved = row.saved_if_half_nanos.map_or_else(|| "not computed".to_owned(), format::duration);
    view! {
        <tr>
            <td class="cut" title=row.operation.clone()>{row.operation.clone()}</td>
            <td class="wide-only"><Service name=row.service hue=service_hue/></td>
            {cell(format::duration(row.exclusive_nanos))}
            {bar(0.0, width, Some(service_hue), false, share)}
            {cell(format!("{} of {}", format::count(row.calls_on_path), format::count(row.calls)))}
            <td class="num wide-only">{format::duration(row.total_nanos)}</td>
            {cell(saved)}
        </tr>
    }
    .erase()
}
