//! Windows: a slice of a trace's event list, pinned to a version of the trace.
//!
//! The browser asks for the compact binary form (postcard: varints, interned strings); people get the
//! same structure as JSON.

use serde::{Deserialize, Serialize};

use crate::{EventId, Kind, Mode, Nanos, Seq};

/// Most rows in one window.
pub const MAX_ROWS: u32 = 500;

/// The media type of the binary form.
pub const CONTENT_TYPE: &str = "application/vnd.raceway.window";

/// Which rows of which list. `filter` is empty for all events; see [`crate::window`]'s docs page for
/// its words. `version` pins the list: when the trace has another version the answer is 409.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowQuery {
    pub offset: u64,
    pub count: u32,
    #[serde(default)]
    pub filter: String,
    #[serde(default)]
    pub version: Option<Seq>,
}

/// Rows `offset..offset + rows.len()` of the (filtered) list, in the order (start, seq, index in batch).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Window {
    pub version: Seq,
    pub offset: u64,
    /// Rows of the filtered list; exact.
    pub total: u64,
    /// Rows of the whole trace; exact.
    pub events_total: u64,
    pub trace_start: Nanos,
    pub trace_end: Nanos,
    /// What the rows' indices name. Index 0 is the empty string.
    pub strings: Vec<String>,
    pub rows: Vec<WindowRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowRow {
    pub id: EventId,
    /// Position in the unfiltered list.
    pub position: u64,
    pub start: Nanos,
    pub duration_nanos: u64,
    pub kind: Kind,
    pub mode: Mode,
    pub error: bool,
    /// HTTP status, 0 when there is none.
    pub status: u16,
    /// Steps up to the event without a parent, capped at 255; 0 for roots and orphans.
    pub depth: u8,
    /// Indices into [`Window::strings`].
    pub service: u32,
    pub thread: u32,
    pub operation: u32,
    /// The variable or the lock, else 0.
    pub object: u32,
}

/// Why bytes are not a window.
#[derive(Debug, thiserror::Error)]
#[error("these bytes are not a window of events")]
pub struct WindowError(#[from] postcard::Error);

impl Window {
    /// The text behind an index; empty when there is none.
    pub fn text(&self, index: u32) -> &str {
        self.strings.get(index as usize).map_or("", String::as_str)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        // Serialising into a growing vector fails only for sequences of unknown length; there are none.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// # Errors
    /// When the bytes are cut, or are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WindowError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn row()(bits in 1u128.., position: u64, start: i64, duration_nanos: u64, kind in 0u8..18, error: bool,
                 status: u16, depth: u8, service: u32, operation: u32) -> WindowRow {
            WindowRow {
                id: EventId::new(bits).expect("not zero"),
                position,
                start: Nanos(start),
                duration_nanos,
                kind: Kind::from_code(kind).expect("a kind"),
                mode: Mode::None,
                error,
                status,
                depth,
                service,
                thread: 0,
                operation,
                object: 0,
            }
        }
    }

    proptest! {
        #[test]
        fn a_window_survives_its_bytes(rows in proptest::collection::vec(row(), 0..20), strings in proptest::collection::vec(".{0,8}", 0..5)) {
            let window = Window {
                version: Seq(7), offset: 3, total: 9, events_total: 10, trace_start: Nanos(1), trace_end: Nanos(2), strings, rows,
            };
            prop_assert_eq!(Window::from_bytes(&window.to_bytes()).expect("decodes"), window);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Window::from_bytes(&bytes);
        }
    }
}
