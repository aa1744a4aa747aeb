//! A small SAT solver: conflict-driven clause learning with two watched literals and saved phases (Eén,
//! Sörensson: "An extensible SAT-solver", SAT'03).
//!
//! The order of an ideal leaves some dozens to some thousands of choices, and the answer must be the same on every
//! machine and be charged to a budget; that needs none of the restarts, clause deletion or preprocessing of
//! solvers for large formulas. Clauses may be added between calls; nothing learnt is ever lost.
//! Memory: what was added, and a clause a conflict.

use crate::reach::budget::Budget;

/// A variable or its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Literal(u32);

impl Literal {
    pub const fn new(variable: u32, positive: bool) -> Self {
        Self(variable * 2 + !positive as u32)
    }

    pub const fn variable(self) -> u32 {
        self.0 / 2
    }

    const fn index(self) -> usize {
        self.0 as usize
    }

    const fn positive(self) -> bool {
        self.0 & 1 == 0
    }
}

impl std::ops::Not for Literal {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Satisfied,
    Contradictory,
    Spent,
}

#[derive(Debug, Clone, Copy)]
struct Assigned {
    level: u32,
    /// The clause that forced it; [`None`] for a decision, or a fact.
    reason: Option<u32>,
}

#[derive(Debug, Default)]
pub struct Solver {
    clauses: Vec<Vec<Literal>>,
    /// By literal: the clauses that watch it, to be looked at when it becomes false.
    watches: Vec<Vec<u32>>,
    values: Vec<Option<bool>>,
    assigned: Vec<Assigned>,
    phases: Vec<bool>,
    activities: Vec<f64>,
    bump: f64,
    trail: Vec<Literal>,
    /// Where each decision level begins in the trail.
    levels: Vec<usize>,
    propagated: usize,
    model: Vec<bool>,
    contradictory: bool,
}

impl Solver {
    pub fn new() -> Self {
        Self { bump: 1.0, ..Self::default() }
    }

    /// A variable that is first tried as `phase`.
    pub fn variable(&mut self, phase: bool) -> u32 {
        self.values.push(None);
        self.assigned.push(Assigned { level: 0, reason: None });
        self.phases.push(phase);
        self.activities.push(0.0);
        self.watches.push(Vec::new());
        self.watches.push(Vec::new());
        self.values.len() as u32 - 1
    }

    fn value(&self, literal: Literal) -> Option<bool> {
        self.values[literal.variable() as usize].map(|value| value == literal.positive())
    }

    /// Whether a literal holds in the last assignment that satisfied everything.
    pub fn holds(&self, literal: Literal) -> bool {
        self.model.get(literal.variable() as usize).is_some_and(|&value| value == literal.positive())
    }

    /// At least one of them must hold.
    pub fn clause(&mut self, literals: &[Literal]) {
        self.back_to(0);
        let mut open: Vec<Literal> = Vec::with_capacity(literals.len());
        for &literal in literals {
            match self.value(literal) {
                Some(true) => return,
                Some(false) => {}
                None if open.contains(&!literal) => return,
                None if open.contains(&literal) => {}
                None => open.push(literal),
            }
        }
        match open[..] {
            [] => self.contradictory = true,
            [fact] => self.assign(fact, None),
            _ => {
                self.attach(open);
            }
        }
    }

    fn attach(&mut self, literals: Vec<Literal>) -> u32 {
        let clause = self.clauses.len() as u32;
        self.watches[literals[0].index()].push(clause);
        self.watches[literals[1].index()].push(clause);
        self.clauses.push(literals);
        clause
    }

    fn assign(&mut self, literal: Literal, reason: Option<u32>) {
        let variable = literal.variable() as usize;
        self.values[variable] = Some(literal.positive());
        self.assigned[variable] = Assigned { level: self.levels.len() as u32, reason };
        self.phases[variable] = literal.positive();
        self.trail.push(literal);
    }

    fn back_to(&mut self, level: usize) {
        if let Some(&begin) = self.levels.get(level) {
            for literal in self.trail.drain(begin..) {
                self.values[literal.variable() as usize] = None;
            }
            self.levels.truncate(level);
            self.propagated = begin;
        }
    }

    /// Looks for an assignment; every conflict is charged to the budget.
    pub fn solve(&mut self, budget: &mut Budget) -> Outcome {
        self.back_to(0);
        while !self.contradictory {
            if let Some(conflict) = self.propagate() {
                if self.levels.is_empty() {
                    self.contradictory = true;
                } else if budget.take(1) {
                    self.learn(conflict);
                } else {
                    return Outcome::Spent;
                }
            } else if let Some(decision) = self.decision() {
                self.levels.push(self.trail.len());
                self.assign(decision, None);
            } else {
                self.model = self.values.iter().map(|&value| value == Some(true)).collect();
                return Outcome::Satisfied;
            }
        }
        Outcome::Contradictory
    }

    /// The open variable that took part in most recent conflicts.
    fn decision(&self) -> Option<Literal> {
        let open = (0..self.values.len()).filter(|&variable| self.values[variable].is_none());
        let busiest = open.reduce(|a, b| if self.activities[b] > self.activities[a] { b } else { a })?;
        Some(Literal::new(busiest as u32, self.phases[busiest]))
    }

