//! The details of one event: every field, its neighbours, its payload. They stay open while the list
//! scrolls; Esc closes them.

use leptos::prelude::*;
use model::EventId;
use model::json::JsonText;
use model::trace::{EventDetail, Relative};

use super::super::known_findings::{EventMark, KnownFindings};
use super::EventsState;
use crate::api;
use crate::api::codec::Answered;
use crate::api::trace::ShownEvent;
use crate::client::keyboard::use_shortcut;
use crate::components::copy::CopyButton;
use crate::components::event_kind::{EventKind, words};
use crate::components::failure::Failure;
use crate::components::finding::{prose, severity};
use crate::components::notice::skeleton_rows;
use crate::components::panel::error_mark;
use crate::components::service::Service;
use crate::components::time::DateTime;
use crate::erase::{Erase, Html, attribute, effect, part, waiting, when};
use crate::place::{Place, use_replace};
use crate::{format, hue, urls};

#[component]
pub fn Details() -> impl IntoView {
    let place = expect_context::<Place>();
    let state = expect_context::<EventsState>();
    let detail = Answered::new_with_options(
        move || (place.trace.get(), place.event.get()),
        |(trace, event)| async move {
            match (trace, event) {
                (Some(trace), Some(event)) => Some(api::trace::event(trace, event).await),
                _ => None,
            }
        },
        false,
    );
    effect(move || {
        if let Some(Some(Ok(ShownEvent { detail, .. }))) = detail.get() {
            state.position.set(Some((detail.id, detail.position)));
        }
    });
    let (by_key, by_click) = (use_replace(), use_replace());
    use_shortcut("Escape", "Close the details", move || place.with_event(None).iter().for_each(|url| by_key(url)));
    let close = Callback::new(move |()| place.with_event(None).iter().for_each(|url| by_click(url)));
    let refetch = move || detail.refetch();
    when(
        move || place.event.get().is_some(),
        move || {
            let body = waiting(
                || skeleton_rows(14),
                move || async move {
                    match detail.await {
                        Some(Ok(event)) => fields(event),
                        Some(Err(error)) => view! { <Failure error retry=refetch/> }.erase(),
                        None => ().erase(),
                    }
                },
            );
            view! {
                <aside class="details" aria-label="Event details">
                    <div class="details-bar">
                        <h2>"Event"</h2>
                        <button
                            type="button"
                            class="icon-button"
                            aria-label="Close details"
                            title="Close (Esc)"
                            on:click=move |_| close.run(())
                        >
                            "×"
                        </button>
                    </div>
                    <div class="details-scroll" tabindex="0" role="region" aria-label="Fields of the event">{body}</div>
                </aside>
            }
            .erase()
        },
    )
    .erase()
}

fn fields(shown: ShownEvent) -> Html {
    let ShownEvent { detail: event, json } = shown;
    let id = event.id.to_string();
    let copied_id = id.clone();
    let json = StoredValue::new(json);
    let relations = relations(&event);
    let vector = clock(event.clock);
    let locks = lock_set(event.lock_set);
    let duration = event.end.since(event.start);
    let is_span = duration > 0;
    let facts = [
        ("End", is_span.then(|| view! { <DateTime at=event.end/> }.erase())),
        ("Duration", is_span.then(|| format::duration(duration).erase())),
        ("As recorded", Some(code(event.timestamp))),
        ("Kind", Some(event.wire_kind.erase())),
        ("Position", Some(format::count(event.position + 1).erase())),
        ("Environment", Some(event.environment.erase())),
        ("Process", Some(event.process_id.to_string().erase())),
        ("Thread", Some(code(event.thread))),
        ("Instance", event.instance.map(code)),
        ("Task", event.task.map(code)),
        ("Span", event.span.map(code)),
        ("Upstream span", event.upstream.map(code)),
        ("Variable", event.variable.map(code)),
        ("Lock", event.lock.map(code)),
        ("Status", event.status.map(|status| code(status.to_string()))),
        ("Commit", Some(format::count(event.seq.0).erase())),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some(view! { <div><dt>{name}</dt><dd>{value?}</dd></div> }.erase()))
        .collect_view();
    let service_hue = hue::of(&event.service);
    view! {
        <div class="details-title">
            <p class="details-operation">{event.operation}</p>
            <p class="details-line">
                <EventKind kind=event.kind mode=event.mode/>
                <Service name=event.service hue=service_hue/>
                {event.error.then(|| error_mark("error".to_owned()))}
            </p>
        </div>
        <dl class="fields">
            <div><dt>"Start"</dt><dd><DateTime at=event.start/></dd></div>
            {facts}
            <div>
                <dt>"Id"</dt>
                <dd><code class="cut" title=id.clone()>{id.clone()}</code> <CopyButton text=move || copied_id.clone() label="Copy event id"/></dd>
            </div>
        </dl>
        {findings(event.id)}
        {relations}
        {vector}
        {locks}
        {json_section("Payload", &event.body)}
        {json_section("Tags", &event.tags)}
        <div class="details-foot">
            <span>"Whole event as JSON"</span>
            <CopyButton text=move || json.get_value() label="Copy event as JSON"/>
        </div>
    }
    .erase()
}

