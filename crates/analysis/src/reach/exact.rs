//! Exact: all correct reorderings.
//!
//! Take any reordering that enables the targets, and let `J` be an ideal inside the one it takes, closed under
//! must-order, such that every section open at `J`'s frontier that meets an excluding one in `J` is open in the
//! reordering too. Then the reordering restricted to `J` is correct: the writers of reads are in `J`; and of two
//! sections in `J` that exclude each other, the first has its release in the reordering, so it is not open there,
//! so not in `J`. So from the least ideal on nothing is ever taken that is not needed, and the only choice is, for
//! a section open at the frontier that meets an excluding one, whether it *stays* open (then it comes last) or
//! *closes* (its release and what that needs are taken). When no choice is left that has a correct order, there
//! is no reordering at all.
//!
//! Most choices need never be made. While one is open, others may be begun after the section as well as before it,
//! as if it were closed somewhere beyond `J`. An ideal without even such an order is out, with all choices that
//! are left in it; and an order in which every open section does come last is what was asked for.

use hashbrown::HashMap;

use crate::history::OpIdx;
use crate::reach::budget::Budget;
use crate::reach::ideal::Ideal;
use crate::reach::order::{Freedom, Ordered};
use crate::reach::replay::Order;
use crate::reach::{Decision, Reach};
use crate::sections::SectionIdx;

/// An ideal, and the sections that were chosen to stay open. Memory: 8 bytes a thread; as many wait as there are
/// choices on one branch, which is at most the sections open at once.
#[derive(Debug, Clone)]
struct Branch {
    ideal: Ideal,
    staying: Vec<SectionIdx>,
}

/// What a section open at the frontier can do.
struct Options {
    stays: bool,
    /// The release that closes it.
    closes: Option<OpIdx>,
}

/// What is asked of one correct reordering.
#[derive(Debug, Clone, Copy, Default)]
pub struct Question<'a> {
    /// All of them are enabled after it.
    pub enabled: &'a [OpIdx],
    /// It takes all of them.
    pub taken: &'a [OpIdx],
    /// It takes both, the first before the second.
    pub ordered: &'a [(OpIdx, OpIdx)],
}

/// A witness not written out: memory for the threads, and for what does not run in the observed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub(super) ideal: Ideal,
    pub(super) order: Order,
}

/// A [`Decision`] whose witness is not written out.
pub(super) enum Found {
    Yes(Schedule),
    No,
    Unknown,
}

