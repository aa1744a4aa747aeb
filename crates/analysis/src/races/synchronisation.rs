//! What locks, edges, atomics and variables hand from one thread to another.
//!
//! Each keeps clocks at rest. Invariant: everything is published after its operation has joined what it joins,
//! which is what makes a known epoch a known past (see [`crate::races::clock`]).

use hashbrown::HashMap;

use crate::history::{History, Op, OpIdx, OpKind, ThreadIdx, VarId};
use crate::races::Input;
use crate::races::clock::Clock;
use crate::reads_from::Writer;
use crate::sections::Section;

/// Pasts that are handed over together; at most one a thread, the latest.
struct Handed<C: Clock>(Vec<Stamped<C>>);

struct Stamped<C: Clock> {
    thread: ThreadIdx,
    taken: u32,
    clock: C::Published,
}

impl<C: Clock> Clone for Stamped<C> {
    fn clone(&self) -> Self {
        Self { thread: self.thread, taken: self.taken, clock: self.clock.clone() }
    }
}

impl<C: Clock> Clone for Handed<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Clock> Default for Handed<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C: Clock> Handed<C> {
    fn add(&mut self, stamped: Stamped<C>) {
        match self.0.iter_mut().find(|other| other.thread == stamped.thread) {
            Some(other) if other.taken >= stamped.taken => {}
            Some(other) => *other = stamped,
            None => self.0.push(stamped),
        }
    }

    fn join_into(&self, clock: &mut C) {
        for stamped in &self.0 {
            clock.join(&stamped.clock);
        }
    }
}

fn stamp<C: Clock>(thread: ThreadIdx, taken: u32, clock: &C) -> Option<Stamped<C>> {
    let mut slot = None;
    clock.publish(&mut slot);
    slot.map(|clock| Stamped { thread, taken, clock })
}

/// The hand-over of locks: an exclusive release precedes every later acquire; all shared releases since
/// precede the next exclusive acquire. A section may end with its thread instead of a release.
pub(super) struct LockClocks<'h, C: Clock> {
    locks: Vec<LockClock<C>>,
    /// Sections that end with their thread.
    end_with: HashMap<ThreadIdx, Vec<&'h Section>>,
}

struct LockClock<C: Clock> {
    exclusive: Option<C::Published>,
    shared: Handed<C>,
}

impl<'h, C: Clock> LockClocks<'h, C> {
    pub fn new(input: Input<'h>) -> Self {
        let mut end_with: HashMap<ThreadIdx, Vec<&Section>> = HashMap::new();
        for section in input.sections.all.iter().filter(|section| section.release.is_none() && section.end.is_some()) {
            end_with.entry(section.thread).or_default().push(section);
        }
        let free = |_: &String| LockClock { exclusive: None, shared: Handed::default() };
        Self { locks: input.history.locks.iter().map(free).collect(), end_with }
    }

    pub fn acquire(&mut self, section: &Section, clock: &mut C) {
        let lock = &mut self.locks[section.lock as usize];
        if let Some(exclusive) = &lock.exclusive {
            clock.join(exclusive);
        }
        if !section.shared {
            lock.shared.join_into(clock);
            // The release of this section hands them on.
            lock.shared.0.clear();
        }
    }

    pub fn release(&mut self, section: &Section, taken: u32, clock: &C) {
        let lock = &mut self.locks[section.lock as usize];
        if section.shared {
            if let Some(stamped) = stamp(section.thread, taken, clock) {
                lock.shared.add(stamped);
            }
        } else {
            clock.publish(&mut lock.exclusive);
        }
    }

    pub fn end(&mut self, thread: ThreadIdx, taken: u32, clock: &C) {
        for section in self.end_with.remove(&thread).unwrap_or_default() {
            self.release(section, taken, clock);
        }
    }
}