    /// Follows what is assigned to its consequences; a clause that became false, if one did.
    fn propagate(&mut self) -> Option<u32> {
        while let Some(&now) = self.trail.get(self.propagated) {
            self.propagated += 1;
            let falsified = !now;
            let mut watching = std::mem::take(&mut self.watches[falsified.index()]);
            let mut at = 0;
            let mut conflict = None;
            while let Some(&clause) = watching.get(at) {
                let literals = &mut self.clauses[clause as usize];
                if literals[0] == falsified {
                    literals.swap(0, 1);
                }
                let other = literals[0];
                let values = &self.values;
                let is = |literal: Literal, wanted: bool| {
                    values[literal.variable() as usize].is_some_and(|value| (value == literal.positive()) == wanted)
                };
                if is(other, true) {
                    at += 1;
                } else if let Some(next) = (2..literals.len()).find(|&next| !is(literals[next], false)) {
                    literals.swap(1, next);
                    let watched = literals[1];
                    self.watches[watched.index()].push(clause);
                    watching.swap_remove(at);
                } else if is(other, false) {
                    conflict = Some(clause);
                    break;
                } else {
                    self.assign(other, Some(clause));
                    at += 1;
                }
            }
            self.watches[falsified.index()] = watching;
            if conflict.is_some() {
                return conflict;
            }
        }
        None
    }

    /// Resolves a conflict back to the first literal of its level through which all of it runs, learns the
    /// clause, and goes back to where that clause forces something.
    fn learn(&mut self, conflict: u32) {
        let level = self.levels.len() as u32;
        let mut seen = vec![false; self.values.len()];
        let mut learnt = vec![Literal(0)];
        let mut clause = Some(conflict);
        let mut resolved: Option<Literal> = None;
        let mut on_level = 0;
        let mut at = self.trail.len();
        loop {
            for &literal in clause.map_or(&[][..], |clause| &self.clauses[clause as usize]) {
                let variable = literal.variable() as usize;
                if Some(literal) == resolved || seen[variable] || self.assigned[variable].level == 0 {
                    continue;
                }
                seen[variable] = true;
                self.activities[variable] += self.bump;
                if self.assigned[variable].level == level {
                    on_level += 1;
                } else {
                    learnt.push(literal);
                }
            }
            while at > 0 && !seen[self.trail[at - 1].variable() as usize] {
                at -= 1;
            }
            let Some(literal) = at.checked_sub(1).map(|last| self.trail[last]) else { break };
            at -= 1;
            on_level -= 1;
            if on_level == 0 {
                learnt[0] = !literal;
                break;
            }
            resolved = Some(literal);
            clause = self.assigned[literal.variable() as usize].reason;
        }
        self.bump *= 1.05;
        if self.bump > 1e100 {
            self.bump *= 1e-100;
            self.activities.iter_mut().for_each(|activity| *activity *= 1e-100);
        }
        if learnt.len() == 1 {
            self.back_to(0);
            self.assign(learnt[0], None);
            return;
        }
        let level_of = |literal: Literal| self.assigned[literal.variable() as usize].level;
        let deepest = (2..learnt.len()).fold(1, |a, b| if level_of(learnt[b]) > level_of(learnt[a]) { b } else { a });
        learnt.swap(1, deepest);
        let back = self.assigned[learnt[1].variable() as usize].level as usize;
        self.back_to(back);
        let fact = learnt[0];
        let clause = self.attach(learnt);
        self.assign(fact, Some(clause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn satisfiable(n_variables: u32, clauses: &[Vec<(u32, bool)>]) -> bool {
        (0..1_u32 << n_variables).any(|assignment| {
            clauses
                .iter()
                .all(|clause| clause.iter().any(|&(variable, positive)| (assignment >> variable & 1 == 1) == positive))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn it_agrees_with_trying_all_assignments_as_clauses_are_added(
            clauses in proptest::collection::vec(proptest::collection::vec((0..9_u32, any::<bool>()), 1..4), 0..50),
            phases in proptest::collection::vec(any::<bool>(), 9),
        ) {
            let mut solver = Solver::new();
            phases.iter().for_each(|&phase| { solver.variable(phase); });
            for (n_clauses, clause) in clauses.iter().enumerate() {
                let literals: Vec<_> = clause.iter().map(|&(variable, positive)| Literal::new(variable, positive)).collect();
                solver.clause(&literals);
                let outcome = solver.solve(&mut Budget::new(1_000_000));
                let expected = satisfiable(9, &clauses[..=n_clauses]);
                prop_assert_eq!(outcome, if expected { Outcome::Satisfied } else { Outcome::Contradictory });
                if expected {
                    for clause in &clauses[..=n_clauses] {
                        prop_assert!(clause.iter().any(|&(variable, positive)| solver.holds(Literal::new(variable, positive))));
                    }
                }
            }
        }
    }

    #[test]
    fn more_pigeons_than_holes_are_a_contradiction_and_too_small_a_budget_says_so() {
        let (pigeons, holes) = (6, 5);
        let mut solver = Solver::new();
        let at = |pigeon: u32, hole: u32, positive| Literal::new(pigeon * holes + hole, positive);
        (0..pigeons * holes).for_each(|_| {
            solver.variable(true);
        });
        for pigeon in 0..pigeons {
            let somewhere: Vec<_> = (0..holes).map(|hole| at(pigeon, hole, true)).collect();
            solver.clause(&somewhere);
            for other in 0..pigeon {
                (0..holes).for_each(|hole| solver.clause(&[at(pigeon, hole, false), at(other, hole, false)]));
            }
        }
        assert_eq!(solver.solve(&mut Budget::new(3)), Outcome::Spent);
        assert_eq!(solver.solve(&mut Budget::new(1_000_000)), Outcome::Contradictory);
    }
}
