//! One service.

use leptos::prelude::*;

use crate::erase::Erase;

#[component]
pub fn ServicePage() -> impl IntoView {
    view! { <p>"Service"</p> }.erase()
}
