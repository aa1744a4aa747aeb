//! Deadlock patterns: threads that would wait for one another in a circle.
//!
//! A pattern is a set of abstract acquires of distinct threads, each of which waits for the next, whose held
//! sets go together, and in which nobody waits for anyone but the next. That last condition says "distinct
//! wanted locks" once locks have modes: with exclusive locks it holds by itself, with shared ones it leaves out
//! circles that contain a smaller one. Two upgrades of one lock are the one pattern in which both want the same.
//!
//! Smaller patterns are found first, so that a limit cuts off the large ones.

use crate::cancel::{Cancel, Cancelled};
use crate::deadlocks::acquires::AbstractAcquire;
use crate::deadlocks::lock_order;

/// Threads in a pattern at most.
pub const MAX_SIZE: usize = 8;
/// Patterns listed at most.
pub const MAX_PATTERNS: usize = 10_000;
/// Abstract acquires looked at as the next of a circle, in all: the search is exponential in the size.
const MAX_STEPS: u64 = 50_000_000;

/// Indices of abstract acquires, each waiting for the next and the last for the first; the smallest first.
pub type Pattern = Vec<u32>;

/// Why there may be more patterns than were listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Chains of [`MAX_SIZE`] threads could go on.
    Size,
    /// More than [`MAX_PATTERNS`].
    Count,
    /// The search was too long.
    Steps,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    /// By size, then by their abstract acquires.
    pub all: Vec<Pattern>,
    pub cut: Option<Cut>,
}

/// Every pattern within the limits: elementary circles of the abstract lock graph (PLDI'23, section 4.2).
///
/// Memory is O(acquires + sum of their held sets + patterns).
///
/// # Errors
/// [`Cancelled`].
pub fn patterns(acquires: &[AbstractAcquire], n_locks: usize, cancel: &Cancel) -> Result<Patterns, Cancelled> {
    let component = lock_order::components(acquires, n_locks);
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); n_locks];
    let mut starts = Vec::new();
    for (at, acquire) in acquires.iter().enumerate() {
        let wanted = component[acquire.wanted as usize];
        let mut on_circle = acquire.held.iter().filter(|hold| component[hold.lock as usize] == wanted).peekable();
        if on_circle.peek().is_some() {
            starts.push(at as u32);
        }
        for hold in on_circle {
            holders[hold.lock as usize].push(at as u32);
        }
    }
    let mut search = Search { acquires, holders, cancel, steps: 0, found: Patterns::default() };
    for size in 2..=MAX_SIZE {
        let mut goes_on = false;
        for &start in &starts {
            goes_on |= search.circles_from(start, size)?;
            if search.found.cut.is_some() {
                return Ok(search.found);
            }
        }
        if !goes_on {
            return Ok(search.found);
        }
    }
    search.found.cut = Some(Cut::Size);
    Ok(search.found)
}

struct Search<'a> {
    acquires: &'a [AbstractAcquire],
    /// By lock, the acquires that hold it and are on some circle of locks, ascending.
    holders: Vec<Vec<u32>>,
    cancel: &'a Cancel,
    steps: u64,
    found: Patterns,
}

