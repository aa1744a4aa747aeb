//! Edges between nodes of different threads, before the operations have their numbers.

use super::contexts::{Contexts, ThreadIdx};
use super::nodes::{NodeIdx, Nodes};
use super::notes::Notes;
use crate::history::EdgeReason;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawEdge {
    pub from: NodeIdx,
    pub to: NodeIdx,
    pub reason: EdgeReason,
    pub inferred: bool,
}

/// Collects edges; those inside a thread say nothing and are left out.
pub(super) struct RawEdges<'c> {
    pub contexts: &'c Contexts<'c>,
    pub nodes: &'c Nodes,
    pub all: Vec<RawEdge>,
}

impl<'c> RawEdges<'c> {
    pub fn new(contexts: &'c Contexts<'c>, nodes: &'c Nodes) -> Self {
        Self { contexts, nodes, all: Vec::new() }
    }

    pub fn push(&mut self, from: NodeIdx, to: NodeIdx, reason: EdgeReason, inferred: bool) {
        if self.thread_of(from) != self.thread_of(to) {
            self.all.push(RawEdge { from, to, reason, inferred });
        }
    }

    pub fn thread_of(&self, node: NodeIdx) -> ThreadIdx {
        self.nodes.thread_of(self.contexts, node)
    }

    /// One edge a pair, sorted by `to` and `from`: a recorded one rather than an inferred one, and of the
    /// reasons the most telling. Counts those that run against time between processes.
    pub fn finish(mut self, notes: &mut Notes) -> Vec<RawEdge> {
        self.all.sort_unstable_by_key(|edge| (edge.to, edge.from, edge.inferred, rank(edge.reason)));
        self.all.dedup_by_key(|edge| (edge.to, edge.from));
        for edge in &self.all {
            notes.edges_inferred += u64::from(edge.inferred);
            let scope = |node| self.contexts.context_of(self.thread_of(node)).scope;
            let against = self.nodes.effect[edge.from as usize].saturating_sub(self.nodes.effect[edge.to as usize]);
            if against > 0 && scope(edge.from) != scope(edge.to) {
                notes.skewed_edges += 1;
                notes.skew_nanos = notes.skew_nanos.max(against.unsigned_abs());
            }
        }
        self.all
    }
}

/// The most telling reason first.
const fn rank(reason: EdgeReason) -> u8 {
    match reason {
        EdgeReason::Fork => 0,
        EdgeReason::Join => 1,
        EdgeReason::Message => 2,
        EdgeReason::Clock => 3,
        EdgeReason::Parent => 4,
        EdgeReason::SameThread => 5,
    }
}
