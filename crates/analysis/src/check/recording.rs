//! What was recorded, in the checker's own form.

use hashbrown::{HashMap, HashSet};

use super::locks::Locks;
use crate::history::{Access, History, OpIdx, OpKind};

/// A recorded execution to replay schedules against. Built once, O(N) in operations and edges.
#[derive(Debug)]
pub struct Recording {
    pub(super) steps: Vec<Step>,
    /// By step: its thread once more, close together for those who walk through all of them.
    pub(super) thread_of: Vec<u32>,
    pub(super) threads: Vec<Thread>,
    /// By step: hashes of the value read or replaced, and of the one written; 0 when not recorded. Apart from the
    /// steps, which every schedule runs through.
    pub(super) values: Vec<Values>,
    /// Variables are numbered below this.
    pub(super) n_variables: usize,
    /// [`None`]: several threads have the name.
    pub(super) by_name: HashMap<String, Option<u32>>,
    /// Sources of hard edges, by target.
    needs: Vec<OpIdx>,
    /// Where the needs of a step begin; one longer than `steps`.
    needs_begin: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Thread {
    pub(super) name: String,
    pub(super) steps: Vec<OpIdx>,
    /// Locks it never released although others took them after its end: its holds end with it.
    pub(super) lets_go: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) thread: u32,
    pub(super) position: u32,
    pub(super) action: Action,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Touch(Touch),
    Acquire { lock: u32, shared: bool },
    Release { lock: u32 },
    Nothing,
}

