//! Operations that the recorded order does not allow: where a recording is wrong, or incomplete, about itself.

use crate::history::OpIdx;
use crate::races::Input;
use crate::reads_from::Writer;
use crate::sections::Section;

/// Operations that recorded order does not allow, ascending: reads that do not see the last write before them, and
/// acquires while a section that excludes theirs is open. What contains one proves nothing in recorded order. O(N).
pub fn operations(input: Input<'_>) -> Vec<OpIdx> {
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
    let sections = &input.sections.all;
    let mut overlapping = Vec::new();
    for of_lock in &input.sections.of_lock {
        // Sections that may still be open at the next acquire; those that do not exclude each other, or overlap.
        let mut open: Vec<&Section> = Vec::new();
        for section in of_lock.iter().map(|&section| &sections[section as usize]) {
            open.retain(|other| other.end.is_none_or(|end| end > section.acquire));
            if open.iter().any(|other| section.excludes(other)) {
                overlapping.push(section.acquire);
            }
            open.push(section);
        }
    }
    overlapping.sort_unstable();
    overlapping
}
