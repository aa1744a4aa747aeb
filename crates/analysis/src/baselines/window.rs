//! The durations of one operation over the last while, so that they can be asked for as of a past moment.
//!
//! Time is cut into slices. Within the newest long slice the short ones are kept, so that a baseline is at
//! most one short slice behind; older ones are one sketch each. Invariant: the state depends only on what was
//! added and merged, never on the order.

use std::collections::BTreeMap;

use model::Nanos;
use serde::{Deserialize, Serialize};

use super::Sketch;

/// How a window is cut. All windows that are merged have one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowShape {
    /// Nanoseconds of a short slice; at least one.
    pub short_ns: u64,
    /// Short slices in a long one; at least one.
    pub shorts: u32,
    /// Long slices in the window, the newest included; at least one.
    pub longs: u32,
}

/// An hour: twelve long slices of five minutes, each of thirty short ones of ten seconds.
impl Default for WindowShape {
    fn default() -> Self {
        Self { short_ns: 10_000_000_000, shorts: 30, longs: 12 }
    }
}

/// At most `longs + shorts` sketches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// By number since 1970: the long slices before the newest.
    long: BTreeMap<i64, Sketch>,
    /// By number since 1970: the short slices of the newest long one.
    short: BTreeMap<i64, Sketch>,
}

impl WindowShape {
    fn short_of(self, at: Nanos) -> i64 {
        at.0.div_euclid(i64::try_from(self.short_ns).unwrap_or(i64::MAX).max(1))
    }

    fn long_of(self, short: i64) -> i64 {
        short.div_euclid(i64::from(self.shorts.max(1)))
    }

    /// The short slice that a moment lies in: baselines asked for in one are equal.
    pub fn slice(self, at: Nanos) -> i64 {
        self.short_of(at)
    }

    fn oldest(self, newest_long: i64) -> i64 {
        newest_long.saturating_sub(i64::from(self.longs.max(1)) - 1)
    }
}

impl Window {
    /// Counts a duration at a moment; one older than the window changes nothing.
    pub fn add(&mut self, shape: WindowShape, at: Nanos, duration_ns: u64) {
        let short = shape.short_of(at);
        self.advance(shape, shape.long_of(short));
        if let Some(sketch) = self.slice_mut(shape, short) {
            sketch.add(duration_ns);
        }
    }

    /// Counts many durations at one moment, as [`Window::add`] does one.
    pub fn add_all(&mut self, shape: WindowShape, at: Nanos, durations: &Sketch) {
        let short = shape.short_of(at);
        self.advance(shape, shape.long_of(short));
        if let Some(sketch) = self.slice_mut(shape, short) {
            sketch.merge(durations);
        }
    }

    /// Afterwards as though everything had been added to one.
    pub fn merge(&mut self, shape: WindowShape, other: &Self) {
        if let Some(newest) = other.newest(shape) {
            self.advance(shape, newest);
        }
        // The short ones first: they say which long slice is the newest.
        for (&short, theirs) in &other.short {
            if let Some(sketch) = self.slice_mut(shape, short) {
                sketch.merge(theirs);
            }
        }
        for (&long, theirs) in &other.long {
            // The first short slice of a long one stands for it: it lies in no newer one.
            let short = long.saturating_mul(i64::from(shape.shorts.max(1)));
            if let Some(sketch) = self.slice_mut(shape, short) {
                sketch.merge(theirs);
            }
        }
    }

    /// Everything of the window before the short slice of a moment: nothing of that moment or later.
    ///
    /// O(slices * buckets).
    pub fn before(&self, shape: WindowShape, at: Nanos) -> Sketch {
        let until = shape.short_of(at);
        let (newest, oldest) = (shape.long_of(until), shape.oldest(shape.long_of(until)));
        let mut sum = Sketch::default();
        if oldest < newest {
            self.long.range(oldest..newest).for_each(|(_, sketch)| sum.merge(sketch));
        }
        // All short slices lie in one long one, which may be older than the window by now.
        let short = self.short.range(..until).filter(|&(&short, _)| shape.long_of(short) >= oldest);
        short.for_each(|(_, sketch)| sum.merge(sketch));
        sum
    }

