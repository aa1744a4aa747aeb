//! How far a duration lies from the usual, in robust standard deviations of its logarithm.
//!
//! Median and median absolute deviation instead of mean and standard deviation (Hampel: "The influence curve
//! and its role in robust estimation", JASA 1974; Leys, Ley, Klein, Bernard, Licata, JESP 2013): up to half of
//! what was learned may itself be unusual. Of logarithms, because durations spread by factors.

use serde::{Deserialize, Serialize};

use super::Sketch;

/// Makes the median absolute deviation of a normal distribution its standard deviation.
const NORMAL_CONSISTENCY: f64 = 1.4826;
/// The least spread that is believed, as a factor: steadier operations are not held to their steadiness.
const LEAST_SPREAD: f64 = 1.10;

/// When a duration is an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// Scores above these.
    pub minor: f64,
    pub warning: f64,
    pub critical: f64,
    /// Fewer learned durations are no baseline.
    pub least_count: u64,
    /// What exceeds the median by less is no anomaly, whatever its score.
    pub least_excess_ns: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { minor: 4.0, warning: 6.0, critical: 10.0, least_count: 50, least_excess_ns: 1_000_000 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    Minor,
    Warning,
    Critical,
}

/// What is usual, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// How many durations it rests on.
    pub count: u64,
    pub median_ns: f64,
    /// Median absolute deviation of ln(duration).
    pub deviation: f64,
}

/// One duration against its baseline; kept with the event, never computed again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The median: `expected_duration_ms` of the wire, in nanoseconds.
    pub expected_ns: f64,
    /// `std_dev_from_mean` of the wire; negative when faster than usual.
    pub score: f64,
    /// [`None`]: not an anomaly.
    pub severity: Option<Severity>,
}

impl Baseline {
    /// [`None`] when nothing was learned.
    pub fn of(sketch: &Sketch) -> Option<Self> {
        let (median_ns, deviation) = sketch.median_and_deviation()?;
        Some(Self { count: sketch.count(), median_ns, deviation })
    }

    /// (ln d - median of ln) / max(1.4826 * deviation of ln, ln 1.10).
    pub fn score(&self, duration_ns: u64) -> f64 {
        let ln = (duration_ns.max(1) as f64).ln();
        (ln - self.median_ns.ln()) / (NORMAL_CONSISTENCY * self.deviation).max(LEAST_SPREAD.ln())
    }

    /// No shorter duration is an anomaly: one comparison instead of a logarithm. May be a little low.
    pub fn least_flagged_ns(&self, thresholds: &Thresholds) -> u64 {
        if self.count < thresholds.least_count {
            return u64::MAX;
        }
        let spread = (NORMAL_CONSISTENCY * self.deviation).max(LEAST_SPREAD.ln());
        let by_score = self.median_ns * (thresholds.minor * spread).exp() * (1.0 - 1e-9);
        by_score.max(self.median_ns + thresholds.least_excess_ns as f64).floor() as u64
    }

    /// [`None`] when the baseline rests on too little.
    pub fn assess(&self, duration_ns: u64, thresholds: &Thresholds) -> Option<Assessment> {
        if self.count < thresholds.least_count {
            return None;
        }
        let score = self.score(duration_ns);
        let counts = duration_ns as f64 - self.median_ns >= thresholds.least_excess_ns as f64;
        let severity = match score {
            score if score > thresholds.critical => Some(Severity::Critical),
            score if score > thresholds.warning => Some(Severity::Warning),
            score if score > thresholds.minor => Some(Severity::Minor),
            _ => None,
        };
        Some(Assessment { expected_ns: self.median_ns, score, severity: severity.filter(|_| counts) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_below_the_least_flagged_is_flagged(
            median_ns in 1.0..1e10, deviation in 0.0..2.0, count in 40..60_u64, duration_ns in 1..1_u64 << 40,
        ) {
            let (baseline, thresholds) = (Baseline { count, median_ns, deviation }, Thresholds::default());
            let severity = baseline.assess(duration_ns, &thresholds).and_then(|assessment| assessment.severity);
            prop_assert!(severity.is_none() || duration_ns >= baseline.least_flagged_ns(&thresholds));
        }
    }

    const STEADY: Baseline = Baseline { count: 50, median_ns: 10e6, deviation: 0.0 };

    #[test]
    fn each_threshold_is_the_score_above_which_its_severity_begins() {
        let thresholds = Thresholds::default();
        // A steady operation spreads by 10 %: a score of s is a factor of 1.1^s.
        let severity = |score: f64| STEADY.assess((10e6 * 1.1_f64.powf(score)) as u64, &thresholds).unwrap().severity;
        assert_eq!(severity(3.99), None);
        assert_eq!(severity(4.01), Some(Severity::Minor));
        assert_eq!(severity(6.01), Some(Severity::Warning));
        assert_eq!(severity(10.01), Some(Severity::Critical));
        assert_eq!(severity(-20.0), None, "fast is no anomaly");
    }

    #[test]
    fn a_thin_baseline_says_nothing() {
        let thin = Baseline { count: 49, ..STEADY };
        assert_eq!(thin.assess(1_000_000_000, &Thresholds::default()), None);
    }

    #[test]
    fn less_than_a_millisecond_more_is_no_anomaly() {
        let quick = Baseline { median_ns: 100e3, ..STEADY };
        let assess = |ns| quick.assess(ns, &Thresholds::default()).unwrap();
        assert!(assess(1_090_000).score > 10.0);
        assert_eq!(assess(1_090_000).severity, None);
        assert_eq!(assess(1_110_000).severity, Some(Severity::Critical));
    }
}