/// A read, a write or both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touch {
    pub(super) var: u32,
    pub(super) atomic: bool,
    pub(super) writes: bool,
    /// What a read saw.
    pub(super) saw: Option<Saw>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values {
    pub(super) old: u64,
    pub(super) new: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saw {
    Initial,
    Write(OpIdx),
    Unknown,
}

impl Recording {
    /// From the operations and edges of a history; its sections and the writers of its reads are worked
    /// out anew.
    pub fn from_history(history: &History) -> Self {
        let mut draft = Draft::new(history.threads.iter().cloned());
        for op in &history.ops {
            let step = match op.kind {
                OpKind::Read(var, how) => Draft::touch(var, how, true, false),
                OpKind::Write(var, how) => Draft::touch(var, how, false, true),
                OpKind::Update(var, how) => Draft::touch(var, how, true, true),
                OpKind::Acquire { lock, shared } => Action::Acquire { lock, shared },
                OpKind::Release { lock, .. } => Action::Release { lock },
                OpKind::Fork(_) | OpKind::Join(_) | OpKind::Fence { .. } | OpKind::Other => Action::Nothing,
            };
            let values =
                op.kind.access().map_or_else(Values::default, |(.., how)| Values { old: how.old, new: how.new });
            draft.push(op.thread, step, values);
        }
        for edge in &history.edges {
            draft.need(edge.to, edge.from);
        }
        draft.finish()
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What must have happened before a step, besides the steps of its own thread.
    pub(super) fn needs(&self, op: OpIdx) -> &[OpIdx] {
        let op = op as usize;
        &self.needs[self.needs_begin[op] as usize..self.needs_begin[op + 1] as usize]
    }
}

/// A recording that is being written down, in recorded order.
#[derive(Default)]
pub(super) struct Draft {
    steps: Vec<Step>,
    values: Vec<Values>,
    threads: Vec<Thread>,
    /// (target, source).
    needs: Vec<(OpIdx, OpIdx)>,
    last_write: HashMap<u32, (OpIdx, u64)>,
    last_write_of_value: HashMap<(u32, u64), OpIdx>,
}

impl Draft {
    fn new(names: impl Iterator<Item = String>) -> Self {
        let mut draft = Self::default();
        names.for_each(|name| {
            draft.thread(name);
        });
        draft
    }

    /// A further thread.
    pub(super) fn thread(&mut self, name: String) -> u32 {
        self.threads.push(Thread { name, steps: Vec::new(), lets_go: Vec::new() });
        self.threads.len() as u32 - 1
    }

    /// What it saw is found when it is pushed.
    pub(super) fn touch(var: u32, how: Access, reads: bool, writes: bool) -> Action {
        let saw = reads.then_some(Saw::Unknown);
        Action::Touch(Touch { var, atomic: how.atomic, writes, saw })
    }

    pub(super) fn push(&mut self, thread: u32, mut action: Action, values: Values) -> OpIdx {
        let op = self.steps.len() as OpIdx;
        if let Action::Touch(touch) = &mut action {
            touch.saw = touch.saw.map(|_| self.saw(touch.var, values.old));
            if touch.writes {
                self.last_write.insert(touch.var, (op, values.new));
                self.last_write_of_value.insert((touch.var, values.new), op);
            }
        }
        let own = &mut self.threads[thread as usize].steps;
        self.steps.push(Step { thread, position: own.len() as u32, action });
        self.values.push(values);
        own.push(op);
        op
    }

    /// The last write, unless both values are known and differ: then the last one that wrote what was read.
    fn saw(&self, var: u32, value: u64) -> Saw {
        match self.last_write.get(&var) {
            None => Saw::Initial,
            Some(&(last, written)) if value == 0 || written == 0 || written == value => Saw::Write(last),
            Some(_) => self.last_write_of_value.get(&(var, value)).map_or(Saw::Unknown, |&op| Saw::Write(op)),
        }
    }

    pub(super) fn need(&mut self, target: OpIdx, source: OpIdx) {
        self.needs.push((target, source));
    }

    /// The last step of a thread so far.
    pub(super) fn last_of(&self, thread: u32) -> Option<OpIdx> {
        self.threads[thread as usize].steps.last().copied()
    }

    pub(super) fn finish(mut self) -> Recording {
        self.settle_locks();
        self.needs.sort_unstable();
        let mut needs_begin = Vec::with_capacity(self.steps.len() + 1);
        let mut begin = 0_usize;
        for op in 0..=self.steps.len() {
            while self.needs.get(begin).is_some_and(|&(target, _)| (target as usize) < op) {
                begin += 1;
            }
            needs_begin.push(begin as u32);
        }
        let mut by_name = HashMap::with_capacity(self.threads.len());
        for (thread, Thread { name, .. }) in self.threads.iter().enumerate() {
            by_name.entry(name.clone()).and_modify(|other| *other = None).or_insert(Some(thread as u32));
        }
        let needs = self.needs.iter().map(|&(_, source)| source).collect();
        let thread_of = self.steps.iter().map(|step| step.thread).collect();
        let variables = self.steps.iter().filter_map(|step| match step.action {
            Action::Touch(touch) => Some(touch.var as usize + 1),
            _ => None,
        });
        let n_variables = variables.max().unwrap_or(0);
        let Self { steps, values, threads, .. } = self;
        Recording { steps, values, thread_of, threads, n_variables, by_name, needs, needs_begin }
    }

    /// Makes the recorded order itself a correct one. A lock that others took after the end of a thread
    /// that never released it was let go then; one that two threads held at a time names several locks,
    /// and protects nothing.
    fn settle_locks(&mut self) {
        let mut locks = Locks::default();
        let mut holders: HashMap<u32, HashSet<u32>> = HashMap::new();
        let mut confused: HashSet<u32> = HashSet::new();
        for (op, &Step { thread, action, .. }) in self.steps.iter().enumerate() {
            match action {
                Action::Acquire { lock, shared } if !confused.contains(&lock) => {
                    let held_by = holders.entry(lock).or_default();
                    if !locks.free(thread, lock, shared) {
                        let others = held_by.iter().copied().filter(|&other| other != thread);
                        let blocking: Vec<u32> = others.filter(|&other| locks.blocks(other, lock, shared)).collect();
                        for other in blocking {
                            let Thread { steps, lets_go, .. } = &mut self.threads[other as usize];
                            if steps.last().is_some_and(|&last| last as usize > op) {
                                confused.insert(lock);
                            }
                            lets_go.push(lock);
                            locks.forget(other, lock);
                            held_by.remove(&other);
                        }
                    }
                    held_by.insert(thread);
                    locks.acquire(thread, lock, shared);
                }
                Action::Release { lock } => {
                    locks.release(thread, lock);
                    if !locks.blocks(thread, lock, false) {
                        holders.entry(lock).or_default().remove(&thread);
                    }
                }
                _ => {}
            }
        }
        if !confused.is_empty() {
            for step in &mut self.steps {
                if let Action::Acquire { lock, .. } | Action::Release { lock } = step.action
                    && confused.contains(&lock)
                {
                    step.action = Action::Nothing;
                }
            }
        }
    }
}
