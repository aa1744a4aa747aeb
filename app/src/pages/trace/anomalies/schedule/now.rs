//! Beside the schedule: what the last step did, what the variables hold now, and who has which lock.

use leptos::prelude::*;
use model::analysis::Schedule;

use super::Stepper;
use super::state::{Change, State, change};
use crate::erase::{Erase, Html, part, text};

pub fn view(stepper: Stepper) -> Html {
    let read = move |read: fn(&Schedule, &State, usize) -> Html| {
        part(move || {
            let n_done = stepper.n_done.get();
            stepper.schedule.with_value(|schedule| stepper.state.with(|state| read(schedule, state, n_done)))
        })
    };
    let said = move || stepper.schedule.with_value(|schedule| said(schedule, stepper.n_done.get()));
    view! {
        <aside class="schedule-now" tabindex="0" aria-label="State at this step">
            <p class="now-said" role="status" aria-label="Step">{text(said)}</p>
            {read(variables)}
            {read(locks)}
        </aside>
    }
    .erase()
}

fn said(schedule: &Schedule, n_done: usize) -> String {
    let Some(step) = n_done.checked_sub(1).and_then(|index| schedule.steps.get(index)) else {
        return "At the start".to_owned();
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
        item(&variable.name, state.value(schedule, index).unwrap_or("not recorded").to_owned(), word)
    });
    listed("Variables", rows.collect())
}

fn locks(schedule: &Schedule, state: &State, n_done: usize) -> Html {
    let change = change(schedule, n_done);
    let rows = schedule.locks.iter().enumerate().map(|(index, lock)| {
        let word = match change {
            Some(Change::Taken(of)) if of == index => "taken",
            Some(Change::Released(of)) if of == index => "released",
            _ => "",
        };
        let holders = state.holders(index).into_iter().map(|holder| {
            let name = schedule.threads.get(holder.thread as usize).map_or("another thread", |it| it.name.as_str());
            if holder.shared { format!("{name} (shared)") } else { name.to_owned() }
        });
        let holders = holders.collect::<Vec<_>>().join(", ");
        item(&lock.name, if holders.is_empty() { "free".to_owned() } else { holders }, word)
    });
    listed("Locks", rows.collect())
}

fn listed(label: &'static str, rows: Vec<Html>) -> Html {
    if rows.is_empty() {
        return ().erase();
    }
    view! {
        <section class="now-list">
            <h4>{label}</h4>
            <ul aria-label=label>{rows.collect_view()}</ul>
        </section>
    }
    .erase()
}

/// The word says what this step did to it.
fn item(name: &str, value: String, word: &'static str) -> Html {
    let changed = (!word.is_empty()).then_some("true");
    let (name, name_title, value_title) = (name.to_owned(), name.to_owned(), value.clone());
    view! {
        <li data-changed=changed>
            <code class="now-name" title=name_title>{name}</code>
            <code class="now-value" title=value_title>{value}</code>
            <span class="now-word">{word}</span>
        </li>
    }
    .erase()
}
