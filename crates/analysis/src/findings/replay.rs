//! A schedule to step through, made of a finding's proof.

use hashbrown::{HashMap, HashSet};
use model::Seq;
use model::analysis::{
    MAX_STEPS, Role, Schedule, ScheduleLock, ScheduleStep, ScheduleThread, ScheduleVariable, StepEffect,
};
use model::table::{EventRow, EventTable};

use super::describe::{ValueTexts, location, thread_label};
use super::{Found, words};
use crate::causal::Recorded;
use crate::history::{LockId, OpIdx, OpKind, ThreadIdx, VarId};
use crate::sections::Sections;

/// What a schedule shows, before its values are known.
#[derive(Debug)]
pub struct Replayed<'a> {
    recorded: &'a Recorded,
    sections: Sections,
    finding: &'a Found,
    /// The last steps, and how many there are before them.
    listed: Vec<OpIdx>,
    skipped: usize,
    /// Enabled after them.
    then: Vec<OpIdx>,
    roles: HashMap<OpIdx, Role>,
    threads: Columns<ThreadIdx>,
    variables: Columns<VarId>,
    locks: Columns<LockId>,
    /// By variable, its last write before the listed steps.
    written: HashMap<VarId, OpIdx>,
    /// By lock, its holders then.
    holders: HashMap<LockId, Vec<ThreadIdx>>,
}

/// Dense numbers in order of first use.
#[derive(Debug)]
struct Columns<T> {
    all: Vec<T>,
    index: HashMap<T, u32>,
}

impl<T: Copy + Eq + std::hash::Hash> Columns<T> {
    fn new() -> Self {
        Self { all: Vec::new(), index: HashMap::new() }
    }

    fn add(&mut self, item: T) -> u32 {
        *self.index.entry(item).or_insert_with(|| {
            self.all.push(item);
            self.all.len() as u32 - 1
        })
    }

    fn of(&self, item: T) -> Option<u32> {
        self.index.get(&item).copied()
    }
}

impl<'a> Replayed<'a> {
    /// [`None`] without a proof. O(N + length · log length).
    pub fn of(recorded: &'a Recorded, finding: &'a Found) -> Option<Self> {
        let history = &recorded.history;
        let ops = finding.proof.as_ref()?.ops(history);
        let skipped = ops.len().saturating_sub(MAX_STEPS);
        let (before, listed) = ops.split_at(skipped);
        let taken: HashSet<OpIdx> = listed.iter().copied().collect();
        let was_taken_before: HashSet<OpIdx> = before.iter().copied().collect();
        let inside = |op: &OpIdx| taken.contains(op) || was_taken_before.contains(op);
        let then: Vec<OpIdx> = finding.events.iter().map(|event| event.op).filter(|op| !inside(op)).collect();

        let sections = Sections::of(history);
        let mut replayed = Self {
            recorded,
            finding,
            skipped,
            listed: listed.to_vec(),
            then,
            roles: finding.events.iter().map(|event| (event.op, event.role)).collect(),
            threads: Columns::new(),
            variables: Columns::new(),
            locks: Columns::new(),
            written: HashMap::new(),
            holders: HashMap::new(),
            sections,
        };
        replayed.name_columns();
        replayed.run(before);
        Some(replayed)
    }

    /// Those of the finding first.
    fn name_columns(&mut self) {
        let history = &self.recorded.history;
        let of_finding = self.finding.events.iter().map(|event| event.op);
        let ops: Vec<OpIdx> = of_finding.chain(self.listed.iter().copied()).chain(self.then.iter().copied()).collect();
        for op in ops {
            let op = history.ops[op as usize];
            self.threads.add(op.thread);
            match op.kind {
                OpKind::Acquire { lock, .. } | OpKind::Release { lock, .. } => _ = self.locks.add(lock),
                kind => {
                    if let Some((variable, ..)) = kind.access() {
                        self.variables.add(variable);
                    }
                }
            }
        }
    }

    /// The steps that are not listed.
    fn run(&mut self, before: &[OpIdx]) {
        let history = &self.recorded.history;
        for &op in before {
            if let Some(variable) = history.ops[op as usize].kind.writes() {
                self.written.insert(variable, op);
            }
            if let Some(section) = self.sections.at[op as usize] {
                let section = self.sections.all[section as usize];
                let holders = self.holders.entry(section.lock).or_default();
                if section.acquire == op {
                    holders.push(section.thread);
                } else {
                    holders.retain(|&thread| thread != section.thread);
                }
            }
        }
        // Held by threads that do not appear any more.
        for (&lock, holders) in &self.holders {
            if !holders.is_empty() && self.locks.of(lock).is_some() {
                for &thread in holders {
                    self.threads.add(thread);
                }
            }
        }
    }

    /// Rows whose values are shown.
    pub fn rows(&self) -> Vec<u32> {
        let history = &self.recorded.history;
        let steps = self.listed.iter().chain(&self.then).chain(self.written.values());
        let accesses = steps.filter(|&&op| history.ops[op as usize].kind.access().is_some());
        accesses.map(|&op| self.recorded.rows[op as usize]).collect()
    }

