//! The line of facts above the tabs.

use leptos::prelude::*;
use leptos_meta::Title;
use model::list::TraceSummary;
use model::trace::TraceOverview;

use crate::client::browser::Browser;
use crate::components::copy::CopyButton;
use crate::components::service::Service;
use crate::components::time::DateTime;
use crate::erase::{Erase, memo, part, text, when};
use crate::{format, hue};

#[component]
pub fn Header(overview: Signal<TraceOverview>) -> impl IntoView {
    let browser = expect_context::<Browser>();
    let summary = memo(move || overview.with(|overview| overview.summary.clone()));
    let of = move |read: fn(&TraceSummary) -> String| summary.with(read);
    let operation =
        memo(move || of(|summary| summary.root.as_ref().map_or_else(String::new, |root| root.operation.clone())));
    let service = memo(move || summary.with(|summary| summary.root.as_ref().map(|root| root.service.clone())));
    let id = memo(move || of(|summary| summary.trace_id.to_string()));
    let start = memo(move || summary.with(|summary| summary.start));
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
            <h2 class="trace-name" title=text(heading)>{text(heading)}</h2>
            {part(move || service.get().map(|name| view! { <Service hue=hue::of(&name) name/> }))}
            <span class="fact">
                <code title=text(move || id.get())>{text(move || format::middle(&id.get(), 13))}</code>
                <CopyButton text=move || id.get_untracked() label="Copy trace id"/>
            </span>
            <span class="fact">{part(move || view! { <DateTime at=start.get()/> })}</span>
            <span class="fact fact-strong">{text(move || summary.with(|summary| format::duration(summary.duration_nanos())))}</span>
            <span class="fact">{text(move || summary.with(|summary| format::counted(summary.event_count, "event", "events")))}</span>
            {part(move || (errors() > 0).then(|| view! { <span class="error-mark">{format::counted(errors(), "error", "errors")}</span> }))}
            {when(is_live, || view! { <span class="live-mark" title="Events arrived within the last minute">"live"</span> }.erase())}
        </header>
    }
    .erase()
}
