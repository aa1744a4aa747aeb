//! Races in the answer: the engines' figures, and the findings.

use crate::cancel::{Cancel, Cancelled};
use crate::chains::Chains;
use crate::check::{self, Claim};
use crate::history::{History, OpIdx};
use crate::races::findings::{Finding, Limits, Predicted, Proven};
use crate::races::observed::Observed;
use crate::races::{self, AccessKind, Class, Found, Input};
use crate::reach::{Decision, ExactRaces, Reach, Reached, SyncRaces};
use crate::reads_from::reads_from;
use crate::report::answer::{Answer, EngineRaces, EventNumber, RaceFinding, RacingPair};
use crate::report::options::{Options, RaceEngines};
use crate::report::proving::Proving;
use crate::report::sources::{location_of, number, sources, thread_of};
use crate::report::stopwatch::Stopwatch;
use crate::sections::Sections;
use crate::witness::Witness;

/// Sync-preserving pairs that findings are made of, when the exact engine does not run.
const MAX_PREDICTED: usize = 2_000_000;

/// Fills in what happens-before says: figures, and no findings.
pub fn add_happens_before(
    answer: &mut Answer,
    history: &History,
    options: &Options,
    stopwatch: &mut Stopwatch,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let found = stopwatch.time("hb", || {
        let (sections, writers) = (Sections::of(history), reads_from(history));
        let input = Input { history, sections: &sections, reads_from: &writers };
        races::hb::races(input, options.pairs_listed, cancel)
    })?;
    answer.races.hb = Some(of_found(found));
    Ok(())
}

