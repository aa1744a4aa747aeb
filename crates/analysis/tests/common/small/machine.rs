//! A scheduler's machine: threads, locks and memory. What it lets happen is an execution.

use super::execution::{Act, Execution, Line};

/// What the programs may use.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub threads: u8,
    pub locks: u8,
    pub variables: u8,
    /// At most this many operations.
    pub operations: usize,
    /// Shared acquires, and upgrades of them.
    pub shared: bool,
    pub atomics: bool,
    /// Threads other than the first begin when they are forked, and may be joined.
    pub forks: bool,
    /// Edges between operations of any two threads.
    pub messages: bool,
    /// Accesses carry values.
    pub values: bool,
    /// Few accesses, many acquires.
    pub lock_heavy: bool,
    /// A thread that is joined lets its locks go without a release.
    pub lost_releases: bool,
    /// The recorded order of operations that nothing orders is not quite the one in which they happened. With
    /// values, reads then see other writes than the last one before them, and some see no recorded one.
    pub blurred: bool,
}

impl Shape {
    /// What STD files can say.
    pub const fn plain(threads: u8, operations: usize) -> Self {
        Self {
            threads,
            locks: 2,
            variables: 2,
            operations,
            shared: false,
            atomics: false,
            forks: true,
            messages: false,
            values: false,
            lock_heavy: false,
            lost_releases: false,
            blurred: false,
        }
    }

    /// All that a history can say.
    pub const fn rich(threads: u8, operations: usize) -> Self {
        Self { shared: true, atomics: true, messages: true, ..Self::plain(threads, operations) }
    }

    /// Mostly locks, for deadlocks.
    pub const fn locks(threads: u8, operations: usize) -> Self {
        Self { variables: 1, shared: true, lock_heavy: true, ..Self::plain(threads, operations) }
    }
}

pub struct Machine {
    shape: Shape,
    begun: Vec<bool>,
    joined: Vec<bool>,
    /// Acquires in order: (thread, lock, shared).
    held: Vec<(u8, u8, bool)>,
    memory: Vec<u64>,
    lines: Vec<Line>,
}

impl Machine {
    pub fn new(shape: Shape) -> Self {
        let threads = usize::from(shape.threads);
        Self {
            shape,
            begun: (0..threads).map(|thread| thread == 0 || !shape.forks).collect(),
            joined: vec![false; threads],
            held: Vec::new(),
            memory: vec![9; usize::from(shape.variables)],
            lines: Vec::new(),
        }
    }

    pub fn full(&self) -> bool {
        self.lines.len() >= self.shape.operations
    }

    pub fn begun(&self, thread: u8) -> bool {
        self.begun[usize::from(thread)]
    }

    /// The locks a thread holds, one entry an acquire.
    pub fn holds(&self, thread: u8) -> Vec<u8> {
        self.held.iter().filter(|&&(holder, ..)| holder == thread).map(|&(_, lock, _)| lock).collect()
    }

    /// Lets a thread do something, if it can be done now.
    pub fn attempt(&mut self, thread: u8, act: Act, value: u64) -> bool {
        if self.full() || !self.begun(thread) || self.joined[usize::from(thread)] {
            return false;
        }
        let free = |lock: u8, shared: bool| {
            !self.held.iter().any(|&(holder, held, mode)| holder != thread && held == lock && !(shared && mode))
        };
        match act {
            Act::Acquire(lock) if free(lock, false) => self.held.push((thread, lock, false)),
            Act::AcquireShared(lock) if free(lock, true) => self.held.push((thread, lock, true)),
            Act::Acquire(_) | Act::AcquireShared(_) => return false,
            Act::Release(lock) => {
                let last = self.held.iter().rposition(|&(holder, held, _)| holder == thread && held == lock);
                let Some(last) = last else { return false };
                self.held.remove(last);
            }
            Act::Fork(child) if !self.begun(child) => self.begun[usize::from(child)] = true,
            Act::Fork(_) => return false,
            Act::Join(other) if other == thread || !self.begun(other) => return false,
            Act::Join(other) => {
                self.joined[usize::from(other)] = true;
                if self.shape.lost_releases {
                    self.held.retain(|&(holder, ..)| holder != other);
                }
            }
            Act::Receive(from) if from == thread => return false,
            _ => {}
        }
        self.write(thread, act, value);
        true
    }

    fn write(&mut self, thread: u8, act: Act, value: u64) {
        let (mut old, mut new) = (0, 0);
        match act {
            Act::Read(var) | Act::AtomicRead(var) => old = self.memory[usize::from(var)],
            Act::Write(var) | Act::AtomicWrite(var) | Act::AtomicUpdate(var) => {
                old = std::mem::replace(&mut self.memory[usize::from(var)], value);
                new = value;
            }
            _ => {}
        }
        if !self.shape.values {
            (old, new) = (0, 0);
        }
        self.lines.push(Line { thread, act, old, new });
    }

    /// What happened; as it was recorded, when the recorded order is `blurred` by these numbers.
    pub fn finish(mut self, blurs: &[(u8, u8, u8)]) -> Execution {
        if self.shape.blurred {
            blur(&mut self.lines, blurs);
        }
        Execution { lines: self.lines }
    }
}

/// Moves operations past their neighbours of other threads, as some numbers say. Locks, forks, joins and messages
/// stay in their order.
fn blur(lines: &mut [Line], blurs: &[(u8, u8, u8)]) {
    let free = |line: &Line| {
        matches!(
            line.act,
            Act::Read(_) | Act::Write(_) | Act::AtomicRead(_) | Act::AtomicWrite(_) | Act::AtomicUpdate(_) | Act::Fence
        )
    };
    for &(from, distance, where_to) in blurs {
        let mut at = usize::from(from) * 7 % lines.len().max(1);
        for _ in 0..distance % 4 {
            let to = if where_to % 2 == 0 { at.saturating_sub(1) } else { at + 1 };
            let Some(neighbour) = lines.get(to) else { break };
            if to == at || lines[at].thread == neighbour.thread || !free(&lines[at]) || !free(neighbour) {
                break;
            }
            lines.swap(at, to);
            at = to;
        }
    }
}
