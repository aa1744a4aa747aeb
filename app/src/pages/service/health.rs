//! The tab Health: how the service does, why that is said, and what it rests on.

use leptos::prelude::*;
use model::analysis::ServicePage;

use super::overview::{counted, latency};
use super::{Chosen, performance, tab};
use crate::components::health::Health;
use crate::components::time::Age;
use crate::erase::{Erase, Html, memo, part, text, when};
use crate::format;
use crate::urls::{self, ServiceTab};

#[component]
pub fn HealthTab() -> impl IntoView {
    tab(render)
}

fn render(page: Signal<ServicePage>) -> Html {
    let Chosen { name, .. } = expect_context::<Chosen>();
    let health = memo(move || page.with(|page| Health::read(&page.health)));
    let last = memo(move || page.with(|page| page.figures.last_activity));
    let found = memo(move || page.with(|page| (page.critical, page.warning)));
    let fact = move |name: &'static str, read: fn(&ServicePage) -> String| {
        view! { <div><dt>{name}</dt><dd>{text(move || page.with(read))}</dd></div> }.erase()
    };
    view! {
        <section class="panel health" aria-label="Health">
            <p class="health-state">{part(move || health.get().view())} " " {text(move || page.with(|page| page.reason.clone()))}</p>
            <dl class="facts">
                <div><dt>"Last event"</dt><dd>{part(move || view! { <Age at=last.get()/> })}</dd></div>
                {fact("Events, last hour", |it| format::count(last_hour(it).0))}
                {fact("Errors, last hour", |it| format::count(last_hour(it).1))}
                {fact("Share of errors", |it| format::percent(last_hour(it).1, last_hour(it).0))}
                {fact("p50", |it| latency(it, it.figures.latency.p50))}
                {fact("p99", |it| latency(it, it.figures.latency.p99))}
            </dl>
            <p class="health-ways">
                <a class="button" href=text(move || name.with(|name| urls::service(name, ServiceTab::Traces.segment())))>"Its traces"</a>
                {when(move || found.get() != (0, 0), move || {
                    let url = text(move || name.with(|name| urls::races_in(name)));
                    view! { <a class="button" href=url>{text(move || counted(found.get()))}</a> }.erase()
                })}
            </p>
        </section>
        {performance::rate(page, "")}
    }
    .erase()
}

/// Events and errors.
fn last_hour(page: &ServicePage) -> (u64, u64) {
    page.rate.iter().fold((0, 0), |(events, errors), minute| (events + minute.events, errors + minute.errors))
}
