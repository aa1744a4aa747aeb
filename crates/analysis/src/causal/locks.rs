//! Locks: which ids name one, and which name several.

use hashbrown::HashMap;
use model::table::StrId;

use super::contexts::{Contexts, EventIdx, ThreadIdx};
use super::details::Width;
use super::names::{OwnedNames, Owner};
use super::nodes::Nodes;
use super::notes::Notes;

/// What a node does to a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    None,
    /// The lock, and whether for reading.
    Acquire(u32, bool),
    Release(u32),
}

impl Action {
    pub const fn lock(self) -> Option<u32> {
        match self {
            Self::None => None,
            Self::Acquire(lock, _) | Self::Release(lock) => Some(lock),
        }
    }
}

/// Numbers of locks: an id of one scope is not that of another.
pub(super) struct LockNames<'c> {
    contexts: &'c Contexts<'c>,
    width: &'c [Width],
    pub names: OwnedNames,
}

impl<'c> LockNames<'c> {
    pub fn new(contexts: &'c Contexts<'c>, width: &'c [Width]) -> Self {
        Self { contexts, width, names: OwnedNames::default() }
    }

    pub fn id(&mut self, event: EventIdx, lock: StrId) -> u32 {
        self.names.id(self.contexts, event, self.width[event as usize], lock)
    }
}

/// A time during which a thread holds a lock, outermost acquire to release.
#[derive(Debug, Clone, Copy)]
struct Held {
    thread: ThreadIdx,
    shared: bool,
    begin: i64,
    end: i64,
}

/// Locks of which exclusive sections of two threads overlap in time: by lock, true. Counts what has no
/// partner. O(S log S) in sections.
///
/// A lock that several processes share is judged with `tolerance` nanoseconds, since their clocks may differ.
pub(super) fn ambiguous(nodes: &Nodes, locks: &OwnedNames, tolerance: i64, notes: &mut Notes) -> Vec<bool> {
    let mut held: Vec<Vec<Held>> = vec![Vec::new(); locks.len()];
    for thread in 0..nodes.n_threads() as ThreadIdx {
        sections_of(nodes, thread, &mut held, notes);
    }
    held.iter_mut()
        .enumerate()
        .map(|(lock, sections)| {
            let one_clock = matches!(locks.owner(lock as u32), Owner::Scope(_));
            overlap(sections, if one_clock { 0 } else { tolerance })
        })
        .collect()
}

/// An open section of a thread's walk.
struct Open {
    shared: bool,
    begin: i64,
    inner: u32,
}

fn sections_of(nodes: &Nodes, thread: ThreadIdx, held: &mut [Vec<Held>], notes: &mut Notes) {
    let mut open: HashMap<u32, Vec<Open>> = HashMap::new();
    let (first, last) = nodes.ends(thread);
    for node in first..=last {
        let now = nodes.effect[node as usize];
        match nodes.all[node as usize].action {
            Action::None => {}
            Action::Acquire(lock, shared) => {
                let stack = open.entry(lock).or_default();
                match stack.last_mut() {
                    Some(top) if shared || !top.shared => top.inner += 1,
                    _ => stack.push(Open { shared, begin: now, inner: 0 }),
                }
            }
            Action::Release(lock) => match open.get_mut(&lock).and_then(|stack| stack.last_mut()) {
                None => notes.stray_releases += 1,
                Some(top) if top.inner > 0 => top.inner -= 1,
                Some(_) => {
                    let Some(Open { shared, begin, .. }) = open.get_mut(&lock).and_then(Vec::pop) else { continue };
                    held[lock as usize].push(Held { thread, shared, begin, end: now.max(begin) });
                }
            },
        }
    }
    // Never released: open to the end of the thread, never beyond.
    let end = nodes.effect[last as usize];
    for (lock, stack) in open {
        for Open { shared, begin, .. } in stack {
            notes.open_sections += 1;
            held[lock as usize].push(Held { thread, shared, begin, end: end.max(begin) });
        }
    }
}

/// The latest end of sections, with its thread, and the latest of any other thread.
#[derive(Default)]
struct Latest([Option<(i64, ThreadIdx)>; 2]);

impl Latest {
    fn add(&mut self, end: i64, thread: ThreadIdx) {
        match self.0 {
            [Some((best, owner)), _] if owner == thread => self.0[0] = Some((best.max(end), owner)),
            [Some((best, _)), _] if best >= end => {
                if self.0[1].is_none_or(|(second, _)| second < end) {
                    self.0[1] = Some((end, thread));
                }
            }
            [first, _] => self.0 = [Some((end, thread)), first],
        }
    }

    fn of_another(&self, thread: ThreadIdx) -> Option<i64> {
        self.0.iter().flatten().find(|(_, owner)| *owner != thread).map(|(end, _)| *end)
    }
}

fn overlap(sections: &mut [Held], tolerance: i64) -> bool {
    sections.sort_unstable_by_key(|section| (section.begin, section.end, section.thread));
    let (mut exclusive, mut shared) = (Latest::default(), Latest::default());
    sections.iter().any(|section| {
        let begin = section.begin.saturating_add(tolerance);
        let meets = |latest: &Latest| latest.of_another(section.thread).is_some_and(|end| end > begin);
        let meets_one = meets(&exclusive) || !section.shared && meets(&shared);
        let same_mode = if section.shared { &mut shared } else { &mut exclusive };
        same_mode.add(section.end, section.thread);
        meets_one
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn held(thread: ThreadIdx, shared: bool, begin: i64, end: i64) -> Held {
        Held { thread, shared, begin, end }
    }

    #[test]
    fn sections_that_touch_or_share_do_not_overlap() {
        assert!(!overlap(&mut [held(0, false, 1, 5), held(1, false, 5, 9)], 0));
        assert!(!overlap(&mut [held(0, false, 5, 9), held(1, false, 5, 5)], 0));
        assert!(!overlap(&mut [held(0, true, 1, 5), held(1, true, 2, 9)], 0));
        assert!(!overlap(&mut [held(0, true, 1, 9), held(0, false, 2, 3)], 0));
        assert!(overlap(&mut [held(0, true, 1, 5), held(1, false, 2, 9)], 0));
        assert!(overlap(&mut [held(0, false, 1, 9), held(1, false, 5, 5)], 0));
        assert!(!overlap(&mut [held(0, false, 1, 5), held(1, false, 4, 9)], 1));
    }

    proptest! {
        #[test]
        fn the_sweep_finds_what_comparing_all_pairs_finds(
            sections in proptest::collection::vec((0u32..3, any::<bool>(), 0i64..20, 0i64..6), 0..9),
        ) {
            let mut sections: Vec<Held> =
                sections.into_iter().map(|(thread, shared, begin, len)| held(thread, shared, begin, begin + len)).collect();
            let pairs = sections.iter().enumerate().any(|(at, a)| sections[..at].iter().any(|b| {
                a.thread != b.thread && !(a.shared && b.shared) && a.begin < b.end && b.begin < a.end
            }));
            prop_assert_eq!(overlap(&mut sections, 0), pairs);
        }
    }
}
