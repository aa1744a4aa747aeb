//! All sync-preserving races, thread pair by thread pair.
//!
//! For accesses of two threads, both taken in program order, the least ideals only grow: what one of them holds,
//! all later ones hold. So an earlier access that is held once never races again with that thread, and an ideal
//! that is no use ends the walk (section 5 of the POPL'21 paper).

use crate::cancel::Cancelled;
use crate::history::{OpIdx, VarId};
use crate::reach::Reach;
use crate::reach::accesses::{InThread, KINDS};
use crate::reach::budget::Budget;
use crate::reach::ideal::Ideal;
use crate::reach::order::Ordered;

/// Pairs beyond the first partners of an access.
const MAX_PAIRS: u64 = 5_000_000;
/// Pairs of threads, summed over the variables they share: some seconds, however little they do.
pub const MAX_THREAD_PAIRS: u64 = 4_000_000;
/// Contradictions met, over all pairs, in looking for another order than the observed one.
const MAX_ORDERS: u64 = 20_000;

/// How much a walk may do.
#[derive(Debug, Clone, Copy)]
pub struct Tests {
    pairs: Budget,
    thread_pairs: Budget,
    orders: Budget,
    /// Whether some pair was not tested.
    pub spent: bool,
}

impl Tests {
    pub const fn new() -> Self {
        let [pairs, thread_pairs, orders] =
            [Budget::new(MAX_PAIRS), Budget::new(MAX_THREAD_PAIRS), Budget::new(MAX_ORDERS)];
        Self { pairs, thread_pairs, orders, spent: false }
    }

    fn pair(&mut self) -> bool {
        let enough = self.pairs.take(1);
        self.spent |= !enough;
        enough
    }

    fn threads(&mut self) -> bool {
        let enough = self.thread_pairs.take(1);
        self.spent |= !enough;
        enough
    }
}

enum Tested {
    Race,
    /// The ideal holds the earlier access; one further on may race.
    Held,
    /// No larger ideal is any use either.
    Never,
}

/// Ideals of a walk.
struct Walk {
    /// Of the present pair; grows from pair to pair.
    ideal: Ideal,
    /// Beyond it, for further partners of one access.
    further: Ideal,
}

impl Reach<'_> {
    /// Calls `found` with every pair (earlier access, later access): for each later one its first partner of each
    /// thread, and while `tests` last all further ones.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(super) fn walk_sync_preserving(
        &self,
        tests: &mut Tests,
        mut found: impl FnMut(VarId, OpIdx, OpIdx),
    ) -> Result<(), Cancelled> {
        let empty = Ideal::empty(self.history.threads.len());
        let mut walk = Walk { ideal: empty.clone(), further: empty };
        for (variable, threads) in &self.accesses.variables {
            for second in threads {
                self.cancel.check()?;
                for first in threads.iter().filter(|first| first.thread != second.thread) {
                    if !tests.threads() {
                        return Ok(());
                    }
                    for kind in 0..KINDS {
                        self.walk_kind(&mut walk, first, second, kind, tests, |a, b| found(*variable, a, b))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn walk_kind(
        &self,
        walk: &mut Walk,
        first: &InThread,
        second: &InThread,
        kind: usize,
        tests: &mut Tests,
        mut found: impl FnMut(OpIdx, OpIdx),
    ) -> Result<(), Cancelled> {
        walk.ideal.clear();
        for &later in &second.of_kind[kind] {
            let mut partners = first.unordered_before(self.history, &self.must, later, kind);
            if partners.is_empty() {
                continue;
            }
            self.cancel.check()?;
            walk.ideal.enable(self.history, &self.must, later);
            let partner = loop {
                let held = partners.partition_point(|&earlier| walk.ideal.contains(self.history, earlier));
                partners = &partners[held..];
                let Some(&earlier) = partners.first() else { break None };
                walk.ideal.enable(self.history, &self.must, earlier);
                match self.tested(&mut walk.ideal, earlier, later, tests) {
                    Tested::Race => break Some(earlier),
                    Tested::Held => {}
                    Tested::Never => return Ok(()),
                }
            };
            let Some(partner) = partner else { continue };
            found(partner, later);
            partners = &partners[1..];
            if partners.is_empty() || !tests.pair() {
                continue;
            }
            walk.further.copy_from(&walk.ideal);
            while let Some((&earlier, rest)) = partners.split_first() {
                partners = rest;
                if walk.further.contains(self.history, earlier) {
                    continue;
                }
                if !tests.pair() {
                    break;
                }
                walk.further.enable(self.history, &self.must, earlier);
                match self.tested(&mut walk.further, earlier, later, tests) {
                    Tested::Race => found(earlier, later),
                    Tested::Held => {}
                    Tested::Never => break,
                }
            }
        }
        Ok(())
    }

    /// Closes an ideal that enables both accesses.
    fn tested(&self, ideal: &mut Ideal, earlier: OpIdx, later: OpIdx, tests: &mut Tests) -> Tested {
        if !self.close(ideal) || self.holds_unknown(ideal) || ideal.contains(self.history, later) {
            return Tested::Never;
        }
        if ideal.contains(self.history, earlier) {
            return Tested::Held;
        }
        match self.sync_preserving_order(ideal, &mut tests.orders) {
            Ordered::Yes(_) => Tested::Race,
            Ordered::No => Tested::Never,
            Ordered::Unknown => {
                tests.spent = true;
                Tested::Never
            }
        }
    }
}
