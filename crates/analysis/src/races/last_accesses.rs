//! Which accesses race with an earlier one: DJIT+ (Pozniansky and Schuster, PPoPP 2003), with the economy of
//! FastTrack's epochs (Flanagan and Freund, PLDI 2009) and no loss of races.
//!
//! An earlier access may be forgotten once a later one stands for it: whoever knows the later one knows it too,
//! and whoever does not know it races with the later one. So an access stands for those of its kind in its past,
//! and a plain write that races with nothing stands for everything before it.
//!
//! Invariant: an access races with a remembered access if and only if it races with any earlier one.

use crate::cancel::{Cancel, Cancelled};
use crate::history::{OpIdx, ThreadIdx};
use crate::races::clock::Clock;
use crate::races::order::{Relation, Step, walk};
use crate::races::{AccessKind, Input};

/// A thread's last access of each kind: operations it had taken with it, 0 when another stands for it.
struct Last {
    thread: ThreadIdx,
    taken: [u32; 4],
}

impl Last {
    /// The last access that conflicts with one of a kind.
    #[inline]
    fn conflicting(&self, kind: AccessKind) -> u32 {
        let [read, write, atomic_read, atomic_write] = self.taken;
        match kind {
            AccessKind::Read => write.max(atomic_write),
            AccessKind::Write => read.max(write).max(atomic_read).max(atomic_write),
            AccessKind::AtomicRead => write,
            AccessKind::AtomicWrite => read.max(write),
        }
    }
}

/// The accesses that others must know of not to race, by variable. Memory: one entry for each thread whose last
/// accesses of a variable are not known to a later one.
pub(crate) struct LastAccesses(Vec<Vec<Last>>);

impl LastAccesses {
    pub fn new(n_variables: usize) -> Self {
        Self((0..n_variables).map(|_| Vec::new()).collect())
    }

    /// Whether an access races with an earlier one; it is remembered. One whose past proves nothing does not race,
    /// and is not remembered.
    pub fn races<C: Clock>(&mut self, step: &Step<'_, C>) -> bool {
        if !step.proves {
            return false;
        }
        let threads = &mut self.0[step.variable as usize];
        let mut races = false;
        let mut own = None;
        let mut at = 0;
        while let Some(last) = threads.get_mut(at) {
            let known = step.past.known(last.thread);
            if last.thread == step.thread {
                own = Some(at);
            } else {
                races |= last.conflicting(step.kind) > known;
                if last.taken[step.kind as usize] <= known {
                    last.taken[step.kind as usize] = 0;
                    if last.taken == [0; 4] {
                        threads.swap_remove(at);
                        continue;
                    }
                }
            }
            at += 1;
        }
        if !races && step.kind == AccessKind::Write {
            threads.clear();
            own = None;
        }
        let own = own.unwrap_or_else(|| {
            threads.push(Last { thread: step.thread, taken: [0; 4] });
            threads.len() - 1
        });
        threads[own].taken[step.kind as usize] = step.taken + 1;
        races
    }
}

/// The second accesses of races, ascending. O(N · threads whose accesses of a variable are unordered).
///
/// With [`Relation::Schedulable`] accesses whose past proves nothing are left out.
///
/// # Errors
/// [`Cancelled`].
pub fn racy_events<C: Clock>(input: Input<'_>, relation: Relation, cancel: &Cancel) -> Result<Vec<OpIdx>, Cancelled> {
    let mut last = LastAccesses::new(input.history.variables.len());
    let mut racy = Vec::new();
    walk::<C>(input, relation, cancel, |step| {
        if last.races(&step) {
            racy.push(step.op);
        }
    })?;
    Ok(racy)
}
