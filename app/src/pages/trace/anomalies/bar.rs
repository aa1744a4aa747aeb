//! Above the findings: how many there are and of what, how far the answer can be trusted, and the exact
//! search.

use leptos::prelude::*;
use model::analysis::{Findings, Thoroughness};

use super::Anomalies;
use super::exact::Search;
use crate::client::keyboard::use_shortcut;
use crate::components::finding::counted;
use crate::erase::{Erase, Html, attribute, part, text, when};
use crate::format;
use crate::place::use_replace;

pub fn view(linear: Signal<Findings>, shown: Memo<Findings>) -> Html {
    let summary = move || shown.with(|shown| counted(&shown.counts));
    let unlisted = move || shown.with(|shown| shown.counts.total().saturating_sub(shown.findings.len() as u64));
    view! {
        <div class="findings-bar">
            <p class="findings-counts" role="status" aria-label="Findings">{text(summary)}</p>
            <p class="muted">{text(move || shown.with(looked_at))}</p>
            {when(move || unlisted() > 0, move || {
                let rest = text(move || format!("{} more are not listed: the strongest are.", format::count(unlisted())));
                view! { <p class="muted">{rest}</p> }.erase()
            })}
            {search(linear)}
            {notes(shown)}
        </div>
    }
    .erase()
}

/// What the answer rests on.
pub fn looked_at(findings: &Findings) -> String {
    format!(
        "{}, {}, {}, {} looked at",
        format::counted(findings.events, "event", "events"),
        format::counted(findings.threads, "thread", "threads"),
        format::counted(findings.variables, "variable", "variables"),
        format::counted(findings.locks, "lock", "locks"),
    )
}

/// What kept the analyses from seeing more.
pub fn notes(shown: Memo<Findings>) -> Html {
    part(move || {
        let (notes, undecided) = shown.with(|shown| (shown.notes.clone(), shown.undecided));
        let undecided = (undecided > 0).then(|| {
            let what = format::counted(undecided, "pair or pattern", "pairs or patterns");
            format!("{what} could not be decided within the budget of the exact search.")
        });
        let notes = undecided.into_iter().chain(notes).map(|note| view! { <li>{note}</li> }.erase());
        view! { <ul class="findings-notes" aria-label="Notes">{notes.collect_view()}</ul> }
    })
    .erase()
}

/// The button, the search while it runs, and what came of it.
pub fn search(linear: Signal<Findings>) -> Html {
    let Anomalies { address, exact, .. } = expect_context::<Anomalies>();
    let (toggle, leave) = (use_replace(), use_replace());
    use_shortcut("x", "Search exactly, or stop it", move || {
        let is_asked = address.exact.get_untracked();
        untrack(|| address.with_exact(!is_asked)).iter().for_each(|url| toggle(url));
    });
    let stop = Callback::new(move |()| untrack(|| address.with_exact(false)).iter().for_each(|url| leave(url)));
    let is_old = move || exact.version().is_some_and(|version| version < linear.with(|linear| linear.version));
    let offer = move || {
        view! {
            <a
                class="button"
                href=attribute(move || address.with_exact(true))
                title="Also try every order of the locks (x). It can take a while, and can be stopped."
            >
                "Search exactly"
            </a>
        }
        .erase()
    };
    let running = move || {
        let seconds = move || {
            let seconds = exact.seconds.get();
            if seconds == 0 { "Searching exactly".to_owned() } else { format!("Searching exactly, {seconds} s") }
        };
        view! {
            <span class="search-running" role="status" aria-label="Exact search">{text(seconds)}</span>
            <button type="button" class="button" title="Stop (x)" on:click=move |_| stop.run(())>"Stop"</button>
        }
        .erase()
    };
    let done = move |is_complete: bool| {
        let said = if is_complete { "Searched exactly" } else { "Searched exactly, not to the end" };
        view! {
            <span class="search-done">{said}</span>
            {when(is_old, move || view! {
                <span class="muted">"Newer events have arrived."</span>
                <button type="button" class="button" on:click=move |_| exact.again()>"Search again"</button>
            }.erase())}
            <a href=attribute(move || address.with_exact(false)) title="Back to the quick answer (x)">"Leave"</a>
        }
        .erase()
    };
    let state = move || {
        exact.search.with(|search| match search {
            Search::NotAsked => offer(),
            Search::Running => running(),
            Search::Done(findings) => done(findings.complete),
            Search::Failed(error) => view! {
                <span class="failure-line" role="alert">{error.to_string()}". "{error.advice()}</span>
                <button type="button" class="button" on:click=move |_| exact.again()>"Retry"</button>
            }
            .erase(),
        })
    };
    view! { <div class="findings-search">{part(state)}</div> }.erase()
}

/// What was looked for, and how far.
pub fn engines(thoroughness: Thoroughness) -> &'static str {
    match thoroughness {
        Thoroughness::Linear => {
            "data races (delays, and other timings that keep the order of the locks), lost updates, deadlocks and \
             lock inversions, blocks that cannot be put in a row, events that are slow for their operation."
        }
        Thoroughness::Exact => {
            "data races, lost updates and deadlocks in every order of what was recorded, lock inversions, blocks that \
             cannot be put in a row, events that are slow for their operation."
        }
    }
}
