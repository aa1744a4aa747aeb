//! Which sibling a child had to wait for.

use super::placed::{Child, Interval, Place, Placed};
use crate::{Cancel, Cancelled};

/// No sibling was waited for.
const NONE: u32 = u32::MAX;
/// An overlap below one part in this many of the parent's duration is taken for clock noise.
const OVERLAP_PARTS: u128 = 100;

/// By position in [`Placed::held`]: the position of the sibling that ended before the child began.
///
/// That is the sibling that ended last among those that ended no later than the child began; or one that
/// ended just after, when the overlap is less than 1 % of the parent's duration, it began before the child,
/// and no boundary of a third sibling lies in the overlap, its ends included.
/// The chain from the sibling that ended last is the critical path among them (CRISP, Zhang, Ramanathan,
/// Raj, Parwal, Sherwood, Chabbi: "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures",
/// USENIX ATC 2022, section 3).
#[derive(Debug)]
pub(super) struct Before(Vec<u32>);

impl Before {
    /// O(N log N).
    pub fn new(placed: &Placed, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut before = vec![NONE; placed.held.len()];
        let mut starts = Vec::new();
        for (parent, cut) in placed.cut.iter().enumerate() {
            if parent % 4096 == 0 {
                cancel.check()?;
            }
            let own = placed.children(parent as Place);
            if own.len() > 1 {
                let siblings = Siblings(&placed.held[own.clone()]);
                starts.clear();
                for at in 0..siblings.0.len() {
                    if let Some(earlier) = siblings.before(at, cut.len(), &mut starts) {
                        before[own.start + at] = (own.start + earlier) as u32;
                    }
                }
            }
        }
        Ok(Self(before))
    }

    pub fn get(&self, position: usize) -> Option<usize> {
        self.0.get(position).copied().filter(|&at| at != NONE).map(|at| at as usize)
    }
}

/// The children of one parent, last end first.
struct Siblings<'a>(&'a [Child]);

impl Siblings<'_> {
    fn interval(&self, at: usize) -> Interval {
        self.0[at].cut
    }

    /// `starts` is filled, sorted, when it is first needed. O(log k) then.
    fn before(&self, at: usize, parent_len: u64, starts: &mut Vec<i64>) -> Option<usize> {
        let begin = self.interval(at).start;
        // Of those after `at` in the walk, the first that ended no later than it began.
        let ended = at + 1 + self.0[at + 1..].partition_point(|other| other.cut.end > begin);
        let overlapping = ended - 1;
        if overlapping > at && self.is_clock_noise(overlapping, begin, parent_len, starts) {
            return Some(overlapping);
        }
        (ended < self.0.len()).then_some(ended)
    }

    fn is_clock_noise(&self, earlier: usize, begin: i64, parent_len: u64, starts: &mut Vec<i64>) -> bool {
        let Interval { start, end } = self.interval(earlier);
        let overlap = Interval { start: begin, end }.len();
        if start >= begin || u128::from(overlap) * OVERLAP_PARTS >= u128::from(parent_len) {
            return false;
        }
        // The ends next to it in the walk are the nearest; the one before it is the child's own at the nearest.
        let third_end = self.0.get(earlier + 1).is_some_and(|other| other.cut.end >= begin)
            || self.interval(earlier - 1).end <= end;
        if third_end {
            return false;
        }
        if starts.is_empty() {
            starts.extend(self.0.iter().map(|child| child.cut.start));
            starts.sort_unstable();
        }
        let inside = starts.partition_point(|&other| other <= end) - starts.partition_point(|&other| other < begin);
        inside == 1
    }
}
