//! The tab Overview: who took part, what happened most, what took longest, and what is odd about it.

use leptos::prelude::*;
use model::Nanos;
use model::trace::{KindCount, LongEvent, ServiceShare, TraceOverview};

use super::known_findings::KnownFindings;
use super::{TraceOverviewLive, tab_skeleton};
use crate::components::event_kind::words;
use crate::components::finding::counted;
use crate::components::loaded::Loaded;
use crate::components::panel::{Column, Level, alarm, bar, cell, column, note, number, panel, table, words as name};
use crate::components::service::Service;
use crate::components::time::DateTime;
use crate::erase::{Erase, Html, Text, attribute, memo, part, text, when};
use crate::place::Place;
use crate::urls::Tab;
use crate::{format, hue, urls};

#[component]
pub fn OverviewTab() -> impl IntoView {
    let TraceOverviewLive(live) = expect_context::<TraceOverviewLive>();
    view! {
        <div class="overview">
            <Loaded live skeleton=tab_skeleton render=render/>
        </div>
    }
    .erase()
}

fn render(overview: Signal<TraceOverview>) -> Html {
    view! {
        <Notices overview/>
        <Facts overview/>
        <div class="overview-columns">
            <Longest overview/>
            <ServiceShares overview/>
            <Kinds overview/>
        </div>
    }
    .erase()
}

/// What a reader must know before trusting the rest.
#[component]
fn Notices(overview: Signal<TraceOverview>) -> impl IntoView {
    let place = expect_context::<Place>();
    let of = move |read: fn(&TraceOverview) -> u64| memo(move || overview.with(read));
    let (errors, orphans, cyclic) = (of(|it| it.summary.error_count), of(|it| it.orphans), of(|it| it.cyclic));
    let first_error = memo(move || overview.with(|overview| overview.first_error));
    let error_url = move || {
        let list = place.list.get();
        place.trace.get().map(|trace| urls::events(trace, &list, "", first_error.get()))
    };
    let separable = memo(move || overview.with(|overview| overview.tasks_separable));
    view! {
        <ul class="notices" aria-label="Notices">
            {when(move || errors.get() > 0, move || {
                let what = text(move || format::counted(errors.get(), "event is an error", "events are errors"));
                notice("error", what, view! { <a href=attribute(error_url)>"Show the first"</a> }.erase())
            })}
            {when(move || !separable.get(), || {
                let why = "The client recorded no task ids: tasks inside one request cannot be told apart.";
                notice("warning", text(|| "Tasks not separable".to_owned()), said(why))
            })}
            {when(move || orphans.get() > 0, move || {
                let what = text(move || format::counted(orphans.get(), "orphan", "orphans"));
                notice("warning", what, said("Their parents are not in the trace, or have not arrived yet."))
            })}
            {when(move || cyclic.get() > 0, move || {
                let what = text(move || format::counted(cyclic.get(), "event on a cycle", "events on a cycle"));
                notice("warning", what, said("Each is an ancestor of itself; the client wrote wrong parent ids."))
            })}
        </ul>
    }
    .erase()
}

fn notice(kind: &'static str, what: Text, more: Html) -> Html {
    view! { <li class="notice" data-kind=kind><b>{what}</b> {more}</li> }.erase()
}

fn said(text: &'static str) -> Html {
    view! { <span>{text}</span> }.erase()
}

#[component]
fn Facts(overview: Signal<TraceOverview>) -> impl IntoView {
    let times = memo(move || overview.with(|overview| (overview.summary.start, overview.summary.end)));
    let fact = move |name: &'static str, read: fn(&TraceOverview) -> String| {
        view! { <div><dt>{name}</dt><dd>{text(move || overview.with(read))}</dd></div> }.erase()
    };
    view! {
        <dl class="facts">
            <div><dt>"Started"</dt><dd>{part(move || view! { <DateTime at=times.get().0/> })}</dd></div>
            <div><dt>"Ended"</dt><dd>{part(move || view! { <DateTime at=times.get().1/> })}</dd></div>
            {fact("Duration", |it| format::duration(it.summary.duration_nanos()))}
            {fact("Events", |it| format::count(it.summary.event_count))}
            {fact("Errors", |it| format::count(it.summary.error_count))}
            {fact("Services", |it| format::count(it.services.len() as u64))}
            {fact("Threads", |it| format::count(it.threads))}
            {fact("Orphans", |it| format::count(it.orphans))}
            {findings_fact()}
            {fact("Environment", |it| it.summary.environment.clone())}
        </dl>
    }
    .erase()
}

/// Its place is kept while they are not known.
fn findings_fact() -> Html {
    let place = expect_context::<Place>();
    let known = expect_context::<KnownFindings>();
    let counts = memo(move || known.counts());
    let url = move || place.trace.get().map(|trace| urls::trace(trace, Tab::Anomalies, &place.list.get()));
    let said = move || match counts.get() {
        None => view! { <a href=attribute(url)>"Look"</a> }.erase(),
        Some(counts) if counts.total() == 0 => "none".erase(),
        Some(counts) => {
            view! { <a href=attribute(url) title=counted(&counts)>{format::count(counts.total())}</a> }.erase()
        }
    };
    view! { <div class="fact-link"><dt>"Findings"</dt><dd>{part(said)}</dd></div> }.erase()
}

