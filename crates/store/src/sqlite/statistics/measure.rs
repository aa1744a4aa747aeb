//! The measured durations of a commit, by operation.

use analysis::baselines::Sketch;
use hashbrown::HashMap;
use model::table::{EventRow, StrId};
use model::{Kind, Nanos, TraceId};

use super::operations::OperationKey;
use super::requests::{Label, OpenRequests};
use crate::sqlite::digest::Digest;
use crate::sqlite::names::NameKind;
use crate::sqlite::summary::TraceState;
use crate::sqlite::tally::{NameMap, rows_of};

/// One operation in one commit.
#[derive(Debug)]
pub(super) struct Batch {
    pub key: OperationKey,
    pub errors: u64,
    pub sketch: Sketch,
}

/// One measured event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    pub row: &'a EventRow,
    pub duration: u64,
    /// Index of its batch.
    pub batch: usize,
    /// Key of its trace, and when the trace's first event was received.
    pub trace: i64,
    pub received: Nanos,
}

#[derive(Debug, Default)]
pub(super) struct Measured<'a> {
    pub batches: Vec<Batch>,
    pub events: Vec<Event<'a>>,
}

/// O(events). An event without an end of its own was not measured.
pub(super) fn measure<'a>(
    digest: &'a Digest,
    states: &HashMap<TraceId, TraceState>,
    names: &NameMap,
    requests: &mut OpenRequests,
) -> Measured<'a> {
    let mut measured = Measured::default();
    let mut batch_of: HashMap<(StrId, Label, Kind), usize> = HashMap::new();
    for group in &digest.groups {
        let Some(state) = states.get(&group.trace) else { continue };
        let answered = requests.answered(digest, group, state.key);
        for row in rows_of(digest, group) {
            let duration = row.end.since(row.start);
            if duration == 0 {
                continue;
            }
            let label = match row.kind {
                Kind::Response => answered.get(&row.id).cloned().unwrap_or(Label::Name(StrId::NONE)),
                _ => Label::Name(row.operation),
            };
            let batch = *batch_of.entry((row.service, label, row.kind)).or_insert_with_key(|(service, label, kind)| {
                let name = match label {
                    Label::Name(name) => digest.table.text(*name),
                    Label::Remembered(name) => name,
                };
                let service = names.get(&(NameKind::Service, *service)).copied().unwrap_or_default();
                let key = OperationKey { service, kind: kind.code(), name: name.to_owned() };
                measured.batches.push(Batch { key, errors: 0, sketch: Sketch::default() });
                measured.batches.len() - 1
            });
            let counted = &mut measured.batches[batch];
            counted.sketch.add(duration);
            counted.errors += u64::from(row.error);
            measured.events.push(Event { row, duration, batch, trace: state.key, received: state.received });
        }
    }
    measured
}
