//! All sync-preserving races, thread by thread.
//!
//! For accesses of two threads, both taken in program order, the least ideals only grow: what one of them holds,
//! all later ones hold. So an earlier access that is held once never races again with that thread, and an ideal
//! that is no use makes all later ones none (section 5 of the POPL'21 paper). What the later access needs for
//! itself is the same for all partners and grows along its thread; for a partner, what that one needs is added.

use hashbrown::HashMap;

use crate::cancel::Cancelled;
use crate::history::{OpIdx, ThreadIdx, VarId};
use crate::reach::Reach;
use crate::reach::accesses::InThread;
use crate::reach::budget::Budget;
use crate::reach::ideal::Ideal;
use crate::reach::order::Ordered;

/// What all closures may cost before only one partner of an access is looked for, and in all: open sections and
/// threads of their locks looked at.
const MAX_WORK_ALL_PARTNERS: u64 = 600_000_000;
const MAX_WORK: u64 = 800_000_000;
/// Contradictions met, over all pairs, in looking for another order than the observed one.
const MAX_ORDERS: u64 = 20_000;

/// How much a walk may do.
#[derive(Debug, Clone, Copy)]
pub struct Tests {
    work: u64,
    orders: Budget,
    /// Whether some pair was not tested.
    pub spent: bool,
}

impl Tests {
    pub const fn new() -> Self {
        Self { work: 0, orders: Budget::new(MAX_ORDERS), spent: false }
    }

    /// Whether there is something left for one partner of an access, or for further ones.
    fn may(&mut self, further: bool) -> bool {
        let enough = self.work < if further { MAX_WORK_ALL_PARTNERS } else { MAX_WORK };
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

/// The later accesses of one thread.
struct Walk {
    /// What the present one needs.
    base: Ideal,
    /// What it and a partner need.
    pair: Ideal,
    /// By place of a variable, thread, and kind of the later access: where in the partners those begin that are
    /// not held yet; none is left to test at the end of them.
    begins: HashMap<(u32, ThreadIdx, usize), usize>,
}

impl Reach<'_> {
    /// Calls `found` with pairs (earlier access, later access): all, or, when there is too much to do, at least
    /// one for each later access that has any.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(super) fn walk_sync_preserving(
        &self,
        tests: &mut Tests,
        mut found: impl FnMut(VarId, OpIdx, OpIdx),
    ) -> Result<(), Cancelled> {
        let empty = Ideal::empty(self.history.threads.len());
        let mut walk = Walk { base: empty.clone(), pair: empty, begins: HashMap::new() };
        for thread in 0..self.history.threads.len() as ThreadIdx {
            walk.base.clear();
            walk.begins.clear();
            for &later in self.history.of_thread(thread) {
                let Some((place, kind)) = self.accesses.place(self.history.ops[later as usize].kind) else { continue };
                self.cancel.check()?;
                if !tests.may(false) {
                    return Ok(());
                }
                tests.work += std::mem::take(&mut walk.base.work) + std::mem::take(&mut walk.pair.work);
                walk.base.enable(self.history, &self.must, later);
                if !self.close(&mut walk.base) || self.holds_unknown(&walk.base) {
                    break;
                }
                if walk.base.contains(self.history, later) {
                    continue;
                }
                let (variable, threads) = &self.accesses.variables[place as usize];
                let mut races = false;
                for first in threads.iter().filter(|first| first.thread != thread) {
                    if !tests.may(races) {
                        break;
                    }
                    tests.work += 1;
                    self.walk_partners(&mut walk, tests, first, later, (place, kind), |earlier| {
                        races = true;
                        found(*variable, earlier, later);
                    });
                }
            }
        }
        Ok(())
    }

    fn walk_partners(
        &self,
        walk: &mut Walk,
        tests: &mut Tests,
        first: &InThread,
        later: OpIdx,
        (place, kind): (u32, usize),
        mut found: impl FnMut(OpIdx),
    ) {
        let partners = &first.partners_of[kind];
        let known = walk.base.count(first.thread);
        let begin = walk.begins.get(&(place, first.thread, kind)).copied().unwrap_or(0);
        let begin = begin.max(partners.partition_point(|&op| self.history.ops[op as usize].position < known));
        let end = partners.partition_point(|&op| op < later);
        let mut at = begin;
        let mut held_until = begin;
        let mut races = false;
        walk.pair.clear();
        while at < end && tests.may(races) {
            let earlier = partners[at];
            if walk.pair.contains(self.history, earlier) {
                at += 1;
                continue;
            }
            if walk.pair.touched().is_empty() {
                walk.pair.copy_from(&walk.base);
            }
            walk.pair.enable(self.history, &self.must, earlier);
            match self.tested(&mut walk.pair, earlier, later, tests) {
                Tested::Race => {
                    races = true;
                    found(earlier);
                }
                Tested::Held if !races => held_until = at + 1,
                Tested::Held => {}
                Tested::Never if !races => {
                    held_until = partners.len();
                    break;
                }
                Tested::Never => break,
            }
            at += 1;
        }
        if held_until > 0 {
            walk.begins.insert((place, first.thread, kind), held_until);
        }
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
