//! The line of facts above the tabs.

use leptos::prelude::*;
use model::analysis::ServicePage;

use crate::components::health::Health;
use crate::components::time::ago;
use crate::erase::{Erase, memo, part, text};
use crate::{format, hue};

#[component]
pub fn Header(page: Signal<ServicePage>) -> impl IntoView {
    let name = memo(move || page.with(|page| page.figures.name.clone()));
    let health = memo(move || page.with(|page| Health::read(&page.health)));
    let reason = move || page.with(|page| page.reason.clone());
    let errors = memo(move || page.with(|page| page.figures.errors));
    let last = memo(move || page.with(|page| page.figures.last_activity));
    let at = memo(move || page.with(|page| page.at));
    view! {
        <header class="trace-facts">
            <h1 class="trace-name service-title" title=text(move || name.get())>
                <span class="service-mark" data-hue=text(move || name.with(|name| hue::of(name)).to_string()) aria-hidden="true"></span>
                {text(move || name.get())}
            </h1>
            <span class="fact" title=text(reason)>{part(move || health.get().view())}</span>
            <span class="fact">{text(move || page.with(|page| format::counted(page.figures.events, "event", "events")))}</span>
            <span class="fact">{text(move || page.with(|page| format::counted(page.figures.traces, "trace", "traces")))}</span>
            {part(move || (errors.get() > 0).then(|| view! { <span class="error-mark">{format::counted(errors.get(), "error", "errors")}</span> }))}
            <span class="fact"><span>{ago("active", move || last.get())}</span></span>
            <span class="fact"><span>{ago("as of", move || at.get())}</span></span>
        </header>
    }
    .erase()
}
