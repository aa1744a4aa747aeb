//! The cells of one event in the list.

use leptos::prelude::*;
use model::window::{Window, WindowRow};
use model::{Kind, Mode};

use super::super::known_findings::{EventMark, KnownFindings};
use super::rows::{EventRows, ListHead};
use crate::components::event_kind::EventKind;
use crate::components::finding::{kind_word, plain, severity_word};
use crate::erase::{Erase, Html, memo, part};
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
    /// The worst finding that it is in.
    finding: Option<EventMark>,
}

fn cells_of(head: ListHead, window: &Window, row: &WindowRow, known: KnownFindings) -> Cells {
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
        left: format::of_whole(begins as f64 * 100.0 / whole),
        width: format::of_whole(row.duration_nanos as f64 * 100.0 / whole),
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
        finding: known.worst_of_event(row.id),
    }
}

pub fn head() -> Html {
    view! {
        <span role="columnheader" class="col-number num">"#"</span>
        <span role="columnheader" class="col-start num">"Start"</span>
        <span role="columnheader" class="col-kind">"Kind"</span>
        <span role="columnheader" class="col-operation">"Operation"</span>
        <span role="columnheader" class="col-service">"Service"</span>
        <span role="columnheader" class="col-thread">"Thread"</span>
        <span role="columnheader" class="col-duration num">"Duration"</span>
    }
    .erase()
}

/// Cells of one row element. They are written anew as a whole when it shows another row: one thing that
/// follows, not one a cell, keeps scrolling smooth.
pub fn cells(rows: EventRows, row: Memo<Option<u64>>) -> Html {
    let known = expect_context::<KnownFindings>();
    let cells = memo(move || {
        let head = rows.head.get();
        row.get().and_then(|row| rows.with_row(row, |window, event| cells_of(head, window, event, known)))
    });
    part(move || cells.with(|cells| written(cells.as_ref()))).erase()
}

fn written(cells: Option<&Cells>) -> Html {
    let Some(cells) = cells.cloned() else { return pending() };
    let status = cells.status.map(|status| view! { <span class="status-mark">{status.to_string()}</span> }.erase());
    // Errors have a mark and a word; where the kind says the word, it is not said twice.
    let is_told = (cells.kind == Kind::Error).then_some("true");
    let error = cells.is_error.then(|| {
        view! { <span class="error-mark" data-told=is_told><span class="error-word">"error"</span></span> }.erase()
    });
    let finding = cells.finding.as_ref().map(finding_mark);
    let hue = cells.hue.to_string();
    let (operation, service) = (cells.operation.clone(), cells.service.clone());
    view! {
        <span role="gridcell" class="col-number num">{cells.number}</span>
        <span role="gridcell" class="col-start num">{cells.start}</span>
        <span role="gridcell" class="col-kind"><EventKind kind=cells.kind mode=cells.mode/></span>
        <span
            role="gridcell"
            class="col-operation"
            title=operation
            style=("--indent", cells.indent.to_string())
        >
            <span class="operation">{cells.operation}</span>
            <span class="object">{cells.object}</span>
            {status}
            {error}
            {finding}
        </span>
        <span role="gridcell" class="col-service">
            <span class="service" data-hue=hue.clone() title=service>
                <span class="service-mark" aria-hidden="true"></span>
                <span class="service-name">{cells.service}</span>
            </span>
        </span>
        <span role="gridcell" class="col-thread" title=cells.thread.clone()>{cells.thread.clone()}</span>
        <span role="gridcell" class="col-duration num">
            <span class="track" aria-hidden="true" data-hue=hue style=("--left", cells.left) style=("--width", cells.width)></span>
            <span class="duration">{cells.duration}</span>
        </span>
    }
    .erase()
}

fn finding_mark(mark: &EventMark) -> Html {
    let title = format!("In a finding: {}", plain(&mark.title));
    view! {
        <span class="finding-mark" data-severity=severity_word(mark.severity) title=title>
            {kind_word(mark.kind)}
        </span>
    }
    .erase()
}

/// A row on its way: grey bars where most of it will be.
fn pending() -> Html {
    view! {
        <span role="gridcell" class="col-number num" data-loading="true"></span>
        <span role="gridcell" class="col-start num"></span>
        <span role="gridcell" class="col-kind"></span>
        <span role="gridcell" class="col-operation" data-loading="true"></span>
        <span role="gridcell" class="col-service"></span>
        <span role="gridcell" class="col-thread"></span>
        <span role="gridcell" class="col-duration num"></span>
    }
    .erase()
}
