//! Every correct reordering, by running every operation that may run from every state.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use analysis::reach::{Decision, Question, Reach};
use analysis::reads_from::{Writer, reads_from};
use analysis::sections::{Section, Sections};
use analysis::witness::{Segments, Witness};
use analysis::{Cancel, History, OpIdx, OpKind};

use crate::random_histories::{Shape, history};

/// How far each thread is, and the last write of each variable; open sections follow from the former.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    counts: Vec<u32>,
    written: BTreeMap<u32, OpIdx>,
}

#[derive(Clone, Copy, PartialEq)]
struct Rules {
    keep_order_of_sections: bool,
    run_unknown_reads: bool,
}

struct Machine<'h> {
    history: &'h History,
    sections: Sections,
    writers: Vec<Option<Writer>>,
}

impl<'h> Machine<'h> {
    fn new(history: &'h History) -> Self {
        Self { history, sections: Sections::of(history), writers: reads_from(history) }
    }

    fn start(&self) -> State {
        State { counts: vec![0; self.history.threads.len()], written: BTreeMap::new() }
    }

    fn taken(&self, state: &State, op: OpIdx) -> bool {
        let op = self.history.ops[op as usize];
        op.position < state.counts[op.thread as usize]
    }

    /// A section that was never released ends with its thread if somebody took the lock after that.
    fn end(&self, section: &Section) -> Option<OpIdx> {
        let last = self.history.of_thread(section.thread).last().copied();
        let let_go = self.sections.all.iter().any(|other| other.excludes(section) && Some(other.acquire) > last);
        section.release.or(last.filter(|_| let_go))
    }

    fn enabled(&self, state: &State) -> Vec<OpIdx> {
        let next = |thread: usize| self.history.of_thread(thread as u32).get(state.counts[thread] as usize).copied();
        let ready = |op: &OpIdx| {
            self.history.edges.iter().filter(|edge| edge.to == *op).all(|edge| self.taken(state, edge.from))
        };
        (0..self.history.threads.len()).filter_map(next).filter(ready).collect()
    }

    fn run(&self, state: &State, op: OpIdx, rules: Rules) -> Option<State> {
        let at = self.history.ops[op as usize];
        if let Some(section) = self.sections.at[op as usize] {
            let section = self.sections.all[section as usize];
            if section.acquire == op {
                for other in self.sections.all.iter().filter(|other| other.excludes(&section)) {
                    let begun = self.taken(state, other.acquire);
                    let open = begun && !self.end(other).is_some_and(|end| self.taken(state, end));
                    if open || (rules.keep_order_of_sections && begun && other.acquire > op) {
                        return None;
                    }
                }
            }
        }
        if let (OpKind::Read(variable, _) | OpKind::Update(variable, _), Some(writer)) =
            (at.kind, self.writers[op as usize])
        {
            let last = state.written.get(&variable).copied();
            let right = match writer {
                Writer::Initial => last.is_none(),
                Writer::Op(writer) => last == Some(writer),
                Writer::Unknown => rules.run_unknown_reads,
            };
            if !right {
                return None;
            }
        }
        let mut next = state.clone();
        next.counts[at.thread as usize] += 1;
        if let OpKind::Write(variable, _) | OpKind::Update(variable, _) = at.kind {
            next.written.insert(variable, op);
        }
        Some(next)
    }

    /// The sets of operations that are enabled together in some state.
    fn reachable(&self, rules: Rules) -> BTreeSet<Vec<OpIdx>> {
        self.states(rules, None).iter().map(|state| self.enabled(state)).collect()
    }

    /// All states, with the second operation of `ordered` never run before the first.
    fn states(&self, rules: Rules, ordered: Option<(OpIdx, OpIdx)>) -> HashSet<State> {
        let mut seen = HashSet::from([self.start()]);
        let mut waiting = vec![self.start()];
        while let Some(state) = waiting.pop() {
            for op in self.enabled(&state) {
                let early = ordered.is_some_and(|(first, second)| op == second && !self.taken(&state, first));
                if !early
                    && let Some(next) = self.run(&state, op, rules)
                    && seen.insert(next.clone())
                {
                    waiting.push(next);
                }
            }
        }
        seen
    }

