//! A schedule as it is kept: numbers instead of names.

use hashbrown::HashMap;

use crate::history::{History, OpIdx, ThreadIdx};
use crate::witness::{Segments, Witness};

/// Numbers of one schedule at most: one with more is not kept.
const MAX_NUMBERS: usize = 1 << 20;

/// The operations of a witness. Of the history it was made for, which is made the same again of the same events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How many operations of each thread are taken.
    taken: Vec<(ThreadIdx, u32)>,
    /// Runs in their order; [`None`]: the recorded one.
    runs: Option<Vec<(ThreadIdx, u32)>>,
}

/// Finds threads by their names.
pub struct ThreadNames<'h>(HashMap<&'h str, ThreadIdx>);

impl<'h> ThreadNames<'h> {
    pub fn of(history: &'h History) -> Self {
        Self((0..).zip(&history.threads).map(|(thread, name)| (name.as_str(), thread)).collect())
    }
}

impl Proof {
    /// [`None`] when it names threads that are not there, or is too large.
    pub(super) fn of(names: &ThreadNames<'_>, witness: &Witness) -> Option<Self> {
        let numbered = |name: &String, count: u32| Some((*names.0.get(name.as_str())?, count));
        let runs = match &witness.segments {
            Segments::Recorded(_) => None,
            Segments::Runs(runs) if runs.len() > MAX_NUMBERS => return None,
            Segments::Runs(runs) => {
                Some(runs.iter().map(|(name, count)| numbered(name, *count)).collect::<Option<Vec<_>>>()?)
            }
        };
        if witness.threads.len() > MAX_NUMBERS {
            return None;
        }
        let taken = witness.threads.iter().map(|(name, &count)| numbered(name, count)).collect::<Option<Vec<_>>>()?;
        Some(Self { taken, runs })
    }

    /// Numbers it takes.
    pub fn len(&self) -> usize {
        self.taken.len() + self.runs.as_ref().map_or(0, Vec::len)
    }

    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The operations in order; those that the history does not have are left out. O(length · log length).
    pub(super) fn ops(&self, history: &History) -> Vec<OpIdx> {
        let part = |thread: ThreadIdx, begin: u32, count: u32| {
            let own = if (thread as usize) < history.threads.len() { history.of_thread(thread) } else { &[] };
            let begin = own.len().min(begin as usize);
            &own[begin..own.len().min(begin + count as usize)]
        };
        let mut ops = Vec::new();
        match &self.runs {
            None => {
                for &(thread, count) in &self.taken {
                    ops.extend_from_slice(part(thread, 0, count));
                }
                // Ascending runs, which a stable sort merges.
                ops.sort();
            }
            Some(runs) => {
                let mut ran: HashMap<ThreadIdx, u32> = HashMap::new();
                for &(thread, count) in runs {
                    let begin = ran.entry(thread).or_default();
                    ops.extend_from_slice(part(thread, *begin, count));
                    *begin = begin.saturating_add(count);
                }
            }
        }
        ops
    }
}