/// Fills in what the other engines say, and the findings with their witnesses. What the checker refuses becomes
/// a disagreement. What is proven comes back without the findings.
pub fn add_proven(
    answer: &mut Answer,
    engines: RaceEngines,
    proving: &Proving<'_>,
    stopwatch: &mut Stopwatch,
) -> Result<Proven, Cancelled> {
    let &Proving { history, chains, reach, recording, options, cancel } = proving;
    let input = proving.input();
    let limit = options.pairs_listed;
    let mut predicted = Vec::new();
    let mut exact_pairs = ExactRaces::default();
    if engines.exact() {
        let walk = if engines.syncp() { "syncp" } else { "exact" };
        let sync_pairs = stopwatch.time(walk, || reach.sync_pairs())?;
        if engines.syncp() {
            answer.races.syncp = Some(of_sync_races(sync_pairs.races(limit), limit));
        }
        exact_pairs = stopwatch.time("exact", || reach.exact_beyond(sync_pairs, options.budget))?;
        predicted = of_exact(&exact_pairs);
        answer.races.exact = Some(of_exact_races(&exact_pairs, limit));
    } else if engines.syncp() {
        let found = stopwatch.time("syncp", || reach.syncp(limit.max(MAX_PREDICTED)))?;
        predicted = of_class(Class::SyncPreserving, &found.pairs);
        answer.races.syncp = Some(of_sync_races(found, limit));
    }
    let limits = Limits { pairs: limit, ..Limits::default() };
    let mut all = stopwatch.time("shb", || races::findings::of(input, &predicted, limits, cancel))?;
    drop(predicted);
    let (proven, schedulable) = (std::mem::take(&mut all.findings), std::mem::take(&mut all.schedulable));
    if engines.shb() {
        answer.races.shb = Some(of_found(schedulable));
    }

    let proofs = Proofs { input, chains, reach, exact_pairs, budget: options.budget };
    let witnesses = stopwatch.time("witnesses", || proofs.of(&proven, cancel))?;
    let claims: Vec<(Claim<'_>, &Witness)> = (proven.iter().zip(&witnesses))
        .filter_map(|(finding, witness)| Some((Claim::Race(finding.instance.0, finding.instance.1), witness.as_ref()?)))
        .collect();
    let refused = stopwatch.time("check", || check::accept_all(recording, claims, cancel))?;
    // Positions of refused claims are among those that have a witness.
    let mut refused = refused.into_iter().peekable();
    let mut claim = 0;
    let findings = answer.findings.get_or_insert_default();
    for (finding, witness) in proven.iter().zip(witnesses) {
        let Some(witness) = witness else {
            answer.disagreements.push(disagreement(finding, "it has no witness"));
            continue;
        };
        match refused.next_if(|&(at, _)| at == claim) {
            Some((_, why)) => answer.disagreements.push(disagreement(finding, &why.to_string())),
            None => findings.push(RaceFinding { pair: racing_pair(history, finding), witness }),
        }
        claim += 1;
    }
    Ok(all)
}

fn disagreement(finding: &Finding, why: &str) -> String {
    let (first, second) = finding.instance;
    format!("{} race of events {} and {}: {why}", name(finding.class), number(first), number(second))
}

/// Where the witnesses of the classes come from.
struct Proofs<'a, 'h> {
    input: Input<'a>,
    chains: &'a Chains<'h>,
    reach: &'a Reach<'h>,
    exact_pairs: ExactRaces,
    budget: u64,
}

impl Proofs<'_, '_> {
    /// A witness for the instance of each finding; [`None`] where an engine does not stand by its answer.
    ///
    /// What is schedulable is sync-preserving, and the least schedule of that kind is the shortest to replay.
    fn of(&self, findings: &[Finding], cancel: &Cancel) -> Result<Vec<Option<Witness>>, Cancelled> {
        let observed = Observed::new(self.input);
        let mut witnesses = Vec::with_capacity(findings.len());
        for finding in findings {
            cancel.check()?;
            let (first, second) = finding.instance;
            let witness = match finding.class {
                Class::Observed => Some(observed.witness(first)),
                Class::Schedulable | Class::SyncPreserving => self.reach.sync_preserving(&[first, second]),
                Class::Predictable => self.predictable(first, second),
                Class::Lockset => None,
            };
            witnesses.push(witness.map(|witness| self.chains.expand(witness)));
        }
        Ok(witnesses)
    }

    fn predictable(&self, first: OpIdx, second: OpIdx) -> Option<Witness> {
        if let Some(schedule) = self.exact_pairs.schedules.get(&(first, second)) {
            return Some(self.reach.witness(schedule));
        }
        match self.reach.exact(&[first, second], self.budget) {
            Decision::Yes(witness) => Some(witness),
            Decision::No | Decision::Unknown => None,
        }
    }
}

fn of_class(class: Class, pairs: &[(OpIdx, OpIdx)]) -> Vec<Predicted> {
    pairs.iter().map(|&(first, second)| Predicted { first, second, class }).collect()
}

fn of_exact(found: &ExactRaces) -> Vec<Predicted> {
    let class = |reached| match reached {
        Reached::SyncPreserving => Class::SyncPreserving,
        Reached::Predictable => Class::Predictable,
    };
    let predicted = |pair: &crate::reach::RacePair| Predicted {
        first: pair.first,
        second: pair.second,
        class: class(pair.reached),
    };
    found.pairs.iter().map(predicted).collect()
}

pub fn of_found(found: Found) -> EngineRaces {
    EngineRaces {
        racy_events: numbers(&found.racy_events),
        pairs: numbered(found.pairs.into_iter()),
        pairs_total: found.pairs_total,
        complete: found.complete,
        unknown: Vec::new(),
    }
}

fn of_sync_races(found: SyncRaces, limit: usize) -> EngineRaces {
    EngineRaces {
        racy_events: numbers(&found.racy_events),
        complete: found.complete && found.pairs.len() <= limit,
        pairs: numbered(found.pairs.into_iter().take(limit)),
        pairs_total: found.pairs_total,
        unknown: Vec::new(),
    }
}

fn of_exact_races(found: &ExactRaces, limit: usize) -> EngineRaces {
    EngineRaces {
        racy_events: numbers(&found.racy_events),
        pairs: numbered(found.pairs.iter().take(limit).map(|pair| (pair.first, pair.second))),
        pairs_total: found.pairs.len() as u64,
        complete: found.complete && found.pairs.len() <= limit,
        unknown: numbered(found.unknown.iter().take(limit).copied()),
    }
}

pub fn racing_pair(history: &History, finding: &Finding) -> RacingPair {
    let (first, second) = finding.instance;
    RacingPair {
        class: name(finding.class).to_owned(),
        variable: history.variables[finding.variable as usize].clone(),
        first: number(first),
        second: number(second),
        count: finding.count,
        threads: [thread_of(history, first), thread_of(history, second)],
        locations: [location_of(history, first), location_of(history, second)],
        accesses: [access_kind(history, first), access_kind(history, second)],
        at: sources(history, &[first, second]),
    }
}

/// Findings are of accesses only.
fn access_kind(history: &History, op: OpIdx) -> AccessKind {
    let (writes, atomic) =
        history.ops[op as usize].kind.access().map_or((false, false), |(_, writes, how)| (writes, how.atomic));
    AccessKind::new(writes, atomic)
}

fn numbers(ops: &[OpIdx]) -> Vec<EventNumber> {
    ops.iter().map(|&op| number(op)).collect()
}

/// Sorted.
fn numbered(pairs: impl Iterator<Item = (OpIdx, OpIdx)>) -> Vec<(EventNumber, EventNumber)> {
    let mut pairs: Vec<_> = pairs.map(|(first, second)| (number(first), number(second))).collect();
    pairs.sort_unstable();
    pairs
}

const fn name(class: Class) -> &'static str {
    match class {
        Class::Observed => "observed",
        Class::Schedulable => "schedulable",
        Class::SyncPreserving => "sync_preserving",
        Class::Predictable => "predictable",
        Class::Lockset => "lockset",
    }
}
