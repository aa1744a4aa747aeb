//! A finding in the form in which it travels.

use model::analysis::{Finding, FindingEvent, HeldLock};
use model::list::Total;
use model::table::{EventRow, EventTable};

use super::{Found, FoundEvent, words};
use crate::causal::Recorded;
use crate::history::{OpIdx, ThreadIdx};

/// Characters of a value that are shown.
const VALUE_CHARS: usize = 200;
/// Characters of a task's id that tell it from others of its request.
const TASK_CHARS: usize = 8;

/// Values of an access as JSON texts, as they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueTexts {
    /// What a write replaced, or a read saw.
    pub old: Option<String>,
    /// What a write wrote, or a read saw.
    pub new: Option<String>,
}

impl ValueTexts {
    /// What a read saw: clients put it into either field, and `null` in the new one alone says nothing.
    pub(super) fn seen(&self) -> Option<String> {
        self.old.as_deref().or_else(|| self.new.as_deref().filter(|text| *text != "null")).map(shown)
    }

    pub(super) fn written(&self) -> Option<String> {
        self.new.as_deref().map(shown)
    }

    pub(super) fn replaced(&self) -> Option<String> {
        self.old.as_deref().map(shown)
    }
}

/// As much of a JSON text as is shown.
fn shown(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `table` is what `recorded` was made of, with its rows in list order; `values` gives those of a row. O(events of the
/// finding).
pub fn describe(
    recorded: &Recorded,
    table: &EventTable,
    found: &Found,
    values: &dyn Fn(&EventRow) -> ValueTexts,
) -> Finding {
    let events = found.events.iter().filter_map(|event| of_event(recorded, table, event, values)).collect();
    Finding {
        id: found.id.clone(),
        kind: found.kind,
        class: found.class,
        severity: found.severity,
        subject: words::subject(recorded, found),
        title: words::title(recorded, found),
        explanation: words::explanation(recorded, found),
        count: Total::exact(found.count),
        events,
        has_schedule: found.proof.is_some(),
        slow: None,
    }
}

fn of_event(
    recorded: &Recorded,
    table: &EventTable,
    event: &FoundEvent,
    values: &dyn Fn(&EventRow) -> ValueTexts,
) -> Option<FindingEvent> {
    let position = recorded.rows[event.op as usize];
    let row = table.rows.get(position as usize)?;
    let history = &recorded.history;
    let op = history.ops[event.op as usize];
    let values = if row.kind.is_access() { values(row) } else { ValueTexts::default() };
    let (before, after) =
        if row.kind.is_write() { (values.replaced(), values.written()) } else { (values.seen(), None) };
    let held = event.held.iter().map(|&(lock, shared)| HeldLock { name: history.locks[lock as usize].clone(), shared });
    let object = [row.variable, row.lock, row.operation].into_iter().find(|text| !text.is_none());
    Some(FindingEvent {
        role: event.role,
        id: row.id,
        position: u64::from(position),
        kind: row.kind,
        mode: row.mode,
        start: row.start,
        service: table.text(row.service).to_owned(),
        thread: thread_label(recorded, op.thread),
        location: location(recorded, table, event.op, row),
        object: object.map(|text| table.text(text).to_owned()).unwrap_or_default(),
        before,
        after,
        locks: held.collect(),
    })
}

/// `file:line`, or empty: where none is recorded, histories have the operation in its place.
pub(super) fn location(recorded: &Recorded, table: &EventTable, op: OpIdx, row: &EventRow) -> String {
    let history = &recorded.history;
    let place = &history.locations[history.ops[op as usize].location as usize];
    if place == table.text(row.operation) { String::new() } else { place.clone() }
}

/// A thread of control as people know it, within its service: its task, or else its thread, or else its span.
pub fn thread_label(recorded: &Recorded, thread: ThreadIdx) -> String {
    let of = &recorded.threads[thread as usize];
    if !of.task.is_empty() {
        let end = of.task.char_indices().nth(TASK_CHARS).map_or(of.task.len(), |(end, _)| end);
        return format!("task {}", &of.task[..end]);
    }
    let name = [&of.thread, &of.span].into_iter().find(|name| !name.is_empty());
    name.cloned().unwrap_or_else(|| "main".to_owned())
}
