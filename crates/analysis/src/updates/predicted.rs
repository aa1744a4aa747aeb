//! Lost updates that did not happen, and could have.
//!
//! A correct reordering is wanted that takes A's read, then B's write, and enables A's write: one question to the
//! exact engine ([`Reach::decide`]). Places at which something was recorded are not asked about, and of each place
//! only the nearest candidates.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, LocationId, OpIdx, OpKind, ThreadIdx, VarId};
use crate::reach::{Decision, Question, Reach};
use crate::updates::{Evidence, Finding, LostUpdate, LostUpdates, Places, changes};

/// Reads with a write that follows them in their thread, without another read between, by place.
type Blocks = BTreeMap<(VarId, ThreadIdx, LocationId, LocationId), Vec<(OpIdx, OpIdx)>>;
type Writes = BTreeMap<(VarId, ThreadIdx, LocationId), Vec<OpIdx>>;

/// Of a place, how many blocks are asked about, and how many writes before and after each.
const BLOCKS: usize = 8;
const NEAREST: usize = 4;

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Questions, all together.
    pub questions: usize,
    /// What each may cost, as for [`Reach::exact`].
    pub budget: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { questions: 2_000, budget: crate::reach::DEFAULT_BUDGET }
    }
}

/// Adds predicted findings between places at which nothing was recorded. The answer is not complete any more when
/// candidates were left out, or a question was left undecided. Memory O(accesses).
///
/// # Errors
/// [`Cancelled`].
pub fn add(
    history: &History,
    reach: &Reach<'_>,
    found: &mut LostUpdates,
    limits: Limits,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let mut predicted: HashSet<(VarId, Places)> = HashSet::new();
    let (blocks, writes) = places(history);
    let mut left = limits.questions;
    for (&(variable, thread, read, write), blocks) in &blocks {
        let of_variable = writes.range((variable, 0, 0)..=(variable, ThreadIdx::MAX, LocationId::MAX));
        for (&(_, other_thread, other), others) in of_variable {
            let places = Places { read, other, write };
            let is_known = found.recorded.contains(&(variable, places)) || predicted.contains(&(variable, places));
            if other_thread == thread || is_known {
                continue;
            }
            let (candidates, all) = candidates(history, blocks, others);
            let mut decided = all;
            for lost in candidates {
                cancel.check()?;
                if left == 0 {
                    found.complete = false;
                    return Ok(());
                }
                left -= 1;
                let question = Question { enabled: &[lost.write], taken: &[], ordered: &[(lost.read, lost.other)] };
                match reach.decide(&question, limits.budget) {
                    Decision::Yes(witness) => {
                        predicted.insert((variable, places));
                        let witness = Some(witness);
                        let evidence = Evidence::Predicted;
                        found.totals.predicted += 1;
                        found.findings.push(Finding { evidence, variable, places, count: 1, instance: lost, witness });
                        decided = true;
                        break;
                    }
                    Decision::No => {}
                    Decision::Unknown => decided = false,
                }
            }
            found.complete &= decided;
        }
    }
    Ok(())
}

fn places(history: &History) -> (Blocks, Writes) {
    let (mut blocks, mut writes) = (Blocks::new(), Writes::new());
    let mut last_read: HashMap<(ThreadIdx, VarId), OpIdx> = HashMap::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        let op_idx = op_idx as OpIdx;
        if let OpKind::Write(variable, _) = op.kind
            && let Some(&read) = last_read.get(&(op.thread, variable))
        {
            let place = (variable, op.thread, history.ops[read as usize].location, op.location);
            blocks.entry(place).or_default().push((read, op_idx));
        }
        if let Some(variable) = op.kind.writes() {
            writes.entry((variable, op.thread, op.location)).or_default().push(op_idx);
        }
        if let Some(variable) = op.kind.reads() {
            last_read.insert((op.thread, variable), op_idx);
        }
    }
    (blocks, writes)
}

/// The nearest writes of others before and after the first blocks, nearest first, and whether they are all.
fn candidates(history: &History, blocks: &[(OpIdx, OpIdx)], others: &[OpIdx]) -> (Vec<LostUpdate>, bool) {
    let mut candidates = Vec::new();
    let mut all = blocks.len() <= BLOCKS;
    for distance in 0..NEAREST {
        for &(read, write) in blocks.iter().take(BLOCKS) {
            let begin = others.partition_point(|&other| other < read);
            let end = others.partition_point(|&other| other < write);
            all &= begin <= NEAREST && others.len() - end <= NEAREST;
            let before = begin.checked_sub(distance + 1);
            for other in [before, Some(end + distance)].into_iter().flatten().filter_map(|at| others.get(at).copied()) {
                if changes(history, read, other) != Some(false) {
                    candidates.push(LostUpdate { read, other, write });
                }
            }
        }
    }
    (candidates, all)
}
