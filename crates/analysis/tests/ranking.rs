//! Root causes: the planted one comes first, and none is found where there is none.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

use analysis::Cancel;
use analysis::ranking::{CallRecord, Cause, Limits, OwnPart, Ranked, Ranking, Symptom, TraceGroup, own_parts};
use analysis::spans::{SpanForest, SpanForestBuilder, SpanRecord, critical_paths};
use model::Nanos;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const MS: u64 = 1_000_000;

struct Call {
    service: &'static str,
    operation: &'static str,
    own: OwnPart,
    attributes: Vec<(&'static str, String)>,
}

fn add(ranking: &mut Ranking, group: TraceGroup, calls: &[Call]) {
    let attributes: Vec<Vec<(&str, &str)>> = calls
        .iter()
        .map(|call| call.attributes.iter().map(|(name, value)| (*name, value.as_str())).collect())
        .collect();
    let records = calls.iter().zip(&attributes).map(|(call, attributes)| CallRecord {
        service: call.service,
        operation: call.operation,
        own: call.own,
        attributes,
    });
    ranking.add(group, records);
}

fn finish(ranking: Ranking) -> Ranked {
    ranking.finish(&Limits::default(), &Cancel::default()).unwrap()
}

/// A request through three services, with attributes that say nothing.
fn usual(random: &mut StdRng) -> Vec<Call> {
    let mut call = |service, operation| Call {
        service,
        operation,
        own: OwnPart { self_ns: 10 * MS + random.random_range(0..4 * MS), failed: false },
        attributes: vec![
            ("zone", random.random_range(0..3).to_string()),
            ("version", "1".to_owned()),
            ("user", random.random_range(0..100_000).to_string()),
        ],
    };
    vec![call("shop", "checkout"), call("payment", "charge"), call("stock", "reserve")]
}

fn names(cause: &Cause) -> (&str, &str, Option<(&str, &str)>, Symptom) {
    let attribute = cause.attribute.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
    (&cause.service, &cause.operation, attribute, cause.symptom)
}

#[test]
fn a_slow_version_of_one_operation_comes_first() {
    let mut random = StdRng::seed_from_u64(1);
    let mut ranking = Ranking::default();
    let (mut n_suspects, mut n_bad) = (0, 0);
    for at in 0..600 {
        let mut calls = usual(&mut random);
        // In the bad period a fifth runs version 2, which is slow when it charges.
        let bad = at >= 300;
        let version_2 = bad && random.random_bool(0.2);
        n_bad += u64::from(bad);
        if version_2 {
            calls[1].own.self_ns *= 10;
            calls[1].attributes[1].1 = "2".to_owned();
        }
        n_suspects += u64::from(version_2);
        let group = if version_2 { TraceGroup::Suspect } else { TraceGroup::Other };
        add(&mut ranking, group, &calls);
    }
    let ranked = finish(ranking);
    assert!(n_suspects < n_bad && ranked.complete);
    assert_eq!((ranked.suspects, ranked.others), (n_suspects, 600 - n_suspects));
    let first = &ranked.causes[0];
    assert_eq!(names(first), ("payment", "charge", None, Symptom::Slow));
    assert_eq!((first.traces.suspects_with, first.traces.others_with), (n_suspects, 0));
    assert!(first.extra_ns > 80 * MS as i64);
    // The version says as much, and is there too; zones and users are not.
    let version = Some(("version", "2"));
    assert!(ranked.causes.iter().any(|cause| names(cause) == ("payment", "charge", version, Symptom::Present)));
    let slow_version = |cause: &Cause| names(cause) == ("payment", "charge", version, Symptom::Slow);
    assert!(!ranked.causes.iter().any(slow_version), "that it was slow says it all");
    let innocent = |cause: &Cause| cause.attribute.as_ref().is_some_and(|(name, _)| name == "user");
    assert!(!ranked.causes.iter().any(innocent), "one user a trace explains nothing");
    assert!(ranked.causes.iter().all(|cause| cause.service == "payment"), "{:#?}", ranked.causes);
}

#[test]
fn a_failing_zone_comes_before_the_operation_it_fails_in() {
    let mut random = StdRng::seed_from_u64(2);
    let mut ranking = Ranking::default();
    for at in 0..600 {
        let mut calls = usual(&mut random);
        let zone_2 = calls[2].attributes[0].1 == "2";
        let failed = at >= 300 && zone_2;
        // Elsewhere the operation fails now and then, without the trace failing.
        calls[2].own.failed = failed || (!zone_2 && random.random_bool(0.05));
        add(&mut ranking, if failed { TraceGroup::Suspect } else { TraceGroup::Other }, &calls);
    }
    let ranked = finish(ranking);
    let order: Vec<_> = ranked.causes.iter().take(2).map(names).collect();
    let zone = Some(("zone", "2"));
    assert_eq!(order, [("stock", "reserve", zone, Symptom::Failed), ("stock", "reserve", None, Symptom::Failed)]);
}

#[test]
fn where_nothing_differs_nothing_is_found() {
    let mut n_found = 0;
    for seed in 0..50 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut ranking = Ranking::default();
        for _ in 0..200 {
            let group = if random.random_bool(0.2) { TraceGroup::Suspect } else { TraceGroup::Other };
            add(&mut ranking, group, &usual(&mut random));
        }
        n_found += usize::from(!finish(ranking).causes.is_empty());
    }
    assert!(n_found <= 2, "{n_found} of 50, where one in a hundred is to be expected at most");
}

