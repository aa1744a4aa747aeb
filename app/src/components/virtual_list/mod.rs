//! A list of any length with a fixed number of row elements: rows come into being for what is seen and a
//! few beyond, and are given to other rows when they leave.
//!
//! To assistive technology it is a grid of which a part is in the document: `aria-rowcount` and
//! `aria-rowindex` say which. Focus stays on the grid; `aria-activedescendant` names the row that keys
//! act on, so that neither scrolling nor new data takes it away.

pub mod chunks;
pub mod window;

use std::ops::Range;
use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::client::browser::now_ms;
use crate::client::debounce::Debounced;
use crate::client::listen::{Listening, SizeWatch};
use crate::client::polling::Millis;
use crate::erase::{Erase, Html, Item, attribute, effect, items, mark, memo, text};
use crate::format;
use window::{Gesture, ROW_PX, Scroller};

/// Rows are drawn for this height until the real one is known.
const FIRST_VIEWPORT_PX: f64 = 700.0;
/// Milliseconds without scrolling after which the scrollbar is put right.
const REST_MS: u32 = 150;
/// A wheel's movement goes on for this long after its last event.
const WHEEL_MS: Millis = 250.0;

/// A list's position and the row that keys act on.
#[derive(Clone, Copy)]
pub struct VirtualRows {
    scroller: RwSignal<Scroller>,
    pub active: RwSignal<Option<u64>>,
    /// Rows that have an element now.
    pub drawn: Memo<Range<u64>>,
    slots: Memo<u64>,
    node: NodeRef<Div>,
    wheeled_at: StoredValue<Millis>,
}

impl VirtualRows {
    pub fn new(rows: u64) -> Self {
        let scroller = RwSignal::new(Scroller::new(rows, FIRST_VIEWPORT_PX));
        Self {
            scroller,
            active: RwSignal::new(None),
            drawn: memo(move || scroller.with(Scroller::drawn)),
            slots: memo(move || scroller.with(Scroller::slots)),
            node: NodeRef::new(),
            wheeled_at: StoredValue::new(0.0),
        }
    }

    pub fn visible(self) -> Range<u64> {
        self.scroller.with_untracked(Scroller::visible)
    }

    pub fn set_rows(self, rows: u64) {
        if self.scroller.with_untracked(Scroller::rows) == rows {
            return;
        }
        self.change(|scroller| scroller.set_rows(rows));
        self.active.update(|active| *active = active.map(|row| row.min(rows.saturating_sub(1))).filter(|_| rows > 0));
    }

    /// Rows were put in or taken out above what is read: it stays in place.
    pub fn shift(self, rows: i64) {
        self.change(|scroller| scroller.shift_rows(rows));
        self.active.update(|active| *active = active.map(|row| row.saturating_add_signed(rows)));
    }

    /// Makes a row the active one, in the middle when it was not seen.
    pub fn activate(self, row: u64) {
        self.active.set(Some(row));
        self.change(|scroller| scroller.centre(row));
    }

    pub fn focus(self) {
        if let Some(node) = self.node.get_untracked() {
            let _ = node.focus();
        }
    }

    fn change(self, change: impl FnOnce(&mut Scroller)) {
        let before = self.scroller.with_untracked(Scroller::scroll_px);
        self.scroller.update(change);
        let after = self.scroller.with_untracked(Scroller::scroll_px);
        if before != after {
            self.put_scrollbar(after);
        }
    }

    fn put_scrollbar(self, scroll_px: f64) {
        if let Some(node) = self.node.get_untracked() {
            // At most MAX_SPACER_PX.
            node.set_scroll_top(scroll_px as i32);
        }
    }

    fn scrolled(self) {
        let Some(node) = self.node.get_untracked() else { return };
        let wheels = now_ms() - self.wheeled_at.get_value() < WHEEL_MS;
        let gesture = if wheels { Gesture::Wheel } else { Gesture::Other };
        let scroll_px = f64::from(node.scroll_top());
        let correction = self.scroller.try_update(|scroller| scroller.scrolled(scroll_px, gesture)).flatten();
        if let Some(scroll_px) = correction {
            self.put_scrollbar(scroll_px);
        }
    }

    fn settle(self) {
        let correction = self.scroller.try_update(Scroller::settle).flatten();
        if let Some(scroll_px) = correction {
            self.put_scrollbar(scroll_px);
        }
    }

    /// Follows the element's height, its wheel and its touches.
    fn attach(self) {
        let Some(node) = self.node.get() else { return };
        let sized = node.clone();
        let resize = move || {
            let viewport_px = f64::from(sized.client_height()) - ROW_PX;
            self.scroller.try_update(|scroller| scroller.set_viewport(viewport_px));
            if let Some(scroll_px) = self.scroller.try_with_untracked(Scroller::scroll_px) {
                self.put_scrollbar(scroll_px);
            }
        };
        StoredValue::new_local(SizeWatch::on(&node, resize));
        let wheeled = move |_| {
            self.wheeled_at.try_update_value(|at| *at = now_ms());
        };
        StoredValue::new_local(Listening::passively(&node, "wheel", wheeled));
        StoredValue::new_local(Listening::passively(&node, "touchmove", wheeled));
    }