    /// Runs a witness; what is enabled after it.
    fn replay(&self, witness: &Witness, rules: Rules) -> Vec<OpIdx> {
        let thread = |name: &str| self.history.threads.iter().position(|other| other == name).unwrap() as u32;
        let order: Vec<OpIdx> = match &witness.segments {
            Segments::Recorded(_) => {
                let taken = |op: &OpIdx| {
                    let op = self.history.ops[*op as usize];
                    let name = &self.history.threads[op.thread as usize];
                    op.position < witness.threads.get(name).copied().unwrap_or(0)
                };
                (0..self.history.ops.len() as OpIdx).filter(taken).collect()
            }
            Segments::Runs(runs) => {
                let mut next = vec![0_usize; self.history.threads.len()];
                let mut order = Vec::new();
                for (name, len) in runs {
                    let thread = thread(name);
                    let at = next[thread as usize];
                    order.extend_from_slice(&self.history.of_thread(thread)[at..at + *len as usize]);
                    next[thread as usize] = at + *len as usize;
                }
                order
            }
        };
        let mut state = self.start();
        for op in order {
            assert!(self.enabled(&state).contains(&op), "operation {op} is not next");
            state = self.run(&state, op, rules).unwrap_or_else(|| panic!("operation {op} may not run"));
        }
        for (thread, &count) in state.counts.iter().enumerate() {
            assert_eq!(witness.threads.get(&self.history.threads[thread]).copied().unwrap_or(0), count);
        }
        self.enabled(&state)
    }
}

/// All pairs of operations of different threads, and some triples.
fn questions(history: &History) -> Vec<Vec<OpIdx>> {
    let n_ops = history.ops.len() as OpIdx;
    let thread = |op: OpIdx| history.ops[op as usize].thread;
    let mut questions = Vec::new();
    for a in 0..n_ops {
        for b in (a + 1..n_ops).filter(|&b| thread(a) != thread(b)) {
            questions.push(vec![a, b]);
            let third = (b + 1..n_ops).filter(|&c| thread(c) != thread(a) && thread(c) != thread(b));
            questions.extend(third.step_by(3).map(|c| vec![a, b, c]));
        }
    }
    questions
}

fn agree(shape: Shape, seeds: std::ops::Range<u64>) {
    let all = Rules { keep_order_of_sections: false, run_unknown_reads: false };
    let keeping = Rules { keep_order_of_sections: true, ..all };
    let anything = Rules { run_unknown_reads: true, ..all };
    let (mut n_yes, mut n_reversed, mut n_unknown) = (0, 0, 0);
    for seed in seeds {
        let history = history(shape, seed);
        let machine = Machine::new(&history);
        let reach = Reach::new(&history, &Cancel::default()).unwrap();
        let together = |rules| {
            let found = machine.reachable(rules);
            move |targets: &[OpIdx]| found.iter().any(|enabled| targets.iter().all(|target| enabled.contains(target)))
        };
        let (reachable, kept, imaginable) = (together(all), together(keeping), together(anything));
        for targets in questions(&history) {
            let case = || format!("seed {seed}, targets {targets:?} of {shape:?}: {:#?}", history.ops);
            let sync_preserving = reach.sync_preserving(&targets);
            assert_eq!(sync_preserving.is_some(), kept(&targets), "sync-preserving, {}", case());
            let decision = reach.exact(&targets, 1_000_000);
            match (&decision, reachable(&targets), imaginable(&targets)) {
                (Decision::Yes(_), true, _) | (Decision::No, false, false) => {}
                (Decision::Unknown, false, true) => n_unknown += 1,
                _ => panic!("{decision:?}, {}", case()),
            }
            let exact = if let Decision::Yes(witness) = decision { Some(witness) } else { None };
            n_yes += exact.is_some() as u64;
            n_reversed += (exact.is_some() && sync_preserving.is_none()) as u64;
            for (witness, rules) in [(sync_preserving, keeping), (exact, all)] {
                if let Some(witness) = witness {
                    let enabled = machine.replay(&witness, rules);
                    assert!(targets.iter().all(|target| enabled.contains(target)), "{witness:?}, {}", case());
                }
            }
        }
    }
    assert!(n_yes > 0 && n_reversed > 0, "{n_yes} reachable, {n_reversed} only by another order of sections");
    assert_eq!(n_unknown > 0, shape.values, "{n_unknown} unknown");
}

