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
    /// [`None`]: open to the end of its thread, never beyond.
    pub release: Option<OpIdx>,
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
                    sections.all.push(Section { thread: op.thread, lock, shared, acquire: op_idx, release: None });
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
        sections
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
