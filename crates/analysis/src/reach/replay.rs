//! Runs an ideal's operations under the rules: the earliest observed one that may run, always.
//!
//! An operation waits for what must precede it and for the decided edges; those bind. An acquire also waits while
//! a section that excludes it is open, and a write while a read of what it would overwrite is still to come. When
//! only such waits are left, the earliest of them is run all the same, and which rule it broke is noted: that
//! choice has to be decided the other way, or something before it.
//!
//! Until the first operation that something other than the observed order holds up, that order is what would be
//! run, so it is not: a replay begins there, and costs what comes after.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use crate::history::{LockId, OpIdx, ThreadIdx, VarId};
use crate::reach::Reach;
use crate::reach::budget::Budget;
use crate::reach::ideal::Ideal;
use crate::reach::must;
use crate::reads_from::Writer;
use crate::sections::SectionIdx;

/// A rule that a replay broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Broken {
    /// The second section was begun inside the first.
    Exclusion(SectionIdx, SectionIdx),
    /// `other` wrote between the read and its writer ([`None`]: the initial value).
    Overwritten { writer: Option<OpIdx>, read: OpIdx, other: OpIdx },
}

/// Beyond as many a replay is given up: what it breaks next follows from what it broke first.
const MAX_BROKEN: usize = 32;

/// A replay of as many operations is charged like one contradiction more.
const OPS_A_CONTRADICTION: u64 = 1_000;

/// An order of an ideal's operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The ideal's operations below this one are first, in the observed order.
    pub observed_below: OpIdx,
    pub rest: Vec<OpIdx>,
}

pub enum Replayed {
    /// All operations in an order that keeps every rule.
    Whole(Order),
    Broken(Vec<Broken>),
    /// The decided edges have a cycle.
    Cycle,
    Spent,
}

struct Replay<'a, 'h> {
    reach: &'a Reach<'h>,
    ideal: &'a Ideal,
    /// Open at the ideal's frontier, and nothing waits for them.
    undecided: &'a [SectionIdx],
    decided: HashMap<OpIdx, Vec<OpIdx>>,
    /// Where it began.
    begin: OpIdx,
    done: Vec<u32>,
    /// The next operations of threads that nothing is known to hold up.
    ready: BinaryHeap<Reverse<OpIdx>>,
    /// By thread: operations that wait until it has run as many.
    behind: HashMap<ThreadIdx, Vec<(u32, OpIdx)>>,
    at_lock: HashMap<LockId, Vec<OpIdx>>,
    at_variable: HashMap<VarId, Vec<OpIdx>>,
    open: HashMap<LockId, Vec<SectionIdx>>,
    /// By variable: its writes since the beginning, in the order they ran.
    written: HashMap<VarId, Vec<OpIdx>>,
    /// By write, or variable for its initial value: how many of its reads are still to come, once asked for.
    to_come: HashMap<(VarId, Option<OpIdx>), u32>,
    order: Vec<OpIdx>,
    broken: Vec<Broken>,
}

impl Reach<'_> {
    /// O(T + operations that are run · log T), and the waits. Memory: 8 bytes an operation that is run, and 12 a
    /// thread.
    pub(super) fn replay(
        &self,
        ideal: &Ideal,
        undecided: &[SectionIdx],
        decided: &[(OpIdx, OpIdx)],
        budget: &mut Budget,
    ) -> Replayed {
        let mut into: HashMap<OpIdx, Vec<OpIdx>> = HashMap::new();
        for &(from, to) in decided {
            into.entry(to).or_default().push(from);
        }
        let reversed = decided.iter().filter(|&&(from, to)| to < from).map(|&(_, to)| to);
        let begin = reversed.chain(self.first_irregular(ideal)).min().unwrap_or(OpIdx::MAX);
        let n_threads = self.history.threads.len();
        let mut replay = Replay {
            reach: self,
            ideal,
            undecided,
            decided: into,
            begin,
            done: vec![0; n_threads],
            ready: BinaryHeap::new(),
            behind: HashMap::new(),
            at_lock: HashMap::new(),
            at_variable: HashMap::new(),
            open: HashMap::new(),
            written: HashMap::new(),
            to_come: HashMap::new(),
            order: Vec::new(),
            broken: Vec::new(),
        };
        let n_run = replay.skip_observed();
        if !budget.take(n_run as u64 / OPS_A_CONTRADICTION) {
            return Replayed::Spent;
        }
        replay.run(n_run)
    }

    /// The first operation of an ideal that its observed order does not allow.
    fn first_irregular(&self, ideal: &Ideal) -> Option<OpIdx> {
        let first = |&thread: &ThreadIdx| {
            let position = self.irregular_from[thread as usize];
            (position < ideal.count(thread)).then(|| self.history.of_thread(thread)[position as usize])
        };
        ideal.touched().iter().filter_map(first).min()
    }
}

