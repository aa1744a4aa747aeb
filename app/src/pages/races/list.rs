//! The findings, one line each; where there is little room, two.

use leptos::prelude::*;
use model::analysis::{GlobalFinding, GlobalRaces, RaceFilter};
use model::list::{Total, TotalKind};

use super::{RacesPlace, words};
use crate::client::row_keys::use_row_keys;
use crate::components::finding::{kind_word, plain, prose, severity};
use crate::components::notice::EmptyStore;
use crate::components::time::{Age, ago};
use crate::erase::{Erase, Html, Item, items, mark, memo, text, when};
use crate::format;
use crate::place::use_replace;
use crate::urls;

/// Marks the links of the list.
const LINKS: &str = ".race-link";

pub fn render(races: Signal<GlobalRaces>) -> Html {
    view! { <RaceList races/> }.erase()
}

#[component]
fn RaceList(races: Signal<GlobalRaces>) -> impl IntoView {
    let place = expect_context::<RacesPlace>();
    use_row_keys(LINKS, "Next finding", "Previous finding");
    let findings = memo(move || races.with(|races| races.findings.clone()));
    let row = move |finding: GlobalFinding| {
        let key = format!("{} {} {}", finding.id, finding.count.value, finding.last.0);
        Item::new(key, move || row(place, &finding))
    };
    let is_filtered = place.filter.with_untracked(|filter| *filter != RaceFilter::default());
    let is_empty = move || findings.with(Vec::is_empty);
    let looked_at = memo(move || races.with(|races| races.summary.at));
    let nothing = move || {
        let traces = races.with_untracked(|races| races.summary.traces);
        match (is_filtered, traces) {
            (true, _) => no_match(),
            (false, 0) => view! { <EmptyStore/> }.erase(),
            (false, _) => all_is_well(),
        }
    };
    view! {
        <div class="races-status">
            <span class="races-counts" role="status" aria-label="Findings">{text(move || races.with(counts))}</span>
            <span class="races-age">{ago("as of", move || looked_at.get())}</span>
            <span class="races-looked wide-only">{text(move || races.with(|races| words::looked_at(&races.summary)))}</span>
            {notes(races)}
        </div>
        <div class="race-head" aria-hidden="true">
            <span>"Severity"</span>
            <span>"Finding"</span>
            <span>"Memory of"</span>
            <span class="num">"Times"</span>
            <span class="num">"Traces"</span>
            <span class="num">"Last"</span>
        </div>
        <div class="list-scroll">
            {when(is_empty, nothing)}
            <ol class="race-list" aria-label="Findings">
                {items(move || findings.get().into_iter().map(row).collect())}
            </ol>
        </div>
    }
    .erase()
}

/// Of the filter's findings how many are shown, and what there is of all.
fn counts(races: &GlobalRaces) -> String {
    let (shown, total) = (races.findings.len() as u64, races.total.value);
    let counted = words::counted(&races.summary);
    if shown < total {
        format!("{counted}: the worst {} of {}", format::count(shown), format::count(total))
    } else {
        counted
    }
}

/// What may be missing: closed, so that nothing moves when it changes.
fn notes(races: Signal<GlobalRaces>) -> Html {
    let notes = memo(move || races.with(|races| races.notes.clone()));
    let note = |note: String| Item::new(note.clone(), move || view! { <li>{note.clone()}</li> }.erase());
    when(
        move || notes.with(|notes| !notes.is_empty()),
        move || {
            let caption = text(move || format::counted(notes.with(|notes| notes.len() as u64), "note", "notes"));
            view! {
                <details class="races-notes">
                    <summary title="What these findings leave out">{caption}</summary>
                    <ul>{items(move || notes.get().into_iter().map(note).collect())}</ul>
                </details>
            }
            .erase()
        },
    )
    .erase()
}

fn row(place: RacesPlace, finding: &GlobalFinding) -> Html {
    let (id, opened) = (finding.id.clone(), finding.id.clone());
    let is_open = mark(move || place.open.with(|open| *open == id));
    let url = text(move || place.with_open(&opened));
    let title = format!("{}: {}", kind_word(finding.kind), plain(&finding.title));
    view! {
        <li class="race-row">
            <a class="race-link" href=url aria-current=is_open title=title>
                <span class="race-severity">{severity(finding.severity)}</span>
                <span class="race-title">{prose(&finding.title)}</span>
                <span class="race-owner">{finding.owner.clone()}</span>
                <span class="race-count">{times(finding.count)}</span>
                <span class="race-traces">{traces(finding.traces_total)}</span>
                <span class="race-age"><Age at=finding.last/></span>
            </a>
        </li>
    }
    .erase()
}

/// The unit is for where the column has no head.
fn times(count: Total) -> Html {
    let at_least = if count.kind == TotalKind::Exact { "" } else { "at least " };
    let unit = if count.value == 1 { " time" } else { " times" };
    view! { {format!("{at_least}{}", format::count(count.value))} <span class="race-unit">{unit}</span> }.erase()
}

fn traces(total: Total) -> Html {
    let unit = if total.value == 1 { " trace" } else { " traces" };
    view! { {format::count(total.value)} <span class="race-unit">{unit}</span> }.erase()
}

fn no_match() -> Html {
    let replace = use_replace();
    view! {
        <section class="empty" aria-label="No match">
            <h2>"No finding matches"</h2>
            <p>"The name is looked for anywhere in the names of variables and locks, in any case."</p>
            <button type="button" class="button" on:click=move |_| replace(&urls::races(&RaceFilter::default(), ""))>
                "Show all findings"
            </button>
        </section>
    }
    .erase()
}

fn all_is_well() -> Html {
    view! {
        <section class="empty" aria-label="No findings">
            <h2>"No two requests were found in each other's way"</h2>
            <p>
                "Here is what threads and requests do to each other: accesses of one variable that nothing orders and no lock \
                 protects, updates that overwrite one another, locks taken in opposite orders."
            </p>
            <p>
                "It takes events that name variables (StateChange) and locks (LockAcquire, LockRelease). The demo records some \
                 that go wrong: "
                <code>"raceway demo"</code>
            </p>
        </section>
    }
    .erase()
}
