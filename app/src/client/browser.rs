//! What the browser is doing: visible or not, refreshing by itself or not, what time it is, and whether
//! the server answers. One value, provided once at the root; on the server everything keeps its default.
//!
//! Nothing here is read while a page is first rendered but the defaults, so that the server's HTML and
//! the browser's first render agree.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use model::Nanos;

use super::listen::Listening;
use super::polling::Millis;
use super::storage;
use crate::erase::effect;

/// How long after the last answer the page counts as stale: the longest interval, and some patience.
const STALE_AFTER: Millis = 40_000.0;
const AUTO_REFRESH_KEY: &str = "raceway.auto-refresh";

/// How the server was last heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Connection {
    Connected,
    /// Nothing was asked or answered for a while; this many milliseconds.
    Stale {
        age: Millis,
    },
    /// The last request failed.
    Failed,
}

#[derive(Clone, Copy)]
pub struct Browser {
    /// Wall clock, in steps of some seconds; `None` until the page is alive.
    pub now: RwSignal<Option<Nanos>>,
    pub visible: RwSignal<bool>,
    pub auto_refresh: RwSignal<bool>,
    /// Counts the times somebody asked for everything to be refreshed.
    pub refreshes: RwSignal<u32>,
    last_answer: RwSignal<Option<Millis>>,
    failed: RwSignal<bool>,
}

impl Browser {
    /// Provides it and, in the browser, keeps it up to date.
    pub fn provide() -> Self {
        let browser = Self {
            now: RwSignal::new(None),
            visible: RwSignal::new(true),
            auto_refresh: RwSignal::new(true),
            refreshes: RwSignal::new(0),
            last_answer: RwSignal::new(None),
            failed: RwSignal::new(false),
        };
        provide_context(browser);
        effect(move || browser.attach());
        Effect::watch(
            move || browser.auto_refresh.get(),
            |on, _, _| storage::write(AUTO_REFRESH_KEY, if *on { "on" } else { "off" }),
            false,
        );
        browser
    }

    /// Asks everything on the page anew.
    pub fn refresh(self) {
        self.refreshes.update(|times| *times = times.wrapping_add(1));
    }

    /// A request was answered: the server is there, whatever it said.
    pub fn answered(self) {
        self.last_answer.try_set(Some(now_ms()));
        if self.failed.try_get_untracked() == Some(true) {
            self.failed.try_set(false);
        }
    }

    /// A request got no answer.
    pub fn unanswered(self) {
        self.failed.try_set(true);
    }

    pub fn connection(self) -> Connection {
        if self.failed.get() {
            return Connection::Failed;
        }
        let Some(now) = self.now.get() else { return Connection::Connected };
        let age = self.last_answer.get().map_or(0.0, |last| now.as_millis_f64() - last);
        if age > STALE_AFTER { Connection::Stale { age } } else { Connection::Connected }
    }

    /// Minutes east of UTC at that instant in the viewer's zone; zero until the page is alive.
    pub fn offset_minutes(self, at: Nanos) -> i32 {
        if self.now.with(Option::is_none) {
            return 0;
        }
        let date = js_sys::Date::new(&at.as_millis_f64().into());
        -(date.get_timezone_offset() as i32)
    }

    /// Everything it starts ends with the owner.
    fn attach(self) {
        self.last_answer.set(Some(now_ms()));
        if storage::read(AUTO_REFRESH_KEY).as_deref() == Some("off") {
            self.auto_refresh.set(false);
        }
        let tick = move || {
            self.now.try_set(Some(Nanos((now_ms() * 1e6) as i64)));
        };
        tick();
        StoredValue::new_local(Interval::new(5_000, tick));
        let look = move || {
            let visible = document().visibility_state() != web_sys::VisibilityState::Hidden;
            if self.visible.get_untracked() != visible {
                self.visible.set(visible);
            }
            if visible {
                tick();
            }
        };
        look();
        StoredValue::new_local(Listening::to(&document(), "visibilitychange", move |_| look()));
    }
}

/// Milliseconds since 1970 by the browser's clock; only where there is a browser.
pub fn now_ms() -> Millis {
    js_sys::Date::now()
}
