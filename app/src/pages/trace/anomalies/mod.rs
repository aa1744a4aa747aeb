//! The tab Anomalies.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn AnomaliesTab() -> impl IntoView {
    view! { <p>"Anomalies"</p> }.erase()
}
