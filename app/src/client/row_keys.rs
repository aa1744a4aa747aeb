//! Moving through the rows of a list by keys: their links are focused, so that Enter and everything else a
//! browser does with links works.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::keyboard::use_shortcut;

/// `links` selects the link of each row.
pub fn use_row_keys(links: &'static str, next: &'static str, previous: &'static str) {
    for (keys, label, step) in [("j", next, 1), ("k", previous, -1), ("ArrowDown", next, 1), ("ArrowUp", previous, -1)]
    {
        use_shortcut(keys, label, move || focus_by(links, step));
    }
}

/// From the focused link, else from the chosen one, else to the first.
fn focus_by(links: &str, step: i64) {
    let Ok(links) = document().query_selector_all(links) else { return };
    let links: Vec<HtmlElement> =
        (0..links.length()).filter_map(|at| links.item(at).and_then(|link| link.dyn_into().ok())).collect();
    let focused = document().active_element();
    let focused =
        links.iter().position(|link| focused.as_ref().is_some_and(|element| element.is_same_node(Some(link))));
    let chosen = || links.iter().position(|link| link.has_attribute("aria-current"));
    let target = match focused.or_else(chosen) {
        Some(at) => (at as i64 + step).clamp(0, links.len() as i64 - 1),
        None => 0,
    };
    if let Some(link) = usize::try_from(target).ok().and_then(|at| links.get(at)) {
        let _ = link.focus();
    }
}