    /// Moves the active row by a key; false when the key is not one of the list's.
    fn key(self, key: &str) -> bool {
        let (rows, page, first) =
            self.scroller.with_untracked(|scroller| (scroller.rows(), scroller.page_rows(), scroller.position().row));
        if rows == 0 {
            return false;
        }
        let at = self.active.get_untracked();
        let from = at.unwrap_or(first);
        let row = match key {
            // The first press shows where the keys are.
            "ArrowDown" | "j" | "ArrowUp" | "k" if at.is_none() => first,
            "ArrowDown" | "j" => from + 1,
            "ArrowUp" | "k" => from.saturating_sub(1),
            "PageDown" => from + page,
            "PageUp" => from.saturating_sub(page),
            "Home" => 0,
            "End" => rows - 1,
            _ => return false,
        };
        let row = row.min(rows - 1);
        self.active.set(Some(row));
        self.change(|scroller| scroller.reveal(row));
        true
    }
}

/// Makes the cells of one row element from the number of the row it shows.
pub type Cells = Arc<dyn Fn(Memo<Option<u64>>) -> Html + Send + Sync>;

/// The list itself. `cells` makes the cells of one row element, which shows different rows over time;
/// `opened` is called with a row that was clicked or entered.
#[component]
pub fn VirtualList(
    rows: VirtualRows,
    /// Prefix of the row elements' ids; unique on the page.
    id: &'static str,
    label: &'static str,
    n_columns: u32,
    /// Cells of the header row.
    head: Html,
    cells: Cells,
    /// The row whose details are shown.
    #[prop(into)]
    selected: Signal<Option<u64>>,
    #[prop(into)] opened: Callback<u64>,
) -> impl IntoView {
    let settle = Debounced::new(REST_MS, move |()| rows.settle());
    effect(move || rows.attach());
    let keydown = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let is_ours = match event.key().as_str() {
            "Enter" => rows.active.get_untracked().inspect(|&row| opened.run(row)).is_some(),
            key => rows.key(key),
        };
        if is_ours {
            event.prevent_default();
        }
    };
    let active_id = move || {
        let row = rows.active.get().filter(|row| rows.drawn.get().contains(row))?;
        Some(format!("{id}-{row}"))
    };
    let row_count = move || (rows.scroller.with(Scroller::rows) + 1).to_string();
    let height = move || format::px(rows.scroller.with(Scroller::spacer_px));
    view! {
        <div
            class="vlist"
            role="grid"
            aria-label=label
            aria-rowcount=text(row_count)
            aria-colcount=n_columns
            aria-activedescendant=attribute(active_id)
            tabindex="0"
            node_ref=rows.node
            on:scroll=move |_| {
                rows.scrolled();
                settle.call(());
            }
            on:keydown=keydown
        >
            <div class="vlist-head" role="row" aria-rowindex="1">{head}</div>
            <div class="vlist-rows" role="rowgroup" style=("--height", text(height))>
                {items(move || {
                    let element = |slot| {
                        let cells = cells.clone();
                        Item::new(slot, move || view! { <Row rows element=slot id cells=cells.clone() selected opened/> }.erase())
                    };
                    (0..rows.slots.get()).map(element).collect()
                })}
            </div>
        </div>
    }
    .erase()
}

/// One row element. It shows the row of the drawn range whose number has this remainder, so that a row
/// keeps its element for as long as it is drawn.
#[component]
fn Row(
    rows: VirtualRows,
    element: u64,
    id: &'static str,
    cells: Cells,
    selected: Signal<Option<u64>>,
    opened: Callback<u64>,
) -> impl IntoView {
    let row = memo(move || row_of_slot(&rows.drawn.get(), element, rows.slots.get()));
    let top = memo(move || row.get().map_or(0.0, |row| rows.scroller.with(|scroller| scroller.row_top_px(row))));
    let is_active = move || row.get().is_some() && row.get() == rows.active.get();
    let is_selected = move || row.get().is_some() && row.get() == selected.get();
    let open = move |_| {
        if let Some(row) = row.get_untracked() {
            rows.active.set(Some(row));
            opened.run(row);
        }
    };
    view! {
        <div
            class="vlist-row"
            role="row"
            id=attribute(move || row.get().map(|row| format!("{id}-{row}")))
            aria-rowindex=attribute(move || row.get().map(|row| (row + 2).to_string()))
            aria-selected=text(move || is_selected().to_string())
            data-active=mark(is_active)
            hidden=move || row.get().is_none()
            style=("--top", text(move || format::px(top.get())))
            on:click=open
        >
            {cells(row)}
        </div>
    }
    .erase()
}

fn row_of_slot(drawn: &Range<u64>, slot: u64, slots: u64) -> Option<u64> {
    let slots = slots.max(1);
    let row = drawn.start + (slot + slots - drawn.start % slots) % slots;
    (slot < slots && row < drawn.end).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_drawn_row_has_exactly_one_element(start in 0u64..1_000_000, slots in 1u64..60, n in 0u64..60) {
            let drawn = start..start + n.min(slots);
            let mut shown: Vec<u64> = (0..slots).filter_map(|slot| row_of_slot(&drawn, slot, slots)).collect();
            shown.sort_unstable();
            prop_assert_eq!(shown, drawn.collect::<Vec<_>>());
        }

        #[test]
        fn scrolling_by_a_row_keeps_the_elements_of_the_others(start in 0u64..1_000_000, slots in 2u64..60) {
            for slot in 0..slots {
                let before = row_of_slot(&(start..start + slots), slot, slots);
                let after = row_of_slot(&(start + 1..start + 1 + slots), slot, slots);
                prop_assert!(before == after || before == Some(start));
            }
        }
    }
}
