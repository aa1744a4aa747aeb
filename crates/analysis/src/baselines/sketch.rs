//! Quantiles of durations from counts in buckets that grow by a factor.
//!
//! DDSketch (Masson, Rim, Lee: "DDSketch: A fast and fully-mergeable quantile sketch with relative-error
//! guarantees", VLDB 2019), with the accuracy 0.01: bucket `i` counts the durations in (g^(i-1), g^i],
//! g = 1.01 / 0.99, so that its middle is off by at most 1 %. Over the whole range of durations, 1 ns to 584
//! years, there are 2,219 buckets: none need ever be collapsed, and merging is exact in any order.

use serde::{Deserialize, Serialize};

/// Of every quantile, against the duration of that rank.
pub const RELATIVE_ERROR: f64 = 0.01;

/// ln g. A constant, for `ln` is none: checked by a test.
const LN_GROWTH: f64 = 0.020_000_666_706_669_435;
/// Of 2^64 - 1 ns.
const LAST_BUCKET: u16 = 2218;

/// Counts of durations; 16 bytes a bucket in use, at most 35 KiB.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, u64)>", into = "Vec<(u16, u64)>")]
pub struct Sketch {
    /// Sorted, no bucket twice, none empty.
    buckets: Vec<(u16, u64)>,
    count: u64,
}

impl From<Sketch> for Vec<(u16, u64)> {
    fn from(sketch: Sketch) -> Self {
        sketch.buckets
    }
}

/// What was stored may have been damaged: whatever it says becomes a sketch that holds what a sketch must.
impl From<Vec<(u16, u64)>> for Sketch {
    fn from(mut buckets: Vec<(u16, u64)>) -> Self {
        buckets.retain(|&(bucket, count)| bucket <= LAST_BUCKET && count > 0);
        buckets.sort_unstable();
        buckets.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = earlier.1.saturating_add(later.1);
            }
            same
        });
        let count = buckets.iter().fold(0_u64, |sum, &(_, count)| sum.saturating_add(count));
        Self { buckets, count }
    }
}

impl Sketch {
    /// O(log buckets), or O(buckets) for the first of a bucket.
    pub fn add(&mut self, duration_ns: u64) {
        let bucket = bucket(duration_ns);
        match self.buckets.binary_search_by_key(&bucket, |&(bucket, _)| bucket) {
            Ok(at) => self.buckets[at].1 = self.buckets[at].1.saturating_add(1),
            Err(at) => self.buckets.insert(at, (bucket, 1)),
        }
        self.count = self.count.saturating_add(1);
    }

    /// The number of the bucket that counts a duration: what is kept one count at a time is kept by it.
    pub fn bucket_of(duration_ns: u64) -> u16 {
        bucket(duration_ns)
    }

    /// Buckets in use with their counts, in ascending order.
    pub fn buckets(&self) -> &[(u16, u64)] {
        &self.buckets
    }

    /// Mean in nanoseconds, within [`RELATIVE_ERROR`]; [`None`] when nothing was added. O(buckets).
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.buckets.iter().map(|&(bucket, count)| middle(bucket) * count as f64).sum();
        (self.count > 0).then(|| sum / self.count as f64)
    }

    /// Afterwards as though everything had been added to one. O(buckets).
    pub fn merge(&mut self, other: &Self) {
        if self.buckets.is_empty() {
            self.clone_from(other);
            return;
        }
        let mut merged = Vec::with_capacity(self.buckets.len().max(other.buckets.len()));
        let (mut ours, mut theirs) =
            (self.buckets.iter().copied().peekable(), other.buckets.iter().copied().peekable());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(a), Some(b)) if a.0 == b.0 => {
                    let both = (a.0, a.1.saturating_add(b.1));
                    ours.next();
                    theirs.next();
                    both
                }
                (Some(a), Some(b)) if a.0 < b.0 => take(*a, &mut ours),
                (Some(a), None) => take(*a, &mut ours),
                (_, Some(b)) => take(*b, &mut theirs),
                (None, None) => break,
            };
            merged.push(next);
        }
        self.buckets = merged;
        self.count = self.count.saturating_add(other.count);
    }

    pub const fn count(&self) -> u64 {
        self.count
    }

    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The duration in nanoseconds of rank floor(`q` * (count - 1)) among those added, within
    /// [`RELATIVE_ERROR`]; [`None`] when nothing was. `q` is taken into 0 to 1. O(buckets).
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.bucket_at(self.rank(q)?).map(|at| middle(self.buckets[at].0))
    }

    /// The median m, and the median of |ln d - ln m|: off by at most 0.0202, twice what a logarithm is. Both
    /// of the lower rank when the count is even. O(buckets).
    pub fn median_and_deviation(&self) -> Option<(f64, f64)> {
        let rank = self.rank(0.5)?;
        let at = self.bucket_at(rank)?;
        let median = self.buckets[at].0;
        // Outwards from the median, the nearer side first, until half of all are passed.
        let (mut below, mut above) = (self.buckets[..at].iter().rev().peekable(), self.buckets[at..].iter().peekable());
        let mut left = rank;
        loop {
            let distances = (below.peek().map(|(b, _)| median - b), above.peek().map(|(b, _)| b - median));
            let (distance, count) = match distances {
                (Some(down), Some(up)) if down < up => (down, below.next()?.1),
                (Some(down), None) => (down, below.next()?.1),
                (_, Some(up)) => (up, above.next()?.1),
                (None, None) => return None,
            };
            if left < count {
                return Some((middle(median), f64::from(distance) * LN_GROWTH));
            }
            left -= count;
        }
    }

    fn rank(&self, q: f64) -> Option<u64> {
        let last = self.count.checked_sub(1)?;
        Some(((q.clamp(0.0, 1.0) * last as f64).floor() as u64).min(last))
    }

    fn bucket_at(&self, rank: u64) -> Option<usize> {
        let mut left = rank;
        self.buckets.iter().position(|&(_, count)| {
            let here = left < count;
            left = left.saturating_sub(count);
            here
        })
    }
}

