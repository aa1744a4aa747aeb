//! The interleaving: a row a step, a column a thread, and at the end what may happen then.

use leptos::prelude::*;
use model::analysis::{FindingKind, ScheduleStep, ScheduleThread};
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

use super::Stepper;
use super::state::{State, window};
use crate::components::event_kind::words;
use crate::components::service::Service;
use crate::erase::{Erase, Html, Item, attribute, items, mark, memo, text, when};
use crate::format;
use crate::hue;
use crate::pages::trace::anomalies::finding::event_url;
use crate::place::Place;

/// Prefix of the ids of rows: `step-0` is the start, `step-3` the row of the third step.
const ROW_ID: &str = "step-";
const THEN_ID: &str = "step-then";
/// So many columns fit beside the state of the step.
const FEW_COLUMNS: usize = 5;
/// Height of the names of the threads.
const HEAD_PX: f64 = 46.0;
/// Kept free below the row at hand.
const MARGIN_PX: f64 = 12.0;

pub fn view(stepper: Stepper, skipped: u64) -> Html {
    let n_steps = stepper.n_steps;
    let window = memo(move || window(n_steps, stepper.n_done.get()));
    let threads = stepper.schedule.with_value(|schedule| schedule.threads.clone());
    let n_columns = threads.len();
    let before = move || window.with(|window| window.start);
    let after = move || n_steps - window.with(|window| window.end);
    let more = move |caption: fn(usize) -> String, number: usize, target: usize| {
        view! {
            <tr class="step-more">
                <td colspan=(n_columns + 1).to_string()>
                    <button type="button" class="button" on:click=move |_| stepper.go_to(target)>{caption(number)}</button>
                </td>
            </tr>
        }
        .erase()
    };
    let heads = threads.iter().map(head).collect_view();
    view! {
        <div class="schedule-box" data-many=(n_columns > FEW_COLUMNS).then_some("true") tabindex="0" role="region" aria-label="Steps">
            <table class="steps" style=("--threads", n_columns.to_string())>
                <thead>
                    <tr><th scope="col" class="step-number"><span class="visually-hidden">"Step"</span></th>{heads}</tr>
                </thead>
                <tbody>
                    {start(stepper, n_columns, skipped)}
                    {when(move || before() > 0, move || more(|n| format!("{} earlier steps", format::count(n as u64)), before(), 0))}
                    {items(move || window.get().map(|index| Item::new(index, move || row(stepper, index))).collect())}
                    {when(move || after() > 0, move || more(|n| format!("{} later steps", format::count(n as u64)), after(), n_steps))}
                </tbody>
                <tbody class="steps-then" id=THEN_ID data-reached=mark(move || stepper.is_at_end())>{then(stepper, n_columns)}</tbody>
            </table>
        </div>
    }
    .erase()
}

/// Brings the row of the last step that is done into view; at the end, what may happen then. For effects.
///
/// Only the pane is scrolled: the browser's own way would also move what never scrolls.
pub fn reveal(n_done: usize, n_steps: usize) {
    let id = if n_done == n_steps { THEN_ID.to_owned() } else { format!("{ROW_ID}{n_done}") };
    let Some(row) = document().get_element_by_id(&id) else { return };
    let Some(pane) = row.closest(".finding-pane").ok().flatten() else { return };
    let area = |selector: &str| {
        let element = pane.query_selector(selector).ok().flatten();
        element.map(|element| element.get_bounding_client_rect())
    };
    let (row, view) = (row.get_bounding_client_rect(), pane.get_bounding_client_rect());
    let above = area(".schedule-controls").map_or(0.0, |controls| controls.height() + HEAD_PX);
    // Where there is no room beside the steps, their state lies over the end of the pane.
    let below = area(".schedule-now").filter(|now| now.left() < row.right()).map_or(MARGIN_PX, |now| now.height());
    let hidden_above = view.top() + above - row.top();
    let hidden_below = row.bottom() + below - view.bottom();
    let by = if hidden_above > 0.0 { -hidden_above } else { hidden_below.max(0.0) };
    if by.abs() >= 1.0 {
        pane.set_scroll_top(pane.scroll_top() + by.round() as i32);
    }
}

fn head(thread: &ScheduleThread) -> Html {
    let (name, title) = (thread.name.clone(), thread.name.clone());
    let service_hue = hue::of(&thread.service);
    view! {
        <th scope="col" class="step-thread">
            <code title=title>{name}</code>
            <Service name=thread.service.clone() hue=service_hue/>
        </th>
    }
    .erase()
}

