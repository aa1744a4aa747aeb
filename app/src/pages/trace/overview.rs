//! The tab Overview: who took part, what happened most, what took longest, and what is odd about it.

use leptos::prelude::*;
use model::Nanos;
use model::trace::{KindCount, LongEvent, ServiceShare, TraceOverview};

use super::{TraceOverviewLive, tab_skeleton};
use crate::components::event_kind::words;
use crate::components::loaded::Loaded;
use crate::components::service::Service;
use crate::components::time::DateTime;
use crate::place::Place;
use crate::{format, hue, urls};

#[component]
pub fn OverviewTab() -> impl IntoView {
    let TraceOverviewLive(live) = expect_context::<TraceOverviewLive>();
    view! {
        <div class="overview">
            <Loaded live skeleton=tab_skeleton render=render/>
        </div>
    }
    .into_any()
}

fn render(overview: Signal<TraceOverview>) -> AnyView {
    view! {
        <Notices overview/>
        <Facts overview/>
        <div class="overview-columns">
            <Longest overview/>
            <ServiceShares overview/>
            <Kinds overview/>
        </div>
    }
    .into_any()
}

/// What a reader must know before trusting the rest.
#[component]
fn Notices(overview: Signal<TraceOverview>) -> impl IntoView {
    let place = expect_context::<Place>();
    let of = move |read: fn(&TraceOverview) -> u64| Memo::new(move |_| overview.with(read));
    let (errors, orphans, cyclic) = (of(|it| it.summary.error_count), of(|it| it.orphans), of(|it| it.cyclic));
    let first_error = Memo::new(move |_| overview.with(|overview| overview.first_error));
    let error_url = move || {
        let list = place.list.get();
        place.trace.get().map(|trace| urls::events(trace, &list, "", first_error.get()))
    };
    let separable = Memo::new(move |_| overview.with(|overview| overview.tasks_separable));
    view! {
        <ul class="notices" aria-label="Notices">
            <Show when=move || { errors.get() > 0 }>
                <li class="notice" data-kind="error">
                    <span><b>{move || format::counted(errors.get(), "event is an error", "events are errors")}</b></span>
                    <a href=error_url>"Show the first"</a>
                </li>
            </Show>
            <Show when=move || !separable.get()>
                <li class="notice" data-kind="warning">
                    <b>"Tasks not separable"</b>
                    <span>"The client recorded no task ids: tasks inside one request cannot be told apart."</span>
                </li>
            </Show>
            <Show when=move || { orphans.get() > 0 }>
                <li class="notice" data-kind="warning">
                    <b>{move || format::counted(orphans.get(), "orphan", "orphans")}</b>
                    <span>"Their parents are not in the trace, or have not arrived yet."</span>
                </li>
            </Show>
            <Show when=move || { cyclic.get() > 0 }>
                <li class="notice" data-kind="warning">
                    <b>{move || format::counted(cyclic.get(), "event on a cycle", "events on a cycle")}</b>
                    <span>"Each is an ancestor of itself; the client wrote wrong parent ids."</span>
                </li>
            </Show>
        </ul>
    }
    .into_any()
}

#[component]
fn Facts(overview: Signal<TraceOverview>) -> impl IntoView {
    let times = Memo::new(move |_| overview.with(|overview| (overview.summary.start, overview.summary.end)));
    let text = move |read: fn(&TraceOverview) -> String| move || overview.with(read);
    view! {
        <dl class="facts">
            <div><dt>"Started"</dt><dd>{move || view! { <DateTime at=times.get().0/> }}</dd></div>
            <div><dt>"Ended"</dt><dd>{move || view! { <DateTime at=times.get().1/> }}</dd></div>
            <div><dt>"Duration"</dt><dd>{text(|it| format::duration(it.summary.duration_nanos()))}</dd></div>
            <div><dt>"Events"</dt><dd>{text(|it| format::count(it.summary.event_count))}</dd></div>
            <div><dt>"Errors"</dt><dd>{text(|it| format::count(it.summary.error_count))}</dd></div>
            <div><dt>"Services"</dt><dd>{text(|it| format::count(it.services.len() as u64))}</dd></div>
            <div><dt>"Threads"</dt><dd>{text(|it| format::count(it.threads))}</dd></div>
            <div><dt>"Orphans"</dt><dd>{text(|it| format::count(it.orphans))}</dd></div>
            <div><dt>"Environment"</dt><dd>{text(|it| it.summary.environment.clone())}</dd></div>
        </dl>
    }
    .into_any()
}

