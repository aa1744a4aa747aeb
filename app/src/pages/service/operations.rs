//! The tab Operations: all that the service did, sorted by any figure.

use std::sync::Arc;

use leptos::prelude::*;
use model::analysis::ServicePage;

use super::{Chosen, tab};
use crate::components::operations::{COLUMNS as WITH_SERVICE, row, total_nanos};
use crate::components::panel::{Level, note, panel};
use crate::components::sheet::{Cell, Column, Row, Sorting, listed, sheet};
use crate::erase::{Html, memo, text};
use crate::format;
use crate::place::Place;
use crate::urls::{self, ServiceTab};

/// Without the service, which is the page's.
pub const COLUMNS: [Column; 7] = {
    let [operation, _, calls, errors, p50, p95, p99, time] = WITH_SERVICE;
    [operation, calls, errors, p50, p95, p99, time]
};

pub const NONE: &str = "No duration was measured in the last hour.";

#[component]
pub fn OperationsTab() -> impl IntoView {
    tab(render)
}

fn render(page: Signal<ServicePage>) -> Html {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let place = expect_context::<Place>();
    let rows = memo(move || page.with(rows));
    let shown = text(move || {
        let (shown, all) = (rows.with(Vec::len) as u64, page.with(|page| page.operations_total));
        let all_of_them = format::counted(all, "operation", "operations");
        if shown < all {
            format!("the {} with most time of {all_of_them}, last hour", format::count(shown))
        } else {
            format!("{all_of_them}, last hour")
        }
    });
    let sorting = Sorting {
        by: place.sort,
        default: "time",
        url: Arc::new(move |sort| name.with(|name| urls::service_sorted(name, ServiceTab::Operations, sort))),
    };
    let body = listed(rows, sheet("operations", &COLUMNS, rows.into(), Some(sorting)), NONE);
    panel(Level::Page, "operations-title", "panel", "Operations", note(shown), body)
}

/// Each leads to the service's traces.
pub fn rows(page: &ServicePage) -> Vec<Row> {
    let most = page.operations.iter().map(total_nanos).fold(0.0, f64::max);
    let href = urls::service(&page.figures.name, ServiceTab::Traces.segment());
    let own = |mut row: Row| {
        row.cells.retain(|cell| !matches!(cell, Cell::Service(_)));
        if let Some(Cell::Lead { href: leads_to, .. }) = row.cells.first_mut() {
            leads_to.clone_from(&href);
        }
        row
    };
    page.operations.iter().map(|operation| own(row(operation, most))).collect()
}
