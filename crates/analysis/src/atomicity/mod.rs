//! Unserialisable blocks: blocks that no serial execution could have run with the same conflicts.
//!
//! A block is a run of operations of one thread that is meant to be atomic: a request, a transaction. Contract
//! every block to one node of the graph of conflicts (Velodrome; Flanagan, Freund and Yi, PLDI 2008): a cycle
//! through a block means that something of another thread must come both after its beginning and before its end.
//! AeroDrome (Mathur and Viswanathan, ASPLOS 2020) decides the same with clocks while the program runs, and stops
//! at the first violation. Here the whole execution is at hand, so that components of the graph decide it in
//! linear time, find all of them, and name a cycle.
//!
//! Differences, both so that fewer blocks are blamed for nothing:
//! - What a block calls or forks and waits for is part of it: whatever the structure of the program forces between
//!   two of its operations cannot be moved out by any schedule.
//! - Locks order blocks in this execution, and carry no data: two blocks that only exchange a lock commute.
//!
//! Blocks inside others are judged as part of the outer ones first, then by themselves, level by level.

mod components;
mod order;
mod requests;

use hashbrown::HashMap;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, OpIdx, ThreadIdx, VarId};
use components::Graph;
use order::Order;

pub use requests::requests;

/// Operations of a thread, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub thread: ThreadIdx,
    pub first: OpIdx,
    pub last: OpIdx,
}

/// Blocks that are on cycles with each other, or with single operations of other threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Indices of the blocks given, ascending.
    pub blocks: Vec<u32>,
    /// The first cycle that closes: steps (earlier operation, later operation). Each step begins in the block, or
    /// at the operation, in which the one before it ends, and the first where the last ends. The last one closes it.
    pub cycle: Vec<(OpIdx, OpIdx)>,
}

