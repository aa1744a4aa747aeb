//! The figures of the store, in one line.

use leptos::prelude::*;
use model::list::Dashboard;

use crate::erase::{Erase, Html, mark, text};
use crate::format;

#[component]
pub fn Totals(data: Signal<Dashboard>) -> impl IntoView {
    let no_alarm = |_: &Dashboard| false;
    view! {
        <dl class="totals" aria-label="Totals">
            {figure(data, "Traces", |it| format::count(it.status.traces), no_alarm)}
            {figure(data, "Events", |it| format::count(it.status.events), no_alarm)}
            {figure(data, "Services", |it| format::count(it.status.services), no_alarm)}
            {figure(data, "Events, last hour", |it| format::count(last_hour(it, |minute| minute.events)), no_alarm)}
            {figure(data, "Errors, last hour", |it| format::count(errors(it)), |it| errors(it) > 0)}
            {figure(data, "On disk", |it| format::bytes(it.status.disk_bytes), no_alarm)}
            {figure(data, "Queue", |it| format::percent(it.status.queue_bytes, it.status.queue_limit_bytes), no_alarm)}
            {figure(data, "Up", |it| format::duration(it.status.uptime_seconds.saturating_mul(1_000_000_000)), no_alarm)}
            {figure(data, "Version", |it| it.status.version.clone(), no_alarm)}
        </dl>
    }
    .erase()
}

fn last_hour(data: &Dashboard, of: fn(&model::list::MinuteCount) -> u64) -> u64 {
    data.throughput.iter().map(of).sum()
}

fn errors(data: &Dashboard) -> u64 {
    last_hour(data, |minute| minute.errors)
}

fn figure(
    data: Signal<Dashboard>,
    name: &'static str,
    value: fn(&Dashboard) -> String,
    is_alarming: fn(&Dashboard) -> bool,
) -> Html {
    view! {
        <div class="figure" data-alarm=mark(move || data.with(is_alarming))>
            <dt>{name}</dt>
            <dd>{text(move || data.with(value))}</dd>
        </div>
    }
    .erase()
}
