//! One recorded execution, ready to be analysed, whatever it was read from.
//!
//! Invariants, which [`HistoryBuilder::finish`] establishes and every engine relies on:
//! - `ops` is a linearisation: program order and every edge point forwards.
//! - Sections of a lock respect exclusion in that order (see [`crate::sections`]); operations on a lock whose
//!   sections could not be told apart have become [`OpKind::Other`].
//! - Names are dense: thread `t` is `threads[t]`, and so for locks, variables and locations.

use hashbrown::HashMap;
use model::EventId;

/// Index into [`History::ops`]. Figures for people are this plus one.
pub type OpIdx = u32;
/// Index into [`History::threads`]: a thread of control, never an OS thread that served several.
pub type ThreadIdx = u32;
pub type LockId = u32;
pub type VarId = u32;
pub type LocationId = u32;

/// A read or a write of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Access {
    /// Two atomic accesses never race; one atomic and one plain access do.
    pub atomic: bool,
    /// Whether a read takes what an earlier release published, and a write publishes. Plain: neither.
    pub acquires: bool,
    pub releases: bool,
    /// 64-bit hash of the value a read saw, or a write replaced; 0 when not recorded.
    pub old: u64,
    /// 64-bit hash of the value a write wrote; 0 when not recorded, and for reads.
    pub new: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpKind {
    Read(VarId, Access),
    Write(VarId, Access),
    /// An atomic read-modify-write: reads the write before it and writes, with nothing between.
    Update(VarId, Access),
    /// Takes effect here: the linearisation has already moved it behind the wait for it.
    Acquire {
        lock: LockId,
        shared: bool,
    },
    Release {
        lock: LockId,
        shared: bool,
    },
    /// Its edges are in [`History::edges`].
    Fork(ThreadIdx),
    Join(ThreadIdx),
    Fence {
        acquires: bool,
        releases: bool,
    },
    /// Anything else: it is there for program order and for the edges that touch it.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op {
    pub thread: ThreadIdx,
    /// Position in its thread, from 0.
    pub position: u32,
    pub location: LocationId,
    pub kind: OpKind,
}

/// Why one operation precedes another in another thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeReason {
    /// One OS thread ran the two contexts one after the other.
    SameThread,
    /// The parent of an event lies in another context.
    Parent,
    Fork,
    Join,
    /// A request or a response travelled.
    Message,
    /// A client's clock says so.
    Clock,
}

/// `from` precedes `to` in every execution. Hard for every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: OpIdx,
    pub to: OpIdx,
    pub reason: EdgeReason,
    /// Told from times alone: a proof may not rest on its absence.
    pub inferred: bool,
}

/// Where operations came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// 1-based lines of a file, one an operation.
    Lines(Vec<u32>),
    /// Ids of recorded events, one an operation.
    Events(Vec<EventId>),
}

#[derive(Debug, Clone)]
pub struct History {
    pub ops: Vec<Op>,
    /// Sorted by `to`, then `from`. Program order is not repeated here.
    pub edges: Vec<Edge>,
    pub threads: Vec<String>,
    pub locks: Vec<String>,
    pub variables: Vec<String>,
    pub locations: Vec<String>,
    pub sources: Sources,
    /// Whether values of accesses are recorded, so that reads-from is told by value.
    pub has_values: bool,
    by_thread: Vec<Vec<OpIdx>>,
}

impl OpKind {
    /// The variable it reads or writes, whether it writes, and how.
    pub const fn access(self) -> Option<(VarId, bool, Access)> {
        match self {
            Self::Read(var, access) => Some((var, false, access)),
            Self::Write(var, access) | Self::Update(var, access) => Some((var, true, access)),
            _ => None,
        }
    }

    /// Whether it sees a value: reads and atomic updates.
    pub const fn reads(self) -> Option<VarId> {
        match self {
            Self::Read(var, _) | Self::Update(var, _) => Some(var),
            _ => None,
        }
    }

    pub const fn writes(self) -> Option<VarId> {
        match self {
            Self::Write(var, _) | Self::Update(var, _) => Some(var),
            _ => None,
        }
    }
}

