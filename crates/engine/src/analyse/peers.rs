//! One trace's duration among those of others.

use model::analysis::{Durations, PeerLatency};

/// Bars of the histogram, at most; below a factor of 2^64 they are as wide as this allows.
const MOST_BARS: f64 = 40.0;
/// Bars in a factor of two, the finest first.
const STEPS: [f64; 4] = [8.0, 4.0, 2.0, 1.0];

/// `None` when there is nothing to compare with. O(N log N).
pub(crate) fn peers(service: &str, operation: &str, own: u64, mut durations: Vec<u64>) -> Option<PeerLatency> {
    durations.sort_unstable();
    let (&shortest, &longest) = (durations.first()?, durations.last()?);
    let count = durations.len();
    let faster = durations.partition_point(|&other| other < own);
    let mean = durations.iter().map(|&duration| duration as f64).sum::<f64>() / count as f64;
    let latency = Durations {
        count: count as u64,
        mean,
        p50: percentile(&durations, 50),
        p95: percentile(&durations, 95),
        p99: percentile(&durations, 99),
    };
    Some(PeerLatency {
        service: service.to_owned(),
        operation: operation.to_owned(),
        duration_nanos: own,
        rank: faster as f64 / count as f64,
        latency,
        histogram: histogram(&durations, shortest.min(own).max(1), longest.max(own).max(1)),
    })
}

/// The smallest that so many percent do not exceed; `sorted` is not empty.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank.min(sorted.len()) - 1]
}

/// Bars of equal width in the logarithm, from the one with `low` to the one with `high`.
fn histogram(sorted: &[u64], low: u64, high: u64) -> Vec<(u64, u64)> {
    let (low, high) = ((low as f64).log2(), (high as f64).log2());
    let steps = STEPS.into_iter().find(|steps| (high - low) * steps < MOST_BARS - 2.0).unwrap_or(0.5);
    let first = (low * steps).floor();
    let last = (high * steps).floor() + 1.0;
    let mut bars = Vec::new();
    let mut counted = 0;
    let mut at = first + 1.0;
    while at <= last {
        let bound = (at / steps).exp2().round() as u64;
        let up_to = sorted.partition_point(|&duration| duration <= bound);
        bars.push((bound, (up_to - counted) as u64));
        counted = up_to;
        at += 1.0;
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_trace_is_ranked_among_its_peers() {
        let peers = peers("s", "op", 30, vec![40, 10, 20, 30]).expect("some");
        assert_eq!(peers.rank, 0.5);
        assert_eq!((peers.latency.p50, peers.latency.p95, peers.latency.count), (20, 40, 4));
        assert_eq!(super::peers("s", "op", 30, Vec::new()), None);
    }

    proptest! {
        #[test]
        fn every_trace_is_in_one_bar_and_the_own_duration_below_the_last_bound(
            durations in proptest::collection::vec(prop_oneof![Just(0), 1..2_000_u64, any::<u64>()], 1..50), own: u64,
        ) {
            let own = own / 2;
            let durations: Vec<u64> = durations.into_iter().map(|it| it / 2).collect();
            let count = durations.len() as u64;
            let peers = peers("s", "op", own, durations).expect("some");
            prop_assert_eq!(peers.histogram.iter().map(|bar| bar.1).sum::<u64>(), count);
            prop_assert!(peers.histogram.len() <= MOST_BARS as usize + 1);
            prop_assert!(peers.histogram.is_sorted());
            prop_assert!(peers.histogram.last().is_some_and(|bar| bar.0 >= own));
        }
    }
}
