//! A lost update as what it is: three moments, two threads, and the value in between.

use leptos::prelude::*;
use model::analysis::{Finding, FindingEvent, Role};

use super::finding::event_url;
use super::sides::{code, held, value_of};
use crate::erase::{Erase, Html, attribute};
use crate::place::Place;

pub fn view(finding: &Finding) -> Html {
    let find = |role| finding.events.iter().find(|event| event.role == role);
    let (Some(read), Some(lost)) = (find(Role::StaleRead), find(Role::LostWrite)) else {
        return super::sides::view(finding);
    };
    let rows = finding.events.iter().map(|event| moment(event, read)).collect_view();
    view! {
        <div class="table-box" tabindex="0" role="region" aria-label="The three values">
            <table class="table moments">
                <thead>
                    <tr>
                        <th scope="col">{heading(read)}</th>
                        <th scope="col" class="moment-value"><code>{finding.subject.clone()}</code></th>
                        <th scope="col">{heading(lost)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn heading(event: &FindingEvent) -> Html {
    view! { <code>{event.thread.clone()}</code> " " <span class="muted">{event.service.clone()}</span> }.erase()
}

/// What the thread that reads does stands to the left, what the other does to the right.
fn moment(event: &FindingEvent, read: &FindingEvent) -> Html {
    let value = value_of(event).unwrap_or("not recorded").to_owned();
    let word = match event.role {
        Role::LostWrite => Some("lost"),
        Role::Overwrite => Some("stays"),
        _ => None,
    };
    let is_lost = (event.role == Role::LostWrite).then_some("true");
    let did = did(event, read);
    let (left, right) = if event.thread == read.thread { (did, ().erase()) } else { (().erase(), did) };
    view! {
        <tr>
            <td>{left}</td>
            <td class="moment-value" data-lost=is_lost>
                <code title=value.clone()>{value.clone()}</code>
                {word.map(|word| view! { <span class="moment-word">{word}</span> }.erase())}
            </td>
            <td>{right}</td>
        </tr>
    }
    .erase()
}

fn did(event: &FindingEvent, read: &FindingEvent) -> Html {
    let place = expect_context::<Place>();
    let id = event.id;
    let what = match event.role {
        Role::StaleRead => "reads it".to_owned(),
        Role::LostWrite => "writes meanwhile".to_owned(),
        _ => match event.before.as_deref().or_else(|| value_of(read)) {
            Some(stale) => format!("writes, still thinking of {stale}"),
            None => "writes what rests on its old read".to_owned(),
        },
    };
    let location = event.location.clone();
    view! {
        <a class="moment-link" href=attribute(move || event_url(place, id)) title="Show in Events">{what}</a>
        <span class="moment-place">
            {(!location.is_empty()).then(|| code(&location))}
            <span class="muted">" locks: "</span>
            {held(&event.locks)}
        </span>
    }
    .erase()
}
