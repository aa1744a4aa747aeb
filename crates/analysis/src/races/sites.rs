//! Racing pairs by the places in the program they come from.
//!
//! Accesses of a variable are grouped by thread, location, kind and lock set, and the groups of a thread are
//! chained by their last access. An access walks each chain until it meets a group it knows all of, so that it
//! pays for the groups it races with and one more. Invariant: a chain descends by last access.
//!
//! Memory: one number an access, and one entry a group. The walks are bounded by [`STEPS`] an operation.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::history::{History, LocationId, OpIdx, ThreadIdx, VarId};
use crate::races::AccessKind;
use crate::races::clock::Clock;
use crate::races::lockset::LockSets;
use crate::races::order::Step;
use crate::races::windows::first_unknown;

/// Steps along chains allowed for each operation of the history, on average.
const STEPS: u64 = 256;

/// Where a variable is accessed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Site {
    pub location: LocationId,
    pub kind: AccessKind,
}

/// An access that races with a run of earlier ones of one thread and site.
#[derive(Debug)]
pub(super) struct Hit<'g> {
    pub variable: VarId,
    pub first_site: Site,
    pub second_site: Site,
    /// Ascending, not empty.
    pub firsts: &'g [OpIdx],
    pub second: OpIdx,
}

const NONE: u32 = u32::MAX;

struct Group {
    site: Site,
    lock_set: u32,
    ops: Vec<OpIdx>,
    newer: u32,
    older: u32,
}

#[derive(Clone, Copy)]
struct Chain {
    thread: ThreadIdx,
    newest: u32,
}

pub(super) struct Sites<'h> {
    history: &'h History,
    groups: Vec<Group>,
    lookup: HashMap<(VarId, ThreadIdx, Site, u32), u32>,
    /// By variable, then by thread.
    chains: Vec<Vec<Chain>>,
    steps_left: u64,
}

impl<'h> Sites<'h> {
    pub fn new(history: &'h History) -> Self {
        Self {
            history,
            groups: Vec::new(),
            lookup: HashMap::new(),
            chains: history.variables.iter().map(|_| Vec::new()).collect(),
            steps_left: STEPS * (history.ops.len() as u64 + 4096),
        }
    }

    /// Whether every race was reported.
    pub fn complete(&self) -> bool {
        self.steps_left > 0
    }

    /// Reports what an access races with, if it races at all, and remembers it.
    pub fn visit<C: Clock>(
        &mut self,
        step: &Step<'_, C>,
        races: bool,
        lock_set: u32,
        lock_sets: &LockSets<'_>,
        report: impl FnMut(Hit<'_>),
    ) {
        if !step.proves {
            return;
        }
        let site = Site { location: step.location, kind: step.kind };
        if races {
            self.report(step, site, lock_set, lock_sets, report);
        }
        self.remember(step.variable, step.thread, site, lock_set, step.op);
    }

    fn report<C: Clock>(
        &mut self,
        step: &Step<'_, C>,
        site: Site,
        lock_set: u32,
        lock_sets: &LockSets<'_>,
        mut report: impl FnMut(Hit<'_>),
    ) {
        for chain in &self.chains[step.variable as usize] {
            if chain.thread == step.thread || self.steps_left == 0 {
                continue;
            }
            let Some(unknown) = first_unknown(self.history, step.past, chain.thread) else { continue };
            let mut at = chain.newest;
            while let Some(group) = self.groups.get(at as usize) {
                at = group.older;
                if group.ops.last().is_none_or(|&last| last < unknown) || self.steps_left == 0 {
                    break;
                }
                self.steps_left -= 1;
                if group.site.kind.conflicts(step.kind) && lock_sets.disjoint(group.lock_set, lock_set) {
                    report(Hit {
                        variable: step.variable,
                        first_site: group.site,
                        second_site: site,
                        firsts: &group.ops[group.ops.partition_point(|&op| op < unknown)..],
                        second: step.op,
                    });
                }
            }
        }
    }

    fn remember(&mut self, variable: VarId, thread: ThreadIdx, site: Site, lock_set: u32, op: OpIdx) {
        let groups = &mut self.groups;
        let chains = &mut self.chains[variable as usize];
        let chain = chains.binary_search_by_key(&thread, |chain| chain.thread);
        if let Ok(at) = chain {
            let newest = &mut groups[chains[at].newest as usize];
            if newest.site == site && newest.lock_set == lock_set {
                newest.ops.push(op);
                return;
            }
        }
        let group = *self.lookup.entry((variable, thread, site, lock_set)).or_insert_with(|| {
            groups.push(Group { site, lock_set, ops: Vec::new(), newer: NONE, older: NONE });
            groups.len() as u32 - 1
        });
        groups[group as usize].ops.push(op);
        let chain = match chain {
            Ok(at) => &mut chains[at],
            Err(at) => {
                chains.insert(at, Chain { thread, newest: group });
                return;
            }
        };
        // Unlink it, unless it is new, and put it first.
        let Group { newer, older, .. } = groups[group as usize];
        if let Some(newer) = groups.get_mut(newer as usize) {
            newer.older = older;
        }
        if let Some(older) = groups.get_mut(older as usize) {
            older.newer = newer;
        }
        groups[chain.newest as usize].newer = group;
        groups[group as usize].newer = NONE;
        groups[group as usize].older = chain.newest;
        chain.newest = group;
    }
}
