//! Services with what they recorded.

use leptos::prelude::*;
use model::list::{Dashboard, ServiceRow, TraceFilter};

use crate::components::panel::{Column, Level, alarm, cell, column, note, number, panel, table, words};
use crate::components::service::Service;
use crate::components::time::Age;
use crate::erase::{Erase, Html, Item, items, memo, text};
use crate::{format, hue, urls};

const COLUMNS: [Column; 5] =
    [words("Service"), number("Events"), column("Traces", "num wide-only"), number("Errors"), number("Active")];

#[component]
pub fn ServicesTable(data: Signal<Dashboard>) -> impl IntoView {
    let services = memo(move || data.with(|data| data.services.clone()));
    let total = move || data.with(|data| data.services_total);
    let shown = text(move || {
        let shown = services.with(Vec::len) as u64;
        if shown < total() {
            format!("{} of {}", format::count(shown), format::count(total()))
        } else {
            format::count(total())
        }
    });
    let item = |service: ServiceRow| {
        let key = format!("{} {} {}", service.name, service.event_count, service.last_activity);
        Item::new(key, move || row(&service))
    };
    let rows = items(move || services.get().into_iter().map(item).collect());
    panel(Level::Page, "services-title", "panel service-panel", "Services", note(shown), table(&COLUMNS, rows))
}

fn row(service: &ServiceRow) -> Html {
    let url = urls::traces(&TraceFilter { service: service.name.clone(), ..Default::default() });
    let name = view! { <Service name=service.name.clone() hue=hue::of(&service.name)/> };
    view! {
        <tr class="row-link">
            <td class="cut"><a href=url title="Traces of this service">{name}</a></td>
            {cell(format::count(service.event_count))}
            <td class="num wide-only">{format::count(service.trace_count)}</td>
            {alarm(service.error_count)}
            <td class="num"><Age at=service.last_activity/></td>
        </tr>
    }
    .erase()
}
