//! The variables of a trace and the accesses of some, marked with the findings they are in.
//!
//! Invariant: an access is marked as racing exactly when the recording proves a race of it, or a finding names it;
//! its findings are those that name it, and the first ones about races of its place.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use analysis::audit::{Entry, Saw, Trail, trails};
use analysis::chains::Chains;
use analysis::races::Input;
use analysis::races::sites::Site;
use analysis::reads_from::reads_from;
use analysis::sections::Sections;
use analysis::{Cancel, Cancelled, OpIdx, VarId};
use hashbrown::{HashMap, HashSet};
use model::EventId;
use model::analysis::{AccessFlag, FindingKind, Findings, Origin, TraceVariable};

use super::{Analysable, words};

/// Findings about races of a place that are said of each of its accesses, beside those that name the access.
const MOST_OF_A_SITE: usize = 8;

/// An access with what its findings say of it.
#[derive(Debug, Clone)]
pub(crate) struct Marked {
    pub entry: Entry,
    /// For reads.
    pub saw: Option<Origin>,
    pub flags: Vec<AccessFlag>,
    /// Ids.
    pub findings: Vec<String>,
}

/// A part of a variable's trail.
#[derive(Debug, Clone)]
pub(crate) struct MarkedTrail {
    pub variable: VarId,
    pub accesses: Vec<Marked>,
    pub total: u64,
}

/// All variables, those in findings first. O(N).
pub(crate) fn variables(trace: &Analysable, findings: &Findings) -> Vec<TraceVariable> {
    let history = &trace.recorded.history;
    let named = Named::of(findings);
    let mut variables: Vec<TraceVariable> = (0..history.variables.len() as VarId)
        .map(|index| TraceVariable {
            index,
            name: history.variables[index as usize].clone(),
            owner: words::owner(trace, index),
            reads: 0,
            writes: 0,
            threads: 0,
            findings: 0,
        })
        .collect();
    let mut threads: HashSet<(VarId, u32)> = HashSet::new();
    let mut found: HashSet<(VarId, usize)> = HashSet::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        let Some((variable, writes, _)) = op.kind.access() else { continue };
        let row = &mut variables[variable as usize];
        row.reads += u64::from(op.kind.reads().is_some());
        row.writes += u64::from(writes);
        row.threads += u64::from(threads.insert((variable, op.thread)));
        for &finding in named.of_event(trace.row(op_idx as OpIdx).id) {
            row.findings += u64::from(found.insert((variable, finding)));
        }
    }
    variables.sort_by_key(|row| (Reverse((row.findings, row.reads + row.writes)), row.index));
    variables
}

/// How many accesses each variable has. O(N).
pub(crate) fn accesses_by_variable(trace: &Analysable) -> Vec<u64> {
    let mut accesses = vec![0; trace.recorded.history.variables.len()];
    for (variable, ..) in trace.recorded.history.ops.iter().filter_map(|op| op.kind.access()) {
        accesses[variable as usize] += 1;
    }
    accesses
}

/// For each wanted variable the accesses with these numbers. O(N · chains) at worst.
pub(crate) fn marked(
    trace: &Analysable,
    findings: &Findings,
    wanted: &BTreeMap<VarId, Range<u64>>,
    cancel: &Cancel,
) -> Result<Vec<MarkedTrail>, Cancelled> {
    let history = &trace.recorded.history;
    let chains = Chains::of(history, cancel)?;
    let (sections, writers) = (Sections::of(chains.history()), reads_from(chains.history()));
    cancel.check()?;
    let input = Input { history: chains.history(), sections: &sections, reads_from: &writers };
    let mut found = trails(input, wanted, cancel)?;
    for entry in found.of.values_mut().flat_map(|trail| &mut trail.entries) {
        entry.thread = history.ops[entry.op as usize].thread;
    }
    let named = Named::of(findings);
    let mut marks = Marks::default();
    for (&variable, trail) in &found.of {
        marks.add_named(trace, variable, trail, findings, &named);
    }
    for &op in &found.racing {
        marks.add_race(trace, op);
    }
    let trails = found.of.into_iter().map(|(variable, trail)| {
        let Trail { entries, ops } = trail;
        let accesses = entries.into_iter().map(|entry| marks.marked(entry, &ops, findings)).collect();
        MarkedTrail { variable, accesses, total: ops.len() as u64 }
    });
    Ok(trails.collect())
}

