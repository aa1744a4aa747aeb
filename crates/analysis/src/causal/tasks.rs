//! Spawn and join: `AsyncSpawn(task)` precedes the task's first event, its last event `AsyncAwait(task)`.
//!
//! A task is known by an equal tag `task_id` or thread id, in the same request rather than elsewhere in the
//! scope, or by an equal span id.

use hashbrown::HashMap;
use model::Kind;

use super::contexts::{Context, Contexts, EventIdx, RequestIdx, ThreadIdx};
use super::details::Details;
use super::find::Finder;
use super::nodes::NodeIdx;
use super::notes::Notes;
use super::raw_edges::RawEdges;
use crate::history::EdgeReason;

/// Threads that one id may mean: a task that moved between so many OS threads.
const MOST_THREADS: usize = 64;

/// The spawns or the joins of each thread.
type ByThread = HashMap<ThreadIdx, Vec<NodeIdx>>;

/// By node of a spawn or a join: the (first) thread it means.
pub(super) type Targets = HashMap<NodeIdx, ThreadIdx>;

/// Threads by the names a spawn may call them.
struct Index<'c> {
    in_request: Finder<(RequestIdx, &'c str), ThreadIdx>,
    in_scope: Finder<(u32, &'c str), ThreadIdx>,
    by_span: Finder<&'c str, ThreadIdx>,
}

impl<'c> Index<'c> {
    fn of(contexts: &'c Contexts<'c>) -> Self {
        let mut index = Self { in_request: Finder::new(), in_scope: Finder::new(), by_span: Finder::new() };
        for (thread, control) in contexts.threads.iter().enumerate() {
            let thread = thread as ThreadIdx;
            let context = contexts.context_of(thread);
            let span = contexts.requests[context.request as usize].span;
            // A thread's tagged tasks are known by their tags, not by the thread that ran them.
            let name = if control.task.is_none() { context.thread } else { control.task };
            if !name.is_none() {
                let name = contexts.table.text(name);
                index.in_request.add(context.trace, (context.request, name), thread);
                index.in_scope.add(context.trace, (context.scope, name), thread);
            }
            if !span.is_none() {
                index.by_span.add(context.trace, contexts.table.text(span), thread);
            }
        }
        index
    }

    /// The threads of a task: those of the own request, else of the scope, else by span.
    fn find(&self, context: Context, task: &'c str) -> &[ThreadIdx] {
        let of_request = self.in_request.find(context.trace, (context.request, task));
        let of_scope = self.in_scope.find(context.trace, (context.scope, task));
        let of_span = self.by_span.find(context.trace, task);
        [of_request, of_scope, of_span].into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }
}

/// Adds the edges. O(N log N), with at most [`MOST_THREADS`] edges a spawn or a join.
pub(super) fn add_edges(edges: &mut RawEdges<'_>, details: &Details<'_>, notes: &mut Notes) -> Targets {
    let (contexts, nodes) = (edges.contexts, edges.nodes);
    let mut targets = Targets::new();
    if details.task.is_empty() {
        return targets;
    }
    let index = Index::of(contexts);
    let mut tasks: Vec<(EventIdx, &str)> = details.task.iter().map(|(&event, task)| (event, task.as_ref())).collect();
    tasks.sort_unstable();
    let (mut spawned, mut joined) = (ByThread::new(), ByThread::new());
    for (event, task) in tasks {
        let node = nodes.of_event[event as usize];
        let own = contexts.thread_of[event as usize];
        let found = index.find(contexts.context_of(own), task).iter().copied();
        let others: Vec<ThreadIdx> = found.filter(|&thread| thread != own).take(MOST_THREADS).collect();
        let is_spawn = contexts.row(event).kind == Kind::Spawn;
        let Some(&first) = others.first() else {
            *(if is_spawn { &mut notes.unmatched_spawns } else { &mut notes.unmatched_joins }) += 1;
            continue;
        };
        targets.insert(node, first);
        let by_thread = if is_spawn { &mut spawned } else { &mut joined };
        for thread in others {
            by_thread.entry(thread).or_default().push(node);
        }
    }
    for uses in spawned.values_mut().chain(joined.values_mut()) {
        uses.sort_unstable_by_key(|&node| (nodes.effect[node as usize], node));
    }
    for (&thread, joins) in &joined {
        let spawns = spawned.get(&thread).map_or(&[][..], Vec::as_slice);
        join_edges(edges, thread, joins, spawns);
    }
    for (&thread, spawns) in &spawned {
        fork_edges(edges, thread, spawns);
    }
    targets
}

/// The first spawn starts the task even when it was recorded late; an id that is used again starts what
/// comes after.
fn fork_edges(edges: &mut RawEdges<'_>, thread: ThreadIdx, spawns: &[NodeIdx]) {
    let (first, last) = edges.nodes.ends(thread);
    for (nth, &spawn) in spawns.iter().enumerate() {
        let from = edges.nodes.effect[spawn as usize];
        let started = if nth == 0 { Some(first) } else { edges.nodes.first_from(first, last, from) };
        if let Some(started) = started {
            edges.push(spawn, started, EdgeReason::Fork, false);
        }
    }
}

/// The last join waits for all of the task; one before it for what came before it, and before the id was
/// used again.
fn join_edges(edges: &mut RawEdges<'_>, thread: ThreadIdx, joins: &[NodeIdx], spawns: &[NodeIdx]) {
    let (first, last) = edges.nodes.ends(thread);
    for (nth, &join) in joins.iter().enumerate() {
        let until = edges.nodes.effect[join as usize];
        let again = spawns.partition_point(|&spawn| edges.nodes.effect[spawn as usize] < until);
        let again = spawns.get(again).map_or(i64::MAX, |&spawn| edges.nodes.effect[spawn as usize]);
        let after = edges.nodes.first_from(first, last, until.saturating_add(1).min(again));
        let ended = match after {
            Some(after) if nth + 1 < joins.len() => after.checked_sub(1).filter(|&ended| ended >= first),
            _ => Some(last),
        };
        if let Some(ended) = ended {
            edges.push(ended, join, EdgeReason::Join, false);
        }
    }
}