    /// In the form in which it travels. `table` is as for [`super::describe`].
    pub fn schedule(&self, table: &EventTable, version: Seq, values: &dyn Fn(&EventRow) -> ValueTexts) -> Schedule {
        let shown = Shown { replayed: self, table, values };
        Schedule {
            finding: self.finding.id.clone(),
            version,
            threads: self.named_threads(table),
            variables: self.variables.all.iter().map(|&variable| shown.variable(variable)).collect(),
            locks: self.locks.all.iter().map(|&lock| self.lock(lock)).collect(),
            steps: self.listed.iter().filter_map(|&op| shown.step(op)).collect(),
            skipped: self.skipped as u64,
            then: self.then.iter().filter_map(|&op| shown.step(op)).collect(),
        }
    }

    fn named_threads(&self, table: &EventTable) -> Vec<ScheduleThread> {
        let history = &self.recorded.history;
        let mut taken: HashSet<(String, String)> = HashSet::new();
        let name = |&thread: &ThreadIdx| {
            let first = history.of_thread(thread).first();
            let row = first.and_then(|&op| table.rows.get(self.recorded.rows[op as usize] as usize));
            let service = row.map(|row| table.text(row.service).to_owned()).unwrap_or_default();
            let mut name = thread_label(self.recorded, thread);
            if !taken.insert((service.clone(), name.clone())) {
                name.clone_from(&history.threads[thread as usize]);
            }
            ScheduleThread { name, service }
        };
        self.threads.all.iter().map(name).collect()
    }

    fn lock(&self, lock: LockId) -> ScheduleLock {
        let holders = self.holders.get(&lock).into_iter().flatten().filter_map(|&thread| self.threads.of(thread));
        ScheduleLock { name: self.recorded.history.locks[lock as usize].clone(), holders: holders.collect() }
    }
}

/// A replay with its values.
struct Shown<'a> {
    replayed: &'a Replayed<'a>,
    table: &'a EventTable,
    values: &'a dyn Fn(&EventRow) -> ValueTexts,
}

impl Shown<'_> {
    fn row(&self, op: OpIdx) -> Option<&EventRow> {
        self.table.rows.get(self.replayed.recorded.rows[op as usize] as usize)
    }

    fn values_of(&self, op: OpIdx) -> ValueTexts {
        self.row(op).map(|row| (self.values)(row)).unwrap_or_default()
    }

    /// With what was written before the listed steps, or else what the first of them found there.
    fn variable(&self, variable: VarId) -> ScheduleVariable {
        let history = &self.replayed.recorded.history;
        let value = match self.replayed.written.get(&variable) {
            Some(&write) => self.values_of(write).written(),
            None => {
                let of_variable =
                    |op: &&OpIdx| history.ops[**op as usize].kind.access().is_some_and(|(var, ..)| var == variable);
                let first = self.replayed.listed.iter().chain(&self.replayed.then).find(of_variable);
                first.and_then(|&op| match history.ops[op as usize].kind {
                    OpKind::Read(..) => self.values_of(op).seen(),
                    _ => self.values_of(op).replaced(),
                })
            }
        };
        ScheduleVariable { name: history.variables[variable as usize].clone(), value }
    }

    fn step(&self, op: OpIdx) -> Option<ScheduleStep> {
        let replayed = self.replayed;
        let row = self.row(op)?;
        let kind = replayed.recorded.history.ops[op as usize].kind;
        let value = match kind {
            OpKind::Read(..) => self.values_of(op).seen(),
            OpKind::Write(..) | OpKind::Update(..) => self.values_of(op).written(),
            _ => None,
        };
        let operation = self.table.text(row.operation);
        Some(ScheduleStep {
            thread: replayed.threads.of(replayed.recorded.history.ops[op as usize].thread)?,
            event: row.id,
            position: u64::from(replayed.recorded.rows[op as usize]),
            kind: row.kind,
            mode: row.mode,
            text: words::step(replayed.recorded, op, value.as_deref(), row, operation),
            location: location(replayed.recorded, self.table, op, row),
            effect: self.effect(op, kind, value),
            role: replayed.roles.get(&op).copied(),
        })
    }

    /// Of locks only the outermost acquire and its release change anything.
    fn effect(&self, op: OpIdx, kind: OpKind, value: Option<String>) -> StepEffect {
        let replayed = self.replayed;
        let is_section = replayed.sections.at[op as usize].is_some();
        let effect = match kind {
            OpKind::Read(variable, _) => {
                replayed.variables.of(variable).map(|variable| StepEffect::Read { variable, value })
            }
            OpKind::Write(variable, _) | OpKind::Update(variable, _) => {
                replayed.variables.of(variable).map(|variable| StepEffect::Write { variable, value })
            }
            OpKind::Acquire { lock, shared } if is_section => {
                replayed.locks.of(lock).map(|lock| StepEffect::Acquire { lock, shared })
            }
            OpKind::Release { lock, .. } if is_section => {
                replayed.locks.of(lock).map(|lock| StepEffect::Release { lock })
            }
            _ => None,
        };
        effect.unwrap_or(StepEffect::None)
    }
}
