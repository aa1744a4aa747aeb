//! From values to places on an axis.

use super::data::{Points, Spread, Unit};

/// An axis from one round value to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    /// Round values, ascending, all within.
    pub ticks: Vec<f64>,
}

/// At most so many steps between ticks.
const MOST_STEPS: f64 = 3.0;

impl Scale {
    /// The smallest axis with round ends that holds all values. What is not finite is left out.
    pub fn of(values: impl Iterator<Item = f64>, from_zero: bool, unit: Unit) -> Self {
        let mut bounds = from_zero.then_some((0.0, 0.0));
        for value in values.filter(|value| value.is_finite()) {
            let (low, high) = bounds.unwrap_or((value, value));
            bounds = Some((f64::min(low, value), f64::max(high, value)));
        }
        let (low, high) = bounds.unwrap_or((0.0, 0.0));
        let smallest = if unit == Unit::Number { 0.0 } else { 1.0 };
        let wanted = (high / MOST_STEPS - low / MOST_STEPS).max(smallest);
        let step = round_step(if wanted > 0.0 { wanted } else { high.abs().max(1.0) / MOST_STEPS });
        let first = (low / step).floor();
        let last = (high / step).ceil().max(first + 1.0);
        let ticks = (0..=(last - first).min(2.0 * MOST_STEPS) as u32).map(|index| (first + f64::from(index)) * step);
        Self { low: first * step, high: last * step, ticks: ticks.collect() }
    }

    /// Of the axis' length, 0 to 1.
    pub fn part(&self, value: f64) -> f64 {
        part(value, self.low, self.high)
    }
}

/// 1, 2 or 5 times a power of ten, at least as large as `wanted`, which is above zero and finite.
fn round_step(wanted: f64) -> f64 {
    let mut power = 1.0;
    while power > wanted && power > f64::MIN_POSITIVE {
        power /= 10.0;
    }
    while power * 10.0 <= wanted {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0].into_iter().map(|times| times * power).find(|&step| step >= wanted).unwrap_or(10.0 * power)
}

fn part(value: f64, low: f64, high: f64) -> f64 {
    let part = (value - low) / (high - low);
    if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.5 }
}

impl Points {
    /// The place of each point along the axis, 0 to 1; of a band its middle.
    pub fn parts(&self) -> Vec<f64> {
        let n_points = self.values.len() as f64;
        match self.spread {
            Spread::Bands => (0..self.values.len()).map(|index| (index as f64 + 0.5) / n_points).collect(),
            Spread::Log => self.values.iter().map(|&value| self.part_of(value)).collect(),
        }
    }

    /// The place of a mark.
    pub fn part_of(&self, at: f64) -> f64 {
        let (Some(&low), Some(&high)) = (self.values.first(), self.values.last()) else { return 0.5 };
        match self.spread {
            Spread::Bands => part(at, 0.0, self.values.len() as f64),
            Spread::Log => part(at.ln(), low.ln(), high.ln()),
        }
    }

    /// The point that is nearest to a place.
    pub fn nearest(&self, at: f64) -> Option<usize> {
        let parts = self.parts();
        let after = parts.partition_point(|&part| part < at);
        let before = after.saturating_sub(1);
        let distance = |index: usize| parts.get(index).map_or(f64::INFINITY, |part| (part - at).abs());
        let nearest = if distance(after) < distance(before) { after } else { before };
        (!parts.is_empty()).then_some(nearest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(Scale::of([17.0].into_iter(), true, Unit::Count).ticks, [0.0, 10.0, 20.0]);
        assert_eq!(Scale::of([3.0].into_iter(), true, Unit::Count).ticks, [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(Scale::of([].into_iter(), true, Unit::Count).ticks, [0.0, 1.0]);
        assert_eq!(Scale::of([-4.0, 9.0].into_iter(), false, Unit::Number).ticks, [-5.0, 0.0, 5.0, 10.0]);
        assert_eq!(Scale::of([0.3].into_iter(), true, Unit::Number).ticks.len(), 4);
    }

    #[test]
    fn a_place_leads_to_the_nearest_point() {
        let points = |spread, values: &[f64]| Points { spread, values: values.to_vec(), ..Default::default() };
        let bands = points(Spread::Bands, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!([0.0, 0.26, 0.99].map(|at| bands.nearest(at)), [Some(0), Some(1), Some(3)]);
        let log = points(Spread::Log, &[1.0, 10.0, 100.0]);
        assert_eq!([0.2, 0.3, 0.8].map(|at| log.nearest(at)), [Some(0), Some(1), Some(2)]);
        assert_eq!(points(Spread::Log, &[]).nearest(0.5), None);
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values_and_has_few_ticks(values in prop::collection::vec(-1e18f64..1e18, 0..20), zero: bool) {
            let scale = Scale::of(values.iter().copied(), zero, Unit::Number);
            prop_assert!(scale.low < scale.high);
            prop_assert!((2..=6).contains(&scale.ticks.len()), "{scale:?}");
            for value in values {
                prop_assert!(scale.low <= value && value <= scale.high, "{value} in {scale:?}");
            }
        }

        #[test]
        fn nothing_makes_an_axis_endless(values in prop::collection::vec(any::<f64>(), 0..5), at: f64) {
            let scale = Scale::of(values.iter().copied(), false, Unit::Duration);
            prop_assert!(scale.ticks.len() <= 7);
            prop_assert!((0.0..=1.0).contains(&scale.part(at)));
        }
    }
}
