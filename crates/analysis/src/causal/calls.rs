//! Requests and responses: which way they go, and which answers which.

use model::{Kind, Mode};

use super::contexts::{Contexts, EventIdx, ThreadIdx};
use super::nodes::{NodeIdx, Nodes};

/// Unanswered requests looked at for a response.
const MOST_OUTSTANDING: usize = 64;

/// An outgoing request and what came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outgoing {
    pub node: NodeIdx,
    pub response: Option<NodeIdx>,
    /// Several requests waited, and nothing but order told which was answered.
    pub guessed: bool,
}

/// What a request context received and sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    pub incoming: Option<NodeIdx>,
    pub answered: Option<NodeIdx>,
    /// In program order, thread by thread.
    pub outgoing: Vec<Outgoing>,
}

/// A request that waits for its response.
struct Waiting {
    start: i64,
    /// Index into the outgoing requests; [`None`] for the incoming one.
    outgoing: Option<usize>,
}

/// By request context. O(nodes).
pub(super) fn of(contexts: &Contexts<'_>, nodes: &Nodes) -> Vec<Calls> {
    let mut calls: Vec<Calls> = vec![Calls::default(); contexts.requests.len()];
    let incoming = incoming(contexts, nodes);
    for (of_request, &node) in calls.iter_mut().zip(&incoming) {
        of_request.incoming = node;
    }
    for thread in 0..nodes.n_threads() as ThreadIdx {
        let request = contexts.context_of(thread).request as usize;
        let mut waiting: Vec<Waiting> = Vec::new();
        let (first, last) = nodes.ends(thread);
        for node in first..=last {
            if nodes.all[node as usize].implied {
                continue;
            }
            let row = contexts.row(nodes.all[node as usize].event);
            match row.kind {
                Kind::Request if incoming[request] == Some(node) => {
                    waiting.push(Waiting { start: row.start.0, outgoing: None });
                }
                Kind::Request => {
                    waiting.push(Waiting { start: row.start.0, outgoing: Some(calls[request].outgoing.len()) });
                    calls[request].outgoing.push(Outgoing { node, response: None, guessed: false });
                }
                Kind::Response => {
                    let length = row.end.since(row.start);
                    let Some((at, guessed)) = answered(&waiting, row.start.0, length) else { continue };
                    match waiting.remove(at).outgoing {
                        None => calls[request].answered = Some(node),
                        Some(sent) => {
                            let outgoing = &mut calls[request].outgoing[sent];
                            outgoing.response = Some(node);
                            outgoing.guessed = guessed;
                        }
                    }
                }
                _ => {}
            }
        }
    }
    calls
}

/// The request that opened each request context: the first there, when it has a caller or its decoder
/// knew it as incoming.
fn incoming(contexts: &Contexts<'_>, nodes: &Nodes) -> Vec<Option<NodeIdx>> {
    let mut first: Vec<Option<(i64, EventIdx)>> = vec![None; contexts.requests.len()];
    for event in 0..contexts.len() as EventIdx {
        if contexts.row(event).kind == Kind::Request {
            let candidate = (nodes.effect[nodes.of_event[event as usize] as usize], event);
            let known = &mut first[contexts.request_of(event) as usize];
            if known.is_none_or(|known| candidate < known) {
                *known = Some(candidate);
            }
        }
    }
    let is_incoming = |&(request, event): &(usize, EventIdx)| {
        contexts.row(event).mode == Mode::In || !contexts.requests[request].upstream.is_none()
    };
    first
        .into_iter()
        .enumerate()
        .map(|(request, first)| {
            let (_, event) = first.filter(|&(_, event)| is_incoming(&(request, event)))?;
            Some(nodes.of_event[event as usize])
        })
        .collect()
}

/// Which of the waiting requests a response answers, and whether that is a guess. A response that says how
/// long it took answers the request that began then; others the last one.
fn answered(waiting: &[Waiting], start: i64, length: u64) -> Option<(usize, bool)> {
    let newest = waiting.len().checked_sub(1)?;
    if newest == 0 || length == 0 {
        return Some((newest, newest > 0));
    }
    let candidates = waiting.iter().enumerate().rev().take(MOST_OUTSTANDING);
    let nearest = candidates.min_by_key(|(_, waiting)| waiting.start.abs_diff(start));
    nearest.map(|(at, _)| (at, false))
}
