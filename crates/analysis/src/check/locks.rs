//! Who holds which lock, and how.
//!
//! A thread that acquires a lock again holds it until it has released it as often. It holds it exclusively
//! from its first exclusive acquire inside (an upgrade, when it held it shared before) to that acquire's
//! release; releases match acquires like brackets, whatever mode they name.

use hashbrown::HashMap;

/// The holds at one moment. Bounded by the holds themselves: what is released is forgotten.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// By (thread, lock).
    holds: HashMap<(u32, u32), Hold>,
    /// By lock.
    held: HashMap<u32, Held>,
}

/// How a thread holds a lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hold {
    depth: u32,
    /// The depth before the acquire that made it exclusive.
    exclusive_above: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Held {
    by_threads: u32,
    exclusively: Option<u32>,
}

impl Locks {
    /// Whether nobody else keeps a thread from acquiring.
    pub(super) fn free(&self, thread: u32, lock: u32, shared: bool) -> bool {
        let Some(held) = self.held.get(&lock) else { return true };
        if held.exclusively.is_some_and(|owner| owner != thread) {
            return false;
        }
        let others = held.by_threads - u32::from(self.holds.contains_key(&(thread, lock)));
        shared || others == 0
    }

    /// The caller has asked [`Self::free`].
    pub(super) fn acquire(&mut self, thread: u32, lock: u32, shared: bool) {
        let hold = self.holds.entry((thread, lock)).or_default();
        let held = self.held.entry(lock).or_default();
        if hold.depth == 0 {
            held.by_threads += 1;
        }
        if !shared && hold.exclusive_above.is_none() {
            hold.exclusive_above = Some(hold.depth);
            held.exclusively = Some(thread);
        }
        hold.depth += 1;
    }

    /// A release of what is not held changes nothing.
    pub(super) fn release(&mut self, thread: u32, lock: u32) {
        let Some(hold) = self.holds.get_mut(&(thread, lock)) else { return };
        hold.depth -= 1;
        if hold.exclusive_above == Some(hold.depth) {
            hold.exclusive_above = None;
            if let Some(held) = self.held.get_mut(&lock) {
                held.exclusively = None;
            }
        }
        if hold.depth == 0 {
            self.forget(thread, lock);
        }
    }

    /// Ends a hold, however deep.
    pub(super) fn forget(&mut self, thread: u32, lock: u32) {
        if self.holds.remove(&(thread, lock)).is_none() {
            return;
        }
        if let Some(held) = self.held.get_mut(&lock) {
            held.by_threads -= 1;
            if held.exclusively == Some(thread) {
                held.exclusively = None;
            }
            if held.by_threads == 0 {
                self.held.remove(&lock);
            }
        }
    }

    /// How a thread holds a lock now.
    pub(super) fn hold(&self, thread: u32, lock: u32) -> Option<Hold> {
        self.holds.get(&(thread, lock)).copied()
    }

    /// Makes a thread hold a lock as it did before; what others hold is as it was then.
    pub(super) fn restore(&mut self, thread: u32, lock: u32, before: Option<Hold>) {
        self.forget(thread, lock);
        let Some(before) = before else { return };
        self.holds.insert((thread, lock), before);
        let held = self.held.entry(lock).or_default();
        held.by_threads += 1;
        if before.exclusive_above.is_some() {
            held.exclusively = Some(thread);
        }
    }

    /// Whether what a thread holds keeps another from acquiring the lock.
    pub(super) fn blocks(&self, holder: u32, lock: u32, shared: bool) -> bool {
        self.holds.get(&(holder, lock)).is_some_and(|hold| !shared || hold.exclusive_above.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: u32 = 7;

    #[test]
    fn readers_share_and_a_writer_waits_for_the_last_of_them() {
        let mut locks = Locks::default();
        locks.acquire(1, LOCK, true);
        assert!(locks.free(2, LOCK, true));
        locks.acquire(2, LOCK, true);
        assert!(!locks.free(1, LOCK, false));
        assert!(!locks.free(3, LOCK, false));
        locks.release(2, LOCK);
        assert!(locks.free(1, LOCK, false), "an upgrade needs the others gone, not oneself");
        assert!(!locks.free(3, LOCK, false));
    }

    #[test]
    fn an_upgraded_lock_is_shared_again_after_the_inner_release() {
        let mut locks = Locks::default();
        locks.acquire(1, LOCK, true);
        locks.acquire(1, LOCK, false);
        locks.acquire(1, LOCK, true);
        locks.release(1, LOCK);
        assert!(!locks.free(2, LOCK, true));
        locks.release(1, LOCK);
        assert!(locks.free(2, LOCK, true));
        assert!(!locks.free(2, LOCK, false));
        locks.release(1, LOCK);
        assert!(locks.free(2, LOCK, false));
    }

    #[test]
    fn a_release_of_what_is_not_held_takes_nothing_from_its_holder() {
        let mut locks = Locks::default();
        locks.acquire(1, LOCK, false);
        locks.release(2, LOCK);
        assert!(!locks.free(2, LOCK, true));
        assert!(locks.blocks(1, LOCK, true));
    }
}
