//! The cells of one event in the list.

use leptos::prelude::*;
use model::window::{Window, WindowRow};
use model::{Kind, Mode};

use super::rows::{EventRows, ListHead};
use crate::components::event_kind::EventKind;
use crate::{format, hue};

pub const COLUMNS: u32 = 7;

/// Steps of indentation drawn at most.
const MAX_INDENT: u8 = 12;

/// What a row shows, ready to be written.
#[derive(Debug, Clone, PartialEq)]
struct Cells {
    number: String,
    start: String,
    duration: String,
    /// Percent of the trace: where the event begins, and how long it is.
    left: String,
    width: String,
    kind: Kind,
    mode: Mode,
    is_error: bool,
    /// HTTP status, when the operation does not name it already.
    status: Option<u16>,
    indent: u8,
    service: String,
    hue: u8,
    operation: String,
    object: String,
    thread: String,
}

fn cells_of(head: ListHead, window: &Window, row: &WindowRow) -> Cells {
    let whole = head.end.since(head.start).max(1) as f64;
    let begins = row.start.since(head.start);
    let service = window.text(row.service);
    let operation = window.text(row.operation);
    let object = window.text(row.object);
    let is_status_told = row.status == 0 || operation.contains(&row.status.to_string());
    Cells {
        number: format::count(row.position + 1),
        start: format!("+{}", format::duration(begins)),
        duration: if row.duration_nanos == 0 { String::new() } else { format::duration(row.duration_nanos) },
        left: format!("{:.2}%", begins as f64 * 100.0 / whole),
        width: format!("{:.2}%", row.duration_nanos as f64 * 100.0 / whole),
        kind: row.kind,
        mode: row.mode,
        is_error: row.error,
        status: (!is_status_told).then_some(row.status),
        indent: row.depth.min(MAX_INDENT),
        service: service.to_owned(),
        hue: hue::of(service),
        operation: operation.to_owned(),
        object: if object == operation { String::new() } else { object.to_owned() },
        thread: window.text(row.thread).to_owned(),
    }
}

pub fn head() -> AnyView {
    view! {
        <span role="columnheader" class="col-number num">"#"</span>
        <span role="columnheader" class="col-start num">"Start"</span>
        <span role="columnheader" class="col-kind">"Kind"</span>
        <span role="columnheader" class="col-operation">"Operation"</span>
        <span role="columnheader" class="col-service">"Service"</span>
        <span role="columnheader" class="col-thread">"Thread"</span>
        <span role="columnheader" class="col-duration num">"Duration"</span>
    }
    .into_any()
}

/// Cells of one row element; they follow the row it shows.
pub fn cells(rows: EventRows, row: Memo<Option<u64>>) -> AnyView {
    let cells = Memo::new(move |_| {
        let head = rows.head.get();
        row.get().and_then(|row| rows.with_row(row, |window, event| cells_of(head, window, event)))
    });
    let text = move |read: fn(&Cells) -> &str| {
        move || cells.with(|cells| cells.as_ref().map(|it| read(it).to_owned()).unwrap_or_default())
    };
    let kind = Memo::new(move |_| cells.with(|cells| cells.as_ref().map(|it| (it.kind, it.mode))));
    // Errors have a mark and a word; where the kind says the word, it is not said twice.
    let error_kind = Memo::new(move |_| cells.with(|cells| cells.as_ref().filter(|it| it.is_error).map(|it| it.kind)));
    let status = Memo::new(move |_| cells.with(|cells| cells.as_ref().and_then(|it| it.status)));
    let hue = move || cells.with(|cells| cells.as_ref().map(|it| it.hue.to_string()));
    let indent = move || cells.with(|cells| cells.as_ref().map_or(0, |it| it.indent).to_string());
    let is_loading = move || cells.with(Option::is_none).then_some("true");
    view! {
        <span role="gridcell" class="col-number num" data-loading=is_loading>{text(|it| &it.number)}</span>
        <span role="gridcell" class="col-start num">{text(|it| &it.start)}</span>
        <span role="gridcell" class="col-kind">{move || kind.get().map(|(kind, mode)| view! { <EventKind kind mode/> })}</span>
        <span role="gridcell" class="col-operation" title=text(|it| &it.operation) style=("--indent", indent) data-loading=is_loading>
            <span class="operation">{text(|it| &it.operation)}</span>
            <span class="object">{text(|it| &it.object)}</span>
            {move || status.get().map(|status| view! { <span class="status-mark">{status.to_string()}</span> })}
            {move || {
                error_kind
                    .get()
                    .map(|kind| {
                        let is_told = (kind == Kind::Error).then_some("true");
                        view! { <span class="error-mark" data-told=is_told><span class="error-word">"error"</span></span> }
                    })
            }}
        </span>
        <span role="gridcell" class="col-service">
            <span class="service" data-hue=hue title=text(|it| &it.service)>
                <span class="service-mark" aria-hidden="true"></span>
                <span class="service-name">{text(|it| &it.service)}</span>
            </span>
        </span>
        <span role="gridcell" class="col-thread" title=text(|it| &it.thread)>{text(|it| &it.thread)}</span>
        <span role="gridcell" class="col-duration num">
            <span class="track" aria-hidden="true" data-hue=hue style=("--left", text(|it| &it.left)) style=("--width", text(|it| &it.width))></span>
            <span class="duration">{text(|it| &it.duration)}</span>
        </span>
    }
    .into_any()
}
