//! Reorderings that keep the order of every lock's sections.
//!
//! Their ideals have a least one: whatever is needed, and for two sections of a lock that exclude each other and
//! are both begun, the release of the earlier. When the observed order is itself correct, so is its restriction
//! to that ideal, and when an ideal has no correct order, no larger one has.

use crate::history::{OpIdx, ThreadIdx};
use crate::reach::Reach;
use crate::reach::budget::Budget;
use crate::reach::exact::Schedule;
use crate::reach::ideal::Ideal;
use crate::reach::locks::Begun;
use crate::reach::order::{Freedom, Ordered};
use crate::reach::replay::Order;
use crate::sections::SectionIdx;
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
    ///
    /// Looks only at threads that took more since the last time: O(those · (open sections + threads of a lock) ·
    /// log), which it counts.
    pub(super) fn close(&self, ideal: &mut Ideal) -> bool {
        let sections = &self.sections.all;
        while let Some((thread, before)) = ideal.grown() {
            ideal.work += 1;
            let begun = self.locks.begun(thread, before, ideal.count(thread));
            let own = self.open(ideal, thread);
            if begun.is_empty() && own == self.open_at(thread, before) {
                continue;
            }
            ideal.open.retain(|&section| sections[section as usize].thread != thread);
            ideal.work += ((ideal.open.len() + own.len()) * begun.len().clamp(1, FEW)) as u64;
            let looked_at = |&section: &SectionIdx| self.locks.n_threads(sections[section as usize].lock) as u64;
            ideal.work += own.iter().map(looked_at).sum::<u64>();
            let earlier = own.iter().copied().find(|&section| self.locks.others(&self.sections, ideal, section).later);
            let earlier = earlier.or_else(|| self.closed_by(ideal, thread, begun));
            ideal.open.extend_from_slice(own);
            if let Some(earlier) = earlier {
                let Some(release) = sections[earlier as usize].end else { return false };
                ideal.take(self.history, &self.must, release);
                // There may be more that these sections close.
                ideal.look_again(thread, before);
            }
        }
        true
    }

    /// A section open in another thread that must be closed for what a thread has begun.
    fn closed_by(&self, ideal: &Ideal, thread: ThreadIdx, begun: &[Begun]) -> Option<SectionIdx> {
        let sections = &self.sections.all;
        let closes = |open: SectionIdx| {
            if begun.len() > FEW {
                return self.locks.last_in(thread, &self.sections, ideal, open).is_some_and(|last| last > open);
            }
            let excludes = |last: SectionIdx| sections[last as usize].excludes(&sections[open as usize]);
            begun.iter().any(|&(_, last)| last > open && excludes(last))
        };
        // Of threads that are still to be given out, some may be closed by now.
        ideal.open.iter().copied().find(|&open| closes(open) && !self.is_closed(ideal, open))
    }
}

/// Sections that are looked at one by one rather than by lock.
const FEW: usize = 4;
