//! Messages between requests: clocks say what the caller had done, responses what the callee had.
//!
//! A clock's counter starts anew in every request context, so a foreign component is only ever looked up in
//! the context that called: the one whose span is the event's upstream span. Where that cannot be told
//! there is no edge, and it is counted. Clocks never prove that anything is concurrent.

use hashbrown::{HashMap, HashSet};
use model::table::StrId;

use super::calls::{Calls, Outgoing};
use super::contexts::{EventIdx, RequestIdx, ThreadIdx};
use super::counts::{Counts, UNCOUNTED};
use super::find::Finder;
use super::nodes::NodeIdx;
use super::notes::Notes;
use super::raw_edges::RawEdges;
use crate::history::EdgeReason;

/// Adds the edges. O(N log N).
pub(super) fn add_edges(edges: &mut RawEdges<'_>, counts: &Counts, calls: &[Calls], notes: &mut Notes) {
    let contexts = edges.contexts;
    let mut by_span: Finder<StrId, RequestIdx> = Finder::new();
    for (request, known) in contexts.requests.iter().enumerate() {
        if !known.span.is_none() {
            by_span.add(known.trace, known.span, request as RequestIdx);
        }
    }
    let told = clock_edges(edges, counts, &by_span, notes);
    let first_nodes = first_nodes(edges);
    for (caller, callees) in by_caller(edges, &by_span, &first_nodes, notes) {
        let pairs = pair(edges, calls, caller, &callees, &told);
        for (callee, outgoing, guessed) in pairs {
            if !told.contains_key(&callee) {
                edges.push(outgoing.node, first_nodes[callee as usize], EdgeReason::Message, guessed);
            }
            let Some(answer) = calls[callee as usize].answered else { continue };
            match outgoing.response {
                Some(response) => {
                    edges.push(answer, response, EdgeReason::Message, guessed || outgoing.guessed);
                }
                None => {
                    if let Some(after) = first_after(edges, outgoing.node, answer) {
                        edges.push(answer, after, EdgeReason::Message, true);
                    }
                }
            }
        }
    }
}

/// By request: its earliest node.
fn first_nodes(edges: &RawEdges<'_>) -> Vec<NodeIdx> {
    let mut first: Vec<Option<NodeIdx>> = vec![None; edges.contexts.requests.len()];
    let when = |node: NodeIdx| (edges.nodes.effect[node as usize], node);
    for thread in 0..edges.nodes.n_threads() as ThreadIdx {
        let (node, _) = edges.nodes.ends(thread);
        let known = &mut first[edges.contexts.context_of(thread).request as usize];
        if known.is_none_or(|known| when(node) < when(known)) {
            *known = Some(node);
        }
    }
    first.into_iter().map(Option::unwrap_or_default).collect()
}

/// Edges from clocks; by callee, the caller's node that its clock names.
fn clock_edges(
    edges: &mut RawEdges<'_>,
    counts: &Counts,
    by_span: &Finder<StrId, RequestIdx>,
    notes: &mut Notes,
) -> HashMap<RequestIdx, NodeIdx> {
    let (contexts, nodes) = (edges.contexts, edges.nodes);
    let mut told = HashMap::new();
    if counts.foreign.is_empty() {
        return told;
    }
    let mut numbered: Vec<(RequestIdx, u64, EventIdx)> = (0..contexts.len() as EventIdx)
        .filter(|&event| counts.own[event as usize] != UNCOUNTED)
        .map(|event| (contexts.request_of(event), counts.own[event as usize], event))
        .collect();
    numbered.sort_unstable();
    let mut carried: HashMap<(RequestIdx, StrId), u64> = HashMap::new();
    for entry in &counts.foreign {
        let known = carried.entry((contexts.request_of(entry.event), entry.component)).or_default();
        *known = entry.count.max(*known);
    }
    let mut unknown: HashSet<(ThreadIdx, StrId)> = HashSet::new();
    for entry in &counts.foreign {
        let row = contexts.row(entry.event);
        let callee = contexts.request_of(entry.event);
        let trace = contexts.requests[callee as usize].trace;
        let component = contexts.table.text(entry.component);
        let callers = if row.upstream.is_none() { &[][..] } else { by_span.find(trace, row.upstream) };
        let mut of_component = callers.iter().copied().filter(|&caller| {
            caller != callee && contexts.is_component(contexts.requests[caller as usize].scope, component)
        });
        let (Some(caller), None) = (of_component.next(), of_component.next()) else {
            // What the caller knew of others already binds through the caller.
            let inherited = callers
                .iter()
                .any(|&caller| carried.get(&(caller, entry.component)).is_some_and(|&count| count >= entry.count));
            if !inherited {
                unknown.insert((contexts.thread_of[entry.event as usize], entry.component));
            }
            continue;
        };
        let until = numbered.partition_point(|&(request, count, _)| (request, count) <= (caller, entry.count));
        let Some(&(request, _, event)) = until.checked_sub(1).and_then(|at| numbered.get(at)) else { continue };
        if request == caller {
            let from = nodes.of_event[event as usize];
            edges.push(from, nodes.of_event[entry.event as usize], EdgeReason::Clock, false);
            told.entry(callee).or_insert(from);
        }
    }
    notes.unattributable_clock_entries += unknown.len() as u64;
    told
}