/// Findings by the events they name.
struct Named(HashMap<EventId, Vec<usize>>);

impl Named {
    fn of(findings: &Findings) -> Self {
        let mut of_event: HashMap<EventId, Vec<usize>> = HashMap::new();
        for (finding, it) in findings.findings.iter().enumerate() {
            for event in &it.events {
                let named = of_event.entry(event.id).or_default();
                if named.last() != Some(&finding) {
                    named.push(finding);
                }
            }
        }
        Self(of_event)
    }

    fn of_event(&self, event: EventId) -> &[usize] {
        self.0.get(&event).map_or(&[], Vec::as_slice)
    }
}

/// What is known of some accesses: flags, and indices of findings.
#[derive(Default)]
struct Marks {
    of_op: HashMap<OpIdx, (Vec<AccessFlag>, Vec<usize>)>,
    /// The first findings about races of a site with another one of the variable.
    of_site: HashMap<(VarId, Site), Vec<usize>>,
}

impl Marks {
    fn add(&mut self, op: OpIdx, flag: Option<AccessFlag>, findings: &[usize]) {
        let (flags, known) = self.of_op.entry(op).or_default();
        if let Some(flag) = flag
            && !flags.contains(&flag)
        {
            flags.push(flag);
        }
        for finding in findings {
            if !known.contains(finding) {
                known.push(*finding);
            }
        }
    }

    /// The accesses that findings name, and which sites their races are of.
    fn add_named(&mut self, trace: &Analysable, variable: VarId, trail: &Trail, findings: &Findings, named: &Named) {
        for &op in &trail.ops {
            for &finding in named.of_event(trace.row(op).id) {
                let flag = match findings.findings[finding].kind {
                    FindingKind::Race => {
                        if let Some(site) = site(trace, op) {
                            let of_site = self.of_site.entry((variable, site)).or_default();
                            if of_site.len() < MOST_OF_A_SITE && !of_site.contains(&finding) {
                                of_site.push(finding);
                            }
                        }
                        Some(AccessFlag::Race)
                    }
                    FindingKind::LostUpdate => Some(AccessFlag::LostUpdate),
                    _ => None,
                };
                self.add(op, flag, &[finding]);
            }
        }
    }

    /// Findings stand for all races between two sites, and name the events of the first.
    fn add_race(&mut self, trace: &Analysable, op: OpIdx) {
        let access = trace.recorded.history.ops[op as usize].kind.access();
        let (Some((variable, ..)), Some(site)) = (access, site(trace, op)) else { return };
        let findings = self.of_site.get(&(variable, site)).cloned().unwrap_or_default();
        self.add(op, Some(AccessFlag::Race), &findings);
    }

    /// `ops` are all accesses of the variable.
    fn marked(&self, entry: Entry, ops: &[OpIdx], findings: &Findings) -> Marked {
        let saw = entry.saw.map(|saw| match saw {
            Saw::Initial => Origin::Initial,
            Saw::Unknown => Origin::Unknown,
            Saw::Write(writer) => ops.binary_search(&writer).map_or(Origin::Unknown, |at| Origin::Write(at as u64)),
        });
        let (flags, indices) = self.of_op.get(&entry.op).cloned().unwrap_or_default();
        let ids = indices.into_iter().map(|finding| findings.findings[finding].id.clone()).collect();
        Marked { entry, saw, flags, findings: ids }
    }
}

fn site(trace: &Analysable, op: OpIdx) -> Option<Site> {
    let op = trace.recorded.history.ops[op as usize];
    let (_, is_write, access) = op.kind.access()?;
    Some(Site { location: op.location, kind: analysis::races::AccessKind::new(is_write, access.atomic) })
}