impl Reach<'_> {
    /// Whether all targets are enabled after one correct reordering: [`Self::decide`] for that alone.
    pub fn exact(&self, targets: &[OpIdx], budget: u64) -> Decision {
        self.decide(&Question { enabled: targets, ..Question::default() }, budget)
    }

    /// Whether one correct reordering does all that is asked.
    ///
    /// `budget` bounds the contradictions met on the way, not time: the answer is the same on every machine.
    /// Exponential in the sections open at the frontier and in the choices of order at worst.
    pub fn decide(&self, question: &Question<'_>, budget: u64) -> Decision {
        match self.search(question, &mut Budget::new(budget)) {
            Found::Yes(schedule) => Decision::Yes(self.witness(&schedule)),
            Found::No => Decision::No,
            Found::Unknown => Decision::Unknown,
        }
    }

    pub(super) fn search(&self, question: &Question<'_>, budget: &mut Budget) -> Found {
        let targets = question.enabled;
        let mut root = Branch { ideal: Ideal::empty(self.history.threads.len()), staying: Vec::new() };
        for &target in targets {
            root.ideal.enable(self.history, &self.must, target);
        }
        let ordered = question.ordered.iter().flat_map(|&(first, second)| [first, second]);
        for op in question.taken.iter().copied().chain(ordered) {
            root.ideal.take(self.history, &self.must, op);
        }
        if self.holds_target(&root.ideal, targets) {
            return Found::No;
        }
        let mut doubtful = false;
        let mut branches = vec![root];
        while let Some(mut branch) = branches.pop() {
            if self.cancel.check().is_err() {
                return Found::Unknown;
            }
            let undecided = self.settle(&mut branch, targets);
            let ordered = match &undecided {
                Some(undecided) => self.order(&branch.ideal, Freedom::Undecided(undecided), question.ordered, budget),
                None => Ordered::No,
            };
            match ordered {
                Ordered::Yes(order) => {
                    let early = self.not_last(&undecided.unwrap_or_default(), &branch.ideal, &order);
                    if let Some(section) = early {
                        self.fork(branch, section, &mut branches);
                    } else if self.holds_unknown(&branch.ideal) {
                        doubtful = true;
                    } else {
                        return Found::Yes(Schedule { ideal: branch.ideal, order });
                    }
                }
                Ordered::Unknown => doubtful = true,
                Ordered::No => {}
            }
            if !branches.is_empty() && !budget.take(1) {
                return Found::Unknown;
            }
        }
        if doubtful { Found::Unknown } else { Found::No }
    }

    /// A section that is open at the frontier, and that another which excludes it follows.
    fn not_last(&self, open: &[SectionIdx], ideal: &Ideal, order: &Order) -> Option<SectionIdx> {
        let places: HashMap<OpIdx, usize> = order.rest.iter().enumerate().map(|(at, &op)| (op, at)).collect();
        let place = |section: SectionIdx| {
            let acquire = self.sections.all[section as usize].acquire;
            (places.get(&acquire).copied(), acquire)
        };
        let is_followed = |section: SectionIdx| {
            self.locks.last_of_others(&self.sections, ideal, section).any(|other| place(other) > place(section))
        };
        open.iter().copied().find(|&section| is_followed(section))
    }

    /// Both choices for a section; the one that keeps the order of sections is tried first.
    fn fork(&self, branch: Branch, section: SectionIdx, branches: &mut Vec<Branch>) {
        let mut closing = branch.clone();
        let mut staying = branch;
        let later = self.locks.others(&self.sections, &staying.ideal, section).later;
        staying.staying.push(section);
        if let Some(release) = self.sections.all[section as usize].end {
            closing.ideal.take(self.history, &self.must, release);
        }
        branches.extend(if later { [staying, closing] } else { [closing, staying] });
    }

    /// Follows what has no alternative until nothing is left of it; the sections for which there is a choice.
    /// [`None`] when no reordering has this ideal and these choices.
    fn settle(&self, branch: &mut Branch, targets: &[OpIdx]) -> Option<Vec<SectionIdx>> {
        let mut undecided = Vec::new();
        let mut at = 0;
        while let Some(&thread) = branch.ideal.touched().get(at) {
            at += 1;
            for &section in self.open(&branch.ideal, thread) {
                let others: Vec<_> = self.locks.last_of_others(&self.sections, &branch.ideal, section).collect();
                if others.is_empty() {
                    continue;
                }
                let options = self.options(branch, section, &others, targets);
                let is_staying = branch.staying.contains(&section);
                let grows_by = match (options.stays, options.closes) {
                    (false, closes) => Some(closes.filter(|_| !is_staying)?),
                    (true, Some(_)) if !is_staying => {
                        undecided.push(section);
                        None
                    }
                    (true, _) => {
                        if !is_staying {
                            branch.staying.push(section);
                        }
                        let open = others.iter().find(|&&other| !self.is_closed(&branch.ideal, other));
                        open.and_then(|&other| self.sections.all[other as usize].end)
                    }
                };
                if let Some(release) = grows_by {
                    branch.ideal.take(self.history, &self.must, release);
                    undecided.clear();
                    at = 0;
                    break;
                }
            }
        }
        Some(undecided)
    }

    fn options(&self, branch: &Branch, section: SectionIdx, others: &[SectionIdx], targets: &[OpIdx]) -> Options {
        let own = self.sections.all[section as usize];
        let may_close = |section: SectionIdx| {
            let release = self.sections.all[section as usize].end?;
            let takes_target = targets.iter().any(|&target| self.must.precedes(self.history, target, release));
            (!takes_target && !branch.staying.contains(&section)).then_some(release)
        };
        let stays = others.iter().all(|&other| {
            may_close(other).is_some_and(|release| !self.must.precedes(self.history, own.acquire, release))
        });
        Options { stays, closes: may_close(section) }
    }

    pub(super) fn is_closed(&self, ideal: &Ideal, section: SectionIdx) -> bool {
        let release = self.sections.all[section as usize].end;
        release.is_some_and(|release| ideal.contains(self.history, release))
    }
}
