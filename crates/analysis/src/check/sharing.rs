//! In which order to replay schedules so that each shares much with the one before.
//!
//! Any order gives the same answers: a replay goes back to where two schedules part, whatever they are. So nothing
//! here is believed; at worst, replaying takes longer.

use std::cmp::Ordering;

use super::recording::Recording;
use crate::history::OpIdx;
use crate::witness::{Segments, Witness};

/// Positions of the witnesses: those in the recorded order as if their schedules were sorted like words, then the
/// others. O(witnesses · threads · log witnesses) time, 4 bytes a witness and thread.
pub(super) fn order<'w>(recording: &Recording, witnesses: impl Iterator<Item = &'w Witness>) -> Vec<usize> {
    let mut recorded: Vec<(Vec<u32>, usize)> = Vec::new();
    let mut others = Vec::new();
    for (at, witness) in witnesses.enumerate() {
        match witness.segments {
            Segments::Recorded(_) => recorded.push((counts(recording, witness), at)),
            Segments::Runs(_) => others.push(at),
        }
    }
    recorded.sort_by(|(one, _), (other, _)| as_words(recording, one, other));
    recorded.into_iter().map(|(_, at)| at).chain(others).collect()
}

/// By thread, how many operations are taken.
fn counts(recording: &Recording, witness: &Witness) -> Vec<u32> {
    let mut counts = vec![0; recording.threads.len()];
    for (name, &count) in &witness.threads {
        if let Ok(thread) = recording.thread(name) {
            counts[thread as usize] = count;
        }
    }
    counts
}

/// Of two schedules in the recorded order, the one that takes the first operation in which they differ comes first.
fn as_words(recording: &Recording, one: &[u32], other: &[u32]) -> Ordering {
    let mut parting = (OpIdx::MAX, Ordering::Equal);
    for ((&a, &b), thread) in one.iter().zip(other).zip(&recording.threads) {
        if a != b {
            let first = thread.steps.get(a.min(b) as usize).copied().unwrap_or(OpIdx::MAX);
            if first <= parting.0 {
                parting = (first, b.cmp(&a));
            }
        }
    }
    parting.1
}
