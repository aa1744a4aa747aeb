//! Lost updates that did not happen, and could have.
//!
//! A correct reordering is wanted that contains A's read, then B's write, and enables A's write. Two questions to
//! a predictive engine lead to one, "can these be enabled together?": B's write and A's write; and B's write and
//! the acquire of the section that A's write is in, so that B goes first, leaves its sections, and A goes on.
//! The schedule found is run to its end before it is believed.
//!
//! Sound, not complete: an interleaving that needs more than B's leaving its sections is not looked for.

use std::collections::BTreeMap;

use hashbrown::HashSet;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{LocationId, OpIdx, OpKind, ThreadIdx, VarId};
use crate::races::Input;
use crate::updates::replay::Replay;
use crate::updates::{Evidence, Finding, LostUpdate, LostUpdates, Places, changes};
use crate::witness::Witness;

/// Reads with the write that follows them in their thread, by place.
type Blocks = BTreeMap<(VarId, ThreadIdx, LocationId, LocationId), Vec<(OpIdx, OpIdx)>>;
type Writes = BTreeMap<(VarId, ThreadIdx, LocationId), Vec<OpIdx>>;

/// How many of the blocks of a place are tried, the first ones.
const BLOCKS: usize = 3;

/// Adds predicted findings between places at which nothing was recorded.
///
/// `together` answers with a schedule that enables all of some operations, or [`None`] when there is none or none
/// is known; it is asked `questions` times at most, and then the answer is not complete. Memory O(accesses).
///
/// # Errors
/// [`Cancelled`].
pub fn add(
    input: Input<'_>,
    found: &mut LostUpdates,
    questions: usize,
    cancel: &Cancel,
    mut together: impl FnMut(&[OpIdx]) -> Option<Witness>,
) -> Result<(), Cancelled> {
    let mut known: HashSet<(VarId, Places)> =
        found.findings.iter().map(|finding| (finding.variable, finding.places)).collect();
    let (blocks, writes) = places(input);
    let mut left = questions;
    for (&(variable, thread, read, write), blocks) in &blocks {
        let of_variable = writes.range((variable, 0, 0)..=(variable, ThreadIdx::MAX, LocationId::MAX));
        for (&(_, other_thread, other), others) in of_variable {
            let places = Places { read, other, write };
            if other_thread == thread || known.contains(&(variable, places)) {
                continue;
            }
            cancel.check()?;
            for candidate in candidates(input, blocks, others) {
                if left == 0 {
                    found.complete = false;
                    return Ok(());
                }
                left -= 1;
                if let Some(witness) = schedule(input, candidate, &mut together) {
                    known.insert((variable, places));
                    found.findings.push(Finding {
                        evidence: Evidence::Predicted,
                        variable,
                        places,
                        count: 1,
                        instance: candidate,
                        witness: Some(witness),
                    });
                    break;
                }
            }
        }
    }
    Ok(())
}

fn places(input: Input<'_>) -> (Blocks, Writes) {
    let history = input.history;
    let (mut blocks, mut writes) = (Blocks::new(), Writes::new());
    let mut last_read: hashbrown::HashMap<(ThreadIdx, VarId), OpIdx> = hashbrown::HashMap::new();
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

/// The nearest writes of others before and after the first few blocks.
fn candidates(input: Input<'_>, blocks: &[(OpIdx, OpIdx)], others: &[OpIdx]) -> Vec<LostUpdate> {
    let mut candidates = Vec::new();
    for &(read, write) in blocks.iter().take(BLOCKS) {
        let before = others.partition_point(|&other| other < read).checked_sub(1);
        let after = others.partition_point(|&other| other < write);
        for other in before.into_iter().chain([after]).filter_map(|at| others.get(at).copied()) {
            if changes(input.history, read, other) != Some(false) {
                candidates.push(LostUpdate { read, other, write });
            }
        }
    }
    candidates
}

fn schedule(
    input: Input<'_>,
    lost: LostUpdate,
    together: &mut impl FnMut(&[OpIdx]) -> Option<Witness>,
) -> Option<Witness> {
    let sections = &input.sections.all;
    let held = input.sections.held(lost.write).iter().map(|&section| sections[section as usize].acquire);
    // The outermost section of the write that begins after the read.
    let acquire = held.filter(|&acquire| acquire > lost.read).min();
    let stops = [Some(lost.write), acquire];
    stops.into_iter().flatten().find_map(|stop| {
        let begin = together(&[stop, lost.other])?;
        finish(input, lost, &begin)
    })
}

/// Lets B write and leave its sections until A can go on to its write.
fn finish(input: Input<'_>, lost: LostUpdate, begin: &Witness) -> Option<Witness> {
    let history = input.history;
    let (writer, other) = (history.ops[lost.write as usize].thread, history.ops[lost.other as usize].thread);
    let mut replay = Replay::of(input, begin)?;
    if !replay.schedule.contains(&lost.read) || replay.next_of(other) != Some(lost.other) {
        return None;
    }
    replay.step(other)?;
    while !replay.enables(lost.write) {
        let next = replay.next_of(writer)?;
        let excluded = input.sections.at[next as usize]
            .filter(|_| matches!(history.ops[next as usize].kind, OpKind::Acquire { .. }))
            .is_some_and(|section| replay.excluded(section));
        replay.step(if excluded { other } else { writer })?;
    }
    Some(replay.witness())
}