impl Replay<'_, '_> {
    /// Takes what lies before the beginning as run; how many operations are left.
    fn skip_observed(&mut self) -> usize {
        let (history, sections) = (self.reach.history, &self.reach.sections);
        let mut n_left = 0;
        for &thread in self.ideal.touched() {
            let ops = &history.of_thread(thread)[..self.ideal.count(thread) as usize];
            let done = ops.partition_point(|&op| op < self.begin);
            self.done[thread as usize] = done as u32;
            n_left += ops.len() - done;
            for &section in self.reach.open_at(thread, done as u32) {
                self.open.entry(sections.all[section as usize].lock).or_default().push(section);
            }
            self.advance(thread);
        }
        n_left
    }

    fn run(mut self, n_ops: usize) -> Replayed {
        while self.order.len() < n_ops && self.broken.len() < MAX_BROKEN {
            if let Some(Reverse(op)) = self.ready.pop() {
                self.try_run(op);
            } else if let Some(op) = self.earliest_held_up() {
                self.note_broken(op);
                self.execute(op);
            } else {
                return Replayed::Cycle;
            }
        }
        if self.broken.is_empty() {
            Replayed::Whole(Order { observed_below: self.begin, rest: self.order })
        } else {
            Replayed::Broken(self.broken)
        }
    }

    /// Makes the next operation of a thread ready.
    fn advance(&mut self, thread: ThreadIdx) {
        let done = self.done[thread as usize];
        if done < self.ideal.count(thread) {
            self.ready.push(Reverse(self.reach.history.of_thread(thread)[done as usize]));
        }
    }

    fn is_done(&self, op: OpIdx) -> bool {
        let op = self.reach.history.ops[op as usize];
        op.position < self.done[op.thread as usize]
    }

    fn try_run(&mut self, op: OpIdx) {
        let reach = self.reach;
        let decided = self.decided.get(&op).map_or(&[][..], Vec::as_slice).iter().copied();
        let first = must::direct(reach.history, &reach.writers, op).chain(decided).find(|&first| !self.is_done(first));
        if let Some(first) = first {
            let first = reach.history.ops[first as usize];
            self.behind.entry(first.thread).or_default().push((first.position + 1, op));
            return;
        }
        if let Some(section) = self.begun_by(op)
            && self.excluding(section).next().is_some()
        {
            let lock = reach.sections.all[section as usize].lock;
            self.at_lock.entry(lock).or_default().push(op);
            return;
        }
        if let Some(variable) = reach.history.ops[op as usize].kind.writes()
            && self.would_overwrite(variable, op)
        {
            self.at_variable.entry(variable).or_default().push(op);
            return;
        }
        self.execute(op);
    }

    fn begun_by(&self, op: OpIdx) -> Option<SectionIdx> {
        let sections = &self.reach.sections;
        sections.at[op as usize].filter(|&section| sections.all[section as usize].acquire == op)
    }

