//! All services.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn ServicesPage() -> impl IntoView {
    view! { <p>"Services"</p> }.erase()
}