/// Clocks that travel along [`History::edges`]: kept from the operation that departs to the last that arrives.
pub(crate) struct EdgeClocks<'h, C: Clock> {
    history: &'h History,
    /// Operations from which edges depart, ascending; how many of their edges have not arrived; their clocks.
    departures: Vec<OpIdx>,
    waiting: Vec<u32>,
    clocks: Vec<Option<C::Published>>,
    next_departure: usize,
    next_edge: usize,
}

impl<'h, C: Clock> EdgeClocks<'h, C> {
    pub fn new(history: &'h History) -> Self {
        let mut froms: Vec<OpIdx> = history.edges.iter().map(|edge| edge.from).collect();
        froms.sort_unstable();
        let mut departures: Vec<OpIdx> = Vec::new();
        let mut waiting: Vec<u32> = Vec::new();
        for from in froms {
            match waiting.last_mut() {
                Some(waiting) if departures.last() == Some(&from) => *waiting += 1,
                _ => {
                    departures.push(from);
                    waiting.push(1);
                }
            }
        }
        let clocks = departures.iter().map(|_| None).collect();
        Self { history, departures, waiting, clocks, next_departure: 0, next_edge: 0 }
    }

    #[inline]
    pub fn arrive(&mut self, op: OpIdx, clock: &mut C) {
        while let Some(edge) = self.history.edges.get(self.next_edge).filter(|edge| edge.to <= op) {
            self.next_edge += 1;
            let Ok(at) = self.departures.binary_search(&edge.from) else { continue };
            if let Some(published) = &self.clocks[at] {
                clock.join(published);
            }
            self.waiting[at] -= 1;
            if self.waiting[at] == 0 {
                self.clocks[at] = None;
            }
        }
    }

    /// Whether an edge departs from the operation.
    #[inline]
    pub fn depart(&mut self, op: OpIdx, clock: &C) -> bool {
        let departs = self.departures.get(self.next_departure) == Some(&op);
        if departs {
            clock.publish(&mut self.clocks[self.next_departure]);
            self.next_departure += 1;
        }
        departs
    }
}

/// Writes that some read saw although another write came between: told by value.
fn seen_late(input: Input<'_>) -> impl Iterator<Item = OpIdx> {
    let mut last: Vec<Option<OpIdx>> = vec![None; input.history.variables.len()];
    input.history.ops.iter().enumerate().filter_map(move |(op_idx, op)| {
        let late = match (op.kind.reads(), input.writer(op_idx as OpIdx)) {
            (Some(variable), Some(Writer::Op(writer))) if last[variable as usize] != Some(writer) => Some(writer),
            _ => None,
        };
        if let Some(variable) = op.kind.writes() {
            last[variable as usize] = Some(op_idx as OpIdx);
        }
        late
    })
}

/// The past of the last write of every variable, and of earlier ones that are still to be read.
pub(super) struct LastWrites<'h, C: Clock> {
    input: Input<'h>,
    last: Vec<(Option<OpIdx>, Option<C::Published>)>,
    late: HashMap<OpIdx, Option<C::Published>>,
}

impl<'h, C: Clock> LastWrites<'h, C> {
    pub fn new(input: Input<'h>) -> Self {
        let last = input.history.variables.iter().map(|_| (None, None)).collect();
        let late =
            if input.history.has_values { seen_late(input).map(|op| (op, None)).collect() } else { HashMap::new() };
        Self { input, last, late }
    }

    /// Joins the write an operation saw, if it reads. True when the recorded order does not show it that write.
    #[inline]
    pub fn read(&self, op: OpIdx, variable: VarId, clock: &mut C) -> bool {
        let (last, published) = &self.last[variable as usize];
        match self.input.writer(op) {
            None => false,
            Some(Writer::Initial) => last.is_some(),
            Some(Writer::Unknown) => true,
            Some(Writer::Op(writer)) => {
                let is_last = *last == Some(writer);
                let seen = if is_last { published.as_ref() } else { self.late.get(&writer).and_then(Option::as_ref) };
                if let Some(seen) = seen {
                    clock.join(seen);
                }
                !is_last
            }
        }
    }

