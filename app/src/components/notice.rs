//! Empty states that teach: what would be here, and the command that brings it, ready to copy.

use leptos::prelude::*;

use super::copy::CopyButton;
use crate::erase::{Erase, Html};

const DEMO: &str = "raceway demo";
const CURL: &str = r#"curl -X POST http://127.0.0.1:8080/events -H 'content-type: application/json' -d '{"events":[{"id":"5f0c7c9e-6b0f-4f57-9a36-1d1f4a4c7e01","trace_id":"b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6","parent_id":null,"timestamp":"'$(date -u +%FT%TZ)'","kind":{"Custom":{"name":"hello","data":{}}},"metadata":{"thread_id":"main","process_id":1,"service_name":"shell","environment":"dev","tags":{}},"causality_vector":[],"lock_set":[]}]}'"#;

/// Nothing is stored yet.
#[component]
pub fn EmptyStore() -> impl IntoView {
    view! {
        <section class="empty" aria-label="Getting started">
            <h2>"Nothing recorded yet"</h2>
            <p>"Run the demo: a small bank of three services with a race, a lost update and two locks in opposite orders."</p>
            <Command text=DEMO/>
            <p>"Or send an event of your own:"</p>
            <Command text=CURL/>
        </section>
    }
    .erase()
}

#[component]
fn Command(text: &'static str) -> impl IntoView {
    view! {
        <div class="command">
            <code>{text}</code>
            <CopyButton text=move || text.to_owned() label="Copy command"/>
        </div>
    }
    .erase()
}

/// Grey bars where rows will be; shown only when waiting takes long enough to notice.
pub fn skeleton_rows(n_rows: usize) -> Html {
    let rows = (0..n_rows).map(|_| view! { <div class="skeleton-row"></div> }).collect_view();
    view! { <div class="skeleton" aria-hidden="true">{rows}</div> }.erase()
}