const SERVICE_COLUMNS: [Column; 4] =
    [name("Service"), number("Events"), number("Errors"), column("Active within the trace", "bar-column")];

#[component]
fn ServiceShares(overview: Signal<TraceOverview>) -> impl IntoView {
    let rows = memo(move || overview.with(|overview| overview.services.clone()));
    let body = move || {
        let (start, end) = overview.with(|overview| (overview.summary.start, overview.summary.end));
        let mut names: Vec<String> = rows.with(|rows| rows.iter().map(|row| row.name.clone()).collect());
        names.sort_unstable();
        let palette = hue::palette(names.iter().map(String::as_str));
        let hue_of = |name: &str| palette.iter().find(|(known, _)| known == name).map_or(0, |(_, hue)| *hue);
        rows.get().into_iter().map(|row| service_row(start, end, hue_of(&row.name), row)).collect_view()
    };
    panel(Level::Tab, "shares-title", "panel", "Services", ().erase(), table(&SERVICE_COLUMNS, part(body).erase()))
}

fn service_row(start: Nanos, end: Nanos, hue: u8, row: ServiceShare) -> Html {
    let whole = end.since(start).max(1) as f64;
    let left = row.first.since(start) as f64 * 100.0 / whole;
    let width = row.last.since(row.first) as f64 * 100.0 / whole;
    let hint =
        format!("from {} to {}", format::duration(row.first.since(start)), format::duration(row.last.since(start)));
    let title = hint.clone();
    let hint = view! { <span class="visually-hidden">{hint}</span> }.erase();
    view! {
        <tr title=title>
            <td class="cut"><Service name=row.name hue/></td>
            {cell(format::count(row.events))}
            {alarm(row.errors)}
            {bar(left, width, Some(hue), false, hint)}
        </tr>
    }
    .erase()
}

const KIND_COLUMNS: [Column; 3] = [name("Kind"), number("Events"), column("Share", "bar-column")];

#[component]
fn Kinds(overview: Signal<TraceOverview>) -> impl IntoView {
    let rows = memo(move || overview.with(|overview| (overview.summary.event_count, overview.kinds.clone())));
    let body = move || {
        let (whole, kinds) = rows.get();
        kinds.into_iter().map(|row| kind_row(whole, row)).collect_view()
    };
    panel(Level::Tab, "kinds-title", "panel", "Kinds", ().erase(), table(&KIND_COLUMNS, part(body).erase()))
}

fn kind_row(whole: u64, row: KindCount) -> Html {
    view! {
        <tr>
            <td>{row.kind.label()}</td>
            {cell(format::count(row.events))}
            {share(row.events, whole, false)}
        </tr>
    }
    .erase()
}

/// A bar as long as the part is of the whole, with the percentage.
fn share(part: u64, whole: u64, is_bad: bool) -> Html {
    let width = (part as f64 * 100.0 / whole.max(1) as f64).min(100.0);
    let caption = view! { <span class="track-text">{format::percent(part, whole)}</span> }.erase();
    bar(0.0, width, None, is_bad, caption)
}

const LONGEST_COLUMNS: [Column; 5] = [
    name("Operation"),
    column("Service", "wide-only"),
    column("Kind", "wide-only"),
    number("Duration"),
    column("Share", "bar-column"),
];

#[component]
fn Longest(overview: Signal<TraceOverview>) -> impl IntoView {
    let rows = memo(move || overview.with(|overview| (overview.summary.duration_nanos(), overview.longest.clone())));
    let place = expect_context::<Place>();
    let body = move || {
        let (whole, longest) = rows.get();
        longest.into_iter().map(|row| long_row(place, whole, row)).collect_view()
    };
    let note = note("bars: share of the trace's duration");
    let table = table(&LONGEST_COLUMNS, part(body).erase());
    panel(Level::Tab, "longest-title", "panel overview-longest", "Longest operations", note, table)
}

fn long_row(place: Place, whole: u64, row: LongEvent) -> Html {
    let url = move || place.trace.get().map(|trace| urls::events(trace, &place.list.get(), "", Some(row.id)));
    let service_hue = hue::of(&row.service);
    view! {
        <tr class="row-link">
            <td class="cut">
                <a href=attribute(url) title=row.operation.clone()>{row.operation.clone()}</a>
                {row.error.then(|| view! { " " <span class="error-mark">"error"</span> }.erase())}
            </td>
            <td class="wide-only"><Service name=row.service hue=service_hue/></td>
            <td class="wide-only">{words(row.kind, model::Mode::None)}</td>
            {cell(format::duration(row.duration_nanos))}
            {share(row.duration_nanos, whole, row.error)}
        </tr>
    }
    .erase()
}
