//! The tab Performance: what the trace's time was spent on, who called whom, and how it compares with others.

mod lanes;
mod operations;
mod path;
mod peers;
mod segments;

use leptos::prelude::*;
use model::TraceId;
use model::analysis::{TraceCallShare, TracePerformance};

use super::tab_skeleton;
use crate::api;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::components::panel::{Column, Level, cell, note, number, panel, table, words};
use crate::components::service::Service;
use crate::erase::{Erase, Html, memo, part, text, when};
use crate::error::AppError;
use crate::place::Place;
use crate::{format, hue, urls};
use segments::Segments;

#[component]
pub fn PerformanceTab() -> impl IntoView {
    let place = expect_context::<Place>();
    let caches = expect_context::<Caches>();
    let live = Live::new(place.trace, caches.performances, |trace: Option<TraceId>| async move {
        match trace {
            Some(trace) => api::analysis::performance(trace).await,
            None => Err(AppError::NotAnId),
        }
    });
    view! {
        <div class="overview performance">
            <Loaded live skeleton=tab_skeleton render=render/>
        </div>
    }
    .erase()
}

fn render(data: Signal<TracePerformance>) -> Html {
    let segments = Segments::new(data);
    let has_path = memo(move || data.with(|it| !it.path.is_empty()));
    view! {
        <Notes data/>
        {when(move || has_path.get(), move || view! {
            <Facts data/>
            {lanes::panel_of(segments)}
            {operations::panel_of(data)}
        }.erase())}
        <div class="overview-columns">
            {peers::panel_of(data)}
            {dependencies(data)}
        </div>
        {when(move || has_path.get(), move || path::panel_of(segments))}
    }
    .erase()
}

/// What a reader must know before trusting the rest.
#[component]
fn Notes(data: Signal<TracePerformance>) -> impl IntoView {
    let notes = memo(move || data.with(|it| it.notes.clone()));
    let written = move || {
        let notes = notes.get().into_iter();
        notes.map(|note| view! { <li class="notice" data-kind="note">{note}</li> }.erase()).collect_view()
    };
    view! { <ul class="notices" aria-label="Notes">{part(written)}</ul> }.erase()
}

#[component]
fn Facts(data: Signal<TracePerformance>) -> impl IntoView {
    let fact = move |name: &'static str, read: fn(&TracePerformance) -> String| {
        view! { <div><dt>{name}</dt><dd>{text(move || data.with(read))}</dd></div> }.erase()
    };
    view! {
        <dl class="facts">
            {fact("Longest root", |it| it.root_operation.clone())}
            {fact("Took", |it| format::duration(it.root_end.since(it.root_start)))}
            {fact("Of the trace", |it| format::percent(it.root_end.since(it.root_start), it.end.since(it.start)))}
            {fact("Segments", |it| format::count(it.path_total))}
            {fact("Other roots", |it| format::count(it.other_roots))}
            {fact("After the root's end", |it| format::duration(it.after_root_nanos))}
        </dl>
    }
    .erase()
}

const CALL_COLUMNS: [Column; 3] = [words("From"), words("To"), number("Calls")];

fn dependencies(data: Signal<TracePerformance>) -> Html {
    let calls = memo(move || data.with(|it| it.dependencies.clone()));
    let rows = move || calls.get().into_iter().map(call).collect_view();
    let how_many =
        note(text(move || format::counted(calls.with(Vec::len) as u64, "pair of services", "pairs of services")));
    let body = view! {
        {table(&CALL_COLUMNS, part(rows).erase())}
        {when(move || calls.with(Vec::is_empty), || {
            view! { <p class="panel-empty">"No service of this trace calls another."</p> }.erase()
        })}
    };
    panel(Level::Tab, "calls-title", "panel", "Dependencies", how_many, body.erase())
}

fn call(call: TraceCallShare) -> Html {
    let service = |name: String| {
        let (url, service_hue) = (urls::service(&name, ""), hue::of(&name));
        view! { <td class="cut"><a href=url><Service name hue=service_hue/></a></td> }.erase()
    };
    view! { <tr>{service(call.from)} {service(call.to)} {cell(format::count(call.calls))}</tr> }.erase()
}
