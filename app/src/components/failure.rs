//! What went wrong, and what to do.

use leptos::prelude::*;

use crate::erase::Erase;
use crate::error::AppError;

#[component]
pub fn Failure(error: AppError, retry: impl Fn() + 'static) -> impl IntoView {
    let can_retry = error.is_passing();
    view! {
        <div class="failure" role="alert">
            <p class="failure-title">{error.to_string()}</p>
            <p>{error.advice()}</p>
            {can_retry
                .then(move || view! { <button type="button" class="button" on:click=move |_| retry()>"Retry"</button> }.erase())}
        </div>
    }
    .erase()
}
