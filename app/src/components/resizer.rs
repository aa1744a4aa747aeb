//! The edge between two panes: dragged by pointer or moved by arrow keys, remembered between visits.
//! The width is a custom property of the document, which the shell's early script restores.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};

use crate::client::storage;
use crate::erase::{Erase, effect, text};

const MIN_PX: i32 = 260;
const MAX_PX: i32 = 760;
const STEP_PX: i32 = 16;

/// Which pane the width belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Left,
    Right,
}

#[component]
pub fn Resizer(
    label: &'static str,
    /// `list-width` for the property `--list-width`.
    name: &'static str,
    default_px: i32,
    pane: Pane,
) -> impl IntoView {
    let width = RwSignal::new(default_px);
    let key = format!("raceway.{name}");
    let remembered = key.clone();
    effect(move || {
        if let Some(px) = storage::read(&remembered).and_then(|text| text.parse().ok()) {
            width.set(i32::clamp(px, MIN_PX, MAX_PX));
        }
    });
    let key = StoredValue::new(key);
    let set = move |px: i32| {
        let px = px.clamp(MIN_PX, MAX_PX);
        width.set(px);
        let root = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok());
        if let Some(root) = root {
            let _ = root.style().set_property(&format!("--{name}"), &format!("{px}px"));
        }
        key.with_value(|key| storage::write(key, &px.to_string()));
    };
    let dragged_from = StoredValue::new(None::<(i32, i32)>);
    let start = move |event: PointerEvent| {
        let edge = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(edge) = edge {
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
        event.prevent_default();
        dragged_from.set_value(Some((event.client_x(), width.get_untracked())));
    };
    let drag = move |event: PointerEvent| {
        if let Some((from_x, from_px)) = dragged_from.get_value() {
            let moved = event.client_x() - from_x;
            set(if pane == Pane::Left { from_px + moved } else { from_px - moved });
        }
    };
    let keydown = move |event: KeyboardEvent| {
        let wider = if pane == Pane::Left { "ArrowRight" } else { "ArrowLeft" };
        match event.key().as_str() {
            key if key == wider => set(width.get_untracked() + STEP_PX),
            "ArrowLeft" | "ArrowRight" => set(width.get_untracked() - STEP_PX),
            "Home" => set(default_px),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div
            class="resizer"
            role="separator"
            aria-orientation="vertical"
            aria-label=label
            aria-valuemin=MIN_PX.to_string()
            aria-valuemax=MAX_PX.to_string()
            aria-valuenow=text(move || width.get().to_string())
            tabindex="0"
            title="Drag, or use the arrow keys"
            on:pointerdown=start
            on:pointermove=drag
            on:pointerup=move |_| dragged_from.set_value(None)
            on:pointercancel=move |_| dragged_from.set_value(None)
            on:dblclick=move |_| set(default_px)
            on:keydown=keydown
        ></div>
    }
    .erase()
}
