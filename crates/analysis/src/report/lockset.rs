//! What the lockset engine suspects, in the answer. Nothing of it is proven, so none of it is a finding.

use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::history::History;
use crate::races::findings::{Finding, Limits, Proven};
use crate::races::{Input, lockset};
use crate::reads_from::reads_from;
use crate::report::answer::{EngineRaces, RacingPair};
use crate::report::races::{of_found, racing_pair};
use crate::sections::Sections;

/// Pairs under no common lock that no structure of the program orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocksetAnswer {
    /// Figures as of the other engines; proven races are among these pairs.
    #[serde(flatten)]
    pub races: EngineRaces,
    /// Of class `lockset`, by their first instances; those between whose places a race is proven are left out.
    pub suspected: Vec<RacingPair>,
    /// False when suspicions were cut off, or could not all be looked at.
    pub suspected_complete: bool,
}

/// `proven` is what the other engines proved of the same history, or nothing where they were not asked.
pub fn answer(
    history: &History,
    proven: &Proven,
    pairs_listed: usize,
    cancel: &Cancel,
) -> Result<LocksetAnswer, Cancelled> {
    let (sections, writers) = (Sections::of(history), reads_from(history));
    let input = Input { history, sections: &sections, reads_from: &writers };
    let races = of_found(lockset::pairs(input, pairs_listed, cancel)?);
    let limits = Limits { pairs: pairs_listed, ..Limits::default() };
    let (findings, suspected_complete) = lockset::findings(input, proven, limits, cancel)?;
    let suspected = findings.iter().map(|finding: &Finding| racing_pair(history, finding)).collect();
    Ok(LocksetAnswer { races, suspected, suspected_complete })
}
