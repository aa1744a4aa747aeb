//! The operations to be: each event is one, and lock sets that clients declare add acquires and releases.
//!
//! Nodes lie by thread and in program order, so that the next node of a thread is the next number.

use model::Kind;
use model::table::StrId;

use super::contexts::{Contexts, EventIdx, ThreadIdx};
use super::locks::{Action, LockNames};

pub(super) type NodeIdx = u32;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub event: EventIdx,
    pub action: Action,
    /// A step that an event's lock set implies, beside the event itself.
    pub implied: bool,
}

pub(super) struct Nodes {
    pub all: Vec<Node>,
    /// By thread, where its nodes begin; one more at the end.
    pub begins: Vec<NodeIdx>,
    /// By event: its own node.
    pub of_event: Vec<NodeIdx>,
    /// By node: when it takes effect, in nanoseconds since 1970.
    pub effect: Vec<i64>,
}

/// There are more operations than a number has bits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

impl Nodes {
    /// O(events · locks held at once).
    pub fn of(
        contexts: &Contexts<'_>,
        sequences: &[Vec<EventIdx>],
        locks: &mut LockNames<'_>,
    ) -> Result<Self, TooMany> {
        let mut nodes = Self {
            all: Vec::with_capacity(contexts.len()),
            begins: Vec::with_capacity(sequences.len() + 1),
            of_event: vec![0; contexts.len()],
            effect: Vec::new(),
        };
        for sequence in sequences {
            nodes.begins.push(nodes.len_checked()?);
            nodes.push_thread(contexts, sequence, locks)?;
        }
        nodes.begins.push(nodes.len_checked()?);
        Ok(nodes)
    }

    fn len_checked(&self) -> Result<NodeIdx, TooMany> {
        u32::try_from(self.all.len()).ok().filter(|&len| len < u32::MAX).ok_or(TooMany)
    }

    fn push_thread(
        &mut self,
        contexts: &Contexts<'_>,
        sequence: &[EventIdx],
        locks: &mut LockNames<'_>,
    ) -> Result<(), TooMany> {
        // Held by lock events, with repetition; and by declaration alone.
        let mut held: Vec<u32> = Vec::new();
        let mut declared: Vec<u32> = Vec::new();
        let mut last_event = None;
        for &event in sequence {
            let row = contexts.row(event);
            let action = match row.kind {
                Kind::Acquire => Action::Acquire(locks.id(event, row.lock), row.mode == model::Mode::Shared),
                Kind::Release => Action::Release(locks.id(event, row.lock)),
                _ => Action::None,
            };
            let lock_set: &[StrId] = contexts.table.lock_set(row);
            if !lock_set.is_empty() || !declared.is_empty() {
                let mut wanted: Vec<u32> = lock_set.iter().map(|&lock| locks.id(event, lock)).collect();
                wanted.sort_unstable();
                wanted.dedup();
                // An event that takes or gives a lock says so itself.
                wanted.retain(|lock| !held.contains(lock) && action.lock() != Some(*lock));
                for &lock in declared.iter().filter(|lock| !wanted.contains(lock)) {
                    self.imply(last_event.unwrap_or(event), Action::Release(lock));
                }
                for &lock in wanted.iter().filter(|lock| !declared.contains(lock)) {
                    self.imply(event, Action::Acquire(lock, false));
                }
                declared = wanted;
            }
            match action {
                Action::Acquire(lock, _) => held.push(lock),
                Action::Release(lock) => {
                    if let Some(at) = held.iter().rposition(|&other| other == lock) {
                        held.swap_remove(at);
                    }
                }
                Action::None => {}
            }
            self.of_event[event as usize] = self.len_checked()?;
            self.all.push(Node { event, action, implied: false });
            last_event = Some(event);
        }
        if let Some(event) = last_event {
            for lock in declared {
                self.imply(event, Action::Release(lock));
            }
        }
        Ok(())
    }

    fn imply(&mut self, event: EventIdx, action: Action) {
        self.all.push(Node { event, action, implied: true });
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn n_threads(&self) -> usize {
        self.begins.len() - 1
    }

    pub fn thread_of(&self, contexts: &Contexts<'_>, node: NodeIdx) -> ThreadIdx {
        contexts.thread_of[self.all[node as usize].event as usize]
    }

    /// First and last node of a thread; each thread has one at least.
    pub fn ends(&self, thread: ThreadIdx) -> (NodeIdx, NodeIdx) {
        (self.begins[thread as usize], self.begins[thread as usize + 1] - 1)
    }

    /// The first of a thread's nodes `first..=last` that takes effect at `time` or later. O(log N), taking
    /// time to run forwards in a thread.
    pub fn first_from(&self, first: NodeIdx, last: NodeIdx, time: i64) -> Option<NodeIdx> {
        let effects = self.effect.get(first as usize..=last as usize)?;
        let before = effects.partition_point(|&effect| effect < time) as NodeIdx;
        Some(first + before).filter(|&node| node <= last)
    }

    /// When each node takes effect: acquire-like ones just before the next of their thread, since clients
    /// record them before they block. O(nodes).
    pub fn set_effects(&mut self, moment: &[i64], acquire_like: impl Fn(&Node) -> bool) {
        self.effect = self.all.iter().map(|node| moment[node.event as usize]).collect();
        for thread in 0..self.n_threads() as ThreadIdx {
            let (first, last) = self.ends(thread);
            for node in (first..last).rev() {
                if acquire_like(&self.all[node as usize]) {
                    let next = self.effect[node as usize + 1];
                    let own = &mut self.effect[node as usize];
                    *own = next.max(*own);
                }
            }
        }
    }
}