impl Violation {
    /// The steps of the cycle that are conflicts, with their variables.
    pub fn conflicts(&self, history: &History) -> Vec<(VarId, OpIdx, OpIdx)> {
        let variable = |op: OpIdx| history.ops.get(op as usize)?.kind.access().map(|(variable, ..)| variable);
        let conflict = |&(from, to): &(OpIdx, OpIdx)| {
            let on = variable(from)?;
            (variable(to)? == on).then_some((on, from, to))
        };
        self.cycle.iter().filter_map(conflict).collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations {
    /// By the operation that closes the cycle: the first is the one AeroDrome stops at.
    pub violations: Vec<Violation>,
    /// False when blocks are nested deeper than is looked at.
    pub complete: bool,
}

/// Levels of blocks inside blocks.
const LEVELS: usize = 16;

/// All violations. Blocks that are not operations of one thread in order are ignored.
///
/// O(levels · (N + blocks) + operations on cycles · log N); memory O(N + blocks).
///
/// # Errors
/// [`Cancelled`].
pub fn find(history: &History, blocks: &[Block], cancel: &Cancel) -> Result<Violations, Cancelled> {
    let thread_of = |op: OpIdx| history.ops.get(op as usize).map(|op| op.thread);
    let mut waiting: Vec<u32> = (0..blocks.len() as u32)
        .filter(|&at| {
            let Block { thread, first, last } = blocks[at as usize];
            first <= last && thread_of(first) == Some(thread) && thread_of(last) == Some(thread)
        })
        .collect();
    let order = Order::of(history);
    let mut found = Violations { violations: Vec::new(), complete: true };
    for _ in 0..LEVELS {
        if waiting.is_empty() {
            break;
        }
        cancel.check()?;
        // The outer ones before those they contain.
        waiting.sort_unstable_by_key(|&at| (blocks[at as usize].first, u32::MAX - blocks[at as usize].last, at));
        let mut level = Level::new(history, blocks, &waiting);
        level.merge_structure(history, &order);
        cancel.check()?;
        for violation in level.violations(&order, cancel)? {
            let known = |other: &Violation| violation.blocks.iter().all(|block| other.blocks.contains(block));
            if !found.violations.iter().any(known) {
                found.violations.push(violation);
            }
        }
        waiting = level.inner;
    }
    found.complete = waiting.is_empty();
    found.violations.sort_by_key(|violation| violation.cycle.last().map(|&(from, to)| (to, from)));
    Ok(found)
}

/// Some blocks as nodes, and every other operation as a node of its own.
struct Level {
    node_of: Vec<u32>,
    n_nodes: usize,
    /// Blocks judged here, by their first operation.
    judged: Vec<(u32, OpIdx)>,
    /// Blocks inside those.
    inner: Vec<u32>,
}

impl Level {
    fn new(history: &History, blocks: &[Block], waiting: &[u32]) -> Self {
        let mut node_of: Vec<u32> = (0..history.ops.len() as u32).collect();
        let mut end_of_thread: Vec<Option<OpIdx>> = vec![None; history.threads.len()];
        let (mut judged, mut inner) = (Vec::new(), Vec::new());
        for &at in waiting {
            let Block { thread, first, last } = blocks[at as usize];
            let end = &mut end_of_thread[thread as usize];
            if end.is_some_and(|end| first <= end) {
                inner.push(at);
                continue;
            }
            *end = Some(last);
            judged.push((at, first));
            let own = history.of_thread(thread);
            let begin = own.partition_point(|&op| op < first);
            for &op in own[begin..].iter().take_while(|&&op| op <= last) {
                node_of[op as usize] = first;
            }
        }
        Self { node_of, n_nodes: history.ops.len(), judged, inner }
    }

    /// Makes what a block waits for a part of it.
    fn merge_structure(&mut self, history: &History, order: &Order) {
        let node_of = &self.node_of;
        let edges = order.structure.iter().map(|&(from, to)| (node_of[from as usize], node_of[to as usize]));
        let (component, n_components) = Graph::new(self.n_nodes, edges).components();
        let nodes: Vec<u32> = node_of.iter().map(|&node| component[node as usize]).collect();
        // The first operation of a component is of the block that contains the others.
        let mut first_of: Vec<Option<OpIdx>> = vec![None; n_components as usize];
        for op in 0..history.ops.len() as OpIdx {
            first_of[nodes[op as usize] as usize].get_or_insert(op);
        }
        let contains = |&(_, first): &(u32, OpIdx)| first_of[nodes[first as usize] as usize] == Some(first);
        let (judged, inside): (Vec<_>, Vec<_>) = self.judged.iter().partition(|block| contains(block));
        self.judged = judged;
        self.inner.extend(inside.iter().map(|&(at, _)| at));
        self.node_of = nodes;
        self.n_nodes = n_components as usize;
    }

    fn violations(&self, order: &Order, cancel: &Cancel) -> Result<Vec<Violation>, Cancelled> {
        let node = |op: OpIdx| self.node_of[op as usize];
        let edges = || order.structure.iter().chain(&order.conflicts).copied();
        let graph = Graph::new(self.n_nodes, edges().map(|(from, to)| (node(from), node(to))));
        let (component, n_components) = graph.components();
        let component_of = |op: OpIdx| component[node(op) as usize];

        // The edges inside components of several nodes, by component.
        let mut inside: Vec<(u32, OpIdx, OpIdx)> = edges()
            .filter(|&(from, to)| node(from) != node(to) && component_of(from) == component_of(to))
            .map(|(from, to)| (component_of(from), to, from))
            .collect();
        inside.sort_unstable();
        let mut blocks_of: Vec<Vec<u32>> = vec![Vec::new(); n_components as usize];
        for &(at, first) in &self.judged {
            blocks_of[component_of(first) as usize].push(at);
        }
        let mut violations = Vec::new();
        for edges in inside.chunk_by(|a, b| a.0 == b.0) {
            cancel.check()?;
            let edges: Vec<(OpIdx, OpIdx)> = edges.iter().map(|&(_, to, from)| (from, to)).collect();
            let Some(&(first, _)) = edges.first() else { continue };
            let mut blocks = std::mem::take(&mut blocks_of[component_of(first) as usize]);
            blocks.sort_unstable();
            if let Some(cycle) = self.first_cycle(&edges) {
                violations.push(Violation { blocks, cycle });
            }
        }
        Ok(violations)
    }

    /// The cycle that closes first among edges that ascend by their later operation.
    fn first_cycle(&self, edges: &[(OpIdx, OpIdx)]) -> Option<Vec<(OpIdx, OpIdx)>> {
        let node = |op: OpIdx| self.node_of[op as usize];
        let mut nodes: Vec<u32> = edges.iter().flat_map(|&(from, to)| [node(from), node(to)]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let local = |op: OpIdx| nodes.partition_point(|&other| other < node(op)) as u32;
        let edges_local: Vec<(u32, u32)> = edges.iter().map(|&(from, to)| (local(from), local(to))).collect();
        let graph = |n: usize| Graph::new(nodes.len(), edges_local[..n].iter().copied());
        let cyclic = |n: usize| graph(n).components().1 < nodes.len() as u32;
        // The fewest edges with a cycle.
        let (mut without, mut with) = (0, edges.len());
        if !cyclic(with) {
            return None;
        }
        while with - without > 1 {
            let middle = without + (with - without) / 2;
            if cyclic(middle) {
                with = middle;
            } else {
                without = middle;
            }
        }
        let closing = with - 1;
        let (from, to) = edges_local[closing];
        let path = graph(closing).path(to, from)?;
        let earliest: HashMap<(u32, u32), (OpIdx, OpIdx)> =
            edges_local[..closing].iter().copied().zip(edges.iter().copied()).rev().collect();
        let steps = path.windows(2).map(|pair| earliest.get(&(pair[0], pair[1])).copied());
        steps.chain([Some(edges[closing])]).collect()
    }
}
