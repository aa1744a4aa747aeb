//! The edges that choices stand for, and the cycles they make with must-order.

use std::collections::VecDeque;

use crate::history::OpIdx;
use crate::reach::Reach;
use crate::reach::sat::{Literal, Solver};

/// An edge `from -> to` holds while its literal does. Memory: 4 bytes for two edges that follow one another.
#[derive(Debug, Default)]
pub struct Precedence {
    edges: Vec<((OpIdx, OpIdx), Literal)>,
    /// By edge: those that begin where it ends, or after.
    next: Vec<Vec<u32>>,
}

impl Precedence {
    pub const fn len(&self) -> usize {
        self.edges.len()
    }

    /// Adds an edge, and tells the solver which it contradicts alone or in twos. O(edges · log T).
    pub fn add(&mut self, reach: &Reach<'_>, edge: (OpIdx, OpIdx), literal: Literal, solver: &mut Solver) {
        let precedes = |first: OpIdx, second: OpIdx| reach.must.precedes(reach.history, first, second);
        if precedes(edge.1, edge.0) {
            solver.clause(&[!literal]);
            return;
        }
        let own = self.edges.len() as u32;
        let mut next = Vec::new();
        for (other, &(other_edge, other_literal)) in self.edges.iter().enumerate() {
            let (is_next, is_before) = (precedes(edge.1, other_edge.0), precedes(other_edge.1, edge.0));
            if is_next {
                next.push(other as u32);
            }
            if is_before {
                self.next[other].push(own);
            }
            if is_next && is_before {
                solver.clause(&[!literal, !other_literal]);
            }
        }
        self.edges.push((edge, literal));
        self.next.push(next);
    }

    /// The edges whose literals hold.
    pub fn chosen(&self, holds: impl Fn(Literal) -> bool) -> impl Iterator<Item = (OpIdx, OpIdx)> {
        self.edges.iter().filter(move |&&(_, literal)| holds(literal)).map(|&(edge, _)| edge)
    }

    /// Cycles of edges that hold, short ones, such that every other cycle shares an edge with one of them.
    /// O(edges³) at worst.
    pub fn cycles(&self, holds: impl Fn(Literal) -> bool) -> Vec<Vec<Literal>> {
        let mut left: Vec<bool> = self.edges.iter().map(|&(_, literal)| holds(literal)).collect();
        self.peel(&mut left);
        let mut cycles = Vec::new();
        for start in 0..self.edges.len() {
            if left[start]
                && let Some(cycle) = self.shortest_through(start, &left)
            {
                cycles.push(cycle.iter().map(|&edge| self.edges[edge].1).collect());
                cycle.iter().for_each(|&edge| left[edge] = false);
            }
        }
        cycles
    }

    /// Takes out what nothing leads to, again and again: what stays has cycles, or lies behind one.
    fn peel(&self, left: &mut [bool]) {
        let mut n_before = vec![0_u32; self.edges.len()];
        for (_, next) in self.next.iter().enumerate().filter(|&(edge, _)| left[edge]) {
            next.iter().for_each(|&next| n_before[next as usize] += 1);
        }
        let mut free: Vec<usize> = (0..self.edges.len()).filter(|&edge| left[edge] && n_before[edge] == 0).collect();
        while let Some(edge) = free.pop() {
            left[edge] = false;
            for &next in &self.next[edge] {
                let next = next as usize;
                n_before[next] -= 1;
                if left[next] && n_before[next] == 0 {
                    free.push(next);
                }
            }
        }
    }

    fn shortest_through(&self, start: usize, left: &[bool]) -> Option<Vec<usize>> {
        let mut came_from = vec![usize::MAX; self.edges.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(edge) = queue.pop_front() {
            for &next in &self.next[edge] {
                let next = next as usize;
                if next == start {
                    let mut cycle = vec![edge];
                    while let Some(&last) = cycle.last().filter(|&&last| last != start) {
                        cycle.push(came_from[last]);
                    }
                    return Some(cycle);
                }
                if left[next] && came_from[next] == usize::MAX {
                    came_from[next] = edge;
                    queue.push_back(next);
                }
            }
        }
        None
    }
}
