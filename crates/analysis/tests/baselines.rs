//! Anomalies: few false ones, none missed, and none made by looking.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

use analysis::baselines::{Assessment, Assessor, Baselines, Severity, Thresholds, WindowShape};
use model::Nanos;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// (service, operation, kind), as a test names them.
type Key = (&'static str, &'static str, &'static str);

const KEY: Key = ("shop", "checkout", "call");
const MS: u64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;

fn baselines() -> Baselines<Key> {
    Baselines::new(WindowShape::default(), 1000)
}

fn assess(baselines: &Baselines<Key>, at: i64, duration_ns: u64) -> Option<Assessment> {
    Assessor::new(baselines, Thresholds::default()).assess(&KEY, Nanos(at), duration_ns)
}

/// Normal draws by the method of Box and Muller.
fn log_normal(random: &mut StdRng, median_ns: f64, spread: f64) -> u64 {
    let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
    (median_ns * (spread * normal).exp()) as u64
}

/// Draws a million durations, 100 a second, each compared before it is learned; says how many were flagged.
fn flagged_of_a_million(spread: f64) -> u32 {
    let mut random = StdRng::seed_from_u64(11);
    let mut baselines = baselines();
    let mut flagged = 0;
    for slice in 0..1000_i64 {
        let begin = slice * 10 * SECOND;
        let drawn: Vec<u64> = (0..1000).map(|_| log_normal(&mut random, 100.0 * MS as f64, spread)).collect();
        let mut assessor = Assessor::new(&baselines, Thresholds::default());
        for (at, &duration_ns) in drawn.iter().enumerate() {
            let at = Nanos(begin + at as i64 * SECOND / 100);
            let assessment = assessor.assess(&KEY, at, duration_ns);
            flagged += u32::from(assessment.is_some_and(|assessment| assessment.severity.is_some()));
        }
        for (at, &duration_ns) in drawn.iter().enumerate() {
            baselines.learn(&KEY, Nanos(begin + at as i64 * SECOND / 100), duration_ns);
        }
    }
    flagged
}

#[test]
fn of_a_million_log_normal_durations_fewer_than_one_in_a_thousand_is_flagged_at_any_spread() {
    for spread in [0.02, 0.2, 1.0, 2.5] {
        let flagged = flagged_of_a_million(spread);
        assert!(flagged < 1000, "{flagged} at a spread of {spread}");
    }
}

#[test]
fn baselines_of_only_fifty_durations_flag_fewer_than_one_in_a_thousand_too() {
    let mut random = StdRng::seed_from_u64(12);
    for spread in [0.2, 1.0] {
        let (mut flagged, n) = (0, 2_000 * 100);
        for _ in 0..2_000 {
            let mut baselines = baselines();
            for _ in 0..50 {
                baselines.learn(&KEY, Nanos(0), log_normal(&mut random, 100.0 * MS as f64, spread));
            }
            let mut assessor = Assessor::new(&baselines, Thresholds::default());
            for _ in 0..100 {
                let duration_ns = log_normal(&mut random, 100.0 * MS as f64, spread);
                let assessment = assessor.assess(&KEY, Nanos(10 * SECOND), duration_ns);
                flagged += u32::from(assessment.is_some_and(|assessment| assessment.severity.is_some()));
            }
        }
        assert!(flagged * 1000 < n, "{flagged} of {n} at a spread of {spread}");
    }
}

#[test]
fn a_planted_slow_call_is_always_flagged() {
    for (seed, spread) in (0..200).flat_map(|seed| [(seed, 0.0), (seed, 0.2), (seed, 0.5)]) {
        let mut random = StdRng::seed_from_u64(seed);
        let mut baselines = baselines();
        let count = random.random_range(50..500);
        for _ in 0..count {
            let at = random.random_range(0..60 * SECOND);
            // A tenth of what is learned is itself slow: a baseline that forgives.
            let planted = if random.random_bool(0.1) { 100.0 } else { 1.0 };
            baselines.learn(&KEY, Nanos(at), log_normal(&mut random, 20.0 * MS as f64 * planted, spread));
        }
        let slow = assess(&baselines, 70 * SECOND, 60_000 * MS).unwrap();
        assert!(slow.severity >= Some(Severity::Minor), "{slow:?} with {spread} from seed {seed}");
        let usual = assess(&baselines, 70 * SECOND, 20 * MS).unwrap();
        assert_eq!(usual.severity, None);
    }
}

#[test]
fn looking_twice_changes_nothing() {
    let mut random = StdRng::seed_from_u64(13);
    let mut baselines = baselines();
    for at in 0..200 {
        baselines.learn(&KEY, Nanos(at * SECOND), log_normal(&mut random, 20.0 * MS as f64, 0.3));
    }
    let before = serde_json::to_string(&baselines).unwrap();
    let first = assess(&baselines, 300 * SECOND, 500 * MS);
    assert!(first.unwrap().severity.is_some());
    for _ in 0..7 {
        assert_eq!(assess(&baselines, 300 * SECOND, 500 * MS), first);
    }
    assert_eq!(serde_json::to_string(&baselines).unwrap(), before);
}

#[test]
fn one_call_of_30_ms_after_seven_looks_at_the_same_trace_is_no_anomaly() {
    let mut baselines = baselines();
    // One trace of ten quick calls.
    for at in 0..10 {
        baselines.learn(&KEY, Nanos(at * SECOND), MS);
    }
    for _look in 0..7 {
        for _ in 0..10 {
            assert_eq!(assess(&baselines, 0, MS), None, "before its own trace nothing was known");
        }
    }
    let assessment = assess(&baselines, 60 * SECOND, 30 * MS);
    assert_eq!(assessment, None, "ten calls are no baseline, however often they were looked at");
}

#[test]
fn a_trace_is_not_compared_with_itself_or_with_what_came_later() {
    let mut baselines = baselines();
    for at in 0..100 {
        baselines.learn(&KEY, Nanos(at * SECOND / 10), MS);
    }
    let alone = assess(&baselines, 20 * SECOND, 50 * MS);
    assert_eq!(alone.unwrap().severity, Some(Severity::Critical));
    for at in 0..1000 {
        baselines.learn(&KEY, Nanos(20 * SECOND + at * SECOND / 10), 50 * MS);
    }
    assert_eq!(assess(&baselines, 20 * SECOND, 50 * MS), alone);
    assert_eq!(assess(&baselines, 0, 50 * MS), None, "at the beginning nothing was known");
}

#[test]
fn the_window_slides() {
    let mut baselines = baselines();
    for at in 0..100 {
        baselines.learn(&KEY, Nanos(at), MS);
    }
    assert!(assess(&baselines, 1800 * SECOND, MS).is_some());
    assert_eq!(assess(&baselines, 2 * 3600 * SECOND, MS), None, "what is older than an hour does not count");
    baselines.forget(Nanos(1800 * SECOND));
    assert_eq!(baselines.len(), 1);
    baselines.forget(Nanos(2 * 3600 * SECOND));
    assert!(baselines.is_empty());
}

#[test]
fn two_halves_merged_in_any_order_are_one_baseline() {
    let mut random = StdRng::seed_from_u64(14);
    let (mut a, mut b, mut all) = (baselines(), baselines(), baselines());
    for _ in 0..20_000 {
        let at = Nanos(random.random_range(0..7200 * SECOND));
        let duration_ns = log_normal(&mut random, 20.0 * MS as f64, 1.0);
        let key = if random.random_bool(0.5) { KEY } else { ("shop", "search", "call") };
        if random.random_bool(0.5) { &mut a } else { &mut b }.learn(&key, at, duration_ns);
        all.learn(&key, at, duration_ns);
    }
    let (mut ab, mut ba) = (a.clone(), b.clone());
    assert!(ab.merge(&b));
    assert!(ba.merge(&a));
    assert_eq!(ab, all);
    assert_eq!(ba, all);
    let other: Baselines<Key> = Baselines::new(WindowShape { longs: 2, ..WindowShape::default() }, 10);
    assert!(!ab.merge(&other), "of another shape");
}

#[test]
fn stored_baselines_are_read_back_as_they_were() {
    let mut baselines: Baselines<(u32, u32, model::Kind)> = Baselines::new(WindowShape::default(), 10);
    for at in 0..100 {
        baselines.learn(&(1, 2, model::Kind::Call), Nanos(at * SECOND), 1 + at as u64);
    }
    let text = serde_json::to_string(&baselines).unwrap();
    assert_eq!(serde_json::from_str::<Baselines<(u32, u32, model::Kind)>>(&text).unwrap(), baselines);
}

#[test]
fn too_many_operations_are_refused_and_counted() {
    let mut baselines: Baselines<u32> = Baselines::new(WindowShape::default(), 2);
    for key in [1, 2, 3, 1, 3] {
        baselines.learn(&key, Nanos(0), MS);
    }
    assert_eq!((baselines.len(), baselines.not_learned()), (2, 2));
}
