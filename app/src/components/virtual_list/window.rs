//! Windowing arithmetic: which rows are visible, and where they are drawn. Plain numbers, no browser.
//!
//! Two rulers. The *list* ruler has every row at `row * ROW_PX`, however many there are. The *scroll*
//! ruler is the browser's `scrollTop`; its length is capped, because elements cannot be higher than some
//! 15 million pixels. Short lists use one ruler for both. In long ones the list ruler is the truth, kept
//! as a row and the pixels above it that are scrolled out, and the scroll ruler only stands for it:
//!
//! - Wheels, touch and keys move the list by exactly what they say, pixel by pixel and row by row,
//!   wherever the scrollbar stands.
//! - Dragging the scrollbar, and jumps, move it in proportion.
//! - When it rests, the scrollbar is put where the list is ([`Scroller::settle`]), which moves nothing
//!   on screen: rows are drawn relative to the scroll position.
//!
//! The first and last [`EXACT_PX`] of both rulers correspond pixel by pixel, so that there is room to
//! scroll in either direction before the scrollbar has to be put right.

use std::ops::Range;

/// Height of a row.
pub const ROW_PX: f64 = 28.0;
/// Greatest height of the scrolled content.
pub const MAX_SPACER_PX: f64 = 8_000_000.0;
/// Where both rulers correspond pixel by pixel, at either end.
const EXACT_PX: f64 = 100_000.0;
/// Scrolling further than so many viewports at once is a drag or a jump, not a movement.
const MOVEMENT_VIEWPORTS: f64 = 3.0;
/// Differences below it are the browser's rounding.
const ROUNDING_PX: f64 = 1.0;
/// Rows drawn beyond either edge.
const OVERSCAN: u64 = 6;
/// Most row elements in the document.
pub const MAX_SLOTS: u64 = 60;

/// Where a list stands: its first visible row, and the pixels of it that are scrolled out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Position {
    pub row: u64,
    pub offset_px: f64,
}

impl Position {
    fn at(list_px: f64) -> Self {
        let row = (list_px / ROW_PX).floor().max(0.0);
        Self { row: row as u64, offset_px: (list_px - row * ROW_PX).clamp(0.0, ROW_PX) }
    }

    fn list_px(self) -> f64 {
        self.row as f64 * ROW_PX + self.offset_px
    }
}

/// How the scroll position came to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// A wheel or touch: the list follows pixel by pixel, however fast.
    Wheel,
    /// Not known: small changes are movements, large ones are drags.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scroller {
    rows: u64,
    viewport_px: f64,
    scroll_px: f64,
    position: Position,
}

impl Scroller {
    /// `viewport_px` is the height that rows are seen through.
    pub fn new(rows: u64, viewport_px: f64) -> Self {
        let viewport_px = whole_viewport(viewport_px);
        Self { rows, viewport_px, scroll_px: 0.0, position: Position::default() }
    }

    pub fn position(&self) -> Position {
        self.position
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What `scrollTop` is, or is to be set to.
    pub fn scroll_px(&self) -> f64 {
        self.scroll_px
    }

    /// Height of the scrolled content.
    pub fn spacer_px(&self) -> f64 {
        self.list_height().min(MAX_SPACER_PX)
    }

    /// Where a row is drawn, in pixels from the top of the scrolled content.
    pub fn row_top_px(&self, row: u64) -> f64 {
        let rows_away = if row >= self.position.row {
            (row - self.position.row) as f64
        } else {
            -((self.position.row - row) as f64)
        };
        self.scroll_px - self.position.offset_px + rows_away * ROW_PX
    }

    /// Rows that can be seen, the partly hidden included.
    pub fn visible(&self) -> Range<u64> {
        let first = self.position.row.min(self.rows);
        let shown = ((self.position.offset_px + self.viewport_px) / ROW_PX).ceil() as u64;
        first..first.saturating_add(shown).min(self.rows)
    }

    /// Rows to draw: the visible ones and a few beyond either edge, never more than [`Self::slots`].
    pub fn drawn(&self) -> Range<u64> {
        let slots = self.slots();
        let visible = self.visible();
        let spare = slots.saturating_sub(visible.end - visible.start);
        let start = visible.start.saturating_sub(OVERSCAN.min(spare / 2));
        start..(start + slots).min(self.rows)
    }

    /// Row elements needed for this viewport; does not change while scrolling.
    pub fn slots(&self) -> u64 {
        let visible = (self.viewport_px / ROW_PX).ceil() as u64 + 1;
        (visible + 2 * OVERSCAN).min(MAX_SLOTS.max(visible))
    }

    /// Rows that fit whole.
    pub fn page_rows(&self) -> u64 {
        ((self.viewport_px / ROW_PX).floor() as u64).max(1)
    }

    /// The browser scrolled to `scroll_px`. When this returns a number, `scrollTop` must be set to it now:
    /// the scrollbar came to its end before the list did.
    pub fn scrolled(&mut self, scroll_px: f64, gesture: Gesture) -> Option<f64> {
        let scroll_px = scroll_px.clamp(0.0, self.scroll_range());
        let moved = scroll_px - self.scroll_px;
        if moved.abs() < ROUNDING_PX && self.is_scaled() {
            return None;
        }
        let is_movement = gesture == Gesture::Wheel || moved.abs() <= self.movement_px();
        let list_px = if !self.is_scaled() {
            scroll_px
        } else if is_movement {
            self.position.list_px() + moved
        } else {
            self.to_list(scroll_px)
        };
        self.scroll_px = scroll_px;
        self.stand_at(list_px);
        let at_end = scroll_px < ROUNDING_PX || self.scroll_range() - scroll_px < ROUNDING_PX;
        let elsewhere = (self.to_scroll(self.position.list_px()) - scroll_px).abs() >= ROUNDING_PX;
        (at_end && elsewhere).then(|| self.settle()).flatten()
    }

    /// Puts the scrollbar where the list is; call it when scrolling rests. Nothing moves on screen.
    pub fn settle(&mut self) -> Option<f64> {
        let scroll_px = self.to_scroll(self.position.list_px());
        if (scroll_px - self.scroll_px).abs() < ROUNDING_PX {
            return None;
        }
        self.scroll_px = scroll_px;
        Some(scroll_px)
    }

    /// Moves as little as possible so that a row is seen whole.
    pub fn reveal(&mut self, row: u64) {
        let row = row.min(self.rows.saturating_sub(1));
        let top = row as f64 * ROW_PX;
        let list_px = self.position.list_px();
        if top < list_px {
            self.jump(top);
        } else if top + ROW_PX > list_px + self.viewport_px {
            self.jump(top + ROW_PX - self.viewport_px);
        }
    }

    /// Brings a row to the middle, unless it is seen whole already.
    pub fn centre(&mut self, row: u64) {
        let row = row.min(self.rows.saturating_sub(1));
        let top = row as f64 * ROW_PX;
        let list_px = self.position.list_px();
        if top < list_px || top + ROW_PX > list_px + self.viewport_px {
            self.jump(top - (self.viewport_px - ROW_PX) / 2.0);
        }
    }

    /// The list has so many rows now; it stays where it is as far as it can.
    pub fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
        self.jump(self.position.list_px());
    }