#[component]
fn ServiceShares(overview: Signal<TraceOverview>) -> impl IntoView {
    let rows = Memo::new(move |_| overview.with(|overview| overview.services.clone()));
    let body = move || {
        let (start, end) = overview.with(|overview| (overview.summary.start, overview.summary.end));
        let mut names: Vec<String> = rows.with(|rows| rows.iter().map(|row| row.name.clone()).collect());
        names.sort_unstable();
        let palette = hue::palette(names.iter().map(String::as_str));
        let hue_of = |name: &str| palette.iter().find(|(known, _)| known == name).map_or(0, |(_, hue)| *hue);
        rows.get().into_iter().map(|row| service_row(start, end, hue_of(&row.name), row)).collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="shares-title">
            <header class="panel-head"><h3 id="shares-title">"Services"</h3></header>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Service"</th>
                            <th scope="col" class="num">"Events"</th>
                            <th scope="col" class="num">"Errors"</th>
                            <th scope="col" class="bar-column">"Active within the trace"</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn service_row(start: Nanos, end: Nanos, hue: u8, row: ServiceShare) -> AnyView {
    let whole = end.since(start).max(1) as f64;
    let left = row.first.since(start) as f64 * 100.0 / whole;
    let width = row.last.since(row.first) as f64 * 100.0 / whole;
    let hint =
        format!("from {} to {}", format::duration(row.first.since(start)), format::duration(row.last.since(start)));
    let title = hint.clone();
    view! {
        <tr>
            <td class="cut"><Service name=row.name hue/></td>
            <td class="num">{format::count(row.events)}</td>
            <td class="num" data-alarm=(row.errors > 0).then_some("true")>{(row.errors > 0).then(|| format::count(row.errors))}</td>
            <td class="bar-column" title=title>
                <span class="track" data-hue=hue.to_string() style=("--left", format!("{left:.2}%")) style=("--width", format!("{width:.2}%"))></span>
                <span class="visually-hidden">{hint}</span>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Kinds(overview: Signal<TraceOverview>) -> impl IntoView {
    let rows = Memo::new(move |_| overview.with(|overview| (overview.summary.event_count, overview.kinds.clone())));
    let body = move || {
        let (whole, kinds) = rows.get();
        kinds.into_iter().map(|row| kind_row(whole, row)).collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="kinds-title">
            <header class="panel-head"><h3 id="kinds-title">"Kinds"</h3></header>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Kind"</th>
                            <th scope="col" class="num">"Events"</th>
                            <th scope="col" class="bar-column">"Share"</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn kind_row(whole: u64, row: KindCount) -> AnyView {
    let width = row.events as f64 * 100.0 / whole.max(1) as f64;
    view! {
        <tr>
            <td>{row.kind.label()}</td>
            <td class="num">{format::count(row.events)}</td>
            <td class="bar-column">
                <span class="track" style=("--left", "0%") style=("--width", format!("{width:.2}%"))></span>
                <span class="track-text">{format::percent(row.events, whole)}</span>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Longest(overview: Signal<TraceOverview>) -> impl IntoView {
    let rows =
        Memo::new(move |_| overview.with(|overview| (overview.summary.duration_nanos(), overview.longest.clone())));
    let place = expect_context::<Place>();
    let body = move || {
        let (whole, longest) = rows.get();
        longest.into_iter().map(|row| long_row(place, whole, row)).collect_view()
    };
    view! {
        <section class="panel overview-longest" aria-labelledby="longest-title">
            <header class="panel-head">
                <h3 id="longest-title">"Longest operations"</h3>
                <span class="panel-note">"bars: share of the trace's duration"</span>
            </header>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Operation"</th>
                            <th scope="col" class="wide-only">"Service"</th>
                            <th scope="col" class="wide-only">"Kind"</th>
                            <th scope="col" class="num">"Duration"</th>
                            <th scope="col" class="bar-column">"Share"</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn long_row(place: Place, whole: u64, row: LongEvent) -> AnyView {
    let url = move || place.trace.get().map(|trace| urls::events(trace, &place.list.get(), "", Some(row.id)));
    let width = (row.duration_nanos as f64 * 100.0 / whole.max(1) as f64).min(100.0);
    let service_hue = hue::of(&row.service);
    view! {
        <tr class="row-link">
            <td class="cut">
                <a href=url title=row.operation.clone()>{row.operation.clone()}</a>
                {row.error.then(|| view! { " " <span class="error-mark">"error"</span> })}
            </td>
            <td class="wide-only"><Service name=row.service hue=service_hue/></td>
            <td class="wide-only">{words(row.kind, model::Mode::None)}</td>
            <td class="num">{format::duration(row.duration_nanos)}</td>
            <td class="bar-column">
                <span class="track" data-alarm=row.error.then_some("true") style=("--left", "0%") style=("--width", format!("{width:.2}%"))></span>
                <span class="track-text">{format::percent(row.duration_nanos, whole)}</span>
            </td>
        </tr>
    }
    .into_any()
}
