//! Pairs without a common lock that nothing orders (Eraser's discipline; Savage et al., SOSP 1997).
//!
//! Where Eraser intersects the locks of all accesses of a variable, this compares those of each pair, and lets
//! forks, joins, messages and reads-from acquit: a pair they order is no race in any reordering. So every
//! predictable race is among the answers, and nothing that is provably none; the rest is unproven.

use hashbrown::HashMap;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{LockId, OpIdx};
use crate::races::clock::VectorClock;
use crate::races::findings::{Collector, Finding, Limits, Proven};
use crate::races::last_accesses::LastAccesses;
use crate::races::order::{Relation, walk};
use crate::races::sites::Sites;
use crate::races::windows::Windows;
use crate::races::{Class, Found, Input};
use crate::sections::Sections;

/// The sets of locks held at accesses, numbered; set 0 is empty.
#[derive(Debug)]
pub struct LockSets<'h> {
    /// [`None`]: locks do not matter, every set is set 0.
    sections: Option<&'h Sections>,
    ids: HashMap<Vec<(LockId, bool)>, u32>,
    sets: Vec<Vec<(LockId, bool)>>,
}

impl<'h> LockSets<'h> {
    pub fn new(sections: &'h Sections) -> Self {
        Self { sections: Some(sections), ids: HashMap::from([(Vec::new(), 0)]), sets: vec![Vec::new()] }
    }

    pub(super) fn ignored() -> Self {
        Self { sections: None, ids: HashMap::new(), sets: Vec::new() }
    }

    /// The number of the set held at an operation. O(locks held).
    pub fn at(&mut self, op: OpIdx) -> u32 {
        let Some(sections) = self.sections else { return 0 };
        let held = sections.held(op);
        if held.is_empty() {
            return 0;
        }
        let mut set: Vec<(LockId, bool)> =
            held.iter().map(|&section| &sections.all[section as usize]).map(|held| (held.lock, held.shared)).collect();
        set.sort_unstable();
        set.dedup();
        if let Some(&id) = self.ids.get(&set) {
            return id;
        }
        let id = self.sets.len() as u32;
        self.ids.insert(set.clone(), id);
        self.sets.push(set);
        id
    }

    /// Whether no lock is in both sets, or only shared ones are.
    #[inline]
    pub fn disjoint(&self, a: u32, b: u32) -> bool {
        if a == 0 || b == 0 {
            return true;
        }
        let (a, b) = (&self.sets[a as usize], &self.sets[b as usize]);
        !a.iter()
            .any(|(lock, shared)| b.iter().any(|(other, other_shared)| lock == other && !(*shared && *other_shared)))
    }
}

/// All pairs: their total, and a list of at most `limit`. O(N · (threads + locks held + lock sets of a variable) · log N).
///
/// # Errors
/// [`Cancelled`].
pub fn pairs(input: Input<'_>, limit: usize, cancel: &Cancel) -> Result<Found, Cancelled> {
    let mut lock_sets = LockSets::new(input.sections);
    let mut windows = Windows::new(input.history, limit);
    let mut last = LastAccesses::new(input.history.variables.len());
    walk::<VectorClock>(input, Relation::MustOrder, cancel, |step| {
        let (races, lock_set) = (last.races(&step), lock_sets.at(step.op));
        windows.visit(&step, races, lock_set, &lock_sets);
    })?;
    Ok(windows.finish())
}

/// Unproven findings: those between whose sites nothing is proven. O(as [`pairs`]).
///
/// # Errors
/// [`Cancelled`].
pub fn findings(
    input: Input<'_>,
    proven: &Proven,
    limits: Limits,
    cancel: &Cancel,
) -> Result<(Vec<Finding>, bool), Cancelled> {
    let mut lock_sets = LockSets::new(input.sections);
    let mut sites = Sites::new(input.history);
    let mut collector = Collector::new(limits);
    let mut last = LastAccesses::new(input.history.variables.len());
    walk::<VectorClock>(input, Relation::MustOrder, cancel, |step| {
        let (races, lock_set) = (last.races(&step), lock_sets.at(step.op));
        sites.visit(&step, races, lock_set, &lock_sets, |hit| collector.add(Class::Lockset, &hit, hit.firsts));
    })?;
    let complete = sites.complete() && collector.complete();
    let mut findings = collector.finish();
    findings.retain(|finding| !proven.between(finding.variable, finding.sites));
    Ok((findings, complete))
}
