//! Calls as edges between contexts show them.

use hashbrown::HashMap;

use super::{Calls, Dependencies};
use crate::history::{EdgeReason, History, ThreadIdx};

/// Who opened each context: a forest, in which an edge against the direction of a call (a response) would
/// close a cycle.
struct Callers {
    opened_by: Vec<Option<ThreadIdx>>,
    /// Towards the root, with shortcuts.
    above: Vec<ThreadIdx>,
}

impl Callers {
    fn root(&mut self, mut thread: ThreadIdx) -> ThreadIdx {
        while self.above[thread as usize] != thread {
            let next = self.above[self.above[thread as usize] as usize];
            self.above[thread as usize] = next;
            thread = next;
        }
        thread
    }

    /// The first that reached a context opened it, unless the context had called it.
    fn opens(&mut self, from: ThreadIdx, to: ThreadIdx) -> bool {
        if self.opened_by[to as usize].is_some() || self.root(from) == to {
            return false;
        }
        self.opened_by[to as usize] = Some(from);
        self.above[to as usize] = from;
        true
    }
}

impl Dependencies {
    /// Adds the calls of one history. `service_of` gives the service of each thread of control. O(N log N) in
    /// the edges.
    ///
    /// A context opened from another service is one call, whatever else the two exchange; tasks it spawns and
    /// threads it moves to are opened from its own service and are none.
    pub fn add_messages<'a>(&mut self, history: &History, service_of: impl Fn(ThreadIdx) -> &'a str) {
        let n_threads = history.threads.len();
        let mut callers = Callers { opened_by: vec![None; n_threads], above: (0..n_threads as ThreadIdx).collect() };
        let mut counted: HashMap<(&'a str, &'a str), Calls> = HashMap::new();
        for reached in history.edges.chunk_by(|a, b| a.to == b.to) {
            let opening = reached.iter().filter_map(|edge| strength(edge.reason).map(|strength| (strength, edge)));
            let Some((_, edge)) = opening.min_by_key(|(strength, edge)| (*strength, edge.inferred)) else { continue };
            let (from, to) = (history.ops[edge.from as usize].thread, history.ops[edge.to as usize].thread);
            let (caller, callee) = (service_of(from), service_of(to));
            if callers.opens(from, to) && caller != callee {
                let one = Calls { calls: 1, failed: 0, inferred: u64::from(edge.inferred) };
                counted.entry((caller, callee)).or_default().add(one);
            }
        }
        for ((caller, callee), calls) in counted {
            self.add(caller, callee, calls);
        }
    }
}

/// Which of several edges into one operation says who opened its context; a join opens nothing.
const fn strength(reason: EdgeReason) -> Option<u8> {
    match reason {
        EdgeReason::Message => Some(0),
        EdgeReason::Clock => Some(1),
        EdgeReason::Parent => Some(2),
        EdgeReason::Fork => Some(3),
        EdgeReason::SameThread | EdgeReason::Join => None,
    }
}
