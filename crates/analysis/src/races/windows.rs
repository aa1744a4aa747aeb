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
    of_variable: Vec<Vec<OfThread>>,
    limit: usize,
    found: Found,
    firsts: Vec<OpIdx>,
}

/// The first operation of a thread that a past does not contain; [`None`] when it contains all of them.
#[inline]
pub(super) fn first_unknown<C: Clock>(history: &History, past: &C, thread: ThreadIdx) -> Option<OpIdx> {
    history.of_thread(thread).get(past.known(thread) as usize).copied()
}

impl<'h> Windows<'h> {
    /// Lists so many pairs at most.
    pub fn new(history: &'h History, limit: usize) -> Self {
        let of_variable = history.variables.iter().map(|_| Vec::new()).collect();
        let found = Found { complete: true, ..Found::default() };
        Self { history, of_variable, limit, found, firsts: Vec::new() }
    }

    /// Counts the pairs an access is the second of, and remembers it. `lock_set` is 0 when locks do not matter.
    pub fn visit<C: Clock>(&mut self, step: &Step<'_, C>, lock_set: u32, lock_sets: &LockSets<'_>) {
        if !step.proves {
            self.found.complete = false;
            return;
        }
        let threads = &mut self.of_variable[step.variable as usize];
        let room = self.limit - self.found.pairs.len();
        self.firsts.clear();
        let mut count = 0;
        let mut own = None;
        for (at, other) in threads.iter().enumerate() {
            if other.thread == step.thread {
                own = Some(at);
                continue;
            }
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

        let own = own.unwrap_or_else(|| {
            threads.push(OfThread { thread: step.thread, lists: Vec::new() });
            threads.len() - 1
        });
        let lists = &mut threads[own].lists;
        match lists.iter_mut().find(|list| list.kind == step.kind && list.lock_set == lock_set) {
            Some(list) => list.ops.push(step.op),
            None => lists.push(List { kind: step.kind, lock_set, ops: vec![step.op] }),
        }
    }

    pub fn finish(self) -> Found {
        let mut found = self.found;
        found.complete &= found.pairs.len() as u64 == found.pairs_total;
        found.pairs.sort_unstable();
        found
    }
}