/// Before the first listed step.
fn start(stepper: Stepper, n_columns: usize, skipped: u64) -> Html {
    let said = match skipped {
        0 => "Start: nothing has run yet".to_owned(),
        _ => format!("{} before these are not listed; they have run", format::counted(skipped, "step", "steps")),
    };
    let is_now = move || stepper.n_done.get() == 0;
    view! {
        <tr
            class="step"
            id=format!("{ROW_ID}0")
            data-state=text(move || if is_now() { "now" } else { "done" }.to_owned())
            aria-current=attribute(move || is_now().then(|| "step".to_owned()))
            on:click=move |_| stepper.go_to(0)
        >
            <td class="step-number">"0"</td>
            <td class="step-said" colspan=n_columns.to_string()>{said}</td>
        </tr>
    }
    .erase()
}

fn row(stepper: Stepper, index: usize) -> Html {
    let number = index + 1;
    let state = move || match stepper.n_done.get() {
        done if done == number => "now",
        done if done > number => "done",
        _ => "ahead",
    };
    let cells = stepper.schedule.with_value(|schedule| {
        let Some(step) = schedule.steps.get(index) else { return ().erase() };
        let after = State::after(schedule, number);
        cells(step, schedule.threads.len(), |thread| after.holds_any(thread))
    });
    view! {
        <tr
            class="step"
            id=format!("{ROW_ID}{number}")
            data-state=text(move || state().to_owned())
            aria-current=attribute(move || (state() == "now").then(|| "step".to_owned()))
            on:click=move |event| choose(stepper, number, &event)
        >
            <td class="step-number">{format::count(number as u64)}</td>
            {cells}
        </tr>
    }
    .erase()
}

/// A click on a row, unless it is on the link to the row's event.
fn choose(stepper: Stepper, n_done: usize, event: &MouseEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_on_link = target.is_some_and(|target| target.closest("a").ok().flatten().is_some());
    if !is_on_link {
        stepper.go_to(n_done);
    }
}

/// One cell a thread; the line of a thread is thick while it holds a lock.
fn cells(step: &ScheduleStep, n_columns: usize, holds: impl Fn(u32) -> bool) -> Html {
    let cells = (0..n_columns as u32).map(|thread| {
        let inside = holds(thread).then_some("true");
        let shown = if thread == step.thread { act(step) } else { ().erase() };
        // Nothing else stands in the row: what is done may be told across the columns to the right.
        let room = (n_columns as u32 - thread).to_string();
        view! { <td class="step-cell" data-holds=inside style=("--room", room)>{shown}</td> }.erase()
    });
    cells.collect_view().erase()
}

fn act(step: &ScheduleStep) -> Html {
    let place = expect_context::<Place>();
    let event = step.event;
    let (said, title) = (step.text.clone(), step.text.clone());
    let location = if step.location.is_empty() { "in Events".to_owned() } else { step.location.clone() };
    let link_title = format!("Show in Events: {location}");
    let kind = words(step.kind, step.mode);
    let kind = (!step.text.starts_with(step.kind.label())).then_some(kind);
    view! {
        <div class="act" data-role=step.role.map(|_| "true")>
            <span class="act-text" title=title>
                {kind.map(|kind| view! { <span class="act-kind">{kind} " "</span> }.erase())}
                <code>{said}</code>
            </span>
            <a class="act-place" href=attribute(move || event_url(place, event)) title=link_title>{location}</a>
        </div>
    }
    .erase()
}

/// What is enabled after the last step, a row each: any of them may be the next.
fn then(stepper: Stepper, n_columns: usize) -> Html {
    stepper.schedule.with_value(|schedule| {
        let last = State::after(schedule, usize::MAX);
        let rows = schedule.then.iter().map(|step| {
            let cells = cells(step, n_columns, |thread| last.holds_any(thread));
            view! {
                <tr class="step" on:click=move |event| choose(stepper, stepper.n_steps, &event)>
                    <td class="step-number">"?"</td>
                    {cells}
                </tr>
            }
            .erase()
        });
        view! {
            <tr class="then-said">
                <td class="step-number"></td>
                <td class="step-said" colspan=n_columns.to_string()>{verdict(stepper.kind, schedule.then.len())}</td>
            </tr>
            {rows.collect_view()}
        }
        .erase()
    })
}

/// What the steps lead to.
const fn verdict(kind: FindingKind, n_enabled: usize) -> &'static str {
    match (kind, n_enabled) {
        (FindingKind::Race, 2) => "Both may happen now, in either order: nothing makes one wait for the other.",
        (FindingKind::Deadlock, _) => "Each now waits for a lock that another one holds: none of them can go on.",
        (FindingKind::LostUpdate, _) => "It may write now, from its old read: what the other wrote is lost.",
        (FindingKind::Unserialisable, _) => "This may happen now, in the middle of the other's block.",
        (_, 1) => "This may happen now.",
        _ => "These may happen now, in any order.",
    }
}
