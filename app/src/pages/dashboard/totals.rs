//! The figures of the store, in one line.

use leptos::prelude::*;
use model::list::Dashboard;

use crate::format;

#[component]
pub fn Totals(data: Signal<Dashboard>) -> impl IntoView {
    let errors = move || data.with(|data| data.throughput.iter().map(|minute| minute.errors).sum::<u64>());
    let last_hour = move || data.with(|data| data.throughput.iter().map(|minute| minute.events).sum::<u64>());
    let disk = move || data.with(|data| format::bytes(data.status.disk_bytes));
    let queue = move || data.with(|data| format::percent(data.status.queue_bytes, data.status.queue_limit_bytes));
    let uptime = move || data.with(|data| format::duration(data.status.uptime_seconds.saturating_mul(1_000_000_000)));
    let version = move || data.with(|data| data.status.version.clone());
    view! {
        <dl class="totals" aria-label="Totals">
            <Figure name="Traces" value=move || data.with(|data| format::count(data.status.traces))/>
            <Figure name="Events" value=move || data.with(|data| format::count(data.status.events))/>
            <Figure name="Services" value=move || data.with(|data| format::count(data.status.services))/>
            <Figure name="Events, last hour" value=move || format::count(last_hour())/>
            <div class="figure" data-alarm=move || (errors() > 0).then_some("true")>
                <dt>"Errors, last hour"</dt>
                <dd>{move || format::count(errors())}</dd>
            </div>
            <Figure name="On disk" value=disk/>
            <Figure name="Queue" value=queue/>
            <Figure name="Up" value=uptime/>
            <Figure name="Version" value=version/>
        </dl>
    }
    .into_any()
}

#[component]
fn Figure(name: &'static str, value: impl Fn() -> String + Send + 'static) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}
