//! Edges that contradict each other are cut, so that a linearisation exists.
//!
//! Program order stays. Of a cycle the edge goes that is inferred, and of those the one that runs most
//! against time.

use crate::cancel::{Cancel, Cancelled};

use super::contexts::ThreadIdx;
use super::nodes::{NodeIdx, Nodes};
use super::raw_edges::RawEdge;
use super::raw_edges::RawEdges;

/// Steps spent on looking for cycles; then whole nodes are set free, which may cut more than needed.
const MOST_STEPS: u64 = 4_000_000;

/// Edges by where they end and by where they begin.
pub(super) struct Graph<'e> {
    /// Sorted by `to`.
    pub edges: &'e [RawEdge],
    /// By node, where its edges in `edges` begin.
    into: Vec<u32>,
    /// Indexes into `edges`, sorted by `from`, and by node where they begin.
    by_from: Vec<u32>,
    out_of: Vec<u32>,
}

impl<'e> Graph<'e> {
    /// O(nodes + edges).
    pub fn new(edges: &'e [RawEdge], n_nodes: usize) -> Self {
        let mut into = vec![0; n_nodes + 1];
        let mut out_of = vec![0; n_nodes + 1];
        for edge in edges {
            into[edge.to as usize + 1] += 1;
            out_of[edge.from as usize + 1] += 1;
        }
        for node in 0..n_nodes {
            into[node + 1] += into[node];
            out_of[node + 1] += out_of[node];
        }
        let mut by_from = vec![0; edges.len()];
        let mut next = out_of.clone();
        for (edge_idx, edge) in edges.iter().enumerate() {
            let slot = &mut next[edge.from as usize];
            by_from[*slot as usize] = edge_idx as u32;
            *slot += 1;
        }
        Self { edges, into, by_from, out_of }
    }

    pub fn into(&self, node: NodeIdx) -> std::ops::Range<usize> {
        self.into[node as usize] as usize..self.into[node as usize + 1] as usize
    }

    pub fn out_of(&self, node: NodeIdx) -> &[u32] {
        &self.by_from[self.out_of[node as usize] as usize..self.out_of[node as usize + 1] as usize]
    }

    /// By node: how many edges end in it.
    pub fn waits(&self) -> Vec<u32> {
        self.into.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

struct Walk<'g> {
    nodes: &'g Nodes,
    graph: &'g Graph<'g>,
    waits: Vec<u32>,
    /// By thread: its first node not done, or the end of the thread.
    heads: Vec<NodeIdx>,
    cut: Vec<bool>,
    ready: Vec<ThreadIdx>,
    thread_of: &'g [ThreadIdx],
}

/// By edge: whether it is cut. O(nodes + edges), and a bounded search a cycle.
///
/// # Errors
/// [`Cancelled`].
pub(super) fn cut(
    nodes: &Nodes,
    graph: &Graph<'_>,
    thread_of: &[ThreadIdx],
    cancel: &Cancel,
) -> Result<Vec<bool>, Cancelled> {
    let n_threads = nodes.n_threads();
    let mut walk = Walk {
        nodes,
        graph,
        waits: graph.waits(),
        heads: nodes.begins[..n_threads].to_vec(),
        cut: vec![false; graph.edges.len()],
        ready: (0..n_threads as ThreadIdx).rev().collect(),
        thread_of,
    };
    let mut unfinished = 0..n_threads as ThreadIdx;
    let mut stuck_at = unfinished.next();
    let mut steps = 0;
    loop {
        walk.run(cancel)?;
        while stuck_at.is_some_and(|thread| walk.is_done(thread)) {
            stuck_at = unfinished.next();
        }
        let Some(thread) = stuck_at else { return Ok(walk.cut) };
        cancel.check()?;
        if steps < MOST_STEPS {
            walk.cut_one_cycle(thread, &mut steps);
        } else {
            walk.free(thread);
        }
    }
}

impl Walk<'_> {
    fn is_done(&self, thread: ThreadIdx) -> bool {
        self.heads[thread as usize] == self.nodes.begins[thread as usize + 1]
    }

    /// Takes every node that waits for nothing.
    fn run(&mut self, cancel: &Cancel) -> Result<(), Cancelled> {
        while let Some(thread) = self.ready.pop() {
            cancel.check()?;
            let end = self.nodes.begins[thread as usize + 1];
            while self.heads[thread as usize] < end {
                let node = self.heads[thread as usize];
                if self.waits[node as usize] > 0 {
                    break;
                }
                self.heads[thread as usize] += 1;
                for &edge in self.graph.out_of(node) {
                    if !self.cut[edge as usize] {
                        self.satisfy(edge as usize);
                    }
                }
            }
        }
        Ok(())
    }

    fn satisfy(&mut self, edge: usize) {
        let to = self.graph.edges[edge].to;
        self.waits[to as usize] -= 1;
        let thread = self.thread_of[to as usize];
        if self.waits[to as usize] == 0 && self.heads[thread as usize] == to {
            self.ready.push(thread);
        }
    }

    /// An edge that a thread's next node still waits for.
    fn blocking(&self, thread: ThreadIdx) -> Option<usize> {
        self.graph.into(self.heads[thread as usize]).find(|&edge| {
            let from = self.graph.edges[edge].from;
            !self.cut[edge] && from >= self.heads[self.thread_of[from as usize] as usize]
        })
    }

    /// Follows what blocks until it comes round, and cuts one edge of that cycle.
    fn cut_one_cycle(&mut self, start: ThreadIdx, steps: &mut u64) {
        let mut place: hashbrown::HashMap<ThreadIdx, usize> = hashbrown::HashMap::new();
        let mut path: Vec<usize> = Vec::new();
        let mut thread = start;
        let begin = loop {
            *steps += 1;
            if let Some(&begin) = place.get(&thread) {
                break begin;
            }
            place.insert(thread, path.len());
            let Some(edge) = self.blocking(thread) else { return self.free(thread) };
            path.push(edge);
            thread = self.thread_of[self.graph.edges[edge].from as usize];
        };
        let worst = path[begin..].iter().copied().max_by_key(|&edge| {
            let RawEdge { from, to, inferred, .. } = self.graph.edges[edge];
            let against = self.nodes.effect[from as usize].saturating_sub(self.nodes.effect[to as usize]);
            (inferred, against, edge)
        });
        if let Some(edge) = worst {
            self.cut[edge] = true;
            self.satisfy(edge);
        }
    }

    /// Cuts all that a thread's next node waits for.
    fn free(&mut self, thread: ThreadIdx) {
        while let Some(edge) = self.blocking(thread) {
            self.cut[edge] = true;
            self.satisfy(edge);
        }
        self.ready.push(thread);
    }
}

/// The edges that stay. O(edges).
pub(super) fn without(edges: Vec<RawEdge>, cut: &[bool]) -> Vec<RawEdge> {
    edges.into_iter().zip(cut).filter(|(_, cut)| !**cut).map(|(edge, _)| edge).collect()
}

/// By node: its thread.
pub(super) fn threads_of(edges: &RawEdges<'_>) -> Vec<ThreadIdx> {
    (0..edges.nodes.len() as NodeIdx).map(|node| edges.thread_of(node)).collect()
}
