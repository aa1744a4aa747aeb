//! What precedes some operations when neither reads nor critical sections change: schedules in recorded order.
//!
//! For few questions; [`crate::races::order`] answers the same for all accesses in one pass. Invariant: the past is
//! closed under program order, edges, reads-from and the order of each lock's sections that exclude each other,
//! so that its operations in recorded order are a correct reordering, unless it contains a doubtful read.

use hashbrown::{HashMap, HashSet};

use crate::history::{History, LockId, OpIdx, ThreadIdx};
use crate::races::Input;
use crate::reads_from::Writer;
use crate::sections::Section;

/// Reads that do not see the last write before them, ascending: in recorded order they prove nothing. O(N).
pub fn doubtful_reads(input: Input<'_>) -> Vec<OpIdx> {
    let mut last: Vec<Option<OpIdx>> = vec![None; input.history.variables.len()];
    let mut doubtful = Vec::new();
    for (op_idx, op) in input.history.ops.iter().enumerate() {
        let op_idx = op_idx as OpIdx;
        if let Some(variable) = op.kind.reads() {
            let expected = last[variable as usize].map_or(Writer::Initial, Writer::Op);
            if input.writer(op_idx) != Some(expected) {
                doubtful.push(op_idx);
            }
        }
        if let Some(variable) = op.kind.writes() {
            last[variable as usize] = Some(op_idx);
        }
    }
    doubtful
}

/// By lock: up to which of its sections all are in, and up to which all exclusive ones.
type SectionsIn = HashMap<LockId, [usize; 2]>;

/// Finds pasts; made once for a history.
#[derive(Debug)]
pub struct Pasts<'h> {
    input: Input<'h>,
    doubtful: HashSet<OpIdx>,
}

impl<'h> Pasts<'h> {
    /// O(N).
    pub fn new(input: Input<'h>) -> Self {
        Self { input, doubtful: doubtful_reads(input).into_iter().collect() }
    }

    /// How many operations of each thread precede `enabled`, or are or precede `taken`. [`None`] when a doubtful
    /// read is among them, or sections overlap that exclude each other, or one of `enabled` is among them. O(operations in the past · log N).
    pub fn of(&self, enabled: &[OpIdx], taken: &[OpIdx]) -> Option<Vec<u32>> {
        let history = self.input.history;
        let mut ideal = vec![0; history.threads.len()];
        let mut wanted: Vec<OpIdx> = taken.to_vec();
        let mut sections_in = SectionsIn::new();
        for &op in enabled {
            wanted.extend(history.before(op));
            wanted.extend(history.edges_to(op).iter().map(|edge| edge.from));
        }
        while let Some(op) = wanted.pop() {
            let (thread, position) = (history.ops[op as usize].thread, history.ops[op as usize].position);
            let begin = ideal[thread as usize];
            if position < begin {
                continue;
            }
            ideal[thread as usize] = position + 1;
            for &op in history.of_thread(thread).get(begin as usize..=position as usize)? {
                if self.doubtful.contains(&op) {
                    return None;
                }
                wanted.extend(history.edges_to(op).iter().map(|edge| edge.from));
                if let Some(Writer::Op(writer)) = self.input.writer(op) {
                    wanted.push(writer);
                }
                if let Some(section) = self.input.section_at(op).filter(|section| section.acquire == op) {
                    self.earlier_sections(section, &mut sections_in, &mut wanted)?;
                }
            }
        }
        let free = |&op: &OpIdx| history.ops[op as usize].position == ideal[history.ops[op as usize].thread as usize];
        enabled.iter().all(free).then_some(ideal)
    }

    /// The ends of the sections that precede one: of a shared section the exclusive ones, else all. [`None`] when one
    /// of them ends only after it begins.
    fn earlier_sections(&self, section: &Section, sections_in: &mut SectionsIn, wanted: &mut Vec<OpIdx>) -> Option<()> {
        let of_lock = &self.input.sections.of_lock[section.lock as usize];
        let sections = &self.input.sections.all;
        let end = of_lock.partition_point(|&other| sections[other as usize].acquire < section.acquire);
        let [all, exclusive] = sections_in.entry(section.lock).or_default();
        let begin = if section.shared { *exclusive.max(all) } else { *all };
        for &other in of_lock.get(begin..end).unwrap_or(&[]) {
            if section.excludes(&sections[other as usize]) {
                let other_end = end_of(self.input.history, &sections[other as usize])?;
                if other_end > section.acquire {
                    return None;
                }
                wanted.push(other_end);
            }
        }
        let until = if section.shared { exclusive } else { all };
        *until = end.max(*until);
        Some(())
    }
}

/// Where a section ends: at its release, else with its thread.
pub(crate) fn end_of(history: &History, section: &Section) -> Option<OpIdx> {
    section.release.or_else(|| last_of(history, section.thread))
}

fn last_of(history: &History, thread: ThreadIdx) -> Option<OpIdx> {
    history.of_thread(thread).last().copied()
}
