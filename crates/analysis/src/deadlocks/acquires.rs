//! Abstract acquires: who wanted which lock while holding which, whatever the number of times it happened.

use hashbrown::HashMap;

use crate::history::{History, LockId, OpIdx, ThreadIdx};
use crate::sections::Sections;

/// A lock a thread holds, in the strongest mode it holds it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hold {
    pub lock: LockId,
    pub shared: bool,
}

/// A thread that wanted a lock while it held others.
///
/// Source: Tunç, Mathur, Pavlogiannis, Viswanathan, "Sound Dynamic Deadlock Prediction in Linear Time"
/// (PLDI'23), section 4, with lock modes added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbstractAcquire {
    pub thread: ThreadIdx,
    pub wanted: LockId,
    pub shared: bool,
    /// Sorted by lock, one entry a lock, never empty.
    pub held: Vec<Hold>,
    /// The outermost acquires it stands for, in program order, never empty.
    pub instances: Vec<OpIdx>,
}

impl AbstractAcquire {
    /// Whether it cannot go on before the other lets go of something.
    pub fn waits_for(&self, other: &Self) -> bool {
        self.thread != other.thread && other.hold_of(self.wanted).is_some_and(|hold| !(self.shared && hold.shared))
    }

    /// Whether both can hold what they hold at once: every common lock is shared by both.
    pub fn holds_together_with(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (self.held.as_slice(), other.held.as_slice());
        while let ([a, mine_rest @ ..], [b, theirs_rest @ ..]) = (mine, theirs) {
            match a.lock.cmp(&b.lock) {
                std::cmp::Ordering::Less => mine = mine_rest,
                std::cmp::Ordering::Greater => theirs = theirs_rest,
                std::cmp::Ordering::Equal if a.shared && b.shared => (mine, theirs) = (mine_rest, theirs_rest),
                std::cmp::Ordering::Equal => return false,
            }
        }
        true
    }

    fn hold_of(&self, lock: LockId) -> Option<Hold> {
        self.held.binary_search_by_key(&lock, |hold| hold.lock).ok().map(|at| self.held[at])
    }
}

/// The abstract acquires of a history, in the order of their first instances. O(N · locks held at once) in
/// time and memory.
pub fn abstract_acquires(history: &History, sections: &Sections) -> Vec<AbstractAcquire> {
    let mut known: HashMap<(ThreadIdx, LockId, bool, Vec<Hold>), usize> = HashMap::new();
    let mut acquires: Vec<AbstractAcquire> = Vec::new();
    // Sections are in the order of their acquires, which are the outermost ones.
    for section in &sections.all {
        let holds = holds_before(sections, section.acquire);
        if holds.is_empty() {
            continue;
        }
        debug_assert_eq!(history.ops[section.acquire as usize].thread, section.thread);
        let key = (section.thread, section.lock, section.shared, holds);
        if let Some(&at) = known.get(&key) {
            acquires[at].instances.push(section.acquire);
            continue;
        }
        acquires.push(AbstractAcquire {
            thread: section.thread,
            wanted: section.lock,
            shared: section.shared,
            held: key.3.clone(),
            instances: vec![section.acquire],
        });
        known.insert(key, acquires.len() - 1);
    }
    acquires
}

fn holds_before(sections: &Sections, acquire: OpIdx) -> Vec<Hold> {
    let mut holds: Vec<Hold> = sections
        .held(acquire)
        .iter()
        .map(|&section| sections.all[section as usize])
        .map(|section| Hold { lock: section.lock, shared: section.shared })
        .collect();
    // An exclusive hold sorts before a shared one of the same lock, and is the one kept.
    holds.sort_unstable();
    holds.dedup_by_key(|hold| hold.lock);
    holds
}
