//! Critical sections: from an outermost acquire to its release.
//!
//! Re-entrant acquires and their releases are no sections; a shared hold inside one's own exclusive hold is
//! part of it; an exclusive acquire inside one's own shared hold (an upgrade) is a section of its own. A
//! release without acquire is ignored and counted.

use hashbrown::HashMap;

use crate::history::{History, LockId, OpIdx, OpKind, ThreadIdx};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    pub thread: ThreadIdx,
    pub lock: LockId,
    pub shared: bool,
    pub acquire: OpIdx,
    /// [`None`]: it was not recorded.
    pub release: Option<OpIdx>,
    /// The operation with which it is over: its release; without one, the last of its thread, when another
    /// thread was recorded taking the lock after that. [`None`]: nothing says that it ever ends.
    pub end: Option<OpIdx>,
}

/// Index into [`Sections::all`].
pub type SectionIdx = u32;

#[derive(Debug, Clone, Default)]
pub struct Sections {
    /// In the order of their acquires.
    pub all: Vec<Section>,
    /// By lock, in the order of their acquires.
    pub of_lock: Vec<Vec<SectionIdx>>,
    /// The section an operation begins or ends, if it does.
    pub at: Vec<Option<SectionIdx>>,
    /// Releases that released nothing.
    pub stray_releases: u64,
    /// Sets of held sections, each sorted; set 0 is empty.
    sets: Vec<Vec<SectionIdx>>,
    set_at: Vec<u32>,
}

impl Section {
    /// Two sections of a lock exclude each other unless both are shared (or one thread holds both).
    pub fn excludes(&self, other: &Self) -> bool {
        self.lock == other.lock && self.thread != other.thread && !(self.shared && other.shared)
    }
}

/// The latest acquire, and the latest one of another thread than that.
#[derive(Default)]
struct Latest([Option<(ThreadIdx, OpIdx)>; 2]);

impl Latest {
    /// Acquires come from the last to the first.
    fn meet(&mut self, thread: ThreadIdx, acquire: OpIdx) {
        match self.0 {
            [None, _] => self.0[0] = Some((thread, acquire)),
            [Some((first, _)), None] if first != thread => self.0[1] = Some((thread, acquire)),
            _ => {}
        }
    }

    fn of_others(&self, thread: ThreadIdx) -> Option<OpIdx> {
        self.0.iter().flatten().find(|&&(other, _)| other != thread).map(|&(_, acquire)| acquire)
    }
}

struct Held {
    section: SectionIdx,
    /// Acquires of the same lock and mode inside it.
    inner: u32,
}

impl Sections {
    /// O(N · locks held at once).
    pub fn of(history: &History) -> Self {
        let mut sections = Self {
            of_lock: vec![Vec::new(); history.locks.len()],
            at: vec![None; history.ops.len()],
            sets: vec![Vec::new()],
            set_at: Vec::with_capacity(history.ops.len()),
            ..Self::default()
        };
        // Held by (thread, lock), and the set of each thread.
        let mut held: HashMap<(ThreadIdx, LockId), Vec<Held>> = HashMap::new();
        let mut set_of: Vec<u32> = vec![0; history.threads.len()];
        for (op_idx, op) in history.ops.iter().enumerate() {
            let op_idx = op_idx as OpIdx;
            sections.set_at.push(set_of[op.thread as usize]);
            match op.kind {
                OpKind::Acquire { lock, shared } => {
                    let stack = held.entry((op.thread, lock)).or_default();
                    let inside = stack.last_mut().filter(|held| shared || !sections.all[held.section as usize].shared);
                    if let Some(held) = inside {
                        held.inner += 1;
                        continue;
                    }
                    let section = sections.all.len() as SectionIdx;
                    sections.all.push(Section {
                        thread: op.thread,
                        lock,
                        shared,
                        acquire: op_idx,
                        release: None,
                        end: None,
                    });
                    sections.of_lock[lock as usize].push(section);
                    sections.at[op_idx as usize] = Some(section);
                    stack.push(Held { section, inner: 0 });
                    let mut set = sections.sets[set_of[op.thread as usize] as usize].clone();
                    set.push(section);
                    set_of[op.thread as usize] = sections.keep(set);
                }
                OpKind::Release { lock, .. } => {
                    let stack = held.entry((op.thread, lock)).or_default();
                    match stack.last_mut() {
                        None => sections.stray_releases += 1,
                        Some(top) if top.inner > 0 => top.inner -= 1,
                        Some(_) => {
                            let Some(Held { section, .. }) = stack.pop() else { continue };
                            sections.all[section as usize].release = Some(op_idx);
                            sections.all[section as usize].end = Some(op_idx);
                            sections.at[op_idx as usize] = Some(section);
                            let mut set = sections.sets[set_of[op.thread as usize] as usize].clone();
                            set.retain(|&other| other != section);
                            set_of[op.thread as usize] = sections.keep(set);
                        }
                    }
                }
                _ => {}
            }
        }
        sections.end_unreleased(history);
        sections
    }

    /// Ends the sections of threads that were over when others took the lock. O(sections of each lock).
    fn end_unreleased(&mut self, history: &History) {
        for of_lock in &self.of_lock {
            // From the last section on: the latest acquires in each mode, of two different threads.
            let mut exclusive = Latest::default();
            let mut any = Latest::default();
            for &section_idx in of_lock.iter().rev() {
                let section = &mut self.all[section_idx as usize];
                let later = if section.shared { &exclusive } else { &any };
                let last = history.of_thread(section.thread).last().copied();
                if section.release.is_none() && later.of_others(section.thread) > last {
                    section.end = last;
                }
                any.meet(section.thread, section.acquire);
                if !section.shared {
                    exclusive.meet(section.thread, section.acquire);
                }
            }
        }
    }

    fn keep(&mut self, set: Vec<SectionIdx>) -> u32 {
        if set.is_empty() {
            return 0;
        }
        self.sets.push(set);
        self.sets.len() as u32 - 1
    }

    /// The sections open just before an operation, in the order they were opened: an acquire is not yet in
    /// its own, a release still is.
    pub fn held(&self, op: OpIdx) -> &[SectionIdx] {
        &self.sets[self.set_at[op as usize] as usize]
    }

    /// Whether a common lock keeps two operations of different threads from being enabled together.
    pub fn protected(&self, first: OpIdx, second: OpIdx) -> bool {
        self.held(first)
            .iter()
            .any(|&a| self.held(second).iter().any(|&b| self.all[a as usize].excludes(&self.all[b as usize])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_without_release_ends_with_its_thread_only_where_others_took_the_lock_after_that() {
        let text = "A|acq(l)|1\nA|acq(m)|2\nA|w(x)|3\nB|acq(l)|4\nB|rel(l)|5\nB|acq(m)|6\nB|w(x)|7\n";
        let history = crate::std_file::read(text.as_bytes()).unwrap();
        let ends: Vec<_> = Sections::of(&history).all.iter().map(|section| (section.release, section.end)).collect();
        assert_eq!(ends, [(None, Some(2)), (None, Some(2)), (Some(4), Some(4)), (None, None)]);
        // Here B took its lock before A was over: nothing can be said.
        let text = "A|acq(l)|1\nB|acq(l)|2\nA|w(x)|3\n";
        let history = crate::std_file::read(text.as_bytes()).unwrap();
        assert!(Sections::of(&history).all.iter().all(|section| section.end.is_none()));
    }
}