#[test]
fn what_must_be_taken_and_in_which_order_agrees_with_all_reorderings() {
    let all = Rules { keep_order_of_sections: false, run_unknown_reads: false };
    let (mut n_yes, mut n_no) = (0, 0);
    for seed in 50_000..50_300 {
        let history = history(Shape { n_ops: 14, shared_locks: true, ..PLAIN }, seed);
        let machine = Machine::new(&history);
        let reach = Reach::new(&history, &Cancel::default()).unwrap();
        let n_ops = history.ops.len() as OpIdx;
        for (target, first, second) in
            (0..n_ops).flat_map(|a| (0..n_ops).map(move |b| (a, b, (a * 5 + b * 3 + 1) % n_ops))).step_by(2)
        {
            if first == second {
                continue;
            }
            let question = Question { enabled: &[target], taken: &[], ordered: &[(first, second)] };
            let decision = reach.decide(&question, 1_000_000);
            let states = machine.states(all, Some((first, second)));
            let expected = states.iter().any(|state| {
                machine.taken(state, first) && machine.taken(state, second) && machine.enabled(state).contains(&target)
            });
            let Decision::Yes(witness) = decision else {
                assert_eq!((&decision, expected), (&Decision::No, false), "seed {seed}, {question:?}");
                n_no += 1;
                continue;
            };
            assert!(expected, "seed {seed}, {question:?}");
            assert!(machine.replay(&witness, all).contains(&target));
            n_yes += 1;
        }
    }
    assert!(n_yes > 100 && n_no > 100, "{n_yes} yes, {n_no} no");
}

const PLAIN: Shape = Shape {
    n_ops: 12,
    n_threads: 3,
    n_locks: 2,
    n_variables: 2,
    shared_locks: false,
    atomics: false,
    values: false,
    overlaps: false,
    ends: false,
};

#[test]
fn exclusive_locks_and_plain_accesses_agree_with_all_reorderings() {
    agree(PLAIN, 0..1_500);
}

#[test]
fn longer_histories_of_more_locks_agree_with_all_reorderings() {
    agree(Shape { n_ops: 22, n_threads: 4, n_locks: 3, n_variables: 3, ..PLAIN }, 0..250);
}

#[test]
fn shared_locks_upgrades_and_re_entrancy_agree_with_all_reorderings() {
    agree(Shape { n_ops: 14, shared_locks: true, ..PLAIN }, 10_000..11_000);
}

#[test]
fn atomics_and_updates_agree_with_all_reorderings() {
    agree(Shape { n_ops: 14, shared_locks: true, atomics: true, ..PLAIN }, 20_000..21_000);
}

#[test]
fn reads_by_value_and_of_unknown_values_agree_with_all_reorderings() {
    agree(Shape { n_ops: 14, atomics: true, values: true, ..PLAIN }, 30_000..31_000);
}

#[test]
fn threads_that_end_inside_a_section_agree_with_all_reorderings() {
    agree(Shape { n_ops: 14, shared_locks: true, ends: true, ..PLAIN }, 60_000..61_500);
}

#[test]
fn sections_recorded_as_overlapping_agree_with_all_reorderings() {
    agree(Shape { n_ops: 14, shared_locks: true, overlaps: true, ..PLAIN }, 40_000..41_000);
}
