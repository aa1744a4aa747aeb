//! The tab Variables: what the trace touched, and for one of them every access in causal order.

mod accesses;
mod history;
mod list;
mod others;

use leptos::prelude::*;
use model::TraceId;
use model::analysis::{AuditTrail, TraceVariables};

use super::tab_skeleton;
use crate::api;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::erase::{Erase, Html, memo, part, text, when};
use crate::error::AppError;
use crate::format;
use crate::place::Place;

/// The chosen variable's trail: the list marks it, the other side shows it.
#[derive(Clone, Copy)]
struct TrailLive(Live<(Option<TraceId>, Option<u32>, u64), AuditTrail>);

#[component]
pub fn VariablesTab() -> impl IntoView {
    let place = expect_context::<Place>();
    let caches = expect_context::<Caches>();
    let variables = Live::new(place.trace, caches.variables, |trace: Option<TraceId>| async move {
        match trace {
            Some(trace) => api::analysis::variables(trace).await,
            None => Err(AppError::NotAnId),
        }
    });
    let chosen = memo(move || {
        let (index, from) = place.variable.get();
        (place.trace.get(), index, from)
    });
    let trail =
        Live::new(chosen, caches.trails, |(trace, index, from): (Option<TraceId>, Option<u32>, u64)| async move {
            match trace {
                Some(trace) => api::analysis::audit_trail(trace, index, from).await,
                None => Err(AppError::NotAnId),
            }
        });
    provide_context(TrailLive(trail));
    view! {
        <div class="variables">
            <Loaded live=variables skeleton=tab_skeleton render=render/>
        </div>
    }
    .erase()
}

fn render(variables: Signal<TraceVariables>) -> Html {
    let is_empty = memo(move || variables.with(|it| it.variables.is_empty()));
    part(move || if is_empty.get() { nothing() } else { both(variables) }).erase()
}

fn both(variables: Signal<TraceVariables>) -> Html {
    let TrailLive(trail) = expect_context::<TrailLive>();
    view! {
        {list::list(variables)}
        <section class="trail" aria-label="Audit trail">
            <Loaded live=trail skeleton=tab_skeleton render=shown/>
        </section>
    }
    .erase()
}

fn shown(trail: Signal<AuditTrail>) -> Html {
    view! {
        <Head trail/>
        {history::panel_of(trail)}
        {accesses::panel_of(trail)}
        {others::panel_of(trail)}
    }
    .erase()
}

#[component]
fn Head(trail: Signal<AuditTrail>) -> impl IntoView {
    let variable = memo(move || trail.with(|it| it.variable.clone()));
    let fact = move |name: &'static str, read: fn(&AuditTrail) -> String| {
        view! { <div><dt>{name}</dt><dd>{text(move || trail.with(read))}</dd></div> }.erase()
    };
    let findings = move || variable.with(|it| it.findings);
    view! {
        <header class="trail-head">
            <h3><code>{text(move || variable.with(|it| it.name.clone()))}</code></h3>
            {when(move || findings() > 0, move || {
                view! { <span class="error-mark">{text(move || format::counted(findings(), "finding", "findings"))}</span> }.erase()
            })}
        </header>
        <dl class="facts">
            {fact("Memory of", |it| it.variable.owner.clone())}
            {fact("Reads", |it| format::count(it.variable.reads))}
            {fact("Writes", |it| format::count(it.variable.writes))}
            {fact("Threads", |it| format::count(it.variable.threads))}
        </dl>
    }
    .erase()
}

fn nothing() -> Html {
    view! {
        <section class="empty" aria-label="No variables">
            <h2>"No variable was recorded in this trace"</h2>
            <p>"Clients record accesses as state changes: in Rust " <code>"raceway.read(\"balance\", &value)"</code> ", in others " <code>"track_state_change"</code> ". Then every read and write is listed here, with what it saw and which locks were held."</p>
        </section>
    }
    .erase()
}
