//! The page for addresses that name nothing.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::api::answer_not_found;
use crate::erase::Erase;

#[component]
pub fn NotFound() -> impl IntoView {
    answer_not_found();
    view! {
        <Title text="Not found"/>
        <section class="lost">
            <h1>"There is no page here"</h1>
            <p>"The address may be mistyped, or from a version of Raceway with other pages."</p>
            <p><a class="button" href="/">"To the dashboard"</a> <a class="button" href="/traces">"To the traces"</a></p>
        </section>
    }
    .erase()
}
