//! Lost updates in the answer. What only the order of events suggests stands apart from what is proven.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::cancel::Cancelled;
use crate::check::{self, Claim};
use crate::history::History;
use crate::report::answer::{Answer, EventNumber, Sources};
use crate::report::proving::Proving;
use crate::report::sources::{location_of, number, sources, thread_of};
use crate::report::stopwatch::Stopwatch;
use crate::updates::predicted::{self, Limits};
use crate::updates::{self, Evidence, Finding};
use crate::witness::Witness;

/// Lost updates of the recorded execution listed, those that values prove first; predicted ones come on top, at
/// most as many as questions are asked.
pub const UPDATES_LISTED: usize = 1_000;

/// Writes that rest on a value which another thread had replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostUpdatesAnswer {
    /// Proven by the values that were recorded, then those that another correct reordering loses.
    pub findings: Vec<LostUpdateFinding>,
    /// How many there are; more than listed when not complete.
    pub total: u64,
    /// The order alone suggests them: whether the write rests on the value read was not recorded.
    pub possible: Vec<LostUpdateFinding>,
    pub possible_total: u64,
    /// False when some are not listed, or not everything could be looked at.
    pub complete: bool,
}

/// Lost updates of one variable between the same three places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostUpdateFinding {
    pub evidence: Evidence,
    pub variable: String,
    /// The first instance: the read, the other thread's write after it, and the write that replaces that unseen.
    pub read: EventNumber,
    pub lost: EventNumber,
    pub overwrite: EventNumber,
    /// Lost writes it stands for.
    pub count: u64,
    /// Whose update is wrong, and whose write is lost.
    pub threads: [String; 2],
    pub locations: [String; 3],
    #[serde(flatten)]
    pub at: Sources,
    /// A schedule that reads, lets the other write, and has the overwriting write next. Absent when a read of
    /// unknown origin precedes it; then the recorded values are the proof, or nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
}

/// Fills in the lost updates. What the checker refuses becomes a disagreement.
pub fn add(answer: &mut Answer, proving: &Proving<'_>, stopwatch: &mut Stopwatch) -> Result<(), Cancelled> {
    let &Proving { history, chains, reach, recording, options, cancel } = proving;
    let found = stopwatch.time("updates", || {
        let mut found = updates::find(history, proving.input(), UPDATES_LISTED, cancel)?;
        let limits = Limits { budget: options.budget, ..Limits::default() };
        predicted::add(history, reach, &mut found, limits, cancel)?;
        for finding in &mut found.findings {
            finding.witness = finding.witness.take().map(|witness| chains.expand(witness));
        }
        Ok::<_, Cancelled>(found)
    })?;
    let mut lost_updates = LostUpdatesAnswer {
        total: found.totals.proven + found.totals.predicted,
        possible_total: found.totals.possible,
        complete: found.complete,
        ..LostUpdatesAnswer::default()
    };
    let claims = found.findings.iter().enumerate().filter_map(|(at, finding)| {
        let lost = finding.instance;
        let claim = check::LostUpdate { read: lost.read, other: lost.other, write: lost.write };
        Some((at, Claim::LostUpdate(claim), finding.witness.as_ref()?))
    });
    let positions: Vec<usize> = claims.clone().map(|(at, ..)| at).collect();
    let claims = claims.map(|(_, claim, witness)| (claim, witness));
    let refused = stopwatch.time("check", || check::accept_all(recording, claims, cancel))?;
    let mut refused: HashMap<usize, String> =
        refused.into_iter().map(|(at, why)| (positions[at], why.to_string())).collect();
    for (at, finding) in found.findings.into_iter().enumerate() {
        let (list, total) = match finding.evidence {
            Evidence::Proven | Evidence::Predicted => (&mut lost_updates.findings, &mut lost_updates.total),
            Evidence::Possible => (&mut lost_updates.possible, &mut lost_updates.possible_total),
        };
        match refused.remove(&at) {
            None => list.push(of_finding(history, finding)),
            Some(why) => {
                *total -= 1;
                answer.disagreements.push(disagreement(&finding, &why));
            }
        }
    }
    answer.lost_updates = Some(lost_updates);
    Ok(())
}

fn disagreement(finding: &Finding, why: &str) -> String {
    let lost = finding.instance;
    let [read, other, write] = [lost.read, lost.other, lost.write].map(number);
    format!("{} lost update of events {read}, {other} and {write}: {why}", name(finding.evidence))
}

fn of_finding(history: &History, finding: Finding) -> LostUpdateFinding {
    let lost = finding.instance;
    let ops = [lost.read, lost.other, lost.write];
    LostUpdateFinding {
        evidence: finding.evidence,
        variable: history.variables[finding.variable as usize].clone(),
        read: number(lost.read),
        lost: number(lost.other),
        overwrite: number(lost.write),
        count: finding.count,
        threads: [thread_of(history, lost.read), thread_of(history, lost.other)],
        locations: ops.map(|op| location_of(history, op)),
        at: sources(history, &ops),
        witness: finding.witness,
    }
}

pub const fn name(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Proven => "proven",
        Evidence::Possible => "possible",
        Evidence::Predicted => "predicted",
    }
}