    /// How many durations it holds.
    pub fn count(&self) -> u64 {
        self.long.values().chain(self.short.values()).fold(0, |sum, sketch| sum.saturating_add(sketch.count()))
    }

    /// Whether nothing of it is left at a moment.
    pub fn is_over(&self, shape: WindowShape, at: Nanos) -> bool {
        self.newest(shape).is_none_or(|newest| newest < shape.oldest(shape.long_of(shape.short_of(at))))
    }

    /// The newest long slice; its short ones are kept apart, so there is one whenever there is anything.
    fn newest(&self, shape: WindowShape) -> Option<i64> {
        self.short.keys().next().map(|&short| shape.long_of(short))
    }

    /// Folds the short slices when a newer long one begins, and forgets what lies before the window.
    fn advance(&mut self, shape: WindowShape, long: i64) {
        let Some(newest) = self.newest(shape).filter(|&newest| newest < long) else { return };
        let folded = self.long.entry(newest).or_default();
        std::mem::take(&mut self.short).values().for_each(|sketch| folded.merge(sketch));
        self.long = self.long.split_off(&shape.oldest(long));
    }

    /// Where a short slice is counted; [`None`] when it lies before the window.
    fn slice_mut(&mut self, shape: WindowShape, short: i64) -> Option<&mut Sketch> {
        let long = shape.long_of(short);
        match self.newest(shape) {
            Some(newest) if long < shape.oldest(newest) => None,
            Some(newest) if long < newest => Some(self.long.entry(long).or_default()),
            _ => Some(self.short.entry(short).or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHAPE: WindowShape = WindowShape { short_ns: 10, shorts: 3, longs: 4 };

    fn window(durations: &[(i64, u64)]) -> Window {
        let mut window = Window::default();
        durations.iter().for_each(|&(at, ns)| window.add(SHAPE, Nanos(at), ns));
        window
    }

    fn durations() -> impl Strategy<Value = Vec<(i64, u64)>> {
        proptest::collection::vec((-200..200_i64, 1..50_u64), 0..60)
    }

    proptest! {
        #[test]
        fn the_order_of_adding_and_merging_changes_nothing(a in durations(), b in durations(), seed: usize) {
            let all = window(&[a.as_slice(), &b].concat());
            let mut turned = [a.as_slice(), &b].concat();
            let by = seed % turned.len().max(1);
            turned.rotate_left(by);
            prop_assert_eq!(&window(&turned), &all);
            let (mut ab, mut ba) = (window(&a), window(&b));
            ab.merge(SHAPE, &window(&b));
            ba.merge(SHAPE, &window(&a));
            prop_assert_eq!(&ab, &all);
            prop_assert_eq!(&ba, &all);
        }

        #[test]
        fn what_is_asked_for_is_of_before_and_of_the_window_only(durations in durations(), at in -250..250_i64) {
            let found = window(&durations).before(SHAPE, Nanos(at));
            let slice = |at: i64| at.div_euclid(10);
            let long = |at: i64| at.div_euclid(30);
            let newest = durations.iter().map(|&(at, _)| long(at)).max();
            let mut expected = Sketch::default();
            for &(added, ns) in &durations {
                // In the newest long slice to the short one, before it to the long one.
                let ended = if Some(long(added)) == newest { slice(added) < slice(at) } else { long(added) < long(at) };
                if ended && long(added) > long(at) - 4 && newest.is_some_and(|newest| long(added) > newest - 4) {
                    expected.add(ns);
                }
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_window_stays_bounded_and_ends(durations in durations(), at in -250..600_i64) {
            let window = window(&durations);
            prop_assert!(window.long.len() <= 3 && window.short.len() <= 3);
            if window.is_over(SHAPE, Nanos(at)) {
                prop_assert!(window.before(SHAPE, Nanos(at)).is_empty());
            }
        }

        #[test]
        fn times_at_the_ends_of_the_calendar_are_times(at: i64, other: i64, ns: u64) {
            let mut window = window(&[(at, ns), (other, ns)]);
            window.merge(SHAPE, &self::window(&[(i64::MIN, ns), (i64::MAX, ns)]));
            prop_assert!(window.before(SHAPE, Nanos(at)).count() <= 4);
        }
    }
}
