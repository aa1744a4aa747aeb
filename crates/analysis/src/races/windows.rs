//! All pairs of accesses that an order leaves apart, counted without looking at each.
//!
//! For each variable and thread the accesses are listed by kind. Those that an access does not know of are
//! the end of each list, found by binary search: O(log N) for each (access, thread, kind) instead of one step for
//! each pair. Memory: one number an access.

use crate::history::{History, OpIdx, ThreadIdx};
use crate::races::clock::Clock;
use crate::races::lockset::LockSets;
use crate::races::order::Step;
use crate::races::{AccessKind, Found};

struct List {
    kind: AccessKind,
    /// Number in [`LockSets`]; 0 when locks do not matter.
    lock_set: u32,
    ops: Vec<OpIdx>,
}

struct OfThread {
    thread: ThreadIdx,
    lists: Vec<List>,
}

pub(super) struct Windows<'h> {
    history: &'h History,
    /// By thread.
    of_variable: Vec<Vec<OfThread>>,
    limit: usize,
    found: Found,
    firsts: Vec<OpIdx>,
}

/// The first operation of a thread that a past does not contain; [`None`] when it contains all of them.
#[inline]
pub(crate) fn first_unknown<C: Clock>(history: &History, past: &C, thread: ThreadIdx) -> Option<OpIdx> {
    history.of_thread(thread).get(past.known(thread) as usize).copied()
}

impl<'h> Windows<'h> {
    /// Lists so many pairs at most.
    pub fn new(history: &'h History, limit: usize) -> Self {
        let of_variable = history.variables.iter().map(|_| Vec::new()).collect();
        let found = Found { complete: true, ..Found::default() };
        Self { history, of_variable, limit, found, firsts: Vec::new() }
    }

    /// Counts the pairs an access is the second of, if it races at all, and remembers it. `lock_set` is 0 when locks
    /// do not matter.
    pub fn visit<C: Clock>(&mut self, step: &Step<'_, C>, races: bool, lock_set: u32, lock_sets: &LockSets<'_>) {
        if !step.proves {
            self.found.complete = false;
            return;
        }
        if races {
            self.count(step, lock_set, lock_sets);
        }
        let threads = &mut self.of_variable[step.variable as usize];
        let own = threads.binary_search_by_key(&step.thread, |other| other.thread).unwrap_or_else(|at| {
            threads.insert(at, OfThread { thread: step.thread, lists: Vec::new() });
            at
        });
        let lists = &mut threads[own].lists;
        match lists.iter_mut().find(|list| list.kind == step.kind && list.lock_set == lock_set) {
            Some(list) => list.ops.push(step.op),
            None => lists.push(List { kind: step.kind, lock_set, ops: vec![step.op] }),
        }
    }

    fn count<C: Clock>(&mut self, step: &Step<'_, C>, lock_set: u32, lock_sets: &LockSets<'_>) {
        let room = self.limit - self.found.pairs.len();
        self.firsts.clear();
        let mut count = 0;
        let others = self.of_variable[step.variable as usize].iter().filter(|other| other.thread != step.thread);
        for other in others {
            let Some(unknown) = first_unknown(self.history, step.past, other.thread) else { continue };
            for list in &other.lists {
                let newest = list.ops.last().copied().unwrap_or(0);
                if newest < unknown || !list.kind.conflicts(step.kind) || !lock_sets.disjoint(list.lock_set, lock_set) {
                    continue;
                }
                let window = &list.ops[list.ops.partition_point(|&op| op < unknown)..];
                count += window.len() as u64;
                self.firsts.extend(window.iter().take(room));
            }
        }
        if count > 0 {
            self.found.racy_events.push(step.op);
            self.found.pairs_total += count;
            self.firsts.sort_unstable();
            self.found.pairs.extend(self.firsts.iter().take(room).map(|&first| (first, step.op)));
        }
    }

    pub fn finish(self) -> Found {
        let mut found = self.found;
        found.complete &= found.pairs.len() as u64 == found.pairs_total;
        found.pairs.sort_unstable();
        found
    }
}
