//! Findings of the whole store.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn RacesPage() -> impl IntoView {
    view! { <p>"Races"</p> }.erase()
}
