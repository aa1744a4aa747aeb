//! Strongly connected components (Tarjan, SIAM J. Comput. 1972), without recursion.

/// A directed graph over `0..n`, by the successors of each node.
pub(super) struct Graph {
    begin: Vec<u32>,
    successors: Vec<u32>,
}

const UNSEEN: u32 = u32::MAX;

impl Graph {
    /// O(nodes + edges); edges from a node to itself are left out.
    pub fn new(n_nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let edges = edges.filter(|(from, to)| from != to);
        let mut begin = vec![0; n_nodes + 1];
        for (from, _) in edges.clone() {
            begin[from as usize + 1] += 1;
        }
        for node in 0..n_nodes {
            begin[node + 1] += begin[node];
        }
        let mut next = begin.clone();
        let mut successors = vec![0; begin[n_nodes] as usize];
        for (from, to) in edges {
            successors[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Self { begin, successors }
    }

    pub fn successors(&self, node: u32) -> &[u32] {
        &self.successors[self.begin[node as usize] as usize..self.begin[node as usize + 1] as usize]
    }

    fn n_nodes(&self) -> usize {
        self.begin.len() - 1
    }

    /// The component of every node, and how many there are. O(nodes + edges).
    pub fn components(&self) -> (Vec<u32>, u32) {
        let n_nodes = self.n_nodes();
        let mut component = vec![UNSEEN; n_nodes];
        let mut n_components = 0;
        // Order of discovery, and the earliest node still open that is reachable.
        let (mut order, mut low) = (vec![UNSEEN; n_nodes], vec![0; n_nodes]);
        let mut n_seen = 0;
        let mut open: Vec<u32> = Vec::new();
        // Nodes being visited, and how many of their successors have been.
        let mut path: Vec<(u32, u32)> = Vec::new();
        for root in 0..n_nodes as u32 {
            if order[root as usize] != UNSEEN {
                continue;
            }
            path.push((root, 0));
            while let Some((node, visited)) = path.last_mut() {
                let at = *node as usize;
                if *visited == 0 {
                    order[at] = n_seen;
                    low[at] = n_seen;
                    n_seen += 1;
                    open.push(*node);
                }
                let successor = self.successors(*node).get(*visited as usize).copied();
                *visited += 1;
                match successor {
                    Some(next) if order[next as usize] == UNSEEN => path.push((next, 0)),
                    Some(next) if component[next as usize] == UNSEEN => {
                        low[at] = low[at].min(order[next as usize]);
                    }
                    Some(_) => {}
                    None => {
                        if low[at] == order[at] {
                            while let Some(member) = open.pop() {
                                component[member as usize] = n_components;
                                if member as usize == at {
                                    break;
                                }
                            }
                            n_components += 1;
                        }
                        path.pop();
                        if let Some((parent, _)) = path.last() {
                            low[*parent as usize] = low[*parent as usize].min(low[at]);
                        }
                    }
                }
            }
        }
        (component, n_components)
    }

    /// The shortest path between two nodes, both included. O(nodes + edges).
    pub fn path(&self, from: u32, to: u32) -> Option<Vec<u32>> {
        let mut previous = vec![UNSEEN; self.n_nodes()];
        previous[from as usize] = from;
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            if node == to {
                let mut path = vec![to];
                let mut at = to;
                while at != from {
                    at = previous[at as usize];
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            for &next in self.successors(node) {
                if previous[next as usize] == UNSEEN {
                    previous[next as usize] = node;
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_on_a_common_cycle_share_a_component() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 5)];
        let graph = Graph::new(6, edges.iter().copied());
        let (component, n_components) = graph.components();
        assert_eq!(n_components, 3);
        assert!(component[0] == component[1] && component[1] == component[2]);
        assert!(component[3] == component[4] && component[3] != component[0]);
        assert_eq!(graph.path(1, 4), Some(vec![1, 2, 3, 4]));
        assert_eq!(graph.path(3, 0), None);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let n = 300_000;
        let graph = Graph::new(n, (0..n as u32 - 1).map(|node| (node, node + 1)));
        assert_eq!(graph.components().1, n as u32);
    }
}
