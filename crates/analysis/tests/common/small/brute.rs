//! The answers by trying everything: all correct reorderings of a small execution, by their definition.
//!
//! Nothing here is clever, and nothing here is shared with the engines or the checker.

use std::collections::{BTreeSet, HashSet};

use analysis::{History, OpIdx, OpKind};

/// From an acquire that changes what its thread may do to the release that takes that back.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    pub thread: u32,
    pub lock: u32,
    pub shared: bool,
    pub acquire: OpIdx,
    /// Its release; the end of its thread when others took the lock after that; [`None`]: it never ends.
    pub end: Option<OpIdx>,
}

impl Hold {
    pub fn excludes(&self, other: &Self) -> bool {
        self.lock == other.lock && self.thread != other.thread && !(self.shared && other.shared)
    }
}

/// The holds of an execution, by the definition.
pub fn holds(history: &History) -> Vec<Hold> {
    let mut holds: Vec<Hold> = Vec::new();
    for thread in 0..history.threads.len() as u32 {
        for lock in 0..history.locks.len() as u32 {
            // (shared, the hold it begins).
            let mut brackets: Vec<(bool, Option<usize>)> = Vec::new();
            for &op in history.of_thread(thread) {
                match history.ops[op as usize].kind {
                    OpKind::Acquire { lock: taken, shared } if taken == lock => {
                        let exclusive = brackets.iter().any(|&(shared, _)| !shared);
                        let changes = if shared { brackets.is_empty() } else { !exclusive };
                        brackets.push((shared, changes.then_some(holds.len())));
                        if changes {
                            holds.push(Hold { thread, lock, shared, acquire: op, end: None });
                        }
                    }
                    OpKind::Release { lock: left, .. } if left == lock => {
                        if let Some((_, Some(hold))) = brackets.pop() {
                            holds[hold].end = Some(op);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    for at in 0..holds.len() {
        let hold = holds[at];
        let last = *history.of_thread(hold.thread).last().expect("its acquire at least");
        if hold.end.is_none() && holds.iter().any(|other| other.excludes(&hold) && other.acquire > last) {
            holds[at].end = Some(last);
        }
    }
    holds
}

/// The write a read saw: `Some(None)` is the initial value, [`None`] an unknown one.
pub fn saw(history: &History, read: OpIdx) -> Option<Option<OpIdx>> {
    let (var, _, how) = history.ops[read as usize].kind.access().expect("a read");
    let written = |op: OpIdx| history.ops[op as usize].kind.access().map_or(0, |(_, _, how)| how.new);
    let writes: Vec<OpIdx> = (0..read).filter(|&op| history.ops[op as usize].kind.writes() == Some(var)).collect();
    let Some(&last) = writes.last() else { return Some(None) };
    if how.old == 0 || written(last) == 0 {
        return Some(Some(last));
    }
    writes.iter().rev().find(|&&op| written(op) == how.old).map(|&op| Some(op))
}

/// Whether a schedule is a correct reordering of a part of the execution: each rule as it is stated.
pub fn correct(history: &History, schedule: &[OpIdx]) -> bool {
    let at = |op: OpIdx| schedule.iter().position(|&other| other == op);
    let before = |first: OpIdx, second: OpIdx| match (at(first), at(second)) {
        (Some(first), Some(second)) => first < second,
        (first, None) => first.is_some(),
        (None, Some(_)) => false,
    };
    if schedule.iter().any(|&op| op as usize >= history.ops.len()) {
        return false;
    }
    if schedule.iter().collect::<HashSet<_>>().len() != schedule.len() {
        return false;
    }
    for (index, &op) in schedule.iter().enumerate() {
        let own = history.of_thread(history.ops[op as usize].thread);
        if own.iter().any(|&earlier| earlier < op && !before(earlier, op)) {
            return false;
        }
        if history.edges.iter().any(|edge| edge.to == op && !before(edge.from, op)) {
            return false;
        }
        if let Some(var) = history.ops[op as usize].kind.reads() {
            let sees =
                schedule[..index].iter().rev().find(|&&w| history.ops[w as usize].kind.writes() == Some(var)).copied();
            if saw(history, op) != Some(sees) {
                return false;
            }
        }
    }
    let holds: Vec<Hold> = holds(history).into_iter().filter(|hold| at(hold.acquire).is_some()).collect();
    let ends_before = |a: &Hold, b: &Hold| a.end.is_some_and(|end| before(end, b.acquire));
    holds.iter().all(|a| holds.iter().all(|b| !a.excludes(b) || ends_before(a, b) || ends_before(b, a)))
}

/// Whether an operation is the next of its thread after a schedule, and all that precedes it was taken.
pub fn enabled(history: &History, schedule: &[OpIdx], op: OpIdx) -> bool {
    let own = history.of_thread(history.ops[op as usize].thread);
    !schedule.contains(&op)
        && own.iter().all(|&earlier| earlier >= op || schedule.contains(&earlier))
        && history.edges.iter().all(|edge| edge.to != op || schedule.contains(&edge.from))
}

/// Which reorderings count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All correct ones.
    Correct,
    /// Those that keep the recorded order of the holds of each lock that exclude each other.
    SyncPreserving,
    /// All that would be correct if reads of which nobody knows what they saw saw whatever is there.
    Guessed,
}

/// Every state that a correct reordering can come to.
pub struct Reached<'h> {
    history: &'h History,
    states: Vec<State>,
    holds: Vec<Hold>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    /// How many operations of each thread.
    taken: Vec<u16>,
    /// The last write of each variable.
    last: Vec<Option<OpIdx>>,
}

/// All states, or [`None`] when there are more than `limit`. Each is met once: what can follow depends on
/// nothing but the prefixes and the last writes.
pub fn explore(history: &History, which: Which, limit: usize) -> Option<Reached<'_>> {
    explore_where(history, which, limit, None)
}

/// All states of reorderings that take the second of these operations only after the first.
pub fn explore_where(
    history: &History,
    which: Which,
    limit: usize,
    ordered: Option<(OpIdx, OpIdx)>,
) -> Option<Reached<'_>> {
    let holds = holds(history);
    let begin = State { taken: vec![0; history.threads.len()], last: vec![None; history.variables.len()] };
    let mut met: HashSet<State> = HashSet::from([begin.clone()]);
    let mut reached = Reached { history, states: vec![begin], holds };
    let mut next = 0;
    while next < reached.states.len() {
        let state = reached.states[next].clone();
        next += 1;
        for op in reached.next(&state) {
            let early = ordered.is_some_and(|(first, second)| op == second && !reached.has(&state, first));
            if early || !reached.may_take(&state, op, which) {
                continue;
            }
            let mut after = state.clone();
            after.taken[history.ops[op as usize].thread as usize] += 1;
            if let Some(var) = history.ops[op as usize].kind.writes() {
                after.last[var as usize] = Some(op);
            }
            if met.insert(after.clone()) {
                reached.states.push(after);
            }
        }
        if reached.states.len() > limit {
            return None;
        }
    }
    Some(reached)
}

impl Reached<'_> {
    fn has(&self, state: &State, op: OpIdx) -> bool {
        let op = self.history.ops[op as usize];
        op.position < u32::from(state.taken[op.thread as usize])
    }

    /// The enabled operations, whatever the locks say.
    fn next(&self, state: &State) -> Vec<OpIdx> {
        (0..self.history.threads.len() as u32)
            .filter_map(|thread| self.history.of_thread(thread).get(usize::from(state.taken[thread as usize])).copied())
            .filter(|&op| self.history.edges_to(op).iter().all(|edge| self.has(state, edge.from)))
            .collect()
    }

    fn may_take(&self, state: &State, op: OpIdx, which: Which) -> bool {
        if let Some(var) = self.history.ops[op as usize].kind.reads() {
            let right = match saw(self.history, op) {
                Some(write) => write == state.last[var as usize],
                None => which == Which::Guessed,
            };
            if !right {
                return false;
            }
        }
        let Some(begun) = self.holds.iter().find(|hold| hold.acquire == op) else { return true };
        self.holds.iter().filter(|other| other.excludes(begun) && self.has(state, other.acquire)).all(|other| {
            let over = other.end.is_some_and(|end| self.has(state, end));
            over && (which != Which::SyncPreserving || other.acquire < op)
        })
    }

    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether some state enables all of them.
    pub fn together(&self, ops: &[OpIdx]) -> bool {
        self.reaches(&[], ops)
    }

    /// Whether some state has taken all of these and enables all of those.
    pub fn reaches(&self, taken: &[OpIdx], enabled: &[OpIdx]) -> bool {
        self.states.iter().any(|state| {
            let next = self.next(state);
            taken.iter().all(|&op| self.has(state, op)) && enabled.iter().all(|op| next.contains(op))
        })
    }

    /// All conflicting pairs that some state enables together.
    pub fn races(&self) -> BTreeSet<(OpIdx, OpIdx)> {
        let mut races = BTreeSet::new();
        for state in &self.states {
            let next = self.next(state);
            for &first in &next {
                for &second in &next {
                    if first < second && self.history.conflict(first, second) {
                        races.insert((first, second));
                    }
                }
            }
        }
        races
    }

    /// All sets of acquires that some state enables together, each waiting for a lock that another one's
    /// thread holds, none of them to spare.
    pub fn deadlocks(&self) -> BTreeSet<Vec<OpIdx>> {
        let mut found = BTreeSet::new();
        for state in &self.states {
            let acquires: Vec<&Hold> = self
                .next(state)
                .into_iter()
                .filter_map(|op| self.holds.iter().find(|hold| hold.acquire == op))
                .collect();
            let waits = |wanting: &Hold, holding: &Hold| {
                self.holds.iter().any(|hold| {
                    hold.thread == holding.thread
                        && hold.excludes(wanting)
                        && self.has(state, hold.acquire)
                        && !hold.end.is_some_and(|end| self.has(state, end))
                })
            };
            let mut sets: Vec<u32> = Vec::new();
            for set in 1_u32..1 << acquires.len() {
                let members: Vec<&Hold> =
                    (0..acquires.len()).filter(|&at| set & (1 << at) != 0).map(|at| acquires[at]).collect();
                let stuck = members.iter().all(|a| members.iter().any(|b| waits(a, b)));
                let is_part = |smaller: u32| smaller & set == smaller;
                if stuck && !sets.iter().copied().any(is_part) {
                    sets.push(set);
                    let mut ops: Vec<OpIdx> = members.iter().map(|hold| hold.acquire).collect();
                    ops.sort_unstable();
                    found.insert(ops);
                }
            }
        }
        found
    }
}
