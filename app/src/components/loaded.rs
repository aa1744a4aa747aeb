//! A part of a page that waits for a live answer: a skeleton, then the answer, or what went wrong.

use leptos::prelude::*;

use super::failure::Failure;
use crate::client::live::{Answer, Live, Question};
use crate::erase::{Erase, Html, waiting};

/// `render` is called once for each question; what changes later reaches it through the signal.
#[component]
pub fn Loaded<K: Question, T: Answer>(
    live: Live<K, T>,
    /// Has the final height, so that nothing jumps.
    skeleton: fn() -> Html,
    render: fn(Signal<T>) -> Html,
) -> impl IntoView {
    waiting(skeleton, move || async move {
        match live.first.await {
            Ok(first) => render(live.latest(first)),
            Err(error) => view! { <Failure error retry=move || live.first.refetch()/> }.erase(),
        }
    })
}
