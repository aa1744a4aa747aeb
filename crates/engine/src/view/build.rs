//! Building a view: new rows are sorted among themselves, merged with those of the older view, and
//! parents are told anew for what changed.

use std::sync::Arc;

use model::table::{EventRow, EventTable, StrId, Strings};
use model::{EventId, Kind, Mode, Seq};
use store::{StoreError, TraceReader};

use super::parents::{Parents, resolve};
use super::responses::name_responses;
use super::{NO_ROW, TraceView};

/// One event on its way into a view.
#[derive(Debug, Clone, Copy)]
struct NewRow {
    id: EventId,
    parent: Option<EventId>,
    start: i64,
    end: i64,
    seq: u64,
    status: u16,
    kind: Kind,
    mode: Mode,
    error: bool,
    service: u32,
    thread: u32,
    operation: u32,
    object: u32,
}

/// Reads what `older` does not have and makes the view of the reader's version.
///
/// O(events); with `older`, O(its events) copies and the decoding of the blocks that hold newer ones.
///
/// # Errors
/// When the database fails or a block is damaged.
pub(crate) async fn build(mut reader: TraceReader, older: Option<Arc<TraceView>>) -> Result<TraceView, StoreError> {
    let known = older.as_ref().map_or(Seq(0), |view| view.version);
    let mut gathered = Gathered {
        rows: Vec::new(),
        strings: older.as_ref().map(|view| view.strings.clone()).unwrap_or_default(),
        has_tasks: older.as_ref().is_some_and(|view| view.has_tasks),
    };
    let parts = reader.parts.clone();
    if older.is_none() {
        gathered.rows.reserve_exact(parts.iter().map(|part| part.count as usize).sum());
    }
    for part in parts.into_iter().filter(|part| part.seq > known) {
        let bytes = reader.fetch(part, false).await?;
        gathered = blocking(move || {
            let mut table = EventTable::default();
            bytes.decode_into(&mut table)?;
            gathered.add(&table, known);
            Ok(gathered)
        })
        .await?;
    }
    let version = reader.version;
    blocking(move || Ok(assemble(version, older.as_deref(), gathered))).await
}

/// Decoding is work for a thread that may be busy.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Corrupt("the runtime is stopping")),
        },
    }
}

struct Gathered {
    rows: Vec<NewRow>,
    strings: Strings,
    has_tasks: bool,
}

impl Gathered {
    fn add(&mut self, table: &EventTable, known: Seq) {
        let strings: Vec<u32> = table.strings.iter().map(|text| self.strings.intern(text).0).collect();
        let renamed = |id: StrId| strings.get(id.0 as usize).copied().unwrap_or_default();
        for row in table.rows.iter().filter(|row| row.seq > known) {
            self.has_tasks |= !row.task.is_none();
            self.rows.push(new_row(row, &renamed));
        }
    }
}

fn new_row(row: &EventRow, renamed: &impl Fn(StrId) -> u32) -> NewRow {
    NewRow {
        id: row.id,
        parent: row.parent,
        start: row.start.0,
        end: row.end.0,
        seq: row.seq.0,
        status: row.status,
        kind: row.kind,
        mode: row.mode,
        error: row.error,
        service: renamed(row.service),
        thread: renamed(row.thread),
        operation: renamed(row.operation),
        object: renamed(if row.variable.is_none() { row.lock } else { row.variable }),
    }
}

fn assemble(version: Seq, older: Option<&TraceView>, gathered: Gathered) -> TraceView {
    let mut rows = gathered.rows;
    // Stable: events of one commit stay in the order of their batch.
    rows.sort_by_key(|row| (row.start, row.seq));
    let empty = TraceView::default();
    let older = older.unwrap_or(&empty);
    let total = older.len() + rows.len();

    // Merge: of equal starts the older view's rows come first, since their commits did.
    let mut view = TraceView { version, has_tasks: gathered.has_tasks, ..TraceView::default() };
    view.reserve(total);
    let mut moved_old = Vec::with_capacity(older.len());
    let mut moved_new = Vec::with_capacity(rows.len());
    let (mut old_at, mut new_at) = (0, 0);
    while old_at < older.len() || new_at < rows.len() {
        let take_old = old_at < older.len() && (new_at == rows.len() || older.starts[old_at] <= rows[new_at].start);
        if take_old {
            moved_old.push(view.ids.len() as u32);
            view.copy_row(older, old_at);
            old_at += 1;
        } else {
            moved_new.push(view.ids.len() as u32);
            view.push_row(&rows[new_at]);
            new_at += 1;
        }
    }
    view.end = view.ends.iter().copied().max().unwrap_or_default();
    view.strings = gathered.strings;

    let mut parents = Parents { of: vec![NO_ROW; total], unresolved: Vec::new() };
    for (old_row, &row) in moved_old.iter().enumerate() {
        let parent = older.parents[old_row];
        if parent != NO_ROW {
            parents.of[row as usize] = moved_old[parent as usize];
        }
    }
    parents.unresolved.extend(older.orphans.iter().map(|&(row, parent)| (moved_old[row as usize], parent)));
    parents.unresolved.extend(rows.iter().zip(&moved_new).filter_map(|(new, &row)| Some((row, new.parent?))));
    resolve(&mut view, parents);
    name_responses(&mut view);
    view
}