/// The event that caused this one, and those it caused.
fn relations(event: &EventDetail) -> Html {
    let parent = match (&event.parent, event.parent_id) {
        (Some(parent), _) => relative(parent, "Go to the parent"),
        (None, Some(id)) => {
            let text = format!("{}, not in the trace (yet)", format::middle(&id.to_string(), 13));
            view! { <p class="muted">{text}</p> }.erase()
        }
        (None, None) => view! { <p class="muted">"None: a root of the trace"</p> }.erase(),
    };
    let shown = event.children.len() as u64;
    let rest = event.children_total.saturating_sub(shown);
    let children = event.children.iter().map(|child| relative(child, "Go to the child")).collect_view();
    view! {
        <section class="details-section" aria-label="Parent">
            <h3>"Parent"</h3>
            {parent}
        </section>
        {(event.children_total > 0).then(|| view! {
            <section class="details-section" aria-label="Children">
                <h3>"Children " <span class="muted">{format::count(event.children_total)}</span></h3>
                {children}
                {(rest > 0).then(|| view! { <p class="muted">{format!("and {} more", format::count(rest))}</p> }.erase())}
            </section>
        }.erase())}
    }
    .erase()
}

/// The findings that the event is in, once they are known.
fn findings(event: EventId) -> Html {
    let known = expect_context::<KnownFindings>();
    let place = expect_context::<Place>();
    let link = move |mark: EventMark| {
        let url = move || place.trace.get().map(|trace| urls::finding(trace, &place.list.get(), &mark.finding, None));
        view! {
            <li><a class="relative details-finding" href=attribute(url)>{severity(mark.severity)} <span>{prose(&mark.title)}</span></a></li>
        }
        .erase()
    };
    part(move || {
        let marks = known.of_event(event);
        (!marks.is_empty()).then(|| {
            view! {
                <section class="details-section" aria-label="Findings">
                    <h3>"Findings"</h3>
                    <ul>{marks.into_iter().map(link).collect_view()}</ul>
                </section>
            }
        })
    })
    .erase()
}

fn code(text: String) -> Html {
    view! { <code>{text}</code> }.erase()
}

fn relative(event: &Relative, title: &'static str) -> Html {
    let place = expect_context::<Place>();
    let id: EventId = event.id;
    // Without the filter: the other event may not be in the filtered list.
    let url = move || place.trace.get().map(|trace| urls::events(trace, &place.list.get(), "", Some(id)));
    let service_hue = hue::of(&event.service);
    view! {
        <a class="relative" href=attribute(url) title=title>
            <span class="relative-name">{event.operation.clone()}</span>
            <span class="muted">{words(event.kind, model::Mode::None)}</span>
            <Service name=event.service.clone() hue=service_hue/>
        </a>
    }
    .erase()
}

fn clock(components: Vec<(String, u64)>) -> Html {
    if components.is_empty() {
        return ().erase();
    }
    let rows = components
        .into_iter()
        .map(|(who, ticks)| {
            view! { <tr><td><code>{who}</code></td><td class="num">{format::count(ticks)}</td></tr> }.erase()
        })
        .collect_view();
    view! {
        <section class="details-section" aria-label="Vector clock">
            <h3>"Vector clock"</h3>
            <table class="table"><tbody>{rows}</tbody></table>
        </section>
    }
    .erase()
}

fn lock_set(locks: Vec<String>) -> Html {
    if locks.is_empty() {
        return ().erase();
    }
    let locks = locks.into_iter().map(|lock| view! { <li><code>{lock}</code></li> }.erase()).collect_view();
    view! {
        <section class="details-section" aria-label="Locks held">
            <h3>"Locks held"</h3>
            <ul class="plain">{locks}</ul>
        </section>
    }
    .erase()
}

fn json_section(title: &'static str, value: &JsonText) -> Html {
    if value.is_empty() {
        return ().erase();
    }
    let text = value.pretty();
    let copied = text.clone();
    view! {
        <section class="details-section" aria-label=title>
            <h3>{title} <CopyButton text=move || copied.clone() label=if title == "Tags" { "Copy tags" } else { "Copy payload" }/></h3>
            <pre class="json">{text}</pre>
        </section>
    }
    .erase()
}