impl Search<'_> {
    /// Finds the circles of one size whose smallest member is `start`; whether a longer one may exist.
    fn circles_from(&mut self, start: u32, size: usize) -> Result<bool, Cancelled> {
        let mut goes_on = false;
        let mut path: Pattern = vec![start];
        // For each of the path, the next of its possible followers.
        let mut cursors = vec![self.first_follower(start, start)];
        while let (Some(&last), Some(cursor)) = (path.last(), cursors.last_mut()) {
            let followers = &self.holders[self.acquires[last as usize].wanted as usize];
            let Some(&follower) = followers.get(*cursor) else {
                path.pop();
                cursors.pop();
                continue;
            };
            *cursor += 1;
            self.steps += 1;
            if self.steps.is_multiple_of(1024) {
                self.cancel.check()?;
            }
            if self.steps > MAX_STEPS {
                self.found.cut = Some(Cut::Steps);
                return Ok(true);
            }
            if !self.extends(&path, follower) {
                continue;
            }
            let closes = self.acquires[follower as usize].waits_for(&self.acquires[start as usize]);
            if path.len() + 1 < size {
                // One that closes earlier was found at its own size.
                if !closes {
                    path.push(follower);
                    cursors.push(self.first_follower(follower, start));
                }
                continue;
            }
            if !closes {
                goes_on = true;
                continue;
            }
            if self.found.all.len() >= MAX_PATTERNS {
                self.found.cut = Some(Cut::Count);
                return Ok(true);
            }
            path.push(follower);
            self.found.all.push(path.clone());
            path.pop();
        }
        Ok(goes_on)
    }

    fn first_follower(&self, of: u32, start: u32) -> usize {
        self.holders[self.acquires[of as usize].wanted as usize].partition_point(|&holder| holder <= start)
    }

    /// Whether a path can grow by an acquire for which its last one waits, and nobody waits across it.
    fn extends(&self, path: &[u32], follower: u32) -> bool {
        let new = &self.acquires[follower as usize];
        let last = path.len() - 1;
        path.iter().enumerate().all(|(at, &member)| {
            let member = &self.acquires[member as usize];
            member.thread != new.thread
                && member.holds_together_with(new)
                && member.waits_for(new) == (at == last)
                && (at == 0 || !new.waits_for(member))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadlocks::acquires::Hold;

    const EXCLUSIVE: bool = false;
    const SHARED: bool = true;

    fn acquire(thread: u32, held: &[(u32, bool)], wanted: (u32, bool)) -> AbstractAcquire {
        let held = held.iter().map(|&(lock, shared)| Hold { lock, shared }).collect();
        AbstractAcquire { thread, wanted: wanted.0, shared: wanted.1, held, instances: vec![thread] }
    }

    fn found(acquires: &[AbstractAcquire]) -> Vec<Pattern> {
        let found = patterns(acquires, 64, &Cancel::default()).unwrap();
        assert_eq!(found.cut, None);
        found.all
    }

    #[test]
    fn two_threads_that_take_two_locks_in_opposite_order_are_a_pattern() {
        let a = acquire(0, &[(0, EXCLUSIVE)], (1, EXCLUSIVE));
        let b = acquire(1, &[(1, EXCLUSIVE)], (0, EXCLUSIVE));
        assert_eq!(found(&[a.clone(), b.clone()]), [[0, 1]]);
        assert!(found(&[a.clone(), AbstractAcquire { thread: 0, ..b.clone() }]).is_empty(), "one thread");
        let guarded = |acquire: &AbstractAcquire| {
            let mut guarded = acquire.clone();
            guarded.held.push(Hold { lock: 9, shared: false });
            guarded
        };
        assert!(found(&[guarded(&a), guarded(&b)]).is_empty(), "a common lock held around both");
    }

    #[test]
    fn a_reader_waits_for_a_writer_only() {
        let wants_to_read = acquire(0, &[(0, EXCLUSIVE)], (1, SHARED));
        let reads = acquire(1, &[(1, SHARED)], (0, EXCLUSIVE));
        let writes = acquire(1, &[(1, EXCLUSIVE)], (0, EXCLUSIVE));
        assert!(found(&[wants_to_read.clone(), reads]).is_empty());
        assert_eq!(found(&[wants_to_read, writes]), [[0, 1]]);
    }

    #[test]
    fn two_upgrades_of_one_lock_are_a_pattern_of_two() {
        let upgrade = |thread| acquire(thread, &[(0, SHARED)], (0, EXCLUSIVE));
        assert_eq!(found(&[upgrade(0), upgrade(1)]), [[0, 1]]);
        assert_eq!(found(&[upgrade(0), upgrade(1), upgrade(2)]), [[0, 1], [0, 2], [1, 2]]);
        assert!(found(&[upgrade(0)]).is_empty());
    }

    #[test]
    fn a_circle_around_a_smaller_one_is_left_out() {
        // 0 waits for both readers of lock 0; the reader 2 alone already waits for 0.
        let acquires = [
            acquire(0, &[(2, EXCLUSIVE)], (0, EXCLUSIVE)),
            acquire(1, &[(0, SHARED)], (1, EXCLUSIVE)),
            acquire(2, &[(0, SHARED), (1, EXCLUSIVE)], (2, EXCLUSIVE)),
        ];
        assert_eq!(found(&acquires), [[0, 2]]);
    }

    #[test]
    fn what_the_limits_cut_off_is_said() {
        let ring =
            |n: u32| -> Vec<_> { (0..n).map(|t| acquire(t, &[(t, EXCLUSIVE)], ((t + 1) % n, EXCLUSIVE))).collect() };
        for n in 2..=MAX_SIZE as u32 {
            assert_eq!(found(&ring(n)), [(0..n).collect::<Vec<_>>()]);
        }
        let too_large = patterns(&ring(MAX_SIZE as u32 + 1), 64, &Cancel::default()).unwrap();
        assert_eq!(too_large, Patterns { all: Vec::new(), cut: Some(Cut::Size) });

        // Everybody takes any two of 14 locks.
        let mut crowd = Vec::new();
        for (thread, held) in (0..60).flat_map(|thread| (0..14).map(move |held| (thread, held))) {
            crowd.push(acquire(thread, &[(held, EXCLUSIVE)], ((held + thread) % 14, EXCLUSIVE)));
        }
        let crowd: Vec<_> = crowd.into_iter().filter(|acquire| acquire.held[0].lock != acquire.wanted).collect();
        let too_many = patterns(&crowd, 64, &Cancel::default()).unwrap();
        assert_eq!((too_many.all.len(), too_many.cut), (MAX_PATTERNS, Some(Cut::Count)));
        assert!(too_many.all.is_sorted_by_key(Vec::len));
    }

    #[test]
    fn a_search_is_cancelled() {
        let cancel = Cancel::default();
        cancel.cancel();
        let threads = 2_000;
        let dense: Vec<_> =
            (0..threads).map(|t| acquire(t, &[(t % 32, EXCLUSIVE)], ((t * 7 + 1) % 32, EXCLUSIVE))).collect();
        assert_eq!(patterns(&dense, 64, &cancel), Err(Cancelled));
    }
}
