//! One analysis, several views: what the page of a trace, the trails of its variables, the contract's routes and the
//! findings of the whole store say of generated stores is the same.

mod generated;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::{Engine, EngineConfig, Freshness};
use generated::{Act, acts, store_acts, trace_id};
use model::analysis::{FindingKind, Findings, GlobalRaces, RaceFilter, Reach, Severity, Thoroughness};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What findings are grouped by over all traces, but for their owner: all traces here are of one process.
type Group = (FindingKind, String, Vec<String>);

/// Pairs or instances, and the traces that have them.
type Groups = BTreeMap<Group, (u64, BTreeSet<String>)>;

/// Events that a finding of the store shows.
const SIDES: usize = 4;

/// What was seen, so that a property that holds of nothing is noticed.
#[derive(Default)]
struct Seen {
    within: Cell<u64>,
    across: Cell<u64>,
    deleted: Cell<u64>,
}

fn add(counter: &Cell<u64>, more: u64) {
    counter.set(counter.get() + more);
}

async fn trace_findings(engine: &Engine, traces: &[u128]) -> Vec<(u128, Findings)> {
    let mut all = Vec::new();
    for &trace in traces {
        let found = engine.trace_findings(trace_id(trace), Thoroughness::Linear).await.expect("findings");
        assert!(found.findings.len() as u64 == found.counts.total(), "a small trace lists all it has");
        all.push((trace, found));
    }
    all
}

fn of_traces(all: &[(u128, Findings)]) -> Groups {
    let mut groups = Groups::new();
    for (trace, found) in all {
        for finding in found.findings.iter().filter(|finding| finding.kind != FindingKind::Slow) {
            let mut places: Vec<String> = finding
                .events
                .iter()
                .take(SIDES)
                .map(|event| format!("{} {}", event.kind.label(), event.location))
                .collect();
            places.sort();
            let group = groups.entry((finding.kind, finding.subject.clone(), places)).or_default();
            group.0 += finding.count.value;
            group.1.insert(trace_id(*trace).to_string());
        }
    }
    groups
}

fn of_store(races: &GlobalRaces) -> Groups {
    let mut groups = Groups::new();
    for finding in races.findings.iter().filter(|finding| finding.reach == Reach::Within) {
        let mut places: Vec<String> =
            finding.sides.iter().map(|side| format!("{} {}", side.kind.label(), side.location)).collect();
        places.sort();
        let group = groups.entry((finding.kind, finding.subject.clone(), places)).or_default();
        group.0 += finding.count.value;
        group.1.extend(finding.traces.iter().map(ToString::to_string));
    }
    groups
}

/// The contract's answers and trails of one trace say what its findings say.
async fn check_trace(engine: &Engine, trace: u128, found: &Findings) -> Result<(), TestCaseError> {
    let analysis = engine.trace_analysis(trace_id(trace)).await.expect("an analysis");
    let races = found.findings.iter().filter(|finding| finding.kind == FindingKind::Race);
    prop_assert_eq!(analysis.potential_races, races.clone().map(|finding| finding.count.value).sum::<u64>());
    let in_races: BTreeSet<String> =
        races.flat_map(|finding| &finding.events).map(|event| event.id.to_string()).collect();
    let mut marked = BTreeSet::new();
    for variable in ["v0", "v1"] {
        let trail = engine.contract_trail(trace_id(trace), variable).await.expect("a trail");
        marked.extend(trail.accesses.iter().filter(|access| access.is_race).map(|access| access.event_id.clone()));
    }
    prop_assert!(in_races.is_subset(&marked), "{in_races:?} are not all marked in {marked:?}");
    prop_assert_eq!(in_races.is_empty(), marked.is_empty(), "marked without a finding: {:?}", marked);
    Ok(())
}

