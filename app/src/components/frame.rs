//! The frame around every page: the top bar, and the content below it.

use leptos::prelude::*;

use super::connection::{AutoRefresh, ConnectionBadge};
use super::help::Help;
use super::search::Search;
use super::theme::ThemeSwitch;
use crate::client::browser::Browser;
use crate::client::keyboard::use_shortcut;
use crate::erase::{Erase, attribute, text};
use crate::place::{Place, use_go};

#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let place = Place::provide();
    let browser = expect_context::<Browser>();
    let pages = [
        ("g d", "Go to the dashboard", "/"),
        ("g t", "Go to the traces", "/traces"),
        ("g r", "Go to the races", "/races"),
        ("g s", "Go to the services", "/services"),
    ];
    for (keys, what, url) in pages {
        let go = use_go();
        use_shortcut(keys, what, move || go(url));
    }
    use_shortcut("r", "Refresh", move || browser.refresh());
    let page = move || {
        match place.path.get().as_str() {
            "/" => "dashboard",
            path if path.starts_with("/traces/") => "trace",
            "/traces" => "traces",
            "/races" => "races",
            path if path.starts_with("/services") => "services",
            _ => "other",
        }
        .to_owned()
    };
    let current = move |prefix: &'static str| {
        let is_current = place.path.with(|path| if prefix == "/" { path == "/" } else { path.starts_with(prefix) });
        is_current.then(|| "page".to_owned())
    };
    view! {
        <a class="skip" href="#content" rel="external">"Skip to content"</a>
        <header class="bar" data-page=text(page)>
            <a class="bar-name" href="/" aria-label="Raceway, to the dashboard">
                <span class="bar-logo" aria-hidden="true"></span>
                <span class="bar-word">"Raceway"</span>
            </a>
            <nav class="bar-nav" aria-label="Pages">
                <a href="/" title="Dashboard (g d)" aria-current=attribute(move || current("/"))>"Dashboard"</a>
                <a href="/traces" title="Traces (g t)" aria-current=attribute(move || current("/traces"))>"Traces"</a>
                <a href="/races" title="Races (g r)" aria-current=attribute(move || current("/races"))>"Races"</a>
                <a href="/services" title="Services (g s)" aria-current=attribute(move || current("/services"))>"Services"</a>
            </nav>
            <Search/>
            <div class="bar-tools">
                <ConnectionBadge/>
                <AutoRefresh/>
                <ThemeSwitch/>
                <Help/>
            </div>
        </header>
        <main class="content" id="content" tabindex="-1">{children()}</main>
    }
    .erase()
}
