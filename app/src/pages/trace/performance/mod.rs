//! The tab Performance.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn PerformanceTab() -> impl IntoView {
    view! { <p>"Performance"</p> }.erase()
}
