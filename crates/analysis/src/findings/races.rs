//! Races: one finding for each variable and pair of places, with the strongest class any of its pairs has.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use model::analysis::{FindingClass, FindingKind, Role, Severity};

use super::identity::identity;
use super::proof::{Proof, ThreadNames};
use super::{Findings, Found, Search};
use crate::cancel::Cancelled;
use crate::history::OpIdx;
use crate::races::findings::{Finding, Limits, Predicted, of};
use crate::races::observed::Observed;
use crate::races::{Class, findings};
use crate::reach::{Decision, ExactRaces, Reached};
use crate::witness::Witness;

/// Sync-preserving pairs that findings are made of, when the exact engine does not run.
const MAX_PREDICTED: usize = 500_000;
/// Findings of one class between two places.
const MAX_FINDINGS: usize = 10_000;

pub fn add(search: &Search<'_>, findings: &mut Findings) -> Result<(), Cancelled> {
    let history = search.history;
    let (predicted, exact) = predict(search, findings)?;
    // Pairs are counted by finding; none is listed.
    let limits = Limits { pairs: 0, findings: MAX_FINDINGS };
    let proven = of(search.input, &predicted, limits, search.cancel)?;
    drop(predicted);
    findings.complete &= proven.findings_complete;

    let names = ThreadNames::of(history);
    let observed = Observed::new(search.input);
    let mut merged = merge(&proven.findings);
    merged
        .sort_by_key(|finding| (severity(finding).cmp(&Severity::Critical).reverse(), finding.class, finding.instance));
    for finding in merged {
        search.cancel.check()?;
        findings.explained.insert(finding.variable);
        if !findings.checker.has_room() {
            continue;
        }
        let (first, second) = finding.instance;
        let Some(witness) = witness(search, &observed, &exact, &finding) else {
            findings.checker.refuse();
            continue;
        };
        let witness = search.chains.expand(witness);
        if !findings.checker.race(&witness, finding.instance) {
            continue;
        }
        let events = vec![search.event(Role::First, first), search.event(Role::Second, second)];
        findings.push(Found {
            id: identity(history, FindingKind::Race, &events),
            kind: FindingKind::Race,
            class: class(finding.class),
            severity: severity(&finding),
            variable: Some(finding.variable),
            locks: Vec::new(),
            count: finding.count,
            events,
            proof: Proof::of(&names, &witness),
        });
    }
    Ok(())
}

/// What a predictive engine proves.
fn predict(search: &Search<'_>, findings: &mut Findings) -> Result<(Vec<Predicted>, ExactRaces), Cancelled> {
    if !search.options.exact {
        let found = search.reach.syncp(MAX_PREDICTED)?;
        if !found.complete {
            findings.complete = false;
            findings.notes.push("there are more pairs of accesses than were looked at".into());
        }
        let class = Class::SyncPreserving;
        let predicted = found.pairs.iter().map(|&(first, second)| Predicted { first, second, class }).collect();
        return Ok((predicted, ExactRaces::default()));
    }
    let exact = search.reach.exact_races(search.options.budget)?;
    findings.undecided += exact.unknown.len() as u64;
    findings.complete &= exact.complete;
    let class = |reached| match reached {
        Reached::SyncPreserving => Class::SyncPreserving,
        Reached::Predictable => Class::Predictable,
    };
    let predicted =
        exact.pairs.iter().map(|pair| Predicted { first: pair.first, second: pair.second, class: class(pair.reached) });
    Ok((predicted.collect(), exact))
}

/// One finding for each variable and pair of places: of the strongest class, for all pairs.
fn merge(all: &[Finding]) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    let mut at = HashMap::new();
    // The strongest class comes first.
    for finding in all {
        match at.entry((finding.variable, finding.sites)) {
            Entry::Occupied(known) => {
                let known: &mut findings::Finding = &mut merged[*known.get()];
                known.count += finding.count;
            }
            Entry::Vacant(slot) => {
                slot.insert(merged.len());
                merged.push(finding.clone());
            }
        }
    }
    merged
}

/// The least schedule there is: of all that is schedulable that of a reordering which keeps the order of sections.
fn witness(search: &Search<'_>, observed: &Observed<'_>, exact: &ExactRaces, finding: &Finding) -> Option<Witness> {
    let pair: [OpIdx; 2] = finding.instance.into();
    match finding.class {
        Class::Observed => {
            Some(search.reach.sync_preserving(&pair).unwrap_or_else(|| observed.witness(finding.instance.0)))
        }
        Class::Schedulable | Class::SyncPreserving => search.reach.sync_preserving(&pair),
        Class::Predictable => match exact.schedules.get(&finding.instance) {
            Some(schedule) => Some(search.reach.witness(schedule)),
            None => match search.reach.exact(&pair, search.options.budget) {
                Decision::Yes(witness) => Some(witness),
                Decision::No | Decision::Unknown => None,
            },
        },
        Class::Lockset => None,
    }
}

const fn class(class: Class) -> FindingClass {
    match class {
        Class::Observed => FindingClass::Observed,
        Class::Schedulable => FindingClass::Schedulable,
        Class::SyncPreserving => FindingClass::SyncPreserving,
        Class::Predictable => FindingClass::Predictable,
        Class::Lockset => FindingClass::Possible,
    }
}

fn severity(finding: &Finding) -> Severity {
    let (one, other) = finding.sites;
    if one.kind.writes() && other.kind.writes() { Severity::Critical } else { Severity::Warning }
}
