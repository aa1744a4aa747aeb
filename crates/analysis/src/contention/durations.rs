//! A set of durations in four figures.

use serde::{Deserialize, Serialize};

/// Nanoseconds; all zero for the empty set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Durations {
    pub count: u64,
    pub total_ns: u64,
    /// Rounded down.
    pub mean_ns: u64,
    /// The smallest duration that at least 95 % do not exceed (nearest rank).
    pub p95_ns: u64,
    pub max_ns: u64,
}

impl Durations {
    /// O(N).
    pub fn of(mut durations: Vec<u64>) -> Self {
        let count = durations.len() as u64;
        let Some(last) = durations.len().checked_sub(1) else { return Self::default() };
        let total: u128 = durations.iter().map(|&ns| u128::from(ns)).sum();
        let rank = (durations.len() as u128 * 95).div_ceil(100) as usize;
        let (_, &mut p95_ns, above) = durations.select_nth_unstable(rank.saturating_sub(1).min(last));
        let max_ns = above.iter().copied().max().unwrap_or(p95_ns);
        Self {
            count,
            total_ns: u64::try_from(total).unwrap_or(u64::MAX),
            mean_ns: u64::try_from(total / u128::from(count)).unwrap_or(u64::MAX),
            p95_ns,
            max_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_figures_are_those_of_the_sorted_list(durations in prop::collection::vec(0_u64..1_000, 1..300)) {
            let figures = Durations::of(durations.clone());
            let mut sorted = durations;
            sorted.sort_unstable();
            prop_assert_eq!(figures.count, sorted.len() as u64);
            prop_assert_eq!(Some(figures.max_ns), sorted.last().copied());
            prop_assert_eq!(figures.mean_ns, sorted.iter().sum::<u64>() / sorted.len() as u64);
            let not_above = |limit| sorted.iter().filter(|&&ns| ns <= limit).count() * 100 >= sorted.len() * 95;
            prop_assert!(not_above(figures.p95_ns));
            let smaller = sorted.iter().rev().find(|&&ns| ns < figures.p95_ns);
            prop_assert!(smaller.is_none_or(|&ns| !not_above(ns)));
        }
    }

    #[test]
    fn nothing_and_the_longest_times_are_figures_too() {
        assert_eq!(Durations::of(Vec::new()), Durations::default());
        let longest = Durations::of(vec![u64::MAX, u64::MAX]);
        assert_eq!((longest.total_ns, longest.mean_ns, longest.max_ns), (u64::MAX, u64::MAX, u64::MAX));
    }
}
