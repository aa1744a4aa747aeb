//! The operations in which most time went by.

use leptos::prelude::*;
use model::list::Dashboard;

use crate::components::operations::{COLUMNS, row, total_nanos};
use crate::components::panel::{Level, note, panel};
use crate::components::sheet::{listed, sheet};
use crate::erase::memo;

#[component]
pub fn SlowOperations(data: Signal<Dashboard>) -> impl IntoView {
    let operations = memo(move || data.with(|data| data.slow_operations.clone()));
    let rows = memo(move || {
        operations.with(|operations| {
            let most = operations.iter().map(total_nanos).fold(0.0, f64::max);
            operations.iter().map(|operation| row(operation, most)).collect::<Vec<_>>()
        })
    });
    let body =
        listed(rows, sheet("operations", &COLUMNS, rows.into(), None), "No duration was measured in the last hour.");
    panel(Level::Page, "operations-title", "panel", "Operations with most time", note("last hour"), body)
}
