//! The rows behind the list: pieces fetched when they come into view, given up when they are passed,
//! pinned to one version of the trace.

use std::ops::Range;

use leptos::prelude::*;
use model::window::{Window, WindowQuery, WindowRow};
use model::{EventId, Nanos, Seq, TraceId};
use wasm_bindgen_futures::spawn_local;

use crate::client::browser::Browser;
use crate::client::debounce::Debounced;
use crate::client::live::heard;
use crate::client::local::Local;
use crate::client::windows::{self, GiveUp};
use crate::components::virtual_list::VirtualRows;
use crate::components::virtual_list::chunks::{CHUNK_ROWS, Chunks, covering};
use crate::erase::effect;
use crate::error::AppError;

/// Milliseconds to wait before fetching when what was asked for last is passed already: somebody drags.
const DRAG_MS: u32 = 60;

/// The list as its newest window describes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListHead {
    pub version: Seq,
    pub rows: u64,
    pub all_rows: u64,
    pub start: Nanos,
    pub end: Nanos,
}

struct InFlight {
    chunk: u64,
    ticket: u32,
    // Dropped with this: the request ends.
    _give_up: Option<GiveUp>,
}

#[derive(Clone, Copy)]
pub struct EventRows {
    trace: TraceId,
    filter: StoredValue<String>,
    pub head: RwSignal<ListHead>,
    chunks: RwSignal<Chunks<Window>>,
    pub list: VirtualRows,
    pub failed: RwSignal<Option<AppError>>,
    in_flight: Local<Vec<InFlight>>,
    last_ticket: StoredValue<u32>,
    drag: Debounced<Range<u64>>,
    browser: Browser,
}

impl EventRows {
    /// Starts with the first window and follows what the list draws.
    pub fn new(trace: TraceId, filter: String, first: Window) -> Self {
        let list = VirtualRows::new(first.total);
        let head = RwSignal::new(head_of(&first));
        let mut chunks = Chunks::default();
        chunks.put(0, first);
        let chunks = RwSignal::new(chunks);
        let failed = RwSignal::new(None);
        let in_flight = Local::new(Vec::new);
        let filter = StoredValue::new(filter);
        let last_ticket = StoredValue::new(0);
        let browser = expect_context::<Browser>();
        // The debounced call needs the rows that it is a part of.
        let own = StoredValue::new(None::<Self>);
        let drag = Debounced::new(DRAG_MS, move |_: Range<u64>| {
            if let Some(rows) = own.try_get_value().flatten() {
                rows.fetch_missing();
            }
        });
        let rows = Self { trace, filter, head, chunks, list, failed, in_flight, last_ticket, drag, browser };
        own.set_value(Some(rows));
        effect(move || rows.want(list.drawn.get()));
        rows
    }

    /// What a row shows; `None` while it is on its way.
    pub fn with_row<T>(self, row: u64, read: impl FnOnce(&Window, &WindowRow) -> T) -> Option<T> {
        self.chunks.with(|chunks| {
            let (window, at) = chunks.find(row)?;
            Some(read(window, window.rows.get(at)?))
        })
    }

    pub fn id_of(self, row: u64) -> Option<EventId> {
        untrack(|| self.with_row(row, |_, event| event.id))
    }

    /// The row of an event, when it is among the rows at hand.
    pub fn row_of(self, event: EventId) -> Option<u64> {
        self.chunks.with(|chunks| {
            chunks.iter().find_map(|(_, window)| {
                let at = window.rows.iter().position(|row| row.id == event)?;
                Some(window.offset + at as u64)
            })
        })
    }

    pub fn is_filtered(self) -> bool {
        self.filter.with_value(|filter| !filter.is_empty())
    }

    /// The trace has another version: everything is fetched anew as it is looked at.
    pub fn move_to(self, version: Seq) {
        self.head.update(|head| head.version = version);
        self.in_flight.set(Vec::new());
        self.chunks.update_untracked(Chunks::outdate);
        self.fetch_missing();
    }

    pub fn retry(self) {
        self.failed.set(None);
        self.fetch_missing();
    }

    /// Rows came into view.
    fn want(self, drawn: Range<u64>) {
        let wanted = covering(&drawn);
        let passed_all = self
            .in_flight
            .update(|in_flight| {
                let had = !in_flight.is_empty();
                in_flight.retain(|request| wanted.contains(&request.chunk));
                had && in_flight.is_empty()
            })
            .unwrap_or_default();
        if passed_all {
            self.drag.call(drawn);
        } else {
            self.fetch_missing();
        }
    }

    fn fetch_missing(self) {
        let drawn = self.list.drawn.get_untracked();
        let missing = self.chunks.try_update_untracked(|chunks| chunks.missing(&drawn)).unwrap_or_default();
        for chunk in missing {
            let is_asked = self.in_flight.with(|in_flight| in_flight.iter().any(|request| request.chunk == chunk));
            if is_asked == Some(false) {
                self.fetch(chunk);
            }
        }
    }

    fn fetch(self, chunk: u64) {
        let ticket = self.last_ticket.get_value().wrapping_add(1);
        self.last_ticket.set_value(ticket);
        let query = WindowQuery {
            offset: chunk * CHUNK_ROWS,
            count: CHUNK_ROWS as u32,
            filter: self.filter.get_value(),
            version: Some(self.head.with_untracked(|head| head.version)),
        };
        let give_up = GiveUp::new();
        let request = windows::fetch(self.trace, query, give_up.as_ref());
        self.in_flight.update(|in_flight| in_flight.push(InFlight { chunk, ticket, _give_up: give_up }));
        spawn_local(async move {
            let answer = request.await;
            let is_wanted = self.in_flight.update(|in_flight| {
                let before = in_flight.len();
                in_flight.retain(|request| request.ticket != ticket);
                in_flight.len() < before
            });
            if is_wanted == Some(true) {
                self.take(chunk, heard(self.browser, answer));
            }
        });
    }

    fn take(self, chunk: u64, answer: Result<Window, AppError>) {
        match answer {
            Ok(window) => {
                let shift = self.shift_of(chunk, &window);
                self.head.set(head_of(&window));
                self.list.set_rows(window.total);
                self.chunks.update(|chunks| chunks.put(chunk, window));
                if shift != 0 {
                    self.list.shift(shift);
                }
                self.failed.set(None);
            }
            Err(AppError::Changed { version }) => self.move_to(version),
            Err(error) => self.failed.set(Some(error)),
        }
    }

    /// By how many rows the first row in view moved, as far as this piece can tell: late events may have
    /// come in before it.
    fn shift_of(self, chunk: u64, newer: &Window) -> i64 {
        let first = self.list.visible().start;
        if first == 0 || first / CHUNK_ROWS != chunk {
            return 0;
        }
        let Some(id) = self.id_of(first) else { return 0 };
        let Some(at) = newer.rows.iter().position(|row| row.id == id) else { return 0 };
        let now = newer.offset + at as u64;
        i64::try_from(now).unwrap_or(0) - i64::try_from(first).unwrap_or(0)
    }
}

fn head_of(window: &Window) -> ListHead {
    ListHead {
        version: window.version,
        rows: window.total,
        all_rows: window.events_total,
        start: window.trace_start,
        end: window.trace_end,
    }
}
