//! Random executions that really could have happened: a script of wishes, run by a scheduler.
//!
//! Each wish names a thread and what it would do next; a wish that cannot be granted in the state reached
//! (the lock is taken, the thread has not begun) is passed over. So every script is an execution, and a
//! shorter script is a smaller one: failing cases shrink by themselves.

#![allow(dead_code, reason = "each test binary takes what it needs")]

use std::fmt;

use analysis::history::Sources;
use analysis::{Access, EdgeReason, History, HistoryBuilder, OpIdx, OpKind};
use proptest::prelude::*;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Read(u8),
    Write(u8),
    AtomicRead(u8),
    AtomicWrite(u8),
    AtomicUpdate(u8),
    Acquire(u8),
    AcquireShared(u8),
    Release(u8),
    Fork(u8),
    Join(u8),
    /// Follows the last operation of a thread.
    Receive(u8),
    Fence,
}

#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub thread: u8,
    pub act: Act,
    /// Value read or replaced, and value written; 0 when not recorded.
    pub old: u64,
    pub new: u64,
}

/// An execution; its `Debug` is text to read, in STD form as far as that goes.
#[derive(Clone)]
pub struct Execution {
    pub lines: Vec<Line>,
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for (line_idx, Line { thread, act, old, new }) in self.lines.iter().enumerate() {
            let (name, target) = match act {
                Act::Read(var) => ("r", format!("x{var}")),
                Act::Write(var) => ("w", format!("x{var}")),
                Act::AtomicRead(var) => ("atomic_r", format!("x{var}")),
                Act::AtomicWrite(var) => ("atomic_w", format!("x{var}")),
                Act::AtomicUpdate(var) => ("atomic_rw", format!("x{var}")),
                Act::Acquire(lock) => ("acq", format!("l{lock}")),
                Act::AcquireShared(lock) => ("acq_shared", format!("l{lock}")),
                Act::Release(lock) => ("rel", format!("l{lock}")),
                Act::Fork(child) => ("fork", format!("T{child}")),
                Act::Join(child) => ("join", format!("T{child}")),
                Act::Receive(from) => ("receive", format!("T{from}")),
                Act::Fence => ("fence", String::new()),
            };
            write!(f, "T{thread}|{name}({target})|{}", line_idx + 1)?;
            if *old != 0 || *new != 0 {
                write!(f, " old {old} new {new}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Execution {
    /// The execution as the engines take it.
    pub fn history(&self) -> History {
        let mut builder = HistoryBuilder::default();
        let mut last: Vec<Option<OpIdx>> = Vec::new();
        let mut forks: Vec<(u32, OpIdx)> = Vec::new();
        for (line_idx, &Line { thread, act, old, new }) in self.lines.iter().enumerate() {
            let thread = builder.threads.id(&format!("T{thread}"));
            let mut other = |thread: u8| builder.threads.id(&format!("T{thread}"));
            let child = match act {
                Act::Fork(child) | Act::Join(child) | Act::Receive(child) => Some(other(child)),
                _ => None,
            };
            let mut var = |var: u8| builder.variables.id(&format!("x{var}"));
            let plain = Access { old, new, ..Access::default() };
            let atomic = Access { atomic: true, acquires: true, releases: true, ..plain };
            let lock_of = |builder: &mut HistoryBuilder, lock: u8| builder.locks.id(&format!("l{lock}"));
            let kind = match (act, child) {
                (Act::Read(x), _) => OpKind::Read(var(x), plain),
                (Act::Write(x), _) => OpKind::Write(var(x), plain),
                (Act::AtomicRead(x), _) => OpKind::Read(var(x), atomic),
                (Act::AtomicWrite(x), _) => OpKind::Write(var(x), atomic),
                (Act::AtomicUpdate(x), _) => OpKind::Update(var(x), atomic),
                (Act::Acquire(lock), _) => OpKind::Acquire { lock: lock_of(&mut builder, lock), shared: false },
                (Act::AcquireShared(lock), _) => OpKind::Acquire { lock: lock_of(&mut builder, lock), shared: true },
                (Act::Release(lock), _) => OpKind::Release { lock: lock_of(&mut builder, lock), shared: false },
                (Act::Fork(_), Some(child)) => OpKind::Fork(child),
                (Act::Join(_), Some(child)) => OpKind::Join(child),
                (Act::Fence, _) => OpKind::Fence { acquires: true, releases: true },
                _ => OpKind::Other,
            };
            let location = builder.locations.id(&(line_idx + 1).to_string());
            let op = builder.push(thread, kind, location);
            last.resize(builder.threads.len(), None);
            for &(_, fork) in forks.iter().filter(|&&(begun, _)| begun == thread) {
                builder.edge(fork, op, EdgeReason::Fork, false);
            }
            forks.retain(|&(begun, _)| begun != thread);
            match (act, child) {
                (Act::Fork(_), Some(child)) => forks.push((child, op)),
                (Act::Join(_), Some(child)) => {
                    if let Some(end) = last[child as usize] {
                        builder.edge(end, op, EdgeReason::Join, false);
                    }
                }
                (Act::Receive(_), Some(from)) => {
                    if let Some(sent) = last[from as usize] {
                        builder.edge(sent, op, EdgeReason::Message, false);
                    }
                }
                _ => {}
            }
            last[thread as usize] = Some(op);
        }
        let lines = (1..=self.lines.len() as u32).collect();
        builder.finish(Sources::Lines(lines))
    }
}

/// One wish: who, what, and of what. Any numbers mean something.
pub type Wish = (u8, u8, u8);

/// Executions of a shape.
pub fn executions(shape: Shape) -> impl Strategy<Value = Execution> {
    let wish = (any::<u8>(), any::<u8>(), any::<u8>());
    prop::collection::vec(wish, 1..=shape.operations * 2).prop_map(move |script| run(shape, &script))
}

struct Machine {
    shape: Shape,
    begun: Vec<bool>,
    joined: Vec<bool>,
    /// Acquires in order: (thread, lock, shared).
    held: Vec<(u8, u8, bool)>,
    memory: Vec<u64>,
    lines: Vec<Line>,
}

/// Grants what can be granted of a script.
pub fn run(shape: Shape, script: &[Wish]) -> Execution {
    let threads = usize::from(shape.threads);
    let mut machine = Machine {
        shape,
        begun: (0..threads).map(|thread| thread == 0 || !shape.forks).collect(),
        joined: vec![false; threads],
        held: Vec::new(),
        memory: vec![1; usize::from(shape.variables)],
        lines: Vec::new(),
    };
    for &wish in script {
        if machine.lines.len() == shape.operations {
            break;
        }
        machine.grant(wish);
    }
    Execution { lines: machine.lines }
}

impl Machine {
    fn grant(&mut self, (thread, what, target): Wish) {
        let shape = self.shape;
        let thread = thread % shape.threads;
        if !self.begun[usize::from(thread)] {
            // A wish of a thread that does not exist yet is the first one's wish to begin it.
            if self.joined[0] || thread == 0 {
                return;
            }
            self.begun[usize::from(thread)] = true;
            return self.write(0, Act::Fork(thread), 0);
        }
        if self.joined[usize::from(thread)] {
            return;
        }
        let (var, lock, other) = (target % shape.variables, target % shape.locks, target % shape.threads);
        let act = match what % 32 {
            0..=5 if shape.lock_heavy => Act::Acquire(lock),
            6..=9 if shape.lock_heavy && shape.shared => Act::AcquireShared(lock),
            14..=18 if shape.lock_heavy => Act::Release(lock),
            0..=5 => Act::Read(var),
            6..=11 => Act::Write(var),
            12 if shape.atomics => Act::AtomicRead(var),
            13 if shape.atomics => Act::AtomicWrite(var),
            14 if shape.atomics => Act::AtomicUpdate(var),
            12..=18 => Act::Acquire(lock),
            19..=21 if shape.shared => Act::AcquireShared(lock),
            19..=21 => Act::Acquire(lock),
            22..=28 => Act::Release(lock),
            29 if shape.messages => Act::Receive(other),
            30 if shape.atomics => Act::Fence,
            _ => Act::Join(other),
        };
        let free = |shared: bool| {
            !self.held.iter().any(|&(holder, held, mode)| holder != thread && held == lock && !(shared && mode))
        };
        match act {
            Act::Acquire(_) if free(false) => self.held.push((thread, lock, false)),
            Act::AcquireShared(_) if free(true) => self.held.push((thread, lock, true)),
            Act::Acquire(_) | Act::AcquireShared(_) => return,
            Act::Release(_) => {
                // Any lock it holds will do.
                let own: Vec<usize> = (0..self.held.len()).filter(|&at| self.held[at].0 == thread).collect();
                let Some(&chosen) = own.get(usize::from(target) % own.len().max(1)) else { return };
                let released = self.held[chosen].1;
                let Some(last) = own.iter().copied().rfind(|&at| self.held[at].1 == released) else { return };
                self.held.remove(last);
                return self.write(thread, Act::Release(released), 0);
            }
            Act::Join(_) if other == thread || !shape.forks || !self.begun[usize::from(other)] => return,
            Act::Join(_) => {
                self.joined[usize::from(other)] = true;
                if shape.lost_releases {
                    self.held.retain(|&(holder, ..)| holder != other);
                }
            }
            Act::Receive(_) if other == thread => return,
            _ => {}
        }
        self.write(thread, act, u64::from(target / shape.variables) % 3 + 1);
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
}

/// Dining philosophers who ate one after the other, as an STD file: each takes the fork to the left, then
/// the one to the right.
pub fn philosophers(n: usize) -> String {
    let mut text = String::new();
    for seat in 0..n {
        let (left, right) = (seat, (seat + 1) % n);
        for (step, (what, fork)) in
            [("acq", left), ("acq", right), ("w", n + seat), ("rel", right), ("rel", left)].into_iter().enumerate()
        {
            let target = if what == "w" { format!("plate{seat}") } else { format!("fork{fork}") };
            text += &format!("philosopher{seat}|{what}({target})|{step}\n");
        }
    }
    text
}
