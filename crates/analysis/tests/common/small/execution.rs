//! Small executions, written down as what each thread did.

use std::fmt;

use analysis::history::Sources;
use analysis::{Access, EdgeReason, History, HistoryBuilder, OpIdx, OpKind};

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
