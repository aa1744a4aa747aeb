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
pub enum Among {
    All,
    /// Those that keep the observed order of sections.
    SyncPreserving,
}

/// Edges that choices may stand for, beyond which an ideal is given up: the memory is the square of it, in bits.
const MAX_EDGES: usize = 8_192;

struct Choices {
    solver: Solver,
    edges: Precedence,
    known: HashSet<Broken>,
    among: Among,
}

impl Reach<'_> {
    /// Looks for a correct order of an ideal's operations, with the `demanded` edges between them.
    ///
    /// A replay of the ideal for each contradiction at worst, each charged to the budget. Memory: the replay's,
    /// and 8 MiB for the choices.
    pub(super) fn order(
        &self,
        ideal: &Ideal,
        among: Among,
        demanded: &[(OpIdx, OpIdx)],
        budget: &mut Budget,
    ) -> Ordered {
        let mut choices = Choices { solver: Solver::new(), edges: Precedence::default(), known: HashSet::new(), among };
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
                    if !budget.take() {
                        return Ordered::Unknown;
                    }
                    let clause: Vec<_> = cycle.into_iter().map(|literal| !literal).collect();
                    choices.solver.clause(&clause);
                }
                continue;
            }
            let decided: Vec<_> = choices.edges.chosen(|literal| choices.solver.holds(literal)).collect();
            match self.replay(ideal, &decided) {
                Replayed::Whole(order) => return Ordered::Yes(order),
                Replayed::Cycle => return Ordered::Unknown,
                Replayed::Broken(broken) => {
                    if !budget.take() || choices.edges.len() > MAX_EDGES {
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

impl Choices {
    /// A section that stays open comes after all that exclude it: all sides but one have no release to go by.
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
                let reversed = match self.among {
                    Among::All => after_release(reach, ideal, second, first),
                    Among::SyncPreserving => None,
                };
                (Broken::Exclusion(first, second), [after_release(reach, ideal, first, second), reversed])
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
}

/// The release of one section before the acquire of another, if the ideal holds that release.
fn after_release(reach: &Reach<'_>, ideal: &Ideal, first: SectionIdx, second: SectionIdx) -> Option<(OpIdx, OpIdx)> {
    let release = reach.sections.all[first as usize].release?;
    ideal.contains(reach.history, release).then_some((release, reach.sections.all[second as usize].acquire))
}