impl History {
    /// The operations of a thread, in program order.
    pub fn of_thread(&self, thread: ThreadIdx) -> &[OpIdx] {
        self.by_thread.get(thread as usize).map_or(&[], Vec::as_slice)
    }

    /// The operation just before this one in its thread.
    pub fn before(&self, op: OpIdx) -> Option<OpIdx> {
        let Op { thread, position, .. } = self.ops[op as usize];
        position.checked_sub(1).map(|at| self.by_thread[thread as usize][at as usize])
    }

    /// The edges that end in an operation. O(log edges).
    pub fn edges_to(&self, op: OpIdx) -> &[Edge] {
        let begin = self.edges.partition_point(|edge| edge.to < op);
        let len = self.edges[begin..].partition_point(|edge| edge.to == op);
        &self.edges[begin..begin + len]
    }

    /// Same variable, different threads of control, at least one writes, not both atomic.
    pub fn conflict(&self, first: OpIdx, second: OpIdx) -> bool {
        let (a, b) = (self.ops[first as usize], self.ops[second as usize]);
        match (a.kind.access(), b.kind.access()) {
            (Some((x, x_writes, x_how)), Some((y, y_writes, y_how))) => {
                x == y && a.thread != b.thread && (x_writes || y_writes) && !(x_how.atomic && y_how.atomic)
            }
            _ => false,
        }
    }
}

/// Names to dense numbers, in order of first use.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    pub fn id(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.names.len() as u32;
        self.ids.insert(name.to_owned(), id);
        self.names.push(name.to_owned());
        id
    }

    /// A number of its own for a text that names several things: the same variable of two processes.
    /// [`Names::id`] never gives it.
    pub fn fresh(&mut self, name: &str) -> u32 {
        self.names.push(name.to_owned());
        self.names.len() as u32 - 1
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// Collects operations in their observed order.
#[derive(Debug, Default)]
pub struct HistoryBuilder {
    pub threads: Names,
    pub locks: Names,
    pub variables: Names,
    pub locations: Names,
    ops: Vec<Op>,
    edges: Vec<Edge>,
    positions: Vec<u32>,
    has_values: bool,
}

impl HistoryBuilder {
    /// Appends an operation of a thread: its place in the observed order is after all pushed before.
    pub fn push(&mut self, thread: ThreadIdx, kind: OpKind, location: LocationId) -> OpIdx {
        if self.positions.len() <= thread as usize {
            self.positions.resize(thread as usize + 1, 0);
        }
        let position = self.positions[thread as usize];
        self.positions[thread as usize] += 1;
        if let Some((_, _, access)) = kind.access() {
            self.has_values |= access.old != 0 || access.new != 0;
        }
        self.ops.push(Op { thread, position, location, kind });
        self.ops.len() as OpIdx - 1
    }

    /// `from` must have been pushed before `to`; an edge inside one thread says nothing and is left out.
    pub fn edge(&mut self, from: OpIdx, to: OpIdx, reason: EdgeReason, inferred: bool) {
        debug_assert!(from < to);
        if from < to && self.ops[from as usize].thread != self.ops[to as usize].thread {
            self.edges.push(Edge { from, to, reason, inferred });
        }
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// O(N log N) in the edges.
    pub fn finish(mut self, sources: Sources) -> History {
        self.edges.sort_unstable_by_key(|edge| (edge.to, edge.from, edge.reason, edge.inferred));
        self.edges.dedup_by_key(|edge| (edge.to, edge.from));
        let mut by_thread = vec![Vec::new(); self.threads.len()];
        for (op_idx, op) in self.ops.iter().enumerate() {
            by_thread[op.thread as usize].push(op_idx as OpIdx);
        }
        History {
            ops: self.ops,
            edges: self.edges,
            threads: self.threads.names,
            locks: self.locks.names,
            variables: self.variables.names,
            locations: self.locations.names,
            sources,
            has_values: self.has_values,
            by_thread,
        }
    }
}