    #[inline]
    pub fn write(&mut self, op: OpIdx, variable: VarId, clock: &C) {
        let (last, published) = &mut self.last[variable as usize];
        *last = Some(op);
        clock.publish(published);
        if !self.late.is_empty()
            && let Some(slot) = self.late.get_mut(&op)
        {
            clock.publish(slot);
        }
    }
}

/// Release sequences and fences, as in the C++20 memory model ([intro.races], [atomics.fences]).
///
/// A release write heads a sequence, read-modify-writes continue it, any other write breaks it. A relaxed write
/// after a release fence heads one with the past of the fence; a relaxed read leaves what it saw to the next
/// acquire fence. There is no total order of sequentially consistent operations.
pub(super) struct Atomics<'h, C: Clock> {
    input: Input<'h>,
    sequences: Vec<(Option<OpIdx>, Handed<C>)>,
    late: HashMap<OpIdx, Handed<C>>,
    /// By thread: its last release fence, and what relaxed reads saw since its last acquire fence.
    fences: Vec<Option<Stamped<C>>>,
    pending: Vec<Handed<C>>,
}

impl<'h, C: Clock> Atomics<'h, C> {
    /// [`None`] when there are no atomic accesses.
    pub fn new(input: Input<'h>) -> Option<Self> {
        let history = input.history;
        let is_atomic = |op: &Op| op.kind.access().is_some_and(|(_, _, access)| access.atomic);
        history.ops.iter().any(is_atomic).then(|| Self {
            input,
            sequences: history.variables.iter().map(|_| (None, Handed::default())).collect(),
            late: if history.has_values {
                seen_late(input).map(|op| (op, Handed::default())).collect()
            } else {
                HashMap::new()
            },
            fences: history.threads.iter().map(|_| None).collect(),
            pending: history.threads.iter().map(|_| Handed::default()).collect(),
        })
    }

    fn seen(&self, op: OpIdx, variable: VarId) -> Option<&Handed<C>> {
        let (last, sequence) = &self.sequences[variable as usize];
        match self.input.writer(op) {
            Some(Writer::Op(writer)) if *last == Some(writer) => Some(sequence),
            Some(Writer::Op(writer)) => self.late.get(&writer),
            _ => None,
        }
    }

    pub fn read(&mut self, op_idx: OpIdx, op: &Op, clock: &mut C) {
        let (OpKind::Read(variable, access) | OpKind::Update(variable, access)) = op.kind else { return };
        if !access.atomic {
            return;
        }
        let Some(seen) = self.seen(op_idx, variable) else { return };
        if access.acquires {
            seen.join_into(clock);
        } else {
            for stamped in seen.0.clone() {
                self.pending[op.thread as usize].add(stamped);
            }
        }
    }

    /// Whether the past of its thread was published.
    pub fn write(&mut self, op_idx: OpIdx, op: &Op, clock: &C) -> bool {
        let Some((variable, true, access)) = op.kind.access() else { return false };
        let continues = matches!(op.kind, OpKind::Update(..));
        let mut sequence = match self.seen(op_idx, variable) {
            // What it acquired is in the past it releases.
            Some(seen) if continues && !(access.acquires && access.releases) => seen.clone(),
            _ => Handed::default(),
        };
        let own = if access.releases {
            stamp(op.thread, op.position + 1, clock)
        } else if access.atomic {
            self.fences[op.thread as usize].clone()
        } else {
            None
        };
        if let Some(own) = own {
            sequence.add(own);
        }
        if let Some(late) = self.late.get_mut(&op_idx) {
            *late = sequence.clone();
        }
        self.sequences[variable as usize] = (Some(op_idx), sequence);
        access.releases
    }

    pub fn acquire_fence(&mut self, thread: ThreadIdx, clock: &mut C) {
        let pending = std::mem::take(&mut self.pending[thread as usize]);
        pending.join_into(clock);
    }

    pub fn release_fence(&mut self, thread: ThreadIdx, taken: u32, clock: &C) {
        self.fences[thread as usize] = stamp(thread, taken, clock);
    }
}
