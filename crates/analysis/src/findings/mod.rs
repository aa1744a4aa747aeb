//! What is wrong in one recorded execution, as people are told it: all engines together, one finding a thing to
//! look at, the worst first.
//!
//! | module | makes of |
//! |---|---|
//! | `races` | racing pairs one finding a variable and two places |
//! | `deadlocks` | circles of locks one finding a set of places that take them |
//! | `updates` | lost updates, unless a race says the same |
//! | `blocks` | requests that no serial order explains, unless another finding does |
//!
//! Invariants: every schedule was accepted by [`crate::check`], written apart from the engines; what it refuses is
//! not shown, and a note says so. A pair that only happens-before calls a race is no finding. The linear answer
//! takes near-linear time in events; the exact one is bounded by its budget.

mod blocks;
mod checker;
mod deadlocks;
mod describe;
mod identity;
mod proof;
mod races;
mod replay;
mod updates;
mod words;

use hashbrown::HashSet;
use model::analysis::{FindingClass, FindingCounts, FindingKind, Role, Severity};
use model::table::EventTable;

use crate::cancel::{Cancel, Cancelled};
use crate::causal::Recorded;
use crate::chains::Chains;
use crate::history::{History, LockId, OpIdx, VarId};
use crate::races::Input;
use crate::reach::{DEFAULT_BUDGET, Reach};
use crate::reads_from::Writer;

use checker::Checker;

pub use describe::{ValueTexts, describe, thread_label};
pub use identity::of_event;
pub use proof::Proof;
pub use replay::Replayed;

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What only an exact search proves, too.
    pub exact: bool,
    /// For each question of the exact search, in contradictions met (see [`Reach::exact`]).
    pub budget: u64,
}

impl Options {
    pub const LINEAR: Self = Self { exact: false, budget: 0 };
    pub const EXACT: Self = Self { exact: true, budget: DEFAULT_BUDGET };
}

/// What is worked on; in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// What must precede what.
    Order,
    Races,
    Deadlocks,
    Updates,
    Blocks,
}

/// One thing to look at, in the numbers of its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Twelve hexadecimal digits, made of the kind and of the ids of the events.
    pub id: String,
    pub kind: FindingKind,
    pub class: FindingClass,
    pub severity: Severity,
    /// Of races and lost updates; of a block the first one its cycle goes through.
    pub variable: Option<VarId>,
    /// Of deadlocks and inversions: wanted by each of the events.
    pub locks: Vec<LockId>,
    /// Pairs, patterns or blocks it stands for.
    pub count: u64,
    /// The first instance. Of a deadlock each waits for the next.
    pub events: Vec<FoundEvent>,
    /// What it takes to replay it; [`None`] when there is no schedule, or it would be too large to keep.
    pub proof: Option<Proof>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvent {
    pub role: Role,
    pub op: OpIdx,
    /// Locks held during it and whether shared, in the order in which they were taken.
    pub held: Vec<(LockId, bool)>,
}

/// What was found in a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The worst first.
    pub findings: Vec<Found>,
    pub counts: FindingCounts,
    /// False when something was cut off or left undecided.
    pub complete: bool,
    /// Pairs and patterns for which the budget was spent.
    pub undecided: u64,
    /// What kept the analyses from seeing more, in plain words.
    pub notes: Vec<String>,
}

/// What the parts share.
struct Search<'a> {
    recorded: &'a Recorded,
    table: &'a EventTable,
    /// As it was recorded: whose threads people know.
    history: &'a History,
    /// As the engines look at it, and their schedules speak of it.
    chains: &'a Chains<'a>,
    /// Of the chains, as is the input.
    reach: &'a Reach<'a>,
    input: Input<'a>,
    options: Options,
    cancel: &'a Cancel,
}

/// What the parts find.
struct Findings {
    found: Vec<Found>,
    /// Variables that races and lost updates were found on.
    explained: HashSet<VarId>,
    checker: Checker,
    complete: bool,
    undecided: u64,
    notes: Vec<String>,
    /// Numbers that further proofs may take.
    proof_room: usize,
}

/// Said when a schedule is left out to bound memory.
pub const TOO_LARGE: &str = "some schedules are too large to be shown";
/// Numbers of all proofs of an answer.
const PROOF_NUMBERS: usize = 16 << 20;

