//! The tab Overview: what is wrong with the service, how much it does, and with whom.

use leptos::prelude::*;
use model::analysis::ServicePage;

use super::{Chosen, dependencies, operations, performance, tab};
use crate::components::health::Health;
use crate::components::panel::{Level, panel};
use crate::components::sheet::{listed, sheet};
use crate::erase::{Erase, Html, memo, text, when};
use crate::format;
use crate::urls::{self, ServiceTab};

/// Operations shown before one has to look at all of them.
const SHOWN: usize = 8;

#[component]
pub fn OverviewTab() -> impl IntoView {
    tab(render)
}

fn render(page: Signal<ServicePage>) -> Html {
    view! {
        {notices(page)}
        {facts(page)}
        <div class="overview-columns">
            {performance::rate(page, "overview-longest")}
            {busiest(page)}
            {partners(page)}
        </div>
    }
    .erase()
}

fn notices(page: Signal<ServicePage>) -> Html {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let health = memo(move || page.with(|page| Health::read(&page.health)));
    let found = memo(move || page.with(|page| (page.critical, page.warning)));
    let health_url = text(move || name.with(|name| urls::service(name, ServiceTab::Health.segment())));
    let races_url = text(move || name.with(|name| urls::races_in(name)));
    let health_url = StoredValue::new(health_url);
    let races_url = StoredValue::new(races_url);
    let kind = move || if health.get() == Health::Critical { "error" } else { "warning" }.to_owned();
    let severity = move || if found.get().0 > 0 { "error" } else { "warning" }.to_owned();
    view! {
        <ul class="notices" aria-label="Notices">
            {when(move || found.get() != (0, 0), move || {
                let url = move || races_url.with_value(|url| url());
                view! {
                    <li class="notice" data-kind=text(severity)>
                        <b>{text(move || counted(found.get()))}</b>
                        <a href=text(url)>"Show what was found"</a>
                    </li>
                }
                .erase()
            })}
            {when(move || health.get() != Health::Healthy, move || {
                let url = move || health_url.with_value(|url| url());
                view! {
                    <li class="notice" data-kind=text(kind)>
                        <b>{text(move || health.get().word().to_owned())}</b>
                        <a href=text(url)>{text(move || page.with(|page| page.reason.clone()))}</a>
                    </li>
                }
                .erase()
            })}
        </ul>
    }
    .erase()
}

/// `1 critical finding and 2 warnings`.
pub fn counted((critical, warning): (u64, u64)) -> String {
    let critical = (critical > 0).then(|| format::counted(critical, "critical finding", "critical findings"));
    let warning = (warning > 0).then(|| format::counted(warning, "warning", "warnings"));
    [critical, warning].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn facts(page: Signal<ServicePage>) -> Html {
    let fact = move |name: &'static str, hint: &'static str, read: fn(&ServicePage) -> String| {
        view! { <div title=hint><dt>{name}</dt><dd>{text(move || page.with(read))}</dd></div> }.erase()
    };
    view! {
        <dl class="facts">
            {fact("Events", "Recorded in all", |it| format::count(it.figures.events))}
            {fact("Errors", "Recorded in all", |it| format::count(it.figures.errors))}
            {fact("Traces", "In which it took part", |it| format::count(it.figures.traces))}
            {fact("Measured, last hour", "Durations that the percentiles rest on", |it| format::count(it.figures.latency.count))}
            {fact("p50", "Half of the durations measured in the last hour were longer", |it| latency(it, it.figures.latency.p50))}
            {fact("p95", "One of 20 was longer", |it| latency(it, it.figures.latency.p95))}
            {fact("p99", "One of 100 was longer", |it| latency(it, it.figures.latency.p99))}
        </dl>
    }
    .erase()
}

/// Nothing is said of no durations.
pub fn latency(page: &ServicePage, nanos: u64) -> String {
    if page.figures.latency.count == 0 { "–".to_owned() } else { format::duration(nanos) }
}

fn busiest(page: Signal<ServicePage>) -> Html {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let rows = memo(move || operations::rows(&page.get()).into_iter().take(SHOWN).collect::<Vec<_>>());
    let url = text(move || name.with(|name| urls::service(name, ServiceTab::Operations.segment())));
    let all = text(move || page.with(|page| format!("All {}", format::count(page.operations_total))));
    let all = view! { <a href=url title="All operations (2)">{all}</a> }.erase();
    let body = listed(rows, sheet("operations", &operations::COLUMNS, rows.into(), None), operations::NONE);
    panel(Level::Page, "operations-title", "panel", "Operations with most time", all, body)
}

fn partners(page: Signal<ServicePage>) -> Html {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let rows = memo(move || dependencies::rows(&page.get()).into_iter().take(SHOWN).collect::<Vec<_>>());
    let url = text(move || name.with(|name| urls::service(name, ServiceTab::Dependencies.segment())));
    let all = view! { <a href=url title="Dependencies (3)">"As a graph"</a> }.erase();
    let table = sheet("dependencies", &dependencies::COLUMNS, rows.into(), None);
    let body = listed(rows, table, dependencies::NONE);
    panel(Level::Page, "partners-title", "panel", "Dependencies", all, body)
}
