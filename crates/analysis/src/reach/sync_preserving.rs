//! Reorderings that keep the order of every lock's sections.
//!
//! Their ideals have a least one: whatever is needed, and for two sections of a lock that exclude each other and
//! are both begun, the release of the earlier. When the observed order is itself correct, so is its restriction
//! to that ideal, and when an ideal has no correct order, no larger one has.

use crate::history::OpIdx;
use crate::reach::Reach;
use crate::reach::budget::Budget;
use crate::reach::exact::Schedule;
use crate::reach::ideal::Ideal;
use crate::reach::order::{Freedom, Ordered};
use crate::reach::replay::Order;
use crate::witness::Witness;

/// Contradictions on the way to an order, when the observed one is not correct by itself.
const SYNC_PRESERVING_BUDGET: u64 = 1_000;

impl Reach<'_> {
    /// A witness that all targets are enabled after one reordering that keeps the order of sections.
    ///
    /// [`None`] too when the least ideal holds a read of which nobody knows what it saw.
    /// O(N + T · open sections · threads of their locks) at worst, much less for most.
    pub fn sync_preserving(&self, targets: &[OpIdx]) -> Option<Witness> {
        let mut ideal = Ideal::empty(self.history.threads.len());
        for &target in targets {
            ideal.enable(self.history, &self.must, target);
        }
        let reached = !self.holds_target(&ideal, targets)
            && self.close(&mut ideal)
            && !self.holds_target(&ideal, targets)
            && !self.holds_unknown(&ideal);
        match reached.then(|| self.sync_preserving_order(&ideal, &mut Budget::new(SYNC_PRESERVING_BUDGET)))? {
            Ordered::Yes(order) => Some(self.witness(&Schedule { ideal, order })),
            Ordered::No | Ordered::Unknown => None,
        }
    }

    /// The order of an ideal that [`Self::close`] grew: nearly always the observed one. When there is none, larger
    /// ideals have none either.
    pub(super) fn sync_preserving_order(&self, ideal: &Ideal, budget: &mut Budget) -> Ordered {
        if self.irregular(ideal) {
            self.order(ideal, Freedom::SyncPreserving, &[], budget)
        } else {
            Ordered::Yes(Order { observed_below: OpIdx::MAX, rest: Vec::new() })
        }
    }

    /// Grows an ideal until of two sections that exclude each other the earlier is closed; false when one that
    /// was never released would have to be.
    pub(super) fn close(&self, ideal: &mut Ideal) -> bool {
        let mut grown = true;
        while std::mem::take(&mut grown) {
            let mut at = 0;
            while let Some(&thread) = ideal.touched().get(at) {
                let open = self.open(ideal, thread);
                let earlier = open.iter().find(|&&section| self.locks.others(&self.sections, ideal, section).later);
                let Some(&earlier) = earlier else {
                    at += 1;
                    continue;
                };
                let Some(release) = self.sections.all[earlier as usize].release else { return false };
                ideal.take(self.history, &self.must, release);
                grown = true;
            }
        }
        true
    }
}
