//! Which accesses race with an earlier one: DJIT+ (Pozniansky and Schuster, PPoPP 2003).
//!
//! For each variable the last access of each kind by each thread is enough: a thread that knows the last knows
//! the earlier ones. Joining all their clocks and comparing the join says the same.

use crate::cancel::{Cancel, Cancelled};
use crate::history::{OpIdx, ThreadIdx};
use crate::races::clock::Clock;
use crate::races::order::{Relation, walk};
use crate::races::{AccessKind, Input};

/// The last access of each kind: operations its thread had taken with it, 0 for none.
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

/// The second accesses of races, ascending. O(N · threads of the variable); memory: one entry for each variable
/// and thread that accesses it.
///
/// With [`Relation::Schedulable`] accesses whose past proves nothing are left out.
///
/// # Errors
/// [`Cancelled`].
pub fn racy_events<C: Clock>(input: Input<'_>, relation: Relation, cancel: &Cancel) -> Result<Vec<OpIdx>, Cancelled> {
    let mut of_variable: Vec<Vec<Last>> = input.history.variables.iter().map(|_| Vec::new()).collect();
    let mut racy = Vec::new();
    walk::<C>(input, relation, cancel, |step| {
        if !step.proves {
            return;
        }
        let threads = &mut of_variable[step.variable as usize];
        let mut races = false;
        let mut own = None;
        for (at, last) in threads.iter().enumerate() {
            if last.thread == step.thread {
                own = Some(at);
            } else {
                races |= last.conflicting(step.kind) > step.past.known(last.thread);
            }
        }
        if races {
            racy.push(step.op);
        }
        let own = own.unwrap_or_else(|| {
            threads.push(Last { thread: step.thread, taken: [0; 4] });
            threads.len() - 1
        });
        threads[own].taken[step.kind as usize] = step.taken + 1;
    })?;
    Ok(racy)
}
