//! One finding: what it is, how one knows, the events it rests on, and the schedule that leads to it.

use leptos::prelude::*;
use model::EventId;
use model::analysis::{Finding, FindingKind};

use super::address::Address;
use super::list::times;
use super::{Anomalies, cycle, lost_update, schedule, sides, slow};
use crate::client::keyboard::use_shortcut;
use crate::components::copy::CopyButton;
use crate::components::finding::{class_hint, class_words, kind_word, prose, severity};
use crate::erase::{Erase, Html, attribute};
use crate::place::{Place, use_replace};
use crate::urls;

pub fn view(finding: Finding) -> Html {
    let Anomalies { address, .. } = expect_context::<Anomalies>();
    let id = finding.id.clone();
    let link = move || permalink(untrack(|| address.url(&id, None)));
    let leave = use_replace();
    use_shortcut("Escape", "Back to the list of findings", move || {
        untrack(|| address.url("", None)).iter().for_each(|url| leave(url));
    });
    let evidence = match finding.kind {
        FindingKind::LostUpdate => lost_update::view(&finding),
        FindingKind::Deadlock | FindingKind::LockInversion => cycle::view(&finding),
        FindingKind::Slow => slow::view(&finding),
        FindingKind::Race | FindingKind::Unserialisable => sides::view(&finding),
    };
    view! {
        <article class="finding" aria-labelledby="finding-title">
            {back(address)}
            <header class="finding-head">
                {severity(finding.severity)}
                <span class="finding-kind">{kind_word(finding.kind)}</span>
                <span class="muted" title=class_hint(finding.class)>{class_words(finding.class)}</span>
                <span class="muted">{times(finding.count)}</span>
                <CopyButton text=link label="Copy link to this finding"/>
            </header>
            <h3 id="finding-title" class="finding-title">{prose(&finding.title)}</h3>
            <p class="finding-why">{prose(&finding.explanation)}</p>
            {evidence}
            {finding.has_schedule.then(|| schedule::section(&finding))}
        </article>
    }
    .erase()
}

/// Where the list and the finding are pages of their own.
pub fn back(address: Address) -> Html {
    view! { <a class="finding-back" href=attribute(move || address.url("", None))>"‹ All findings"</a> }.erase()
}

/// The tab Events with an event open.
pub fn event_url(place: Place, event: EventId) -> Option<String> {
    place.trace.get().map(|trace| urls::events(trace, &place.list.get(), "", Some(event)))
}

/// An address with everything before the path. For event handlers only.
pub fn permalink(url: Option<String>) -> String {
    // A page without an origin is read from a file; its addresses are not for others anyway.
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}", url.unwrap_or_default())
}
