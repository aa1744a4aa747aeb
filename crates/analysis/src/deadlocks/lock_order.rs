//! The order in which locks are taken inside one another, and where it runs in circles.

use crate::deadlocks::acquires::AbstractAcquire;
use crate::history::LockId;

/// For each lock its component: locks of one component can be taken inside one another in a circle.
///
/// The graph has an edge from every held lock to the lock wanted. Components by Tarjan's algorithm (SIAM J.
/// Computing 1, 1972) with its stack on the heap. O(L + sum of the held sets).
pub fn components(acquires: &[AbstractAcquire], n_locks: usize) -> Vec<u32> {
    let mut edges: Vec<(LockId, LockId)> =
        acquires.iter().flat_map(|acquire| acquire.held.iter().map(|hold| (hold.lock, acquire.wanted))).collect();
    edges.sort_unstable();
    edges.dedup();

    let mut search = Search {
        edges: &edges,
        index: vec![UNSEEN; n_locks],
        low: vec![0; n_locks],
        component: vec![UNSEEN; n_locks],
        open: Vec::new(),
        next_index: 0,
    };
    for lock in 0..n_locks as LockId {
        if search.index[lock as usize] == UNSEEN {
            search.run(lock);
        }
    }
    search.component
}

const UNSEEN: u32 = u32::MAX;

struct Search<'e> {
    /// Sorted.
    edges: &'e [(LockId, LockId)],
    index: Vec<u32>,
    low: Vec<u32>,
    component: Vec<u32>,
    /// Locks whose component is not yet known.
    open: Vec<LockId>,
    next_index: u32,
}

impl Search<'_> {
    fn run(&mut self, root: LockId) {
        // A lock and the next of its edges to look at.
        let mut path = vec![(root, self.enter(root))];
        while let Some((lock, next_edge)) = path.last_mut() {
            let from = *lock as usize;
            match self.edges.get(*next_edge) {
                Some(&(edge_from, to)) if edge_from == *lock => {
                    *next_edge += 1;
                    if self.index[to as usize] == UNSEEN {
                        path.push((to, self.enter(to)));
                    } else if self.component[to as usize] == UNSEEN {
                        self.low[from] = self.low[from].min(self.index[to as usize]);
                    }
                }
                _ => {
                    let lock = *lock;
                    path.pop();
                    if let Some(&(parent, _)) = path.last() {
                        self.low[parent as usize] = self.low[parent as usize].min(self.low[from]);
                    }
                    if self.low[from] == self.index[from] {
                        self.close(lock);
                    }
                }
            }
        }
    }

    /// Numbers a lock; its first edge.
    fn enter(&mut self, lock: LockId) -> usize {
        self.index[lock as usize] = self.next_index;
        self.low[lock as usize] = self.next_index;
        self.next_index += 1;
        self.open.push(lock);
        self.edges.partition_point(|&(from, _)| from < lock)
    }

    fn close(&mut self, root: LockId) {
        while let Some(lock) = self.open.pop() {
            self.component[lock as usize] = root;
            if lock == root {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadlocks::acquires::Hold;

    fn taken_inside(held: LockId, wanted: LockId) -> AbstractAcquire {
        let held = vec![Hold { lock: held, shared: false }];
        AbstractAcquire { thread: 0, wanted, shared: false, held, instances: vec![0] }
    }

    #[test]
    fn locks_taken_in_a_circle_are_one_component_and_no_others() {
        let acquires =
            [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (5, 3)].map(|(held, wanted)| taken_inside(held, wanted));
        let component = components(&acquires, 6);
        assert!(component[0] == component[1] && component[1] == component[2]);
        for (a, b) in [(0, 3), (3, 4), (3, 5), (4, 5), (0, 4)] {
            assert_ne!(component[a], component[b], "{a} and {b}");
        }
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let n = 200_000;
        let mut acquires: Vec<_> = (0..n).map(|lock| taken_inside(lock, lock + 1)).collect();
        acquires.push(taken_inside(n, 0));
        let component = components(&acquires, n as usize + 1);
        assert!(component.iter().all(|&lock| lock == component[0]));
    }
}
