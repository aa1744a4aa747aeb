//! The accesses of a variable in causal order: what each saw, wrote and held.

use leptos::prelude::*;
use model::Mode;
use model::analysis::{Access, AccessFlag, AuditTrail, MAX_ACCESSES, Origin};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::components::event_kind::words;
use crate::components::panel::{Column, Level, column, note, number, panel, table, words as name};
use crate::erase::{Erase, Html, attribute, memo, part, text, when};
use crate::place::Place;
use crate::{format, hue, urls};

const COLUMNS: [Column; 8] = [
    number("#"),
    name("Order"),
    name("Access"),
    name("Value"),
    name("Saw"),
    name("Thread"),
    name("Locks held"),
    column("Place", "wide-only"),
];

pub fn panel_of(trail: Signal<AuditTrail>) -> Html {
    let place = expect_context::<Place>();
    let rows = move || {
        trail.with(|it| {
            let rows =
                it.accesses.iter().enumerate().map(|(at, access)| row(place, it.from + at as u64, at == 0, access));
            rows.collect_view()
        })
    };
    let said = note(text(move || {
        let unordered = trail.with(|it| it.accesses.iter().skip(1).filter(|access| !access.follows_previous).count());
        match unordered {
            0 => "in causal order".to_owned(),
            1 => "in causal order; once only time tells it".to_owned(),
            _ => format!("in causal order; {} times only time tells it", format::count(unordered as u64)),
        }
    }));
    let body = view! {
        {pages(trail)}
        <div class="table-scroll" tabindex="0" role="region" aria-label="Accesses as a table">{table(&COLUMNS, part(rows).erase())}</div>
    };
    panel(Level::Tab, "accesses-title", "panel trail-accesses", "Accesses", said, body.erase())
}

/// Which accesses are listed, and the way to others.
fn pages(trail: Signal<AuditTrail>) -> Html {
    let place = expect_context::<Place>();
    let span = memo(move || trail.with(|it| (it.from, it.accesses.len() as u64, it.accesses_total)));
    let to = move |from: u64| {
        let (trace, index) = (place.trace.get()?, trail.with(|it| it.variable.index));
        Some(urls::accesses(trace, &place.list.get(), Some(index), from))
    };
    let step = MAX_ACCESSES as u64;
    let link = move |words: &'static str, from: fn((u64, u64, u64), u64) -> Option<u64>| {
        when(
            move || from(span.get(), step).is_some(),
            move || {
                let url = attribute(move || from(span.get(), step).and_then(to));
                view! { <a class="button" href=url>{words}</a> }.erase()
            },
        )
    };
    when(
        move || {
            let (from, listed, total) = span.get();
            from > 0 || listed < total
        },
        move || {
            let said = text(move || {
                let (from, listed, total) = span.get();
                let (first, last) = (format::count(from + 1), format::count(from + listed));
                format!("{first} to {last} of {}", format::counted(total, "access", "accesses"))
            });
            view! {
                <p class="pages">
                    {link("Earlier", |(from, ..), step| (from > 0).then(|| from.saturating_sub(step)))}
                    <span>{said}</span>
                    {link("Later", |(from, listed, total), _| (from + listed < total).then_some(from + listed))}
                </p>
            }
            .erase()
        },
    )
    .erase()
}

fn row(place: Place, number: u64, is_first: bool, access: &Access) -> Html {
    let event = access.event;
    let url = move || place.trace.get().map(|trace| urls::events(trace, &place.list.get(), "", Some(event)));
    let order = if is_first {
        ().erase()
    } else if access.follows_previous {
        view! { <span class="muted" title="Whatever the schedule, this comes after the access before it">"follows"</span> }.erase()
    } else {
        view! { <span class="order-mark" title="Nothing but time puts this after the access before it">"only time"</span> }
            .erase()
    };
    let service_hue = hue::of(&access.service);
    let kind = words(access.kind, Mode::None);
    view! {
        <tr class="row-link" id=row_id(number) tabindex="-1" data-flagged=(!access.flags.is_empty()).then_some("true")>
            <td class="num">{format::count(number + 1)}</td>
            <td>{order}</td>
            <td>
                <a href=attribute(url) title="Show the event">{kind}</a>
                {flags(place, access)}
            </td>
            <td class="value">{values(access)}</td>
            <td>{saw(access.saw)}</td>
            <td title=format!("{}, {}", access.service, access.thread)>
                <span class="thread" data-hue=service_hue.to_string()>
                    <span class="service-mark" aria-hidden="true"></span>
                    {access.thread.clone()}
                </span>
            </td>
            <td>{locks(access)}</td>
            <td class="wide-only"><code>{access.location.clone()}</code></td>
        </tr>
    }
    .erase()
}

/// The findings an access is in, each word a link to one.
fn flags(place: Place, access: &Access) -> Html {
    let said = access.flags.iter().map(|flag| match flag {
        AccessFlag::Race => "race",
        AccessFlag::LostUpdate => "lost update",
    });
    let said = said.collect::<Vec<_>>().join(", ");
    if said.is_empty() && access.findings.is_empty() {
        return ().erase();
    }
    let said = if said.is_empty() { "finding".to_owned() } else { said };
    let Some(finding) = access.findings.first().cloned() else {
        return view! { " " <span class="error-mark">{said}</span> }.erase();
    };
    let more = access.findings.len() - 1;
    let url = move || place.trace.get().map(|trace| urls::finding(trace, &place.list.get(), &finding, None));
    view! {
        " "
        <a class="error-mark above" href=attribute(url) title="Show the finding">{said}</a>
        {(more > 0).then(|| view! { <span class="muted">{format!(" +{more}")}</span> }.erase())}
    }
    .erase()
}

fn values(access: &Access) -> Html {
    let code = |text: &String| view! { <code title=text.clone()>{text.clone()}</code> }.erase();
    match (&access.before, &access.after) {
        (Some(before), Some(after)) => view! { {code(before)} " → " {code(after)} }.erase(),
        (None, Some(after)) => code(after),
        (Some(before), None) => view! { {code(before)} " → " <span class="muted">"not recorded"</span> }.erase(),
        (None, None) => view! { <span class="muted">"not recorded"</span> }.erase(),
    }
}

fn saw(saw: Option<Origin>) -> Html {
    match saw {
        None => ().erase(),
        Some(Origin::Initial) => view! { <span class="muted">"the initial value"</span> }.erase(),
        Some(Origin::Unknown) => {
            let why = "No recorded write wrote this value: somebody writes without being recorded";
            view! { <span class="order-mark" title=why>"unknown write"</span> }.erase()
        }
        Some(Origin::Write(writer)) => {
            let jump = move |_| {
                let row =
                    document().get_element_by_id(&row_id(writer)).and_then(|row| row.dyn_into::<HtmlElement>().ok());
                // One that is not listed has no row.
                if let Some(row) = row {
                    row.scroll_into_view();
                    let _ = row.focus();
                }
            };
            let title = "Go to the write whose value this read saw";
            view! { <button type="button" class="jump above" title=title on:click=jump>{format!("write {}", format::count(writer + 1))}</button> }
                .erase()
        }
    }
}

fn locks(access: &Access) -> Html {
    if access.locks.is_empty() {
        return view! { <span class="muted">"none"</span> }.erase();
    }
    let locks = access.locks.iter().map(|lock| {
        let shared = lock.shared.then(|| view! { <span class="muted">" (shared)"</span> }.erase());
        view! { <span class="lock"><code>{lock.name.clone()}</code>{shared}</span> }.erase()
    });
    locks.collect_view().erase()
}

fn row_id(number: u64) -> String {
    format!("access-{number}")
}