/// Everything the store says, after the traces of `numbers` are all there is.
async fn check_store(engine: &Engine, numbers: &[u128], seen: &Seen) -> Result<(), TestCaseError> {
    let traces = trace_findings(engine, numbers).await;
    for (trace, found) in &traces {
        check_trace(engine, *trace, found).await?;
    }
    let races = settled(engine, numbers.len() as u64).await;
    prop_assert_eq!(races.summary.as_of, engine.head());
    prop_assert!(races.total.value == races.findings.len() as u64, "a small store lists all it has");
    prop_assert_eq!(of_store(&races), of_traces(&traces));
    let within = |finding: &&model::analysis::GlobalFinding| finding.reach == Reach::Within;
    for finding in races.findings.iter().filter(within) {
        let first = traces.iter().find(|(trace, _)| trace_id(*trace) == finding.traces[0]);
        let ids: Vec<&str> = first.iter().flat_map(|(_, found)| &found.findings).map(|it| it.id.as_str()).collect();
        prop_assert!(finding.in_trace.as_deref().is_some_and(|id| ids.contains(&id)), "{finding:?} leads nowhere");
    }
    let analysis = engine.global_analysis(Freshness::Cached).await.expect("an analysis").value;
    let headline = |finding: &&model::analysis::GlobalFinding| {
        finding.kind == FindingKind::Race && finding.severity >= Severity::Warning
    };
    let pairs: u64 = races.findings.iter().filter(headline).map(|finding| finding.count.value).sum();
    prop_assert_eq!(analysis.potential_races, pairs);
    let variables = engine.racing_variables(Freshness::Cached).await.expect("variables").value;
    let named: BTreeSet<&str> = variables.races.iter().map(|race| race.variable.as_str()).collect();
    let found: BTreeSet<&str> = races
        .findings
        .iter()
        .filter(|finding| matches!(finding.kind, FindingKind::Race | FindingKind::LostUpdate))
        .filter(|finding| finding.severity >= Severity::Warning)
        .map(|finding| finding.subject.as_str())
        .collect();
    prop_assert_eq!(named, found, "variables of {:#?}", races.findings);
    add(&seen.within, races.findings.iter().filter(within).count() as u64);
    add(&seen.across, races.findings.iter().filter(|finding| !within(finding)).count() as u64);
    Ok(())
}

/// The store's findings, once what was deleted is forgotten.
async fn settled(engine: &Engine, n_traces: u64) -> GlobalRaces {
    loop {
        let races = engine.global_races_aged(&RaceFilter::default(), Freshness::Bypass).await.expect("an answer").value;
        if races.summary.traces == n_traces {
            return races;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn check_case(traces: &[Vec<(u8, Act)>], seen: &Seen) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = Engine::open(EngineConfig::new(dir.path())).await.expect("opens");
    let mut numbers = Vec::new();
    for (at, acts) in traces.iter().enumerate() {
        let trace = at as u128 + 1;
        store_acts(&engine, trace, acts).await;
        numbers.push(trace);
    }
    check_store(&engine, &numbers, seen).await?;
    // The oldest go: what others share with them stays.
    while numbers.len() > 1 {
        engine.delete_trace(trace_id(numbers.remove(0))).await.expect("deleted");
        add(&seen.deleted, 1);
        check_store(&engine, &numbers, seen).await?;
    }
    engine.shutdown().await;
    Ok(())
}

#[test]
fn the_page_of_a_trace_the_trails_and_the_findings_of_the_store_agree() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let seen = Seen::default();
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    // The same acts in several traces are the same findings in them; some are of their own.
    let stores = (acts(), 1..4_usize, prop::collection::vec(acts(), 0..2)).prop_map(|(common, times, others)| {
        let mut traces = vec![common; times];
        traces.extend(others);
        traces
    });
    let outcome = runner.run(&stores, |traces| runtime.block_on(check_case(&traces, &seen)));
    outcome.expect("the views agree");
    assert!(seen.within.get() > 50, "{} findings inside traces", seen.within.get());
    assert!(seen.across.get() > 50, "{} findings between traces", seen.across.get());
    assert!(seen.deleted.get() > 20, "{} traces deleted", seen.deleted.get());
}
