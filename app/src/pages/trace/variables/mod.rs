//! The tab Variables.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn VariablesTab() -> impl IntoView {
    view! { <p>"Variables"</p> }.erase()
}
