//! Times and ages. The server writes UTC; once the page is alive they are in the viewer's zone, with the
//! exact UTC on hover.

use leptos::prelude::*;
use model::Nanos;

use crate::client::browser::Browser;
use crate::erase::{Erase, Html, part, text};
use crate::format;

/// How long ago, the exact time on hover.
#[component]
pub fn Age(at: Nanos) -> impl IntoView {
    let browser = expect_context::<Browser>();
    let caption = move || match browser.now.get() {
        Some(now) => format::age(now.since(at)),
        None => format::hour_minute(at, 0),
    };
    view! { <time class="age" datetime=at.to_string() title=text(move || local_and_utc(browser, at))>{text(caption)}</time> }
        .erase()
}

/// How long ago, within a sentence: *as of 3 min ago*, *active now*.
pub fn ago(before: &'static str, at: impl Fn() -> Nanos + Send + Sync + 'static) -> Html {
    let browser = expect_context::<Browser>();
    let shown = part(move || {
        let at = at();
        let caption = move || match browser.now.get() {
            Some(now) => format::ago(now.since(at)),
            None => format::hour_minute(at, 0),
        };
        let exact = text(move || local_and_utc(browser, at));
        view! { <time class="ago" datetime=at.to_string() title=exact>{text(caption)}</time> }.erase()
    });
    view! { {before} " " {shown} }.erase()
}

/// Date and time to the millisecond.
#[component]
pub fn DateTime(at: Nanos) -> impl IntoView {
    let browser = expect_context::<Browser>();
    let caption = move || format::date_time(at, browser.offset_minutes(at));
    view! { <time datetime=at.to_string() title=format::utc(at)>{text(caption)}</time> }.erase()
}

fn local_and_utc(browser: Browser, at: Nanos) -> String {
    format!("{}\n{}", format::date_time(at, browser.offset_minutes(at)), format::utc(at))
}