/// All findings of a recorded execution; `table` is the one it was made of, of which rows alone are looked at.
///
/// Near-linear in events without `exact`: O(N · chains + N log N) for threads merged into chains ([`Chains`]), with at most 2,000 findings of at most 60,000,000
/// steps in all replayed. With it, bounded by the limits of [`Reach::exact_races`] and of
/// [`crate::updates::predicted`]. Memory: that of [`Reach`], 200 bytes a finding, and at most 128 MiB of proofs.
///
/// # Errors
/// [`Cancelled`].
pub fn find(
    recorded: &Recorded,
    table: &EventTable,
    options: Options,
    progress: &(dyn Fn(Phase) + Sync),
    cancel: &Cancel,
) -> Result<Answer, Cancelled> {
    let history = &recorded.history;
    progress(Phase::Order);
    let chains = Chains::of(history, cancel)?;
    let reach = Reach::new(chains.history(), cancel)?;
    let input = Input { history: chains.history(), sections: reach.sections(), reads_from: reach.writers() };
    let search = Search { recorded, table, history, chains: &chains, reach: &reach, input, options, cancel };
    let mut findings = Findings {
        found: Vec::new(),
        explained: HashSet::new(),
        checker: Checker::new(history),
        complete: true,
        undecided: 0,
        notes: Vec::new(),
        proof_room: PROOF_NUMBERS,
    };
    progress(Phase::Races);
    races::add(&search, &mut findings)?;
    progress(Phase::Deadlocks);
    deadlocks::add(&search, &mut findings)?;
    progress(Phase::Updates);
    updates::add(&search, &mut findings)?;
    progress(Phase::Blocks);
    blocks::add(&search, &mut findings)?;
    Ok(findings.finish(&search))
}

impl Findings {
    fn push(&mut self, mut found: Found) {
        let numbers = found.proof.as_ref().map_or(0, Proof::len);
        if numbers <= self.proof_room {
            self.proof_room -= numbers;
        } else {
            found.proof = None;
            if !self.notes.iter().any(|note| note == TOO_LARGE) {
                self.notes.push(TOO_LARGE.to_owned());
            }
        }
        self.found.push(found);
    }

    fn finish(mut self, search: &Search<'_>) -> Answer {
        let first_op = |found: &Found| found.events.iter().map(|event| event.op).min();
        self.found.sort_by_key(|found| (std::cmp::Reverse(found.severity), found.kind, found.class, first_op(found)));
        let mut ids = HashSet::new();
        self.found.retain(|found| ids.insert(found.id.clone()));
        self.checker.notes(&mut self.notes);
        self.complete &= self.checker.complete();
        let unknown = search.input.reads_from.iter().filter(|writer| **writer == Some(Writer::Unknown)).count();
        match unknown {
            0 => {}
            1 => self.notes.push("1 read saw a value that nothing here wrote; what depends on it is not proven".into()),
            _ => self.notes.push(format!(
                "{unknown} reads saw values that nothing here wrote; what depends on them is not proven"
            )),
        }
        self.notes.extend(search.recorded.notes.sentences());
        let counts = counts(&self.found);
        Answer {
            findings: self.found,
            counts,
            complete: self.complete && self.undecided == 0,
            undecided: self.undecided,
            notes: self.notes,
        }
    }
}

fn counts(found: &[Found]) -> FindingCounts {
    let mut counts = FindingCounts::default();
    for finding in found {
        *match finding.kind {
            FindingKind::Race => &mut counts.races,
            FindingKind::LostUpdate => &mut counts.lost_updates,
            FindingKind::Deadlock => &mut counts.deadlocks,
            FindingKind::LockInversion => &mut counts.lock_inversions,
            FindingKind::Unserialisable => &mut counts.unserialisable,
            FindingKind::Slow => &mut counts.slow,
        } += 1;
    }
    counts
}

impl Search<'_> {
    fn event(&self, role: Role, op: OpIdx) -> FoundEvent {
        let sections = self.reach.sections();
        let held = sections.held(op).iter().map(|&section| {
            let section = sections.all[section as usize];
            (section.lock, section.shared)
        });
        FoundEvent { role, op, held: held.collect() }
    }
}
