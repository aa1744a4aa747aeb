//! Lost updates: those that values prove, and those that only the order suggests where no race says more.

use hashbrown::HashSet;
use model::analysis::{FindingClass, FindingKind, Role, Severity};

use super::identity::identity;
use super::proof::{Proof, ThreadNames};
use super::{Findings, Found, Search};
use crate::cancel::Cancelled;
use crate::check;
use crate::history::{LocationId, OpIdx, VarId};
use crate::updates::predicted::{self, Limits};
use crate::updates::{self, Evidence, Finding};

const MAX_FINDINGS: usize = 10_000;

pub fn add(search: &Search<'_>, findings: &mut Findings) -> Result<(), Cancelled> {
    let history = search.history;
    let mut found = updates::find(history, search.input, MAX_FINDINGS, search.cancel)?;
    if search.options.exact {
        let limits = Limits { budget: search.options.budget, ..Limits::default() };
        predicted::add(history, search.reach, &mut found, limits, search.cancel)?;
    }
    findings.complete &= found.complete;
    let racing = racing(search, findings);
    let names = ThreadNames::of(history);
    for mut finding in found.findings {
        search.cancel.check()?;
        finding.witness = finding.witness.map(|witness| search.chains.expand(witness));
        let places = finding.places;
        let says_the_same =
            |one: LocationId, other: LocationId| racing.contains(&(finding.variable, one.min(other), one.max(other)));
        let explained = says_the_same(places.read, places.other) || says_the_same(places.write, places.other);
        if finding.evidence != Evidence::Proven && explained {
            continue;
        }
        let lost = finding.instance;
        let claim = check::LostUpdate { read: lost.read, other: lost.other, write: lost.write };
        if finding.witness.as_ref().is_some_and(|witness| !findings.checker.lost_update(witness, claim)) {
            continue;
        }
        findings.explained.insert(finding.variable);
        findings.push(of_finding(search, &names, &finding));
    }
    Ok(())
}

/// Variables and the places between which they race.
fn racing(search: &Search<'_>, findings: &Findings) -> HashSet<(VarId, LocationId, LocationId)> {
    let location = |op: OpIdx| search.history.ops[op as usize].location;
    let races = findings.found.iter().filter(|found| found.kind == FindingKind::Race);
    races
        .filter_map(|race| {
            let [first, second] = &race.events[..] else { return None };
            let (first, second) = (location(first.op), location(second.op));
            Some((race.variable?, first.min(second), first.max(second)))
        })
        .collect()
}

fn of_finding(search: &Search<'_>, names: &ThreadNames<'_>, finding: &Finding) -> Found {
    let lost = finding.instance;
    let (class, severity) = match finding.evidence {
        Evidence::Proven => (FindingClass::Observed, Severity::Critical),
        Evidence::Predicted => (FindingClass::Predictable, Severity::Warning),
        Evidence::Possible => (FindingClass::Possible, Severity::Info),
    };
    let events = vec![
        search.event(Role::StaleRead, lost.read),
        search.event(Role::LostWrite, lost.other),
        search.event(Role::Overwrite, lost.write),
    ];
    Found {
        id: identity(search.history, FindingKind::LostUpdate, &events),
        kind: FindingKind::LostUpdate,
        class,
        severity,
        variable: Some(finding.variable),
        locks: Vec::new(),
        count: finding.count,
        events,
        proof: finding.witness.as_ref().and_then(|witness| Proof::of(names, witness)),
    }
}
