//! Racing pairs grouped into findings: what people are shown, and counted by.
//!
//! A finding is a class, a variable and an unordered pair of sites, with the number of its pairs and the first of
//! them. Invariant: a pair counts in the finding of its strongest class only, which this module decides: the
//! recorded prefix (observed), then delay alone (schedulable), then what a predictive engine proved.

use hashbrown::{HashMap, HashSet};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{OpIdx, VarId};
use crate::races::clock::VectorClock;
use crate::races::last_accesses::LastAccesses;
use crate::races::lockset::LockSets;
use crate::races::observed::Observed;
use crate::races::order::{Relation, walk};
use crate::races::sites::{Hit, Site, Sites};
use crate::races::windows::Windows;
use crate::races::{AccessKind, Class, Found, Input, shb};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub class: Class,
    /// Variables of different scopes are different variables.
    pub variable: VarId,
    /// The smaller one first.
    pub sites: (Site, Site),
    /// Pairs.
    pub count: u64,
    /// The pair with the earliest second access, and of those the earliest first one.
    pub instance: (OpIdx, OpIdx),
}

/// A pair a predictive engine proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predicted {
    pub first: OpIdx,
    pub second: OpIdx,
    /// [`Class::SyncPreserving`] or [`Class::Predictable`]; a stronger class is found here.
    pub class: Class,
}

/// How much is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub pairs: usize,
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pairs: 10_000, findings: 10_000 }
    }
}

/// A variable and two places that access it, the smaller one first.
type Between = (VarId, (Site, Site));

/// What is proven about the races of a history.
#[derive(Debug, Clone, Default)]
pub struct Proven {
    /// By class, then by first instance.
    pub findings: Vec<Finding>,
    /// The schedulable pairs, observed ones included.
    pub schedulable: Found,
    /// False when pairs or findings were cut or left undecided here; the predictive engine says it of its own.
    pub complete: bool,
    /// The same of findings alone, however many pairs are listed.
    pub findings_complete: bool,
    between: HashSet<Between>,
}

impl Proven {
    /// Whether something is proven between two sites.
    pub fn between(&self, variable: VarId, sites: (Site, Site)) -> bool {
        self.between.contains(&(variable, sites))
    }
}

/// Findings of all proven classes, given what predictive engines proved (in any order; pairs that are
/// schedulable may be among them). O(N · threads · log N + races between sites + predicted · log predicted).
///
/// # Errors
/// [`Cancelled`].
pub fn of(input: Input<'_>, predicted: &[Predicted], limits: Limits, cancel: &Cancel) -> Result<Proven, Cancelled> {
    let observed = Observed::new(input);
    let ignored = LockSets::ignored();
    let mut windows = Windows::new(input.history, limits.pairs);
    let mut sites = Sites::new(input.history);
    let mut collector = Collector::new(limits);
    let mut last = LastAccesses::new(input.history.variables.len());
    walk::<VectorClock>(input, Relation::Proven, cancel, |step| {
        let races = last.races(&step);
        windows.visit(&step, races, 0, &ignored);
        sites.visit(&step, races, 0, &ignored, |hit| {
            let range = observed.firsts(hit.second);
            let begin = hit.firsts.partition_point(|&op| op < range.start);
            let end = hit.firsts.partition_point(|&op| op < range.end);
            let (before, rest) = hit.firsts.split_at(begin);
            let (inside, after) = rest.split_at(end - begin);
            collector.add(Class::Observed, &hit, inside);
            collector.add(Class::Schedulable, &hit, before);
            collector.add(Class::Schedulable, &hit, after);
        });
    })?;

    let pairs: Vec<(OpIdx, OpIdx)> = predicted.iter().map(|pair| (pair.first, pair.second)).collect();
    let schedulable = shb::among(input, &pairs, cancel)?;
    let mut weaker: Vec<Predicted> =
        predicted.iter().zip(schedulable).filter(|&(_, schedulable)| !schedulable).map(|(&pair, _)| pair).collect();
    weaker.sort_unstable_by_key(|pair| (pair.second, pair.first, pair.class));
    weaker.dedup_by_key(|pair| (pair.second, pair.first));
    for pair in weaker {
        let site = |op: OpIdx| {
            let op = &input.history.ops[op as usize];
            let (variable, is_write, access) = op.kind.access()?;
            Some((variable, Site { location: op.location, kind: AccessKind::new(is_write, access.atomic) }))
        };
        if let (Some((variable, first_site)), Some((_, second_site))) = (site(pair.first), site(pair.second)) {
            let hit = Hit { variable, first_site, second_site, firsts: &[pair.first], second: pair.second };
            collector.add(pair.class, &hit, hit.firsts);
        }
    }

    let schedulable = windows.finish();
    let findings_complete = sites.complete() && collector.complete();
    let complete = schedulable.complete && findings_complete;
    let findings = collector.finish();
    let between = findings.iter().map(|finding| (finding.variable, finding.sites)).collect();
    Ok(Proven { findings, schedulable, complete, findings_complete, between })
}

/// How many pairs, and the earliest.
type Counted = (u64, (OpIdx, OpIdx));

/// Counts pairs by finding.
pub(super) struct Collector {
    counts: HashMap<(Class, Between), Counted>,
    limit: usize,
    complete: bool,
}

impl Collector {
    pub fn new(limits: Limits) -> Self {
        Self { counts: HashMap::new(), limit: limits.findings, complete: true }
    }

    /// Adds the pairs of some first accesses, ascending, with the second one of a hit.
    pub fn add(&mut self, class: Class, hit: &Hit<'_>, firsts: &[OpIdx]) {
        let Some(&first) = firsts.first() else { return };
        let sites = (hit.first_site.min(hit.second_site), hit.first_site.max(hit.second_site));
        let key = (class, (hit.variable, sites));
        let instance = (first, hit.second);
        if let Some((count, earliest)) = self.counts.get_mut(&key) {
            *count += firsts.len() as u64;
            if (instance.1, instance.0) < (earliest.1, earliest.0) {
                *earliest = instance;
            }
        } else if self.counts.len() < self.limit {
            self.counts.insert(key, (firsts.len() as u64, instance));
        } else {
            self.complete = false;
        }
    }

    pub fn complete(&self) -> bool {
        self.complete
    }

    pub fn finish(self) -> Vec<Finding> {
        let finding =
            |((class, (variable, sites)), (count, instance))| Finding { class, variable, sites, count, instance };
        let mut findings: Vec<Finding> = self.counts.into_iter().map(finding).collect();
        findings.sort_unstable_by_key(|finding| {
            (finding.class, finding.instance.1, finding.instance.0, finding.variable, finding.sites)
        });
        findings
    }
}
