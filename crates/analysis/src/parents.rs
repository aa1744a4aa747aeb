//! Chains of parents and the cycles in them: of events, of rows of a trace, of spans.
//!
//! Nodes are numbered from 0, and each names its parent. Clients send what they like, so that chains may be a million
//! long and run in circles; nothing recurses.

/// No parent that is known; any other number without a node means the same.
pub const NONE: u32 = u32::MAX;

/// The cycles that were cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    pub cycles: u64,
    /// Nodes on them.
    pub nodes: u64,
}

/// Meets every node once: calls `on_cycle` with all nodes of each cycle, and `off_cycle` with each other one, after
/// its parent. O(nodes).
pub fn walk(parents: &[u32], mut on_cycle: impl FnMut(&[u32]), mut off_cycle: impl FnMut(u32)) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Unseen,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::Unseen; parents.len()];
    let mut path: Vec<u32> = Vec::new();
    for node in 0..parents.len() as u32 {
        let mut at = node;
        while marks.get(at as usize) == Some(&Mark::Unseen) {
            marks[at as usize] = Mark::OnPath;
            path.push(at);
            at = parents[at as usize];
        }
        if marks.get(at as usize) == Some(&Mark::OnPath) {
            // The path has run into itself: all from `at` on lies on the cycle.
            let begin = path.iter().position(|&other| other == at).unwrap_or(path.len());
            on_cycle(&path[begin..]);
            path.drain(begin..).for_each(|done| marks[done as usize] = Mark::Done);
        }
        while let Some(below) = path.pop() {
            off_cycle(below);
            marks[below as usize] = Mark::Done;
        }
    }
}

/// Makes a root of the node of each cycle that has the least key. O(nodes).
pub fn cut_cycles<K: Ord>(parents: &mut [u32], key: impl Fn(u32) -> K) -> Cut {
    let mut cut = Cut::default();
    let mut roots: Vec<u32> = Vec::new();
    let on_cycle = |cycle: &[u32]| {
        cut.cycles += 1;
        cut.nodes += cycle.len() as u64;
        roots.extend(cycle.iter().copied().min_by_key(|&node| key(node)));
    };
    walk(parents, on_cycle, |_| {});
    for root in roots {
        parents[root as usize] = NONE;
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cycle_is_cut_above_its_least_node_and_nothing_below_it_is_touched() {
        // 0 -> 1 -> 2 -> 0 and 3 below 2, 4 its own parent.
        let mut parents = vec![2, 0, 1, 2, 4];
        let moments = [5, 3, 4, 1, 0];
        let cut = cut_cycles(&mut parents, |node| (moments[node as usize], node));
        assert_eq!(parents, [2, NONE, 1, 2, NONE]);
        assert_eq!(cut, Cut { cycles: 2, nodes: 4 });
    }

    proptest! {
        #[test]
        fn every_node_is_met_once_and_after_its_parent(parents in prop::collection::vec(0_u32..12, 0..12)) {
            let (mut on_cycles, mut below) = (Vec::new(), Vec::new());
            walk(&parents, |cycle| on_cycles.extend_from_slice(cycle), |node| below.push(node));
            let parent = |node: u32| parents.get(node as usize).copied();
            for node in 0..parents.len() as u32 {
                // After as many steps as there are nodes, a chain has ended or is on a cycle; another round tells.
                let mut at = Some(node);
                let returns = (0..parents.len()).any(|_| {
                    at = at.and_then(parent);
                    at == Some(node)
                });
                prop_assert_eq!(on_cycles.iter().filter(|&&other| other == node).count(), usize::from(returns));
                prop_assert_eq!(below.iter().filter(|&&other| other == node).count(), usize::from(!returns));
            }
            for (at, &node) in below.iter().enumerate() {
                prop_assert!(parent(node).is_none_or(|parent| !below[at..].contains(&parent)));
            }
            let mut cut = parents.clone();
            cut_cycles(&mut cut, |node| node);
            walk(&cut, |cycle| panic!("{cycle:?}"), |_| {});
        }
    }
}
