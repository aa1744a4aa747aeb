//! Can these operations all be next at once, after some correct reordering of what was recorded?
//!
//! A **correct reordering** takes a prefix of every thread, with what each operation needs (program order, edges,
//! and the write that a read saw), in an order that keeps lock exclusion and lets every read see that write.
//! It **enables** an operation when all that precedes the operation is taken and the operation is not. Races and
//! deadlocks are questions of that one form, for two conflicting accesses and for `k` acquires.
//!
//! - [`Reach::sync_preserving`]: among the reorderings that keep the order of every lock's sections (Mathur,
//!   Pavlogiannis, Viswanathan: "Optimal prediction of synchronization-preserving races", POPL'21; the same
//!   closure for deadlocks: Tunç, Mathur, Pavlogiannis, Viswanathan, PLDI'23).
//! - [`Reach::exact`]: among all of them, within a budget.

mod accesses;
mod budget;
mod candidates;
mod exact;
mod ideal;
mod instances;
mod locks;
mod must;
mod order;
mod precedence;
mod races;
mod replay;
mod sat;
mod sync_preserving;
mod variables;
mod walk;

use std::collections::BTreeMap;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, OpIdx, ThreadIdx};
use crate::reads_from::{Writer, reads_from};
use crate::sections::{SectionIdx, Sections};
use crate::witness::{Recorded, Segments, Witness};

pub use candidates::{Candidates, Group};
pub use exact::{Question, Schedule};
pub use instances::{DecisionOf, Together};
pub use races::{DEFAULT_BUDGET, ExactRaces, RacePair, Reached, SyncPairs, SyncRaces, exact_races, syncp};

use accesses::SharedAccesses;
use ideal::Ideal;
use locks::LockIndex;
use must::MustOrder;
use variables::Variables;

/// The answer of [`Reach::exact`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Yes(Witness),
    /// No correct reordering does it.
    No,
    /// The budget is spent, the work was cancelled, or only reorderings do it that hold a read of which nobody
    /// knows what it saw.
    Unknown,
}

/// What the questions about one history have in common, computed once.
///
/// Memory: that of the must-order (see its module), 24 bytes an access; a question takes 8 bytes a thread besides.
#[derive(Debug)]
pub struct Reach<'h> {
    history: &'h History,
    cancel: Cancel,
    sections: Sections,
    locks: LockIndex,
    writers: Vec<Option<Writer>>,
    must: MustOrder,
    variables: Variables,
    accesses: SharedAccesses,
    /// By thread: the first position whose operation makes the observed order no correct reordering.
    irregular_from: Vec<u32>,
    /// By thread: the first position of a read of which nobody knows what it saw.
    unknown_from: Vec<u32>,
}

impl<'h> Reach<'h> {
    /// O(N log N + joins · T).
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn new(history: &'h History, cancel: &Cancel) -> Result<Self, Cancelled> {
        let sections = Sections::of(history);
        cancel.check()?;
        let locks = LockIndex::of(history, &sections);
        let writers = reads_from(history);
        let must = MustOrder::of(history, &writers, cancel)?;
        let (irregular_from, unknown_from) = doubtful(history, &sections, &locks, &writers);
        Ok(Self {
            locks,
            variables: Variables::of(history, &writers),
            accesses: SharedAccesses::of(history),
            cancel: cancel.clone(),
            history,
            sections,
            writers,
            must,
            irregular_from,
            unknown_from,
        })
    }

    pub fn sections(&self) -> &Sections {
        &self.sections
    }

    pub fn writers(&self) -> &[Option<Writer>] {
        &self.writers
    }

    /// The sections a thread is inside of after so many of its operations.
    fn open_at(&self, thread: ThreadIdx, count: u32) -> &[SectionIdx] {
        match self.history.of_thread(thread).get(count as usize) {
            Some(&next) => self.sections.held(next),
            None => self.locks.never_released(thread),
        }
    }

    /// The sections a thread is inside of at an ideal's frontier.
    fn open(&self, ideal: &Ideal, thread: ThreadIdx) -> &[SectionIdx] {
        self.open_at(thread, ideal.count(thread))
    }

