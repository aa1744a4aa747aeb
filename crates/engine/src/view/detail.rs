//! One event with everything known about it.

use model::json::JsonText;
use model::table::EventTable;
use model::trace::{EventDetail, Relative};
use model::wire::Payload;

use super::{NO_ROW, TraceView};

const CHILDREN_LISTED: usize = 20;

/// An event's row and payload as read from its block.
pub(crate) struct Located {
    /// One row.
    pub table: EventTable,
    /// Its position in the list.
    pub row: usize,
}

/// `None` when the table is empty. O(rows) for the children.
pub(crate) fn detail(view: &TraceView, located: &Located) -> Option<EventDetail> {
    let table = &located.table;
    let event = table.rows.first()?;
    let text = |id| table.text(id).to_owned();
    let some = |id| Some(table.text(id)).filter(|text| !text.is_empty()).map(str::to_owned);
    let payload = Payload::decode(table.payload(event));
    let (wire_kind, timestamp, body, tags) = match &payload {
        Ok(payload) => (payload.kind, payload.timestamp, JsonText::new(payload.body), JsonText::new(payload.tags)),
        Err(_) => ("unreadable", "", JsonText::null(), JsonText::null()),
    };
    let children: Vec<u32> =
        (0..view.len() as u32).filter(|&row| view.parents[row as usize] == located.row as u32).collect();
    let parent_row = view.parents[located.row];
    Some(EventDetail {
        id: event.id,
        position: located.row as u64,
        version: view.version,
        kind: event.kind,
        mode: event.mode,
        wire_kind: wire_kind.to_owned(),
        start: event.start,
        end: event.end,
        timestamp: timestamp.to_owned(),
        seq: event.seq,
        service: text(event.service),
        instance: some(event.instance),
        environment: text(event.environment),
        process_id: event.process_id,
        thread: text(event.thread),
        task: some(event.task),
        operation: view.text(view.operations[located.row]).to_owned(),
        span: some(event.span),
        upstream: some(event.upstream),
        variable: some(event.variable),
        lock: some(event.lock),
        status: Some(event.status).filter(|&status| status != 0),
        error: event.error,
        clock: table.clock(event).iter().map(|entry| (text(entry.component), entry.count)).collect(),
        lock_set: table.lock_set(event).iter().map(|&lock| text(lock)).collect(),
        parent: (parent_row != NO_ROW).then(|| relative(view, parent_row)),
        parent_known: parent_row != NO_ROW,
        parent_id: event.parent,
        children: children.iter().take(CHILDREN_LISTED).map(|&row| relative(view, row)).collect(),
        children_total: children.len() as u64,
        body,
        tags,
    })
}

fn relative(view: &TraceView, row: u32) -> Relative {
    let at = row as usize;
    Relative {
        id: view.ids[at],
        position: u64::from(row),
        kind: view.kinds[at],
        service: view.text(view.services[at]).to_owned(),
        operation: view.text(view.operations[at]).to_owned(),
    }
}
