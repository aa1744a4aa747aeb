//! Services with their figures.

use std::sync::Arc;

use leptos::prelude::*;
use model::list::Dashboard;

use crate::components::breakdown::{COLUMNS, DEFAULT_ORDER, row};
use crate::components::panel::{Level, panel};
use crate::components::sheet::{Sorting, sheet};
use crate::components::time::ago;
use crate::erase::{Erase, memo, text};
use crate::place::Place;
use crate::{format, urls};

#[component]
pub fn ServicesTable(data: Signal<Dashboard>) -> impl IntoView {
    let place = expect_context::<Place>();
    let figures = memo(move || data.with(|data| data.figures.clone()));
    let at = memo(move || data.with(|data| data.figures_at));
    let total = memo(move || data.with(|data| data.services_total));
    let shown = text(move || {
        let shown = figures.with(Vec::len) as u64;
        if shown < total.get() {
            format!("{} of {}", format::count(shown), format::count(total.get()))
        } else {
            format::count(total.get())
        }
    });
    let rows = memo(move || figures.with(|figures| figures.iter().map(row).collect::<Vec<_>>()));
    let sorting = Sorting { by: place.sort, default: DEFAULT_ORDER, url: Arc::new(urls::dashboard) };
    let note = view! {
        <span class="panel-note">{shown} ", " {ago("as of", move || at.get())}</span>
        <a href="/services" title="All services (g s)">"All services"</a>
    };
    let table = sheet("breakdown", &COLUMNS, rows.into(), Some(sorting));
    panel(Level::Page, "services-title", "panel service-panel", "Services", note.erase(), table)
}
