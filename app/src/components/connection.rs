//! Whether the page is up to date: the connection badge, and the switch for refreshing by itself.

use leptos::prelude::*;

use crate::client::browser::{Browser, Connection};
use crate::erase::{Erase, memo, text, when};
use crate::format;

#[component]
pub fn ConnectionBadge() -> impl IntoView {
    let browser = expect_context::<Browser>();
    let connection = memo(move || browser.connection());
    let state = move || {
        match connection.get() {
            Connection::Connected => "connected",
            Connection::Stale { .. } => "stale",
            Connection::Failed => "failed",
        }
        .to_owned()
    };
    let caption = move || match connection.get() {
        Connection::Connected => "Connected".to_owned(),
        Connection::Stale { age } => format!("Stale, {} old", format::age((age * 1e6) as u64)),
        Connection::Failed => "No connection".to_owned(),
    };
    let hint = move || {
        match connection.get() {
            Connection::Connected => "The server answers; what you see is up to date",
            Connection::Stale { .. } => "Nothing was asked for a while; press r to refresh",
            Connection::Failed => "The last request got no answer; it is tried again",
        }
        .to_owned()
    };
    view! {
        <div class="connection" data-state=text(state)>
            <span class="connection-text" role="status" aria-label="Connection" title=text(hint)>{text(caption)}</span>
            {when(
                move || connection.get() == Connection::Failed,
                move || {
                    view! { <button type="button" class="button" title="Retry (r)" on:click=move |_| browser.refresh()>"Retry"</button> }
                        .erase()
                },
            )}
        </div>
    }
    .erase()
}

#[component]
pub fn AutoRefresh() -> impl IntoView {
    let browser = expect_context::<Browser>();
    let on = browser.auto_refresh;
    let hint = move || {
        if on.get() { "Auto-refresh is on; r refreshes at once" } else { "Auto-refresh is off; r refreshes" }.to_owned()
    };
    view! {
        <button
            type="button"
            class="switch"
            role="switch"
            aria-label="Auto-refresh"
            aria-checked=text(move || on.get().to_string())
            title=text(hint)
            on:click=move |_| on.update(|on| *on = !*on)
        >
            <span class="switch-track" aria-hidden="true"></span>
            <span class="switch-label" aria-hidden="true">"Auto"</span>
        </button>
    }
    .erase()
}