fn take(entry: (u16, u64), from: &mut impl Iterator<Item = (u16, u64)>) -> (u16, u64) {
    from.next();
    entry
}

fn bucket(duration_ns: u64) -> u16 {
    // Below 1 ns nothing is measured. The conversion saturates.
    (((duration_ns.max(1) as f64).ln() / LN_GROWTH).ceil() as u16).min(LAST_BUCKET)
}

/// The value that is off by the same part from both ends of a bucket.
fn middle(bucket: u16) -> f64 {
    (f64::from(bucket) * LN_GROWTH).exp() * (1.0 - RELATIVE_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_growth_is_that_of_the_error() {
        assert!((LN_GROWTH - ((1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR)).ln()).abs() < 1e-16);
        assert_eq!(bucket(u64::MAX), LAST_BUCKET);
        assert_eq!(bucket(0), 0);
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
        assert_eq!(Sketch::default().median_and_deviation(), None);
    }

    fn sketch(durations: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        durations.iter().for_each(|&ns| sketch.add(ns));
        sketch
    }

    fn durations() -> impl Strategy<Value = Vec<u64>> {
        let duration = prop_oneof![1..100_u64, 900_000..1_100_000_u64, 1..u64::MAX];
        proptest::collection::vec(duration, 1..200)
    }

    proptest! {
        #[test]
        fn every_quantile_is_within_one_percent(mut durations in durations(), q in 0.0..=1.0) {
            let found = sketch(&durations).quantile(q).unwrap();
            durations.sort_unstable();
            let exact = durations[(q * (durations.len() - 1) as f64).floor() as usize] as f64;
            prop_assert!((found - exact).abs() <= exact * (RELATIVE_ERROR + 1e-9), "{found} for {exact}");
        }

        #[test]
        fn the_mean_is_within_one_percent(durations in proptest::collection::vec(1..u64::MAX >> 8, 1..200)) {
            let found = sketch(&durations).mean().unwrap();
            let exact = durations.iter().map(|&ns| ns as f64).sum::<f64>() / durations.len() as f64;
            prop_assert!((found - exact).abs() <= exact * (RELATIVE_ERROR + 1e-9), "{found} for {exact}");
        }

        #[test]
        fn the_deviation_is_off_by_at_most_what_two_logarithms_are(durations in durations()) {
            let (_, found) = sketch(&durations).median_and_deviation().unwrap();
            let half = (durations.len() - 1) / 2;
            let mut logarithms: Vec<f64> = durations.iter().map(|&ns| (ns as f64).ln()).collect();
            logarithms.sort_unstable_by(f64::total_cmp);
            let mut deviations: Vec<f64> = logarithms.iter().map(|ln| (ln - logarithms[half]).abs()).collect();
            deviations.sort_unstable_by(f64::total_cmp);
            prop_assert!((found - deviations[half]).abs() <= 0.0202, "{found} for {}", deviations[half]);
        }

        #[test]
        fn merging_is_adding_everything_to_one(a in durations(), b in durations()) {
            let (mut ab, mut ba) = (sketch(&a), sketch(&b));
            ab.merge(&sketch(&b));
            ba.merge(&sketch(&a));
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(&ab, &sketch(&[a, b].concat()));
        }

        #[test]
        fn a_sketch_survives_being_stored(durations in durations()) {
            let sketch = sketch(&durations);
            let text = serde_json::to_string(&sketch).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sketch>(&text).unwrap(), sketch);
        }

        #[test]
        fn what_was_stored_wrongly_is_still_a_sketch(buckets: Vec<(u16, u64)>, q: f64) {
            let sketch: Sketch = serde_json::from_str(&serde_json::to_string(&buckets).unwrap()).unwrap();
            prop_assert_eq!(sketch.quantile(q).is_some(), !sketch.is_empty());
            prop_assert_eq!(sketch.median_and_deviation().is_some(), !sketch.is_empty());
        }
    }
}
