//! One pass over a history that knows, at every access, what lies in its past.
//!
//! Three orders share the pass; all contain program order and [`History::edges`]:
//! - [`Relation::HappensBefore`]: lock hand-over, and atomics with release sequences and fences;
//! - [`Relation::Schedulable`], [`Relation::Proven`] (SHB; Mathur, Kini and Viswanathan, OOPSLA 2018): lock hand-over, and the write
//!   each read saw before that read;
//! - [`Relation::MustOrder`]: the write each read saw only, what no reordering can change.
//!
//! Invariant: an access is visited before the write it saw joins its past, and after everything else that
//! precedes it did; its clock is published only after both. O(N · threads) at worst, O(N) when threads seldom
//! learn anything new. Memory: O(threads² + variables + locks + open edges) vectors of `threads` numbers at most,
//! shared where equal.
//!
//! [`History::edges`]: crate::History

use crate::cancel::{Cancel, Cancelled};
use crate::history::{LocationId, OpIdx, OpKind, ThreadIdx, VarId};
use crate::races::clock::Clock;
use crate::races::irregular::overlapping_acquires;
use crate::races::synchronisation::{Atomics, EdgeClocks, LastWrites, LockClocks};
use crate::races::{AccessKind, Input};

/// Which operations precede an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    HappensBefore,
    Schedulable,
    /// The same, but a past with an acquire inside a section that excludes it proves nothing either: a recording
    /// that has one is wrong about it, and other tools take it as it is.
    Proven,
    MustOrder,
}

/// An access about to happen.
#[derive(Debug)]
pub struct Step<'c, C> {
    pub op: OpIdx,
    pub thread: ThreadIdx,
    pub location: LocationId,
    pub variable: VarId,
    pub kind: AccessKind,
    /// Operations its thread has taken before it.
    pub taken: u32,
    /// Operations its thread had taken when others could last learn of it: later ones are nobody's past.
    pub published: u32,
    pub past: &'c C,
    /// False when its past contains a read whose writer is unknown, or is not the last write before it: then a
    /// schedule in recorded order with that past proves nothing. Always true in orders that prove nothing.
    pub proves: bool,
}

/// Visits every access in the recorded order.
///
/// # Errors
/// [`Cancelled`].
pub fn walk<C: Clock>(
    input: Input<'_>,
    relation: Relation,
    cancel: &Cancel,
    visit: impl FnMut(Step<'_, C>),
) -> Result<(), Cancelled> {
    walk_around(input, relation, cancel, visit, |_, _, _| {})
}

/// Visits every access twice: before it happens, and after, with the access itself and the write it saw in the
/// past, and whether that past proves anything.
///
/// # Errors
/// [`Cancelled`].
pub fn walk_around<C: Clock>(
    input: Input<'_>,
    relation: Relation,
    cancel: &Cancel,
    mut before: impl FnMut(Step<'_, C>),
    mut after: impl FnMut(OpIdx, &C, bool),
) -> Result<(), Cancelled> {
    let history = input.history;
    let proves = matches!(relation, Relation::Schedulable | Relation::Proven);
    let overlapping = if relation == Relation::Proven { overlapping_acquires(input) } else { Vec::new() };
    // Component of the clocks that says "something doubtful lies in the past".
    let doubt = history.threads.len() as ThreadIdx;
    let mut clocks: Vec<C> = (0..doubt).map(C::new).collect();
    let mut published = vec![0; history.threads.len()];
    let mut edges = EdgeClocks::<C>::new(history);
    let mut locks = (relation != Relation::MustOrder).then(|| LockClocks::<C>::new(input));
    let mut writes = (relation != Relation::HappensBefore).then(|| LastWrites::<C>::new(input));
    let mut atomics = if relation == Relation::HappensBefore { Atomics::<C>::new(input) } else { None };
    let mut any_doubt = false;

    for (op_idx, op) in history.ops.iter().enumerate() {
        if op_idx % 1024 == 0 {
            cancel.check()?;
        }
        let op_idx = op_idx as OpIdx;
        let clock = &mut clocks[op.thread as usize];
        edges.arrive(op_idx, clock);
        match op.kind {
            OpKind::Acquire { .. } => {
                if let (Some(locks), Some(section)) = (&mut locks, input.section_at(op_idx)) {
                    locks.acquire(section, clock);
                }
                if overlapping.binary_search(&op_idx).is_ok() {
                    any_doubt = true;
                    clock.learn(doubt, 1);
                }
            }
            OpKind::Fence { acquires: true, .. } => {
                if let Some(atomics) = &mut atomics {
                    atomics.acquire_fence(op.thread, clock);
                }
            }
            _ => {}
        }
        if let Some((variable, is_write, access)) = op.kind.access() {
            if let Some(atomics) = &mut atomics {
                atomics.read(op_idx, op, clock);
            }
            before(Step {
                op: op_idx,
                thread: op.thread,
                location: op.location,
                variable,
                kind: AccessKind::new(is_write, access.atomic),
                taken: op.position,
                published: published[op.thread as usize],
                past: clock,
                proves: !any_doubt || clock.known(doubt) == 0,
            });
            if let Some(writes) = &mut writes {
                let doubtful = writes.read(op_idx, variable, clock);
                if doubtful && proves {
                    any_doubt = true;
                    clock.learn(doubt, 1);
                }
            }
        }

        let taken = op.position + 1;
        clock.advance(taken);
        if op.kind.access().is_some() {
            after(op_idx, clock, !any_doubt || clock.known(doubt) == 0);
        }
        let mut publishes = edges.depart(op_idx, clock);
        match op.kind {
            OpKind::Release { .. } => {
                if let (Some(locks), Some(section)) = (&mut locks, input.section_at(op_idx)) {
                    locks.release(section, taken, clock);
                    publishes = true;
                }
            }
            OpKind::Fence { releases: true, .. } => {
                if let Some(atomics) = &mut atomics {
                    atomics.release_fence(op.thread, taken, clock);
                    publishes = true;
                }
            }
            OpKind::Write(variable, _) | OpKind::Update(variable, _) => {
                if let Some(writes) = &mut writes {
                    writes.write(op_idx, variable, clock);
                    publishes = true;
                }
                if let Some(atomics) = &mut atomics {
                    publishes |= atomics.write(op_idx, op, clock);
                }
            }
            _ => {}
        }
        if publishes {
            published[op.thread as usize] = taken;
        }
        if taken as usize == history.of_thread(op.thread).len() {
            if let Some(locks) = &mut locks {
                locks.end(op.thread, taken, clock);
            }
            // Nobody asks the clock of a thread that has ended.
            *clock = C::new(op.thread);
        }
    }
    Ok(())
}
