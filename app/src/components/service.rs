//! Services as coloured marks with their names: never by colour alone.

use leptos::prelude::*;

use crate::erase::Erase;
use crate::hue;

#[component]
pub fn Service(#[prop(into)] name: String, hue: u8) -> impl IntoView {
    let title = name.clone();
    view! {
        <span class="service" data-hue=hue.to_string() title=title>
            <span class="service-mark" aria-hidden="true"></span>
            <span class="service-name">{name}</span>
        </span>
    }
    .erase()
}

/// The first few services of a trace, and how many more there are.
#[component]
pub fn Services(names: Vec<String>) -> impl IntoView {
    const SHOWN: usize = 3;
    let rest = names.len().saturating_sub(SHOWN);
    let rest_names = names.iter().skip(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let shown = hue::palette(names.iter().map(String::as_str))
        .into_iter()
        .take(SHOWN)
        .map(|(name, hue)| view! { <Service name hue/> })
        .collect_view();
    view! {
        <span class="services">
            {shown} {(rest > 0).then(|| view! { <span class="services-more" title=rest_names>{format!("+{rest}")}</span> }.erase())}
        </span>
    }
    .erase()
}