    pub fn set_viewport(&mut self, viewport_px: f64) {
        self.viewport_px = whole_viewport(viewport_px);
        self.jump(self.position.list_px());
    }

    /// The rows before the first visible one became more or fewer: what is read stays in place.
    pub fn shift_rows(&mut self, rows: i64) {
        self.jump(self.position.list_px() + rows as f64 * ROW_PX);
    }

    fn jump(&mut self, list_px: f64) {
        self.stand_at(list_px);
        self.scroll_px = self.to_scroll(self.position.list_px());
    }

    /// On whole pixels: text between pixels is blurred, and `scrollTop` knows only whole ones.
    fn stand_at(&mut self, list_px: f64) {
        self.position = Position::at(list_px.round().clamp(0.0, self.list_range()));
    }

    fn is_scaled(&self) -> bool {
        self.list_height() > MAX_SPACER_PX
    }

    fn list_height(&self) -> f64 {
        self.rows as f64 * ROW_PX
    }

    /// Greatest position on the list ruler.
    fn list_range(&self) -> f64 {
        (self.list_height() - self.viewport_px).max(0.0)
    }

    /// Greatest position on the scroll ruler.
    fn scroll_range(&self) -> f64 {
        (self.spacer_px() - self.viewport_px).max(0.0)
    }

    /// A drag moves the list by many viewports for each pixel of the scrollbar; half of that, in very high
    /// windows, or else a few viewports, is still a movement.
    fn movement_px(&self) -> f64 {
        let drag_px = self.spacer_px() / self.viewport_px;
        (MOVEMENT_VIEWPORTS * self.viewport_px).min(drag_px / 2.0).max(4.0 * ROW_PX)
    }

    /// Pixels of the list for each pixel of the scrollbar, between the exact ends.
    fn scale(&self) -> f64 {
        let middle = self.scroll_range() - 2.0 * EXACT_PX;
        if middle <= 0.0 { 1.0 } else { (self.list_range() - 2.0 * EXACT_PX) / middle }
    }

    fn to_list(self, scroll_px: f64) -> f64 {
        if !self.is_scaled() {
            return scroll_px;
        }
        let from_end = self.scroll_range() - scroll_px;
        if scroll_px <= EXACT_PX {
            scroll_px
        } else if from_end <= EXACT_PX {
            self.list_range() - from_end
        } else {
            EXACT_PX + (scroll_px - EXACT_PX) * self.scale()
        }
    }

    fn to_scroll(self, list_px: f64) -> f64 {
        if !self.is_scaled() {
            return list_px;
        }
        let from_end = self.list_range() - list_px;
        let scroll_px = if list_px <= EXACT_PX {
            list_px
        } else if from_end <= EXACT_PX {
            self.scroll_range() - from_end
        } else {
            EXACT_PX + (list_px - EXACT_PX) / self.scale()
        };
        scroll_px.round()
    }
}

fn whole_viewport(viewport_px: f64) -> f64 {
    viewport_px.floor().max(ROW_PX)
}

#[cfg(test)]
mod tests;