    fn excluding(&self, section: SectionIdx) -> impl Iterator<Item = SectionIdx> + '_ {
        let all = &self.reach.sections.all;
        let own = all[section as usize];
        let open = self.open.get(&own.lock).map_or(&[][..], Vec::as_slice);
        let excludes = move |other: &SectionIdx| all[*other as usize].excludes(&own);
        open.iter().copied().filter(excludes).filter(|other| !self.undecided.contains(other))
    }

    /// What a variable holds: its last write, or the initial value.
    fn holds(&self, variable: VarId) -> Option<OpIdx> {
        let since = self.written.get(&variable).and_then(|written| written.last().copied());
        since.or_else(|| self.written_before(variable).next())
    }

    /// The writes that were taken as run, the last one first.
    fn written_before(&self, variable: VarId) -> impl Iterator<Item = OpIdx> + '_ {
        let writes = self.reach.variables.writes(variable);
        let before = writes.partition_point(|&write| write < self.begin);
        writes[..before].iter().rev().copied().filter(|&write| self.ideal.contains(self.reach.history, write))
    }

    /// The write an operation saw, [`None`] for the initial value; [`None`] outside when that is no constraint.
    fn seen(&self, op: OpIdx) -> Option<Option<OpIdx>> {
        match self.reach.writers[op as usize] {
            Some(Writer::Op(writer)) => Some(Some(writer)),
            Some(Writer::Initial) => Some(None),
            Some(Writer::Unknown) | None => None,
        }
    }

    /// Whether another operation still has to read what the variable holds.
    fn would_overwrite(&mut self, variable: VarId, op: OpIdx) -> bool {
        let writer = self.holds(variable);
        let to_come = match self.to_come.get(&(variable, writer)) {
            Some(&to_come) => to_come,
            None => {
                let to_come = self.reads_to_come(variable, writer).count() as u32;
                self.to_come.insert((variable, writer), to_come);
                to_come
            }
        };
        to_come > u32::from(self.seen(op) == Some(writer))
    }

    fn reads_to_come(&self, variable: VarId, writer: Option<OpIdx>) -> impl Iterator<Item = OpIdx> + '_ {
        let reads = self.reach.variables.reads_of(variable, writer);
        let before = reads.partition_point(|&read| read < self.begin);
        let reads = reads[before..].iter().copied();
        reads.filter(move |&read| self.ideal.contains(self.reach.history, read) && !self.is_done(read))
    }

    fn earliest_held_up(&mut self) -> Option<OpIdx> {
        let waiting = self.at_lock.values().chain(self.at_variable.values()).flatten();
        let op = waiting.copied().min()?;
        for waiting in self.at_lock.values_mut().chain(self.at_variable.values_mut()) {
            waiting.retain(|&other| other != op);
        }
        Some(op)
    }

    fn note_broken(&mut self, op: OpIdx) {
        if let Some(section) = self.begun_by(op) {
            let broken: Vec<_> = self.excluding(section).map(|other| Broken::Exclusion(other, section)).collect();
            self.broken.extend(broken);
        }
        if let Some(variable) = self.reach.history.ops[op as usize].kind.writes() {
            let writer = self.holds(variable);
            let reads: Vec<_> =
                self.reads_to_come(variable, writer).filter(|&read| read != op).take(MAX_BROKEN).collect();
            self.broken.extend(reads.into_iter().map(|read| Broken::Overwritten { writer, read, other: op }));
        }
    }

    fn execute(&mut self, op: OpIdx) {
        let reach = self.reach;
        let at = reach.history.ops[op as usize];
        if let Some(variable) = at.kind.reads() {
            self.note_stale(variable, op);
        }
        self.order.push(op);
        self.done[at.thread as usize] += 1;
        if let Some(section) = self.begun_by(op) {
            self.open.entry(reach.sections.all[section as usize].lock).or_default().push(section);
        } else if let Some(section) = reach.sections.at[op as usize] {
            self.end_section(section);
        }
        if self.done[at.thread as usize] as usize == reach.history.of_thread(at.thread).len() {
            reach.locks.let_go(at.thread).iter().for_each(|&section| self.end_section(section));
        }
        if let Some((variable, writes, _)) = at.kind.access() {
            self.accessed(variable, op, writes);
        }
        let done = self.done[at.thread as usize];
        if let Some(behind) = self.behind.get_mut(&at.thread) {
            self.ready.extend(behind.extract_if(.., |&mut (count, _)| count <= done).map(|(_, op)| Reverse(op)));
        }
        self.advance(at.thread);
    }

    fn end_section(&mut self, section_idx: SectionIdx) {
        let lock = self.reach.sections.all[section_idx as usize].lock;
        self.open.entry(lock).or_default().retain(|&other| other != section_idx);
        let waiting = self.at_lock.remove(&lock).unwrap_or_default();
        self.ready.extend(waiting.into_iter().map(Reverse));
    }

    /// Keeps the books of a variable after an access, and wakes writes that it may have held up.
    fn accessed(&mut self, variable: VarId, op: OpIdx, writes: bool) {
        let mut wakes = writes;
        if let Some(writer) = self.seen(op)
            && let Some(to_come) = self.to_come.get_mut(&(variable, writer))
        {
            *to_come -= 1;
            // One may be left that is an update held up by the others.
            wakes |= *to_come <= 1;
        }
        if writes {
            self.written.entry(variable).or_default().push(op);
        }
        if wakes {
            let waiting = self.at_variable.remove(&variable).unwrap_or_default();
            self.ready.extend(waiting.into_iter().map(Reverse));
        }
    }

    /// Notes the writes that ran between a read's writer and the read, the last ones of many.
    fn note_stale(&mut self, variable: VarId, read: OpIdx) {
        let Some(writer) = self.seen(read) else { return };
        let written = self.written.get(&variable).map_or(&[][..], Vec::as_slice).iter().rev().copied();
        let since = written.chain(self.written_before(variable)).take_while(|&other| Some(other) != writer);
        let stale = since.take(MAX_BROKEN).map(|other| Broken::Overwritten { writer, read, other });
        let stale: Vec<_> = stale.collect();
        self.broken.extend(stale);
    }
}
