//! From ordered nodes to a [`History`].

use hashbrown::HashSet;
use model::{Kind, Mode};

use super::calls::Calls;
use super::contexts::{Contexts, EventIdx, ThreadIdx};
use super::details::Details;
use super::locks::Action;
use super::names::{OwnedNames, Owner};
use super::nodes::{Node, NodeIdx, Nodes};
use super::parents;
use super::raw_edges::RawEdge;
use super::tasks::Targets;
use super::{Recorded, Thread};
use crate::history::{Access, HistoryBuilder, OpIdx, OpKind, Sources};

/// All that is known when the order is.
pub(super) struct Parts<'p> {
    pub contexts: &'p Contexts<'p>,
    pub nodes: &'p Nodes,
    pub details: Details<'p>,
    pub locks: &'p OwnedNames,
    pub ambiguous: &'p [bool],
    pub targets: &'p Targets,
    pub calls: &'p [Calls],
    pub parents: &'p [EventIdx],
    pub edges: &'p [RawEdge],
    pub order: &'p [NodeIdx],
}

/// O(N log N).
pub(super) fn build(parts: Parts<'_>, notes: super::Notes) -> Recorded {
    let Parts { contexts, nodes, mut details, locks, ambiguous, targets, calls, parents, edges, order } = parts;
    let mut builder = HistoryBuilder::default();
    builder.locations = std::mem::take(&mut details.locations);
    let threads = name_threads(contexts, &mut builder);
    for (name, _) in locks.iter(contexts) {
        builder.locks.fresh(name);
    }
    let mut variables = OwnedNames::default();
    let mut op_of: Vec<OpIdx> = vec![OpIdx::MAX; nodes.len()];
    let mut rows = Vec::with_capacity(order.len());
    let mut ids = Vec::with_capacity(order.len());
    let mut implied = Vec::with_capacity(order.len());
    for &node_idx in order {
        let node = nodes.all[node_idx as usize];
        let kind = match node.action {
            Action::Acquire(lock, _) | Action::Release(lock) if ambiguous[lock as usize] => OpKind::Other,
            Action::Acquire(lock, shared) => OpKind::Acquire { lock, shared },
            Action::Release(lock) => OpKind::Release { lock, shared: contexts.row(node.event).mode == Mode::Shared },
            Action::None => match targets.get(&node_idx) {
                Some(&thread) if contexts.row(node.event).kind == Kind::Spawn => OpKind::Fork(thread),
                Some(&thread) => OpKind::Join(thread),
                None => kind_of(contexts, &details, &mut variables, node),
            },
        };
        let thread = contexts.thread_of[node.event as usize];
        op_of[node_idx as usize] = builder.push(thread, kind, details.location[node.event as usize]);
        rows.push(contexts.rows[node.event as usize]);
        ids.push(contexts.row(node.event).id);
        implied.push(node.implied);
    }
    for (name, _) in variables.iter(contexts) {
        builder.variables.fresh(name);
    }
    for edge in edges {
        builder.edge(op_of[edge.from as usize], op_of[edge.to as usize], edge.reason, edge.inferred);
    }
    let op_of_event = |event: EventIdx| op_of[nodes.of_event[event as usize] as usize];
    let parent_ops = order.iter().map(|&node| match parents[nodes.all[node as usize].event as usize] {
        parents::NONE => None,
        parent => Some(op_of_event(parent)),
    });
    let parents = parent_ops.collect();
    let mut exchanges: Vec<(OpIdx, OpIdx)> = Vec::new();
    for calls in calls {
        let sent = calls.outgoing.iter().filter_map(|sent| Some((sent.node, sent.response?)));
        let received = calls.incoming.zip(calls.answered);
        exchanges.extend(sent.chain(received).map(|(from, to)| (op_of[from as usize], op_of[to as usize])));
    }
    exchanges.sort_unstable();
    let owners = |names: &OwnedNames| -> Vec<Owner> { names.iter(contexts).map(|(_, owner)| owner).collect() };
    Recorded {
        history: builder.finish(Sources::Events(ids)),
        rows,
        implied,
        threads,
        scopes: contexts.scopes.clone(),
        variable_owners: owners(&variables),
        lock_owners: owners(locks),
        exchanges,
        notes,
        parents,
    }
}

fn kind_of(contexts: &Contexts<'_>, details: &Details<'_>, variables: &mut OwnedNames, node: Node) -> OpKind {
    let row = contexts.row(node.event);
    let (acquires, releases) = match row.mode {
        Mode::SeqCst | Mode::AcqRel => (true, true),
        Mode::AcquireOrdering => (true, false),
        Mode::ReleaseOrdering => (false, true),
        _ => (false, false),
    };
    if row.kind == Kind::Fence {
        return OpKind::Fence { acquires, releases };
    }
    if !row.kind.is_access() {
        return OpKind::Other;
    }
    let var = variables.id(contexts, node.event, details.width[node.event as usize], row.variable);
    // Clients put what a read saw into either field; `null` in the new one alone says nothing.
    let seen = match row.old_hash {
        0 if details.null_read[node.event as usize] => 0,
        0 => row.new_hash,
        old => old,
    };
    match row.kind {
        Kind::Read => OpKind::Read(var, Access { old: seen, ..Access::default() }),
        Kind::AtomicRead => OpKind::Read(var, Access { atomic: true, acquires, releases: false, old: seen, new: 0 }),
        Kind::Write => OpKind::Write(var, Access { old: row.old_hash, new: row.new_hash, ..Access::default() }),
        Kind::AtomicWrite => {
            let access = Access { atomic: true, acquires: false, releases, old: row.old_hash, new: row.new_hash };
            OpKind::Write(var, access)
        }
        _ => OpKind::Update(var, Access { atomic: true, acquires, releases, old: row.old_hash, new: row.new_hash }),
    }
}

/// Names for people, each another: a witness knows threads by their names.
fn name_threads(contexts: &Contexts<'_>, builder: &mut HistoryBuilder) -> Vec<Thread> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut threads = Vec::with_capacity(contexts.threads.len());
    for thread in 0..contexts.threads.len() as ThreadIdx {
        let control = contexts.threads[thread as usize];
        let context = contexts.context_of(thread);
        let request = contexts.requests[context.request as usize];
        let text = |id| contexts.table.text(id).to_owned();
        let scope = &contexts.scopes[context.scope as usize];
        let mut name = scope.service.clone();
        for (sign, part) in [(" ", context.thread), (" task ", control.task)] {
            if !part.is_none() {
                name.push_str(sign);
                name.push_str(contexts.table.text(part));
            }
        }
        if taken.contains(&name) {
            name = format!("{name} span {}", contexts.table.text(request.span));
        }
        if taken.contains(&name) {
            name = format!("{name} #{thread}");
        }
        while !taken.insert(name.clone()) {
            name.push('\'');
        }
        builder.threads.id(&name);
        threads.push(Thread {
            trace: contexts.traces[context.trace as usize],
            scope: context.scope,
            span: text(request.span),
            thread: text(context.thread),
            task: text(control.task),
        });
    }
    threads
}
