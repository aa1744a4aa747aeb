//! The one chart.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn Chart() -> impl IntoView {
    view! { <p>"Chart"</p> }.erase()
}
