//! Whether an ideal's operations have a correct order.
//!
//! Must-order is fixed. What is open is, for two sections that exclude each other, which comes first, and for a
//! read, its writer and another write of the variable, on which side the other lies. Almost all of these follow
//! the observed order, so they are not written down until a replay breaks one; then it becomes a choice of a SAT
//! problem whose assignments must have no cycle together with must-order. No assignment: no order. An assignment
//! is replayed; each replay breaks something not yet decided, or is the order that was asked for.
//!
//! Exact both ways: every choice is a consequence of the rules, and a replay that breaks none obeys all of them.

use hashbrown::HashSet;

use crate::history::OpIdx;
use crate::reach::Reach;
use crate::reach::budget::Budget;
use crate::reach::ideal::Ideal;
use crate::reach::precedence::Precedence;
use crate::reach::replay::{Broken, Order, Replayed};
use crate::reach::sat::{Literal, Outcome, Solver};
use crate::sections::SectionIdx;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    Yes(Order),
    No,
    Unknown,
}

/// Which orders are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freedom<'a> {
    /// All correct ones. Of the sections that are open at the ideal's frontier, these may be taken for closed
    /// right after what the ideal holds of them.
    Undecided(&'a [SectionIdx]),
    /// Those that keep the observed order of sections.
    SyncPreserving,
}

/// Edges that choices may stand for, beyond which an ideal is given up: which of them follow one another takes 4
/// bytes a pair at worst.
const MAX_EDGES: usize = 4_096;

struct Choices<'a> {
    solver: Solver,
    edges: Precedence,
    known: HashSet<Broken>,
    freedom: Freedom<'a>,
}

impl Reach<'_> {
    /// Looks for a correct order of an ideal's operations, with the `demanded` edges between them.
    ///
    /// A replay of the ideal for each contradiction at worst, each charged to the budget. Memory: the replay's,
    /// and at most 64 MiB for the choices.
    pub(super) fn order(
        &self,
        ideal: &Ideal,
        freedom: Freedom<'_>,
        demanded: &[(OpIdx, OpIdx)],
        budget: &mut Budget,
    ) -> Ordered {
        let mut choices =
            Choices { solver: Solver::new(), edges: Precedence::default(), known: HashSet::new(), freedom };
        choices.keep_open_last(self, ideal);
        for &edge in demanded {
            let literal = Literal::new(choices.solver.variable(true), true);
            choices.edges.add(self, edge, literal, &mut choices.solver);
            choices.solver.clause(&[literal]);
        }
        loop {
            match choices.solver.solve(budget) {
                Outcome::Satisfied => {}
                Outcome::Contradictory => return Ordered::No,
                Outcome::Spent => return Ordered::Unknown,
            }
            if self.cancel.check().is_err() {
                return Ordered::Unknown;
            }
            let cycles = choices.edges.cycles(|literal| choices.solver.holds(literal));
            if !cycles.is_empty() {
                for cycle in cycles {
                    if !budget.take(1) {
                        return Ordered::Unknown;
                    }
                    let clause: Vec<_> = cycle.into_iter().map(|literal| !literal).collect();
                    choices.solver.clause(&clause);
                }
                continue;
            }
            let decided: Vec<_> = choices.edges.chosen(|literal| choices.solver.holds(literal)).collect();
            match self.replay(ideal, freedom.undecided(), &decided, budget) {
                Replayed::Whole(order) => return Ordered::Yes(order),
                Replayed::Cycle | Replayed::Spent => return Ordered::Unknown,
                Replayed::Broken(broken) => {
                    if !budget.take(1) || choices.edges.len() > MAX_EDGES {
                        return Ordered::Unknown;
                    }
                    let added = broken.into_iter().filter(|&broken| choices.add(self, ideal, broken)).count();
                    if added == 0 {
                        return Ordered::Unknown;
                    }
                }
            }
        }
    }
}

impl Choices<'_> {
    /// A section that stays open comes after all that exclude it: only their releases are there to go by.
    fn keep_open_last(&mut self, reach: &Reach<'_>, ideal: &Ideal) {
        for &thread in ideal.touched() {
            for &open in reach.open(ideal, thread) {
                for other in reach.locks.last_of_others(&reach.sections, ideal, open) {
                    self.add(reach, ideal, Broken::Exclusion(open, other));
                }
            }
        }
    }

    /// Makes a broken rule a choice; false when it was one already.
    fn add(&mut self, reach: &Reach<'_>, ideal: &Ideal, broken: Broken) -> bool {
        let (broken, [observed, reversed]) = match broken {
            Broken::Exclusion(a, b) => {
                let (first, second) = (a.min(b), a.max(b));
                let reversed = match self.freedom {
                    Freedom::Undecided(_) => self.one_after_another(reach, ideal, second, first),
                    Freedom::SyncPreserving => None,
                };
                (Broken::Exclusion(first, second), [self.one_after_another(reach, ideal, first, second), reversed])
            }
            Broken::Overwritten { writer, read, other } => {
                let before = writer.map(|writer| (other, writer));
                let after = Some((read, other));
                (broken, if other < read { [before, after] } else { [after, before] })
            }
        };
        if !self.known.insert(broken) {
            return false;
        }
        let variable = self.solver.variable(true);
        for (positive, edge) in [(true, observed), (false, reversed)] {
            let literal = Literal::new(variable, positive);
            match edge {
                Some(edge) => self.edges.add(reach, edge, literal, &mut self.solver),
                None => self.solver.clause(&[!literal]),
            }
        }
        true
    }

    /// The release of one section before the acquire of another, if the first may be closed.
    fn one_after_another(
        &self,
        reach: &Reach<'_>,
        ideal: &Ideal,
        first: SectionIdx,
        second: SectionIdx,
    ) -> Option<(OpIdx, OpIdx)> {
        let [from, to] = [first, second].map(|section| reach.sections.all[section as usize]);
        match from.end.filter(|&release| ideal.contains(reach.history, release)) {
            Some(release) => Some((release, to.acquire)),
            None if self.freedom.undecided().contains(&first) => Some((from.acquire, to.acquire)),
            None => None,
        }
    }
}

impl<'a> Freedom<'a> {
    const fn undecided(self) -> &'a [SectionIdx] {
        match self {
            Self::Undecided(sections) => sections,
            Self::SyncPreserving => &[],
        }
    }
}
