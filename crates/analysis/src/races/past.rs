//! What precedes some operations when neither reads nor critical sections change: schedules in recorded order.
//!
//! For few questions; [`crate::races::order`] answers the same for all accesses in one pass. Invariant: the past is
//! closed under program order, edges, reads-from and the order of each lock's sections that exclude each other,
//! so that its operations in recorded order are a correct reordering, unless one of them is irregular.

use hashbrown::{HashMap, HashSet};

use crate::history::{History, LockId, OpIdx, ThreadIdx};
use crate::races::Input;
use crate::reads_from::Writer;
use crate::sections::Section;

/// Operations that recorded order does not allow, ascending: reads that do not see the last write before them, and
/// acquires while a section that excludes theirs is open. What contains one proves nothing in recorded order. O(N).
pub fn irregular(input: Input<'_>) -> Vec<OpIdx> {
    let mut last: Vec<Option<OpIdx>> = vec![None; input.history.variables.len()];
    let overlapping = overlapping_acquires(input);
    let mut next_overlapping = overlapping.iter().copied().peekable();
    let mut irregular = Vec::new();
    for (op_idx, op) in input.history.ops.iter().enumerate() {
        let op_idx = op_idx as OpIdx;
        let mut is_irregular = next_overlapping.next_if_eq(&op_idx).is_some();
        if let Some(variable) = op.kind.reads() {
            let expected = last[variable as usize].map_or(Writer::Initial, Writer::Op);
            is_irregular |= input.writer(op_idx) != Some(expected);
        }
        if let Some(variable) = op.kind.writes() {
            last[variable as usize] = Some(op_idx);
        }
        if is_irregular {
            irregular.push(op_idx);
        }
    }
    irregular
}

/// Acquires while a section that excludes theirs is open, ascending.
pub(super) fn overlapping_acquires(input: Input<'_>) -> Vec<OpIdx> {
    let (history, sections) = (input.history, &input.sections.all);
    let mut overlapping = Vec::new();
    for of_lock in &input.sections.of_lock {
        // Sections that may still be open at the next acquire; those that do not exclude each other, or overlap.
        let mut open: Vec<&Section> = Vec::new();
        for section in of_lock.iter().map(|&section| &sections[section as usize]) {
            open.retain(|other| end_of(history, other).is_some_and(|end| end > section.acquire));
            if open.iter().any(|other| section.excludes(other)) {
                overlapping.push(section.acquire);
            }
            open.push(section);
        }
    }
    overlapping.sort_unstable();
    overlapping
}

/// By lock: up to which of its sections all are in, and up to which all exclusive ones.
type SectionsIn = HashMap<LockId, [usize; 2]>;

/// Finds pasts; made once for a history.
#[derive(Debug)]
pub struct Pasts<'h> {
    input: Input<'h>,
    irregular: HashSet<OpIdx>,
}

impl<'h> Pasts<'h> {
    /// O(N).
    pub fn new(input: Input<'h>) -> Self {
        Self { input, irregular: irregular(input).into_iter().collect() }
    }

    /// How many operations of each thread precede `enabled`, or are or precede `taken`. [`None`] when one of them
    /// is irregular, or one of `enabled`. O(operations in the past · log N).
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
                if self.irregular.contains(&op) {
                    return None;
                }
                wanted.extend(history.edges_to(op).iter().map(|edge| edge.from));
                if let Some(Writer::Op(writer)) = self.input.writer(op) {
                    wanted.push(writer);
                }
                if let Some(section) = self.input.section_at(op).filter(|section| section.acquire == op) {
                    self.earlier_sections(section, &mut sections_in, &mut wanted);
                }
            }
        }
        let free = |&op: &OpIdx| history.ops[op as usize].position == ideal[history.ops[op as usize].thread as usize];
        enabled.iter().all(free).then_some(ideal)
    }

    /// The ends of the sections that precede one: of a shared section the exclusive ones, else all.
    fn earlier_sections(&self, section: &Section, sections_in: &mut SectionsIn, wanted: &mut Vec<OpIdx>) {
        let of_lock = &self.input.sections.of_lock[section.lock as usize];
        let sections = &self.input.sections.all;
        let end = of_lock.partition_point(|&other| sections[other as usize].acquire < section.acquire);
        let [all, exclusive] = sections_in.entry(section.lock).or_default();
        let begin = if section.shared { *exclusive.max(all) } else { *all };
        for &other in of_lock.get(begin..end).unwrap_or(&[]) {
            if section.excludes(&sections[other as usize]) {
                wanted.extend(end_of(self.input.history, &sections[other as usize]));
            }
        }
        let until = if section.shared { exclusive } else { all };
        *until = end.max(*until);
    }
}

/// Where a section ends: at its release, else with its thread.
pub(crate) fn end_of(history: &History, section: &Section) -> Option<OpIdx> {
    section.release.or_else(|| last_of(history, section.thread))
}

fn last_of(history: &History, thread: ThreadIdx) -> Option<OpIdx> {
    history.of_thread(thread).last().copied()
}
