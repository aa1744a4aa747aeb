//! Which accesses of some variables race with another one, without listing pairs.
//!
//! For each variable, thread and kind the accesses are listed. Those that a later one does not know of are the end
//! of each list, and each is marked once: what is marked already is skipped over in steps that shrink. Near-linear
//! in accesses times threads. Memory: two numbers an access.

use hashbrown::{HashMap, HashSet};

use crate::history::{History, OpIdx, ThreadIdx, VarId};
use crate::races::AccessKind;
use crate::races::clock::Clock;
use crate::races::last_accesses::LastAccesses;
use crate::races::order::Step;
use crate::races::windows::first_unknown;

struct List {
    thread: ThreadIdx,
    kind: AccessKind,
    ops: Vec<OpIdx>,
    /// By place in `ops`: that place if it is not marked, else a later one with nothing unmarked before it.
    next: Vec<u32>,
}

pub(super) struct Racing<'h> {
    history: &'h History,
    last: LastAccesses,
    of_variable: HashMap<VarId, Vec<List>>,
    racing: HashSet<OpIdx>,
}

impl List {
    /// Calls back with each access from a place on that is not marked, and marks it.
    fn mark_from(&mut self, from: usize, mut mark: impl FnMut(OpIdx)) {
        let mut at = self.unmarked(from as u32);
        while let Some(&op) = self.ops.get(at as usize) {
            mark(op);
            self.next[at as usize] = at + 1;
            at = self.unmarked(at + 1);
        }
    }

    /// The first place from one on that is not marked; the end, if there is none.
    fn unmarked(&mut self, from: u32) -> u32 {
        let mut at = from;
        while let Some(&next) = self.next.get(at as usize).filter(|&&next| next != at) {
            // Halves the way for whoever comes next.
            let after = self.next.get(next as usize).copied().unwrap_or(next);
            self.next[at as usize] = after;
            at = after;
        }
        at
    }
}

impl<'h> Racing<'h> {
    pub fn new(history: &'h History) -> Self {
        let last = LastAccesses::new(history.variables.len());
        Self { history, last, of_variable: HashMap::new(), racing: HashSet::new() }
    }

    /// An access about to happen.
    pub fn visit<C: Clock>(&mut self, step: &Step<'_, C>) {
        let races = self.last.races(step);
        if !step.proves {
            return;
        }
        let lists = self.of_variable.entry(step.variable).or_default();
        if races {
            let racing = &mut self.racing;
            racing.insert(step.op);
            let others = lists.iter_mut().filter(|list| list.thread != step.thread && list.kind.conflicts(step.kind));
            for list in others {
                if let Some(unknown) = first_unknown(self.history, step.past, list.thread) {
                    let from = list.ops.partition_point(|&op| op < unknown);
                    list.mark_from(from, |op| _ = racing.insert(op));
                }
            }
        }
        let own = lists.iter().position(|list| (list.thread, list.kind) == (step.thread, step.kind));
        let own = own.unwrap_or_else(|| {
            lists.push(List { thread: step.thread, kind: step.kind, ops: Vec::new(), next: Vec::new() });
            lists.len() - 1
        });
        let list = &mut lists[own];
        list.next.push(list.ops.len() as u32);
        list.ops.push(step.op);
    }

    pub fn finish(self) -> HashSet<OpIdx> {
        self.racing
    }
}
