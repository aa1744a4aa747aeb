//! One question about many instances: can one operation of each of these lists be enabled together?
//!
//! The lists are of distinct threads, each in program order. An operation that some reordering needs it needs
//! for all later operations of that thread too; so what can be enabled together with an operation of one list
//! is a window of each other list.

use crate::cancel::Cancelled;
use crate::history::OpIdx;
use crate::reach::ideal::Ideal;
use crate::reach::{Decision, Reach};
use crate::witness::Witness;

/// Combinations of instances put to the exact engine for one question.
const MAX_COMBINATIONS: u32 = 10_000;
/// Combinations left undecided after which the question is.
const MAX_UNKNOWN: u32 = 8;

/// One operation of each list, in the order of the lists, and the proof that they are enabled together.
pub type Together = (Vec<OpIdx>, Witness);

/// The answer of [`Reach::exact_of`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionOf {
    Yes(Vec<OpIdx>, Witness),
    /// No combination.
    No,
    /// Some combination was not decided, or there are more than are looked at (10,000).
    Unknown,
}

impl Reach<'_> {
    /// The first combination that a reordering enables which keeps the order of every lock's sections.
    ///
    /// One pass (PLDI'23, Algorithm 2): the least ideal only grows from one combination to the next, and an
    /// operation it holds is passed by for good. The closure of all of them costs as much as that of the last.
    /// [`None`] too when the ideal comes to hold a read of which nobody knows what it saw.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn sync_preserving_of(&self, lists: &[&[OpIdx]]) -> Result<Option<Together>, Cancelled> {
        let mut ideal = Ideal::empty(self.history.threads.len());
        loop {
            self.cancel.check()?;
            let next = |list: &&[OpIdx]| {
                let passed = list.partition_point(|&op| ideal.contains(self.history, op));
                list.get(passed).copied()
            };
            let Some(targets) = lists.iter().map(next).collect::<Option<Vec<OpIdx>>>() else { return Ok(None) };
            for &target in &targets {
                ideal.enable(self.history, &self.must, target);
            }
            if !self.close(&mut ideal) || self.holds_unknown(&ideal) {
                return Ok(None);
            }
            if !self.holds_target(&ideal, &targets) {
                // Their own least ideal may be smaller than what the combinations before them needed as well.
                return Ok(self.sync_preserving(&targets).map(|witness| (targets, witness)));
            }
        }
    }

    /// A combination that some correct reordering enables. `budget` is that of [`Reach::exact`], for each.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn exact_of(&self, lists: &[&[OpIdx]], budget: u64) -> Result<DecisionOf, Cancelled> {
        let (mut combinations, mut unknown) = (0, 0);
        let mut targets: Vec<OpIdx> = Vec::with_capacity(lists.len());
        // For each chosen target and the next one: what is left of its list's window.
        let mut windows = vec![self.window(lists, &targets)];
        while let Some(window) = windows.last_mut() {
            let Some((&target, rest)) = window.split_first() else {
                windows.pop();
                targets.pop();
                continue;
            };
            *window = rest;
            targets.push(target);
            if targets.len() < lists.len() {
                windows.push(self.window(lists, &targets));
                continue;
            }
            self.cancel.check()?;
            combinations += 1;
            if combinations > MAX_COMBINATIONS {
                return Ok(DecisionOf::Unknown);
            }
            match self.exact(&targets, budget) {
                Decision::Yes(witness) => return Ok(DecisionOf::Yes(targets, witness)),
                Decision::No => {}
                Decision::Unknown => {
                    self.cancel.check()?;
                    unknown += 1;
                    if unknown >= MAX_UNKNOWN {
                        return Ok(DecisionOf::Unknown);
                    }
                }
            }
            targets.pop();
        }
        Ok(if unknown == 0 { DecisionOf::No } else { DecisionOf::Unknown })
    }

    /// Those of the next list that no chosen target needs, and that need none of them. O(targets · log).
    fn window<'l>(&self, lists: &[&'l [OpIdx]], targets: &[OpIdx]) -> &'l [OpIdx] {
        let mut window: &[OpIdx] = lists.get(targets.len()).copied().unwrap_or(&[]);
        for &target in targets {
            let needed = window.partition_point(|&op| self.needs(target, op));
            let free = window[needed..].partition_point(|&op| !self.needs(op, target));
            window = &window[needed..needed + free];
        }
        window
    }

    /// Whether an operation of another thread comes before `target` can be next.
    fn needs(&self, target: OpIdx, op: OpIdx) -> bool {
        let op = self.history.ops[op as usize];
        op.position < self.must.enabled_count(target, op.thread)
    }
}
