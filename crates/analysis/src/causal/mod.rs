//! From recorded events to a [`History`]: who ran what, what precedes what and why, in one order that
//! respects all of it.
//!
//! The rules are those of `docs/edges.md`. What they cannot tell is never made up: it is left out and
//! counted in [`Notes`]. Every pass is O(N log N) at most in events, nothing recurses, and memory is a
//! bounded number of words an event (about 200 bytes).

mod build;
mod calls;
mod contexts;
mod counts;
mod cycles;
mod details;
mod find;
mod intervals;
mod linearise;
mod locks;
mod messages;
mod names;
mod nodes;
mod notes;
mod parents;
mod program_order;
mod raw_edges;
mod reuse;
mod tasks;
mod values;

pub use contexts::Scope;
pub use intervals::forests;
pub use names::Owner;
pub use notes::Notes;
pub use values::{Values, values};

use hashbrown::HashSet;
use model::table::EventTable;
use model::{Kind, TraceId};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{EdgeReason, History, OpIdx};

use contexts::{Contexts, EventIdx};
use counts::Counts;
use cycles::Graph;
use details::Details;
use locks::LockNames;
use nodes::Nodes;
use program_order::Evidence;
use raw_edges::RawEdges;

/// One thread of control of a [`Recorded`] history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    pub trace: TraceId,
    /// Index into [`Recorded::scopes`].
    pub scope: u32,
    /// Empty when there is none; so are the next two.
    pub span: String,
    pub thread: String,
    pub task: String,
}

/// A history and what its numbers mean.
///
/// Names of variables and locks are as recorded; two of one text are two when their owners differ.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub history: History,
    /// By operation: the row of its event. An event with a lock set may have several operations.
    pub rows: Vec<u32>,
    /// By operation: whether it is an acquire or a release that only an event's lock set implies.
    pub implied: Vec<bool>,
    /// By thread of the history.
    pub threads: Vec<Thread>,
    pub scopes: Vec<Scope>,
    /// By variable and by lock of the history.
    pub variable_owners: Vec<Owner>,
    pub lock_owners: Vec<Owner>,
    /// Requests and what answers them, of callers and of callees, by request.
    pub exchanges: Vec<(OpIdx, OpIdx)>,
    pub notes: Notes,
    /// By operation: that of its event's parent; cycles are cut.
    parents: Vec<Option<OpIdx>>,
}

impl Recorded {
    /// The operation of the parent of an operation's event, when that is there.
    pub fn parent_of(&self, op: OpIdx) -> Option<OpIdx> {
        self.parents.get(op as usize).copied().flatten()
    }

    /// What answers a request. O(log N).
    pub fn response_to(&self, request: OpIdx) -> Option<OpIdx> {
        let at = self.exchanges.binary_search_by_key(&request, |&(request, _)| request).ok()?;
        Some(self.exchanges[at].1)
    }
}

/// Why there is no history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CausalError {
    #[error("cancelled")]
    Cancelled,
    #[error("more than four thousand million operations")]
    TooMany,
}

impl From<Cancelled> for CausalError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<nodes::TooMany> for CausalError {
    fn from(_: nodes::TooMany) -> Self {
        Self::TooMany
    }
}

/// The history of all rows of a table.
///
/// # Errors
/// As [`history_of`].
pub fn history(table: &EventTable, cancel: &Cancel) -> Result<Recorded, CausalError> {
    let rows: Vec<u32> = (0..table.rows.len() as u32).collect();
    history_of(table, &rows, cancel)
}

/// The history of some rows of a table, of one trace or of several. Their order is that of arrival, where
/// `seq` does not tell it. O(N log N).
///
/// # Errors
/// [`CausalError::Cancelled`] when cancelled, and [`CausalError::TooMany`] when lock sets imply more
/// operations than can be numbered.
pub fn history_of(table: &EventTable, rows: &[u32], cancel: &Cancel) -> Result<Recorded, CausalError> {
    let mut by_arrival: Vec<u32> = rows.iter().copied().filter(|&row| (row as usize) < table.rows.len()).collect();
    by_arrival.sort_by_key(|&row| table.rows[row as usize].seq);
    let mut notes = Notes::default();
    let contexts = Contexts::of(table, &by_arrival);
    notes.duplicates = contexts.duplicates;
    notes.tasks_separable = contexts.threads.iter().any(|thread| !thread.task.is_none());
    let details = Details::of(&contexts);
    cancel.check()?;

    // A response is recorded when it is over; everything else where it began.
    let moment: Vec<i64> = (0..contexts.len() as EventIdx)
        .map(|event| contexts.row(event))
        .map(|row| if row.kind == Kind::Response { row.end.0 } else { row.start.0 })
        .collect();
    let parents = parents::resolve(&contexts, &moment, &mut notes);
    let counts = Counts::of(&contexts);
    let evidence = Evidence { own: &counts.own, parents: &parents, moment: &moment };
    let sequences = program_order::sequences(&contexts, &evidence, &mut notes);
    cancel.check()?;

    let mut lock_names = LockNames::new(&contexts, &details.width);
    let mut nodes = Nodes::of(&contexts, &sequences, &mut lock_names)?;
    let locks = lock_names.names;
    drop(sequences);
    nodes.set_effects(&moment, |_| false);
    let calls = calls::of(&contexts, &nodes);
    let answers: HashSet<EventIdx> = calls
        .iter()
        .flat_map(|calls| &calls.outgoing)
        .filter_map(|sent| Some(nodes.all[sent.response? as usize].event))
        .collect();
    nodes.set_effects(&moment, |node| match contexts.row(node.event).kind {
        Kind::Acquire | Kind::Join => true,
        Kind::Response => answers.contains(&node.event),
        _ => false,
    });
    cancel.check()?;

    let mut edges = RawEdges::new(&contexts, &nodes);
    for (event, &parent) in parents.iter().enumerate() {
        if parent != parents::NONE {
            edges.push(nodes.of_event[parent as usize], nodes.of_event[event], EdgeReason::Parent, false);
        }
    }
    let targets = tasks::add_edges(&mut edges, &details, &mut notes);
    notes.tasks_separable |= !targets.is_empty() || details.has_spans;
    messages::add_edges(&mut edges, &counts, &calls, &mut notes);
    reuse::add_edges(&mut edges);
    let thread_of = cycles::threads_of(&edges);
    let all_edges = edges.finish(&mut notes);
    let cut = cycles::cut(&nodes, &Graph::new(&all_edges, nodes.len()), &thread_of, cancel)?;
    notes.edges_cut += cut.iter().filter(|cut| **cut).count() as u64;
    let edges = cycles::without(all_edges, &cut);

    let skew = i64::try_from(notes.skew_nanos).unwrap_or(i64::MAX);
    let mut ambiguous = locks::ambiguous(&nodes, &locks, skew, &mut notes);
    let graph = Graph::new(&edges, nodes.len());
    let order = linearise::linearise(&nodes, &graph, &thread_of, &mut ambiguous, cancel)?;
    for ((name, _), _) in locks.iter(&contexts).zip(&ambiguous).filter(|(_, several)| **several) {
        notes.ambiguous_locks.push(name.to_owned());
    }
    let parts = build::Parts {
        contexts: &contexts,
        nodes: &nodes,
        details,
        locks: &locks,
        ambiguous: &ambiguous,
        targets: &targets,
        calls: &calls,
        parents: &parents,
        edges: &edges,
        order: &order,
    };
    Ok(build::build(parts, notes))
}
