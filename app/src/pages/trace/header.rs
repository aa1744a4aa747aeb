//! The line of facts above the tabs.

use leptos::prelude::*;
use leptos_meta::Title;
use model::list::TraceSummary;
use model::trace::TraceOverview;

use crate::client::browser::Browser;
use crate::components::copy::CopyButton;
use crate::components::service::Service;
use crate::components::time::DateTime;
use crate::{format, hue};

#[component]
pub fn Header(overview: Signal<TraceOverview>) -> impl IntoView {
    let browser = expect_context::<Browser>();
    let summary = Memo::new(move |_| overview.with(|overview| overview.summary.clone()));
    let of = move |read: fn(&TraceSummary) -> String| summary.with(read);
    let operation =
        Memo::new(move |_| of(|summary| summary.root.as_ref().map_or_else(String::new, |root| root.operation.clone())));
    let service = Memo::new(move |_| summary.with(|summary| summary.root.as_ref().map(|root| root.service.clone())));
    let id = Memo::new(move |_| of(|summary| summary.trace_id.to_string()));
    let start = Memo::new(move |_| summary.with(|summary| summary.start));
    let is_live = move || browser.now.get().is_some_and(|now| summary.with(|summary| !summary.is_quiet(now)));
    let errors = move || summary.with(|summary| summary.error_count);
    let heading = move || {
        operation.with(|operation| if operation.is_empty() { "No root yet".to_owned() } else { operation.clone() })
    };
    let title =
        move || operation.with(|operation| if operation.is_empty() { "Trace".to_owned() } else { operation.clone() });
    view! {
        <Title text=title/>
        <header class="trace-facts">
            <h2 class="trace-name" title=heading>{heading}</h2>
            {move || service.get().map(|name| view! { <Service hue=hue::of(&name) name/> })}
            <span class="fact">
                <code title=move || id.get()>{move || format::middle(&id.get(), 13)}</code>
                <CopyButton text=move || id.get_untracked() label="Copy trace id"/>
            </span>
            <span class="fact">{move || view! { <DateTime at=start.get()/> }}</span>
            <span class="fact fact-strong">{move || summary.with(|summary| format::duration(summary.duration_nanos()))}</span>
            <span class="fact">{move || summary.with(|summary| format::counted(summary.event_count, "event", "events"))}</span>
            {move || (errors() > 0).then(|| view! { <span class="error-mark">{format::counted(errors(), "error", "errors")}</span> })}
            <Show when=is_live>
                <span class="live-mark" title="Events arrived within the last minute">"live"</span>
            </Show>
        </header>
    }
    .into_any()
}
