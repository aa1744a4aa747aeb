//! Runs a schedule on and says whether it stays a correct reordering.

use hashbrown::HashMap;

use crate::history::{History, OpIdx, OpKind, ThreadIdx, VarId};
use crate::races::Input;
use crate::races::irregular::end_of;
use crate::reads_from::Writer;
use crate::sections::SectionIdx;
use crate::witness::{Segments, Witness};

/// What a schedule has come to. Invariant: `schedule` is a correct reordering.
pub(super) struct Replay<'h> {
    input: Input<'h>,
    pub schedule: Vec<OpIdx>,
    taken: Vec<u32>,
    last_write: HashMap<VarId, OpIdx>,
    /// By lock, the sections that are open.
    open: Vec<Vec<SectionIdx>>,
}

impl<'h> Replay<'h> {
    /// Runs a witness; [`None`] when it is not a correct reordering. O(N).
    pub fn of(input: Input<'h>, witness: &Witness) -> Option<Self> {
        let history = input.history;
        let mut replay = Self {
            input,
            schedule: Vec::new(),
            taken: vec![0; history.threads.len()],
            last_write: HashMap::new(),
            open: vec![Vec::new(); history.locks.len()],
        };
        let by_name: HashMap<&str, ThreadIdx> =
            history.threads.iter().enumerate().map(|(thread, name)| (name.as_str(), thread as ThreadIdx)).collect();
        match &witness.segments {
            Segments::Recorded(_) => {
                let mut ops: Vec<OpIdx> = Vec::new();
                for (name, &count) in &witness.threads {
                    ops.extend_from_slice(history.of_thread(*by_name.get(name.as_str())?).get(..count as usize)?);
                }
                ops.sort_unstable();
                replay.take_all(ops)?;
            }
            Segments::Runs(runs) => {
                for (name, count) in runs {
                    let thread = *by_name.get(name.as_str())?;
                    for _ in 0..*count {
                        replay.step(thread)?;
                    }
                }
            }
        }
        Some(replay)
    }

    fn take_all(&mut self, ops: Vec<OpIdx>) -> Option<()> {
        ops.into_iter().try_for_each(|op| {
            (self.next_of(self.input.history.ops[op as usize].thread)? == op).then_some(()).and_then(|()| self.take(op))
        })
    }

    /// The next operation of a thread, if there is one.
    pub fn next_of(&self, thread: ThreadIdx) -> Option<OpIdx> {
        self.input.history.of_thread(thread).get(self.taken[thread as usize] as usize).copied()
    }

    /// Takes the next operation of a thread; [`None`] when the rules forbid it.
    pub fn step(&mut self, thread: ThreadIdx) -> Option<()> {
        self.take(self.next_of(thread)?)
    }

    /// Whether an operation is the next of its thread and lacks nothing.
    pub fn enables(&self, op: OpIdx) -> bool {
        self.next_of(self.input.history.ops[op as usize].thread) == Some(op) && self.has_sources(op)
    }

    /// Whether a section that excludes one is open.
    pub fn excluded(&self, section: SectionIdx) -> bool {
        let sections = &self.input.sections.all;
        let section = &sections[section as usize];
        self.open[section.lock as usize].iter().any(|&other| section.excludes(&sections[other as usize]))
    }

    fn has_sources(&self, op: OpIdx) -> bool {
        let ops = &self.input.history.ops;
        let taken = |op: OpIdx| ops[op as usize].position < self.taken[ops[op as usize].thread as usize];
        self.input.history.edges_to(op).iter().all(|edge| taken(edge.from))
    }

    fn take(&mut self, op_idx: OpIdx) -> Option<()> {
        let History { ops, .. } = self.input.history;
        let op = &ops[op_idx as usize];
        if !self.has_sources(op_idx) {
            return None;
        }
        if let Some(variable) = op.kind.reads() {
            let sees = self.last_write.get(&variable).map_or(Writer::Initial, |&write| Writer::Op(write));
            if self.input.writer(op_idx) != Some(sees) {
                return None;
            }
        }
        if let Some(variable) = op.kind.writes() {
            self.last_write.insert(variable, op_idx);
        }
        let section = self.input.sections.at[op_idx as usize];
        match (op.kind, section) {
            (OpKind::Acquire { lock, .. }, Some(section)) => {
                if self.excluded(section) {
                    return None;
                }
                self.open[lock as usize].push(section);
            }
            (OpKind::Release { lock, .. }, Some(section)) => {
                self.open[lock as usize].retain(|&other| other != section);
            }
            _ => {}
        }
        self.taken[op.thread as usize] += 1;
        if self.taken[op.thread as usize] as usize == self.input.history.of_thread(op.thread).len() {
            self.let_go(op_idx);
        }
        self.schedule.push(op_idx);
        Some(())
    }

    /// Sections without release end with their thread.
    fn let_go(&mut self, last: OpIdx) {
        let (history, sections) = (self.input.history, &self.input.sections.all);
        for open in &mut self.open {
            open.retain(|&section| end_of(history, &sections[section as usize]) != Some(last));
        }
    }

    /// The schedule as a witness.
    pub fn witness(&self) -> Witness {
        let history = self.input.history;
        let name = |thread: usize| history.threads[thread].clone();
        let taken = self.taken.iter().enumerate().filter(|&(_, &taken)| taken > 0);
        let threads = taken.map(|(thread, &taken)| (name(thread), taken)).collect();
        let by_thread =
            self.schedule.chunk_by(|&a, &b| history.ops[a as usize].thread == history.ops[b as usize].thread);
        let runs = by_thread
            .filter_map(|run| Some((name(history.ops[*run.first()? as usize].thread as usize), run.len() as u32)))
            .collect();
        Witness { threads, segments: Segments::Runs(runs) }
    }
}
