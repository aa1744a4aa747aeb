//! Beside the schedule: what the last step did, what the variables hold now, and who has which lock.

use leptos::prelude::*;
use model::analysis::Schedule;

use super::Stepper;
use super::state::{Change, State, change};
use crate::components::panel::{Column, words};
use crate::erase::{Erase, Html, part, text};

pub fn view(stepper: Stepper) -> Html {
    let said = move || stepper.schedule.with_value(|schedule| said(schedule, stepper.n_done.get()));
    let variables = move || {
        stepper
            .schedule
            .with_value(|schedule| stepper.state.with(|state| variables(schedule, state, stepper.n_done.get())))
    };
    let locks = move || {
        stepper.schedule.with_value(|schedule| stepper.state.with(|state| locks(schedule, state, stepper.n_done.get())))
    };
    view! {
        <aside class="schedule-now" aria-label="State at this step">
            <p class="now-said" role="status" aria-label="Step">{text(said)}</p>
            {part(variables)}
            {part(locks)}
        </aside>
    }
    .erase()
}

fn said(schedule: &Schedule, n_done: usize) -> String {
    let Some(step) = n_done.checked_sub(1).and_then(|index| schedule.steps.get(index)) else {
        return "At the start.".to_owned();
    };
    let thread = schedule.threads.get(step.thread as usize).map_or("", |thread| thread.name.as_str());
    format!("{thread}: {}", step.text)
}

fn variables(schedule: &Schedule, state: &State, n_done: usize) -> Html {
    let change = change(schedule, n_done);
    let rows = schedule.variables.iter().enumerate().map(|(index, variable)| {
        let word = match change {
            Some(Change::Written(of)) if of == index => "written",
            Some(Change::Read(of)) if of == index => "read",
            _ => "",
        };
        let value = match state.value(schedule, index) {
            Some(value) => value.to_owned(),
            None => "not recorded".to_owned(),
        };
        row(variable.name.clone(), value, word)
    });
    listed("Variables", &[words("Variable"), words("Value"), words("")], rows.collect())
}

fn locks(schedule: &Schedule, state: &State, n_done: usize) -> Html {
    let change = change(schedule, n_done);
    let rows = schedule.locks.iter().enumerate().map(|(index, lock)| {
        let word = match change {
            Some(Change::Taken(of)) if of == index => "taken",
            Some(Change::Released(of)) if of == index => "released",
            _ => "",
        };
        let holders: Vec<String> = state
            .holders(index)
            .into_iter()
            .map(|holder| {
                let name = schedule.threads.get(holder.thread as usize).map_or("another thread", |it| it.name.as_str());
                if holder.shared { format!("{name} (shared)") } else { name.to_owned() }
            })
            .collect();
        row(lock.name.clone(), if holders.is_empty() { "free".to_owned() } else { holders.join(", ") }, word)
    });
    listed("Locks", &[words("Lock"), words("Held by"), words("")], rows.collect())
}

fn listed(label: &'static str, columns: &[Column; 3], rows: Vec<Html>) -> Html {
    if rows.is_empty() {
        return ().erase();
    }
    let head = columns.iter().take(2).map(|column| view! { <th scope="col">{column.name}</th> }.erase());
    view! {
        <table class="now-table" aria-label=label>
            <thead><tr>{head.collect_view()}<th scope="col"><span class="visually-hidden">"Change"</span></th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .erase()
}

/// The word says what this step did to it.
fn row(name: String, value: String, word: &'static str) -> Html {
    let changed = (!word.is_empty()).then_some("true");
    let (name_title, value_title) = (name.clone(), value.clone());
    view! {
        <tr data-changed=changed>
            <th scope="row"><code title=name_title>{name}</code></th>
            <td><code title=value_title>{value}</code></td>
            <td class="now-word">{word}</td>
        </tr>
    }
    .erase()
}