#[test]
fn what_all_have_or_nobody_has_is_no_cause() {
    let ranked = finish(Ranking::default());
    assert_eq!((ranked.causes.len(), ranked.suspects, ranked.others), (0, 0, 0));
    let mut random = StdRng::seed_from_u64(3);
    let mut ranking = Ranking::default();
    for _ in 0..50 {
        add(&mut ranking, TraceGroup::Suspect, &usual(&mut random));
    }
    assert_eq!(finish(ranking).causes, [], "with nothing to compare with");
}

#[test]
fn too_many_candidates_are_said() {
    let mut random = StdRng::seed_from_u64(4);
    let mut ranking = Ranking::default();
    (0..50).for_each(|_| add(&mut ranking, TraceGroup::Other, &usual(&mut random)));
    let limits = Limits { candidates: 20, ..Limits::default() };
    assert!(!ranking.finish(&limits, &Cancel::default()).unwrap().complete);
}

fn request(database_ms: i64, failed: bool) -> SpanForest {
    let mut builder = SpanForestBuilder::default();
    let end = 20 + database_ms;
    for (id, parent, start, end, failed) in [
        ("handler", None, 0, end, failed),
        ("query", Some("handler"), 10, end - 5, failed),
        ("log", Some("handler"), 10, 12, false),
    ] {
        let (start, end) = (Nanos(start * MS as i64), Nanos(end * MS as i64));
        builder.push(SpanRecord {
            id,
            parent,
            start,
            end,
            operation: id,
            service: "s",
            failed,
            ..SpanRecord::default()
        });
    }
    builder.finish()
}

#[test]
fn time_and_failure_belong_to_the_span_they_began_in() {
    let forest = request(30, true);
    let parts = own_parts(&forest, &critical_paths(&forest, &Cancel::default()).unwrap());
    let part = |id: &str| parts[forest.find(id).unwrap() as usize];
    assert_eq!(part("handler"), OwnPart { self_ns: 15 * MS, failed: false });
    assert_eq!(part("query"), OwnPart { self_ns: 35 * MS, failed: true });
    assert_eq!(part("log"), OwnPart::default());
}

#[test]
fn of_spans_the_one_that_waited_is_not_blamed() {
    let mut ranking = Ranking::default();
    for at in 0..200 {
        let slow = at >= 150;
        let forest = request(if slow { 500 } else { 30 + at % 5 }, false);
        let parts = own_parts(&forest, &critical_paths(&forest, &Cancel::default()).unwrap());
        let calls = forest.spans.iter().zip(&parts).map(|(span, own)| CallRecord {
            service: &forest.services[span.service as usize],
            operation: &forest.operations[span.operation as usize],
            own: *own,
            attributes: &[],
        });
        ranking.add(if slow { TraceGroup::Suspect } else { TraceGroup::Other }, calls);
    }
    let ranked = finish(ranking);
    let found: Vec<_> = ranked.causes.iter().map(names).collect();
    assert_eq!(found, [("s", "query", None, Symptom::Slow)]);
    assert_eq!(ranked.causes[0].traces.suspects_with, 50);
}