/// Callees by their caller, each caller's in the order in which they began.
fn by_caller(
    edges: &RawEdges<'_>,
    by_span: &Finder<StrId, RequestIdx>,
    first_nodes: &[NodeIdx],
    notes: &mut Notes,
) -> Vec<(RequestIdx, Vec<RequestIdx>)> {
    let mut callees: HashMap<RequestIdx, Vec<RequestIdx>> = HashMap::new();
    for (callee, request) in edges.contexts.requests.iter().enumerate() {
        if request.upstream.is_none() || request.upstream == request.span {
            continue;
        }
        match by_span.find(request.trace, request.upstream) {
            [caller] => callees.entry(*caller).or_default().push(callee as RequestIdx),
            _ => notes.unknown_callers += 1,
        }
    }
    let mut all: Vec<_> = callees.into_iter().collect();
    all.sort_unstable_by_key(|&(caller, _)| caller);
    for (_, callees) in &mut all {
        callees.sort_by_key(|&callee| edges.nodes.effect[first_nodes[callee as usize] as usize]);
    }
    all
}

/// Which request of the caller started each callee, and whether that is a guess.
///
/// A clock names it. Of the others those of the same operation are paired in order when they are as many;
/// else the last one before the callee began.
fn pair(
    edges: &RawEdges<'_>,
    calls: &[Calls],
    caller: RequestIdx,
    callees: &[RequestIdx],
    told: &HashMap<RequestIdx, NodeIdx>,
) -> Vec<(RequestIdx, Outgoing, bool)> {
    let outgoing = &calls[caller as usize].outgoing;
    let mut pairs = Vec::with_capacity(callees.len());
    let by_node: HashMap<NodeIdx, Outgoing> = outgoing.iter().map(|sent| (sent.node, *sent)).collect();
    let mut open: HashMap<StrId, Vec<RequestIdx>> = HashMap::new();
    for &callee in callees {
        let named = told.get(&callee).and_then(|node| by_node.get(node));
        match (named, outgoing.as_slice()) {
            (Some(&sent), _) => pairs.push((callee, sent, false)),
            (None, []) => {}
            (None, [only]) => pairs.push((callee, *only, callees.len() > 1)),
            _ => open.entry(operation(edges, calls[callee as usize].incoming)).or_default().push(callee),
        }
    }
    if open.is_empty() {
        return pairs;
    }
    let mut by_time: Vec<Outgoing> = outgoing.clone();
    by_time.sort_by_key(|sent| edges.nodes.effect[sent.node as usize]);
    let mut sent_of: HashMap<StrId, Vec<Outgoing>> = HashMap::new();
    for &sent in &by_time {
        sent_of.entry(operation(edges, Some(sent.node))).or_default().push(sent);
    }
    let mut groups: Vec<_> = open.into_iter().collect();
    groups.sort_unstable_by_key(|&(operation, _)| operation);
    for (operation, callees) in groups {
        let same = sent_of.get(&operation).map_or(&by_time[..], Vec::as_slice);
        for (nth, &callee) in callees.iter().enumerate() {
            if same.len() == callees.len() {
                pairs.push((callee, same[nth], same.len() > 1));
                continue;
            }
            let began = calls[callee as usize].incoming.map_or(i64::MIN, |node| edges.nodes.effect[node as usize]);
            let before = same.partition_point(|sent| edges.nodes.effect[sent.node as usize] <= began);
            if let Some(&sent) = same.get(before.saturating_sub(1)) {
                pairs.push((callee, sent, true));
            }
        }
    }
    pairs
}

fn operation(edges: &RawEdges<'_>, node: Option<NodeIdx>) -> StrId {
    node.map_or(StrId::NONE, |node| edges.contexts.row(edges.nodes.all[node as usize].event).operation)
}

/// The caller's first node after its request that is no earlier than the callee's answer.
fn first_after(edges: &RawEdges<'_>, request: NodeIdx, answer: NodeIdx) -> Option<NodeIdx> {
    let (_, last) = edges.nodes.ends(edges.thread_of(request));
    edges.nodes.first_from(request + 1, last, edges.nodes.effect[answer as usize])
}
