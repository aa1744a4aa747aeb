//! Paths, trails and findings of one trace agree with each other, whatever was recorded.

use std::cell::Cell;
use std::collections::BTreeSet;

mod generated;

use engine::{Engine, EngineConfig, QueryError};
use generated::{Act, acts, store_acts, trace_id};
use model::TraceId;
use model::analysis::{AccessFlag, FindingKind, Origin, Thoroughness};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Runs a property over generated traces in one store.
fn over_traces(check: impl AsyncFn(&Engine, TraceId) -> Result<(), TestCaseError>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let dir = tempfile::tempdir().expect("a folder");
    let engine = runtime.block_on(Engine::open(EngineConfig::new(dir.path()))).expect("opens");
    let traces = Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&acts(), |acts| {
        traces.set(traces.get() + 1);
        runtime.block_on(async {
            store_acts(&engine, traces.get(), &acts).await;
            check(&engine, trace_id(traces.get())).await
        })
    });
    runtime.block_on(engine.shutdown());
    outcome.expect("the property holds");
}

#[test]
fn a_trail_marks_what_the_findings_name_and_nothing_else() {
    let races = Cell::new(0);
    let lost = Cell::new(0);
    over_traces(async |engine, trace| {
        let findings = engine.trace_findings(trace, Thoroughness::Linear).await.expect("findings");
        let variables = engine.trace_variables(trace).await.expect("variables");
        let mut named: BTreeSet<(String, String)> = BTreeSet::new();
        for variable in &variables.variables {
            let trail = engine.audit_trail(trace, Some(variable.index), 0).await.expect("a trail");
            prop_assert_eq!(&trail.variable, variable);
            prop_assert_eq!(trail.accesses.len() as u64, trail.accesses_total);
            for (at, access) in trail.accesses.iter().enumerate() {
                for id in &access.findings {
                    named.insert((id.clone(), access.event.to_string()));
                }
                if let Some(Origin::Write(writer)) = access.saw {
                    let writer = &trail.accesses[writer as usize];
                    prop_assert!(writer.kind.is_write() && (writer.number == access.number), "{writer:?} {access:?}");
                }
                prop_assert!(at > 0 || !access.follows_previous);
                if access.flags.contains(&AccessFlag::Race) {
                    races.set(races.get() + 1);
                    let of_site = findings.findings.iter().filter(|it| it.kind == FindingKind::Race).any(|it| {
                        it.subject == variable.name
                            && it
                                .events
                                .iter()
                                .any(|event| event.kind == access.kind && event.location == access.location)
                    });
                    prop_assert!(of_site, "{access:?} races, and no finding is about its place");
                    prop_assert!(!access.findings.is_empty());
                }
            }
        }
        for finding in
            findings.findings.iter().filter(|it| matches!(it.kind, FindingKind::Race | FindingKind::LostUpdate))
        {
            lost.set(lost.get() + usize::from(finding.kind == FindingKind::LostUpdate));
            for event in &finding.events {
                let key = (finding.id.clone(), event.id.to_string());
                prop_assert!(named.contains(&key), "{key:?} of {finding:?} is not in the trail");
            }
        }
        Ok(())
    });
    assert!(races.get() > 100, "{} racing accesses", races.get());
    assert!(lost.get() > 0, "{} lost updates", lost.get());
}

#[test]
fn the_path_is_a_partition_of_the_root_s_duration() {
    let paths = Cell::new(0);
    over_traces(async |engine, trace| {
        let found = engine.trace_performance(trace).await.expect("performance");
        let mut until = found.root_start;
        for segment in &found.path {
            prop_assert_eq!(segment.start, until);
            prop_assert!(segment.end > segment.start);
            prop_assert!((segment.lane as usize) < found.lanes.len());
            until = segment.end;
        }
        prop_assert_eq!(until, found.root_end);
        let exclusive: u64 = found.operations.iter().map(|operation| operation.exclusive_nanos).sum();
        prop_assert_eq!(exclusive, found.root_end.since(found.root_start));
        paths.set(paths.get() + usize::from(found.path.len() > 1));
        let contract = engine.critical_path(trace).await.expect("a path");
        let sum: f64 = contract.path.iter().map(|event| event.duration_ms).sum();
        prop_assert!((sum - contract.total_duration_ms).abs() < 1e-6);
        prop_assert!(contract.percentage_of_total <= 100.0);
        Ok(())
    });
    assert!(paths.get() > 10, "{} paths of several segments", paths.get());
}