    fn holds_any(&self, ideal: &Ideal, from: &[u32]) -> bool {
        ideal.touched().iter().any(|&thread| ideal.count(thread) > from[thread as usize])
    }

    fn holds_unknown(&self, ideal: &Ideal) -> bool {
        self.holds_any(ideal, &self.unknown_from)
    }

    /// Whether the observed order of the ideal's operations is no correct reordering.
    fn irregular(&self, ideal: &Ideal) -> bool {
        self.holds_any(ideal, &self.irregular_from)
    }

    fn holds_target(&self, ideal: &Ideal, targets: &[OpIdx]) -> bool {
        targets.iter().any(|&target| ideal.contains(self.history, target))
    }

    fn recorded_witness(&self, ideal: &Ideal) -> Witness {
        Witness { threads: self.prefixes(ideal), segments: Segments::Recorded(Recorded::Recorded) }
    }

    /// Writes a schedule out. O(N).
    pub fn witness(&self, Schedule { ideal, order }: &Schedule) -> Witness {
        if order.rest.is_sorted() {
            return self.recorded_witness(ideal);
        }
        let observed = 0..order.observed_below.min(self.history.ops.len() as OpIdx);
        let ops = observed.filter(|&op| ideal.contains(self.history, op)).chain(order.rest.iter().copied());
        let mut runs: Vec<(ThreadIdx, u32)> = Vec::new();
        for op in ops {
            let thread = self.history.ops[op as usize].thread;
            match runs.last_mut() {
                Some((last, len)) if *last == thread => *len += 1,
                _ => runs.push((thread, 1)),
            }
        }
        let named = |(thread, len): (ThreadIdx, u32)| (self.history.threads[thread as usize].clone(), len);
        let segments = Segments::Runs(runs.into_iter().map(named).collect());
        Witness { threads: self.prefixes(ideal), segments }
    }

    fn prefixes(&self, ideal: &Ideal) -> BTreeMap<String, u32> {
        let named = |&thread: &u32| (self.history.threads[thread as usize].clone(), ideal.count(thread));
        ideal.touched().iter().map(named).collect()
    }
}

/// By thread, the first position of an operation after which the observed order is not valid by itself (a read
/// that saw another than the last write, an acquire inside a section that excludes it), and of a read of which
/// nobody knows what it saw.
fn doubtful(
    history: &History,
    sections: &Sections,
    locks: &LockIndex,
    writers: &[Option<Writer>],
) -> (Vec<u32>, Vec<u32>) {
    let mut irregular = vec![u32::MAX; history.threads.len()];
    let mut unknown = vec![u32::MAX; history.threads.len()];
    let mut last: Vec<Option<OpIdx>> = vec![None; history.variables.len()];
    let mut open: Vec<Vec<u32>> = vec![Vec::new(); history.locks.len()];
    for (op_idx, op) in history.ops.iter().enumerate() {
        let seen = op.kind.reads().and_then(|variable| last[variable as usize]);
        let regular = match writers[op_idx] {
            None => true,
            Some(Writer::Op(writer)) => seen == Some(writer),
            Some(Writer::Initial) => seen.is_none(),
            Some(Writer::Unknown) => {
                let first = &mut unknown[op.thread as usize];
                *first = (*first).min(op.position);
                true
            }
        };
        let mut excluded = false;
        if let Some(section_idx) = sections.at[op_idx] {
            let section = sections.all[section_idx as usize];
            let open = &mut open[section.lock as usize];
            if section.acquire as usize == op_idx {
                excluded = open.iter().any(|&other| sections.all[other as usize].excludes(&section));
                open.push(section_idx);
            } else {
                open.retain(|&other| other != section_idx);
            }
        }
        if op.position as usize + 1 == history.of_thread(op.thread).len() {
            for &section in locks.let_go(op.thread) {
                open[sections.all[section as usize].lock as usize].retain(|&other| other != section);
            }
        }
        if !regular || excluded {
            let first = &mut irregular[op.thread as usize];
            *first = (*first).min(op.position);
        }
        if let Some(variable) = op.kind.writes() {
            last[variable as usize] = Some(op_idx as OpIdx);
        }
    }
    (irregular, unknown)
}
