//! Events side by side: what each did, with which value, where, on which thread, under which locks.

use leptos::prelude::*;
use model::Kind;
use model::analysis::{Finding, FindingEvent, HeldLock, Role};

use super::finding::event_url;
use crate::components::event_kind::words;
use crate::components::service::Service;
use crate::components::time::DateTime;
use crate::erase::{Erase, Html, attribute};
use crate::hue;
use crate::place::Place;

pub fn view(finding: &Finding) -> Html {
    let sides = finding.events.iter().map(side).collect_view();
    view! { <div class="sides">{sides}</div> }.erase()
}

fn side(event: &FindingEvent) -> Html {
    let place = expect_context::<Place>();
    let id = event.id;
    let service_hue = hue::of(&event.service);
    let facts = [
        ("Thread", Some(code(&event.thread))),
        (if is_read(event.kind) { "Saw" } else { "Wrote" }, value_of(event).map(code)),
        ("Replaced", event.before.as_deref().filter(|_| !is_read(event.kind)).map(code)),
        ("Locks held", (event.role != Role::Slow).then(|| held(&event.locks))),
        ("Location", (!event.location.is_empty()).then(|| code(&event.location))),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| Some(fact(name, value?))).collect_view();
    view! {
        <section class="side" aria-label=role_words(event.role)>
            <h4>{role_words(event.role)}</h4>
            <p class="side-what">{words(event.kind, event.mode)} " " {code(&event.object)}</p>
            <dl class="fields">
                {facts}
                <div><dt>"Service"</dt><dd><Service name=event.service.clone() hue=service_hue/></dd></div>
                <div><dt>"At"</dt><dd><DateTime at=event.start/></dd></div>
            </dl>
            <a class="side-link" href=attribute(move || event_url(place, id))>"Show in Events"</a>
        </section>
    }
    .erase()
}

fn fact(name: &'static str, value: Html) -> Html {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.erase()
}

pub fn code(text: &str) -> Html {
    let (text, title) = (text.to_owned(), text.to_owned());
    view! { <code title=title>{text}</code> }.erase()
}

pub const fn is_read(kind: Kind) -> bool {
    matches!(kind, Kind::Read | Kind::AtomicRead)
}

/// What a read saw, or a write wrote.
pub fn value_of(event: &FindingEvent) -> Option<&str> {
    match event.after.as_deref() {
        None if is_read(event.kind) => event.before.as_deref(),
        after => after,
    }
}

/// In the order in which they were taken; that there are none is what matters most.
pub fn held(locks: &[HeldLock]) -> Html {
    if locks.is_empty() {
        return view! { <span class="no-locks">"none"</span> }.erase();
    }
    let locks = locks.iter().map(|lock| {
        let how = if lock.shared { " shared" } else { "" };
        view! { <span class="held-lock">{code(&lock.name)}{how}</span> }.erase()
    });
    locks.collect_view().erase()
}

pub const fn role_words(role: Role) -> &'static str {
    match role {
        Role::First => "One access",
        Role::Second => "The other access",
        Role::StaleRead => "Reads",
        Role::LostWrite => "Its update is lost",
        Role::Overwrite => "Overwrites it",
        Role::Acquire => "Waits",
        Role::Block => "In the block",
        Role::Slow => "Slow event",
    }
}
