//! One finding beside the list: what happened, both sides of it, and the traces behind it. Esc closes it.

use leptos::prelude::*;
use model::TraceId;
use model::analysis::{GlobalFinding, GlobalRaces, GlobalSide, RaceFilter};
use model::list::TraceFilter;

use super::{RacesPlace, words};
use crate::client::keyboard::use_shortcut;
use crate::client::live::Live;
use crate::components::finding::{class_hint, class_words, kind_word, prose, severity};
use crate::components::notice::skeleton_rows;
use crate::components::time::DateTime;
use crate::erase::{Erase, Html, part, waiting, when};
use crate::place::use_replace;
use crate::{format, urls};

pub fn pane(live: Live<RaceFilter, GlobalRaces>) -> Html {
    let place = expect_context::<RacesPlace>();
    let (by_key, by_click) = (use_replace(), use_replace());
    let closed = move || urls::races(&place.filter.get_untracked(), "");
    use_shortcut("Escape", "Close the finding", move || by_key(&closed()));
    let close = Callback::new(move |()| by_click(&closed()));
    when(
        move || place.open.with(|open| !open.is_empty()),
        move || {
            let body = waiting(
                || skeleton_rows(14),
                move || async move {
                    match live.first.await {
                        Ok(first) => shown(place, live.latest(first)),
                        // The list says what went wrong.
                        Err(_) => ().erase(),
                    }
                },
            );
            view! {
                <aside class="details" aria-label="Finding">
                    <div class="details-bar">
                        <h2>"Finding"</h2>
                        <button
                            type="button"
                            class="icon-button"
                            aria-label="Close the finding"
                            title="Close (Esc)"
                            on:click=move |_| close.run(())
                        >
                            "×"
                        </button>
                    </div>
                    <div class="details-scroll" tabindex="0" role="region" aria-label="What was found">{body}</div>
                </aside>
            }
            .erase()
        },
    )
    .erase()
}

fn shown(place: RacesPlace, races: Signal<GlobalRaces>) -> Html {
    let finding = Memo::new(move |_| {
        let open = place.open.get();
        races.with(|races| races.findings.iter().find(|finding| finding.id == open).cloned())
    });
    part(move || match finding.get() {
        Some(finding) => fields(&finding),
        None => {
            view! { <p class="muted">"This finding is not among those listed: another filter may show it."</p> }.erase()
        }
    })
    .erase()
}

fn fields(finding: &GlobalFinding) -> Html {
    let known = view! { <span title=class_hint(finding.class)>{class_words(finding.class)}</span> }.erase();
    let facts = [
        ("Where", words::reach(finding.reach).erase()),
        ("Known", known),
        ("Memory of", finding.owner.clone().erase()),
        ("Times", format::count(finding.count.value).erase()),
        ("Threads", format::count(finding.threads).erase()),
        ("First", view! { <DateTime at=finding.first/> }.erase()),
        ("Last", view! { <DateTime at=finding.last/> }.erase()),
    ];
    let facts = facts.into_iter().map(|(name, value)| fact(name, value)).collect_view();
    let sides =
        finding.sides.iter().enumerate().map(|(at, shown)| side(words::role(finding, at), shown)).collect_view();
    view! {
        <div class="details-title">
            <p class="details-operation">{prose(&finding.title)}</p>
            <p class="details-line">
                {severity(finding.severity)} <span class="kind">{kind_word(finding.kind)}</span> <code>{finding.subject.clone()}</code>
            </p>
        </div>
        <p>{prose(&finding.explanation)}</p>
        <dl class="fields">{facts}</dl>
        {sides}
        {traces(finding)}
    }
    .erase()
}

fn fact(name: &'static str, value: Html) -> Html {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.erase()
}

fn side(role: String, side: &GlobalSide) -> Html {
    let url = urls::events(side.trace_id, &TraceFilter::default(), "", Some(side.event));
    let code = |text: &str| view! { <code>{text.to_owned()}</code> }.erase();
    let value = match (&side.before, &side.after) {
        (Some(before), Some(after)) => {
            Some(view! { <code>{before.clone()}</code> " → " <code>{after.clone()}</code> }.erase())
        }
        (Some(only), None) | (None, Some(only)) => Some(code(only)),
        (None, None) => None,
    };
    let locks = if side.locks.is_empty() { "none".erase() } else { code(&side.locks.join(", ")) };
    let facts = [
        ("Value", value),
        ("Location", (!side.location.is_empty()).then(|| code(&side.location))),
        ("Time", Some(view! { <DateTime at=side.at/> }.erase())),
        ("Thread", Some(code(&side.thread))),
        ("Locks held", Some(locks)),
        ("Event", Some(view! { <a class="link" href=url>{format!("{} in its trace", side.kind.label())}</a> }.erase())),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| Some(fact(name, value?))).collect_view();
    view! {
        <section class="details-section">
            <h3>{role}</h3>
            <dl class="fields">{facts}</dl>
        </section>
    }
    .erase()
}

/// Of a finding inside a trace the first one leads to its schedule; the others to their own findings.
fn traces(finding: &GlobalFinding) -> Html {
    let list = TraceFilter::default();
    let of_event = |trace: TraceId| finding.sides.iter().find(|side| side.trace_id == trace).map(|side| side.event);
    let link = |(at, &trace): (usize, &TraceId)| {
        let url = match (&finding.in_trace, at) {
            (Some(id), 0) => urls::finding(trace, &list, id, None),
            (Some(_), _) => urls::finding(trace, &list, "", None),
            (None, _) => urls::events(trace, &list, &events_filter(&finding.subject), of_event(trace)),
        };
        let id = trace.to_string();
        view! { <li><a class="link" href=url title=id.clone()><code>{format::middle(&id, 21)}</code></a></li> }.erase()
    };
    let links = finding.traces.iter().enumerate().map(link).collect_view();
    let (shown, total) = (finding.traces.len() as u64, finding.traces_total.value);
    let caption = if shown < total {
        format!("{} of {} traces", format::count(shown), format::count(total))
    } else {
        format::counted(total, "trace", "traces")
    };
    view! {
        <section class="details-section">
            <h3>{caption}</h3>
            <ol class="plain race-trace-list">{links}</ol>
        </section>
    }
    .erase()
}

/// The filter inside a trace that shows the accesses of a variable.
fn events_filter(subject: &str) -> String {
    if subject.contains(char::is_whitespace) { format!("\"on:{subject}\"") } else { format!("on:{subject}") }
}
