//! Dark, light, or what the system says. The choice is an attribute of the document, which the shell's
//! early script restores before the first paint.

use leptos::prelude::*;

use crate::client::storage;
use crate::erase::{Erase, effect, text};

const KEY: &str = "raceway.theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn remembered() -> Self {
        match storage::read(KEY).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn apply(self) {
        let Some(root) = document().document_element() else { return };
        if self == Self::System {
            let _ = root.remove_attribute("data-theme");
            storage::forget(KEY);
        } else {
            let _ = root.set_attribute("data-theme", self.name());
            storage::write(KEY, self.name());
        }
    }
}

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    effect(move || theme.set(Theme::remembered()));
    let switch = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().apply();
    };
    view! {
        <button
            type="button"
            class="icon-button"
            data-theme-choice=text(move || theme.get().name().to_owned())
            aria-label=text(move || format!("Theme: {}", theme.get().name()))
            title=text(move || format!("Theme: {}. Switch to {}", theme.get().name(), theme.get().next().name()))
            on:click=switch
        >
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5"></circle>
                <path class="theme-half" d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"></path>
                <circle class="theme-full" cx="8" cy="8" r="4" fill="currentColor"></circle>
            </svg>
        </button>
    }
    .erase()
}