impl TraceView {
    fn reserve(&mut self, rows: usize) {
        self.ids.reserve_exact(rows);
        self.starts.reserve_exact(rows);
        self.ends.reserve_exact(rows);
        self.kinds.reserve_exact(rows);
        self.modes.reserve_exact(rows);
        self.errors.reserve_exact(rows);
        self.statuses.reserve_exact(rows);
        self.services.reserve_exact(rows);
        self.threads.reserve_exact(rows);
        self.operations.reserve_exact(rows);
        self.objects.reserve_exact(rows);
    }

    fn push_row(&mut self, row: &NewRow) {
        self.ids.push(row.id);
        self.starts.push(row.start);
        self.ends.push(row.end);
        self.kinds.push(row.kind);
        self.modes.push(row.mode);
        self.errors.push(row.error);
        self.statuses.push(row.status);
        self.services.push(row.service);
        self.threads.push(row.thread);
        self.operations.push(row.operation);
        self.objects.push(row.object);
    }

    fn copy_row(&mut self, from: &Self, row: usize) {
        self.ids.push(from.ids[row]);
        self.starts.push(from.starts[row]);
        self.ends.push(from.ends[row]);
        self.kinds.push(from.kinds[row]);
        self.modes.push(from.modes[row]);
        self.errors.push(from.errors[row]);
        self.statuses.push(from.statuses[row]);
        self.services.push(from.services[row]);
        self.threads.push(from.threads[row]);
        self.operations.push(from.operations[row]);
        self.objects.push(from.objects[row]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(id: u128, parent: u128, start: i64, seq: u64) -> NewRow {
        NewRow {
            id: EventId::new(id).expect("not zero"),
            parent: EventId::new(parent),
            start,
            end: start,
            seq,
            status: 0,
            kind: Kind::Call,
            mode: Mode::None,
            error: false,
            service: 0,
            thread: 0,
            operation: 0,
            object: 0,
        }
    }

    fn gathered(rows: Vec<NewRow>) -> Gathered {
        Gathered { rows, strings: Strings::default(), has_tasks: false }
    }

    fn parent_ids(view: &TraceView) -> Vec<(EventId, Option<EventId>)> {
        let parent = |row: u32| view.ids.get(row as usize).copied();
        view.ids.iter().zip(&view.parents).map(|(&id, &row)| (id, parent(row))).collect()
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_is_no_deeper_than_the_cap() {
        let rows = (1..=100_000).map(|id| row(id, id - 1, id as i64, 1)).collect();
        let view = assemble(Seq(1), None, gathered(rows));
        assert_eq!(view.depths.iter().copied().max(), Some(255));
        assert_eq!((view.orphans.len(), view.cyclic), (0, 0));
    }

    #[test]
    fn a_cycle_is_counted_and_ends() {
        // 1 -> 2 -> 3 -> 1, and 4 hangs below it, and 5 is its own parent.
        let rows = vec![row(1, 3, 1, 1), row(2, 1, 2, 1), row(3, 2, 3, 1), row(4, 3, 4, 1), row(5, 5, 5, 1)];
        let view = assemble(Seq(1), None, gathered(rows));
        assert_eq!(view.cyclic, 4);
        assert_eq!(view.depths, [0, 0, 0, 1, 0]);
    }

    proptest! {
        #[test]
        fn a_view_grown_by_commits_equals_one_built_at_once(
            events in proptest::collection::vec((0u128..40, 0i64..6, 1u64..5), 1..40),
        ) {
            let mut events: Vec<NewRow> =
                events.iter().enumerate().map(|(at, &(parent, start, seq))| row(at as u128 + 1, parent, start, seq)).collect();
            events.sort_by_key(|event| event.seq);
            let at_once = assemble(Seq(9), None, gathered(events.clone()));
            let mut grown: Option<TraceView> = None;
            for commit in events.chunk_by(|one, other| one.seq == other.seq) {
                grown = Some(assemble(Seq(commit[0].seq), grown.as_ref(), gathered(commit.to_vec())));
            }
            let grown = grown.expect("at least one commit");
            prop_assert_eq!(parent_ids(&grown), parent_ids(&at_once));
            prop_assert_eq!(&grown.depths, &at_once.depths);
            prop_assert_eq!(&grown.orphans, &at_once.orphans);
            prop_assert_eq!(grown.cyclic, at_once.cyclic);
        }
    }
}
