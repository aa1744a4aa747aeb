//! Lifetimes, and how many of many overlap one: by counting, never pair by pair.

use model::Nanos;

/// From the first event's start to the last one's end, in nanoseconds.
///
/// Half open: what ends where another begins is before it. A life without length is an instant, and overlaps
/// what lives at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    pub begin: i64,
    /// The last nanosecond; at least `begin`.
    last: i64,
}

impl Life {
    pub fn new(begin: Nanos, end: Nanos) -> Self {
        Self { begin: begin.0, last: end.0.saturating_sub(1).max(begin.0) }
    }

    /// From the first that begins to the last that ends.
    pub fn around(self, other: Self) -> Self {
        Self { begin: self.begin.min(other.begin), last: self.last.max(other.last) }
    }

    /// Whether both live for more than `tolerance` nanoseconds at once.
    pub fn overlaps(self, other: Self, tolerance: i64) -> bool {
        let shared_end = self.last.min(other.last);
        shared_end >= self.begin.max(other.begin).saturating_add(tolerance)
    }

    fn lasts(self, tolerance: i64) -> bool {
        self.last >= self.begin.saturating_add(tolerance)
    }
}

/// Times of one group after another, ascending in each, with the weight up to each.
#[derive(Debug, Default)]
struct Times {
    times: Vec<(u64, i64)>,
    /// `weights[n]`: of the first `n` times.
    weights: Vec<u64>,
}

impl Times {
    fn of(mut times: Vec<(u64, i64, u64)>) -> Self {
        times.sort_unstable();
        let mut weights = Vec::with_capacity(times.len() + 1);
        let mut sum = 0;
        weights.push(sum);
        weights.extend(times.iter().map(|&(.., weight)| {
            sum += weight;
            sum
        }));
        Self { times: times.into_iter().map(|(group, time, _)| (group, time)).collect(), weights }
    }

    /// The weight of a group's times before `until`.
    fn before(&self, group: u64, until: i64) -> u64 {
        let begin = self.times.partition_point(|&(other, _)| other < group);
        let end = self.times.partition_point(|&time| time < (group, until));
        self.weights[end].saturating_sub(self.weights[begin])
    }

    fn all(&self, group: u64) -> u64 {
        let begin = self.times.partition_point(|&(other, _)| other < group);
        let end = self.times.partition_point(|&(other, _)| other <= group);
        self.weights[end] - self.weights[begin]
    }
}

/// Weighted lives in groups. Answers in O(log n); made in O(n log n).
#[derive(Debug, Default)]
pub(super) struct Lives {
    begins: Times,
    lasts: Times,
    tolerance: i64,
}

impl Lives {
    /// Of (group, life, weight). With a tolerance, what is shorter overlaps nothing and is left out.
    pub fn of(lives: impl Iterator<Item = (u64, Life, u64)> + Clone, tolerance: i64) -> Self {
        let long = lives.filter(|(_, life, _)| life.lasts(tolerance));
        Self {
            begins: Times::of(long.clone().map(|(group, life, weight)| (group, life.begin, weight)).collect()),
            lasts: Times::of(long.map(|(group, life, weight)| (group, life.last, weight)).collect()),
            tolerance,
        }
    }

    /// The weight of those that overlap `life`.
    pub fn overlapping(&self, group: u64, life: Life) -> u64 {
        if !life.lasts(self.tolerance) {
            return 0;
        }
        // All are long enough, so none is both over before it and begun after it.
        let over = self.lasts.before(group, life.begin.saturating_add(self.tolerance));
        let latest = life.last.saturating_sub(self.tolerance).saturating_add(1);
        let begun = self.begins.before(group, latest);
        begun.saturating_sub(over)
    }

    /// The weight of a group, without what the tolerance left out.
    pub fn weight(&self, group: u64) -> u64 {
        self.begins.all(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn life(begin: i64, len: i64) -> Life {
        Life::new(Nanos(begin), Nanos(begin + len))
    }

    #[test]
    fn what_ends_where_another_begins_is_before_it() {
        assert!(!life(0, 5).overlaps(life(5, 4), 0));
        assert!(life(5, 0).overlaps(life(5, 4), 0));
        assert!(!life(0, 5).overlaps(life(5, 0), 0));
        assert!(life(5, 0).overlaps(life(5, 0), 0));
        assert!(life(0, 9).overlaps(life(2, 3), 0));
        assert!(!life(0, 9).overlaps(life(5, 9), 4));
        assert!(life(0, 9).overlaps(life(5, 9), 3));
    }

    proptest! {
        #[test]
        fn counting_finds_what_comparing_each_finds(
            all in proptest::collection::vec((0u64..3, -9i64..9, 0i64..9, 1u64..4), 0..30),
            (group, begin, len) in (0u64..3, -9i64..9, 0i64..9),
            tolerance in 0i64..5,
        ) {
            let lives = Lives::of(all.iter().map(|&(group, begin, len, weight)| (group, life(begin, len), weight)), tolerance);
            let one = life(begin, len);
            let each = all.iter().filter(|other| other.0 == group && one.overlaps(life(other.1, other.2), tolerance));
            prop_assert_eq!(lives.overlapping(group, one), each.map(|other| other.3).sum::<u64>());
        }
    }
}