async fn opened(dir: &tempfile::TempDir) -> Engine {
    Engine::open(EngineConfig::new(dir.path())).await.expect("opens")
}

const fn access(write: bool, value: u8) -> Act {
    Act::Access { write, atomic: false, variable: 0, place: 1, value }
}

#[tokio::test]
async fn a_long_trail_is_listed_in_parts_that_know_their_numbers() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let acts: Vec<(u8, Act)> = (0..2_500).map(|at| (0, access(at % 2 == 0, (at / 2 % 250) as u8))).collect();
    store_acts(&engine, 1, &acts).await;
    let mut listed = 0;
    for (from, count) in [(0, 1_000), (1_000, 1_000), (2_000, 500), (9_000, 0)] {
        let trail = engine.audit_trail(trace_id(1), None, from).await.expect("a trail");
        assert_eq!((trail.from, trail.accesses.len(), trail.accesses_total), (from, count, 2_500));
        listed += trail.accesses.len();
        for (at, access) in trail.accesses.iter().enumerate().filter(|(_, access)| !access.kind.is_write()) {
            assert_eq!(access.saw, Some(Origin::Write(from + at as u64 - 1)));
        }
    }
    assert_eq!(listed, 2_500);
    let whole = engine.contract_trail(trace_id(1), "v0").await.expect("a trail");
    assert_eq!((whole.accesses.len(), whole.truncated), (2_500, false));
    let beside = engine.contract_trails(trace_id(1)).await.expect("trails");
    assert_eq!(beside.audit_trails["v0"].len(), 1_000);
    assert!(beside.audit_trails_truncated);
    engine.shutdown().await;
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let missing = QueryError::TraceNotFound(trace_id(1));
    assert_eq!(engine.trace_variables(trace_id(1)).await.err(), Some(missing.clone()));
    assert_eq!(engine.trace_performance(trace_id(1)).await.err(), Some(missing));
    store_acts(&engine, 1, &[(0, Act::Lock { lock: 1 })]).await;
    assert_eq!(engine.trace_variables(trace_id(1)).await.expect("variables").variables, []);
    let nothing = engine.audit_trail(trace_id(1), None, 0).await.expect("an empty trail");
    assert_eq!((nothing.accesses.len(), nothing.accesses_total), (0, 0));
    for index in [0, u32::MAX] {
        let index = Some(index);
        let failed = engine.audit_trail(trace_id(1), index, 0).await.err();
        assert!(matches!(failed, Some(QueryError::VariableNotFound(_))), "{failed:?}");
    }
    let performance = engine.trace_performance(trace_id(1)).await.expect("performance");
    assert!(performance.path.is_empty() && performance.notes.iter().any(|note| note.contains("no path to find")));
    engine.shutdown().await;
}

#[tokio::test]
async fn other_traces_are_found_by_the_variable_and_by_the_root_operation() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    for trace in 1..=30 {
        let acts = [(0, Act::Call { duration_us: 40 * trace as u16 }), (0, access(true, 1)), (0, access(false, 1))];
        store_acts(&engine, trace, &acts).await;
    }
    let trail = engine.audit_trail(trace_id(7), None, 0).await.expect("a trail");
    assert_eq!((trail.other_traces.len(), trail.other_traces_total.value), (20, 29));
    assert_eq!((trail.other_traces[0].trace_id, trail.other_traces[0].reads), (trace_id(30), 1));
    assert!(trail.other_traces.iter().all(|other| other.trace_id != trace_id(7)));
    let peers = engine.trace_performance(trace_id(30)).await.expect("performance").peers.expect("peers");
    assert_eq!(peers.operation, "f0");
    assert_eq!(peers.latency.count, 30);
    assert_eq!(peers.histogram.iter().map(|bar| bar.1).sum::<u64>(), 30);
    assert!(peers.rank > 0.8, "{}", peers.rank);
    engine.shutdown().await;
}
