//! Sections by lock and thread, for questions about what an ideal holds of a lock.

use crate::history::{History, LockId, ThreadIdx};
use crate::reach::ideal::Ideal;
use crate::sections::{SectionIdx, Sections};

/// The sections of one lock in one thread, exclusive and shared apart, in program order.
#[derive(Debug, Default)]
struct InThread {
    thread: ThreadIdx,
    exclusive: Vec<Begun>,
    shared: Vec<Begun>,
}

/// A section, and the position of its acquire.
pub type Begun = (u32, SectionIdx);

#[derive(Debug)]
pub struct LockIndex {
    of_lock: Vec<Vec<InThread>>,
    of_thread: Vec<Vec<Begun>>,
    never_released: Vec<Vec<SectionIdx>>,
    let_go: Vec<Vec<SectionIdx>>,
}

/// What excluding sections of other threads an ideal holds besides a section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Others {
    pub any: bool,
    /// One that was acquired later in the observed order.
    pub later: bool,
}

impl LockIndex {
    /// O(sections · log).
    pub fn of(history: &History, sections: &Sections) -> Self {
        let mut of_lock: Vec<Vec<InThread>> = Vec::new();
        of_lock.resize_with(sections.of_lock.len(), Vec::new);
        let mut of_thread = vec![Vec::new(); history.threads.len()];
        let mut never_released = vec![Vec::new(); history.threads.len()];
        let mut let_go = vec![Vec::new(); history.threads.len()];
        let mut by_thread: Vec<SectionIdx> = (0..sections.all.len() as SectionIdx).collect();
        by_thread.sort_by_key(|&section| (sections.all[section as usize].thread, section));
        for section_idx in by_thread {
            let section = sections.all[section_idx as usize];
            let threads = &mut of_lock[section.lock as usize];
            if threads.last().is_none_or(|last| last.thread != section.thread) {
                threads.push(InThread { thread: section.thread, ..InThread::default() });
            }
            if let Some(own) = threads.last_mut() {
                let begun = (history.ops[section.acquire as usize].position, section_idx);
                of_thread[section.thread as usize].push(begun);
                if section.shared { own.shared.push(begun) } else { own.exclusive.push(begun) }
            }
            if section.release.is_none() {
                let kept = if section.end.is_some() { &mut let_go } else { &mut never_released };
                kept[section.thread as usize].push(section_idx);
            }
        }
        Self { of_lock, of_thread, never_released, let_go }
    }

    /// The sections a thread begins at positions `from..to`.
    pub fn begun(&self, thread: ThreadIdx, from: u32, to: u32) -> &[Begun] {
        let begun = &self.of_thread[thread as usize];
        let [from, to] = [from, to].map(|end| begun.partition_point(|&(position, _)| position < end));
        begun.get(from..to).unwrap_or(&[])
    }

    /// The sections without a release that end with a thread.
    pub fn let_go(&self, thread: ThreadIdx) -> &[SectionIdx] {
        &self.let_go[thread as usize]
    }

    /// The sections a thread still holds after its last operation.
    pub fn never_released(&self, thread: ThreadIdx) -> &[SectionIdx] {
        &self.never_released[thread as usize]
    }

    /// Threads that take a lock anywhere.
    pub fn n_threads(&self, lock: LockId) -> usize {
        self.of_lock[lock as usize].len()
    }

    /// O(threads of the lock · log).
    pub fn others(&self, sections: &Sections, ideal: &Ideal, section: SectionIdx) -> Others {
        let mut others = Others::default();
        for last in self.last_of_others(sections, ideal, section) {
            others.any = true;
            if last > section {
                return Others { any: true, later: true };
            }
        }
        others
    }

    /// The last section of one thread in the ideal that excludes this one. O(log).
    pub fn last_in(
        &self,
        thread: ThreadIdx,
        sections: &Sections,
        ideal: &Ideal,
        section: SectionIdx,
    ) -> Option<SectionIdx> {
        let own = sections.all[section as usize];
        let of_lock = &self.of_lock[own.lock as usize];
        let at = of_lock.binary_search_by_key(&thread, |other| other.thread).ok()?;
        of_lock[at].last_excluding(own.shared, ideal.count(thread))
    }

    /// By other thread and mode: the last section in the ideal that excludes this one. Sections of a thread and
    /// a mode follow one another, so all before that one are closed.
    pub fn last_of_others<'a>(
        &'a self,
        sections: &'a Sections,
        ideal: &'a Ideal,
        section: SectionIdx,
    ) -> impl Iterator<Item = SectionIdx> + 'a {
        let own = sections.all[section as usize];
        self.of_lock[own.lock as usize].iter().filter(move |other| other.thread != own.thread).flat_map(move |other| {
            let count = ideal.count(other.thread);
            let exclusive = last_within(&other.exclusive, count);
            let shared = if own.shared { None } else { last_within(&other.shared, count) };
            exclusive.into_iter().chain(shared)
        })
    }
}

impl InThread {
    fn last_excluding(&self, shared: bool, count: u32) -> Option<SectionIdx> {
        let exclusive = last_within(&self.exclusive, count);
        if shared { exclusive } else { exclusive.max(last_within(&self.shared, count)) }
    }
}

/// The last of a thread's sections whose acquire lies in its prefix.
fn last_within(of_thread: &[Begun], count: u32) -> Option<SectionIdx> {
    if count == 0 {
        return None;
    }
    let within = of_thread.partition_point(|&(position, _)| position < count);
    within.checked_sub(1).map(|at| of_thread[at].1)
}
