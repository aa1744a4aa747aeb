//! Findings through the engine: generated histories go into a real store, and come out judged.

#[path = "../../analysis/tests/events/mod.rs"]
mod events;

use analysis::Cancel;
use analysis::causal;
use analysis::findings::{Options, find};
use engine::{Engine, EngineConfig, QueryError};
use events::{Client, Recording, access, acquire, release, spawn, uuid};
use model::analysis::{FindingKind, Role, Schedule, Thoroughness};
use model::window::WindowQuery;
use model::wire::decode_batch;
use model::{Seq, TraceId};
use proptest::prelude::*;
use serde_json::{Value, json};

fn trace() -> TraceId {
    uuid(1).parse().expect("an id")
}

async fn opened(dir: &tempfile::TempDir) -> Engine {
    Engine::open(EngineConfig::new(dir.path())).await.expect("opens")
}

async fn store(engine: &Engine, events: &[Value]) {
    let decoded = decode_batch(json!({ "events": events }).to_string().as_bytes()).expect("a batch");
    assert_eq!(decoded.rejected, []);
    engine.ingest(decoded.table).await.expect("stored");
}

/// What tasks do in turns: (task, variable, lock or none, whether it writes).
type Step = (usize, u8, Option<u8>, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((0..3_usize, 0..2_u8, proptest::option::of(0..2_u8), any::<bool>()), 2..16)
}

/// A run of them; `padding` is kept in every value, so that payloads are as large as one likes.
fn recording(steps: &[Step], padding: &str) -> Recording {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a");
    let mut tasks: Vec<Client> = ["one", "two", "three"]
        .map(|id| {
            recording.event(&mut main, 1, spawn(id));
            main.task(id)
        })
        .into();
    let mut values = [json!(0), json!(0)];
    for (at, &(task, variable, lock, writes)) in steps.iter().enumerate() {
        let time = 10 + 3 * at as u64;
        let old = values[variable as usize].clone();
        let new = if writes { json!([at + 1, padding]) } else { old.clone() };
        values[variable as usize] = new.clone();
        let kind = access(if writes { "Write" } else { "Read" }, &format!("x{variable}"), old, new);
        let name = lock.map(|lock| format!("l{lock}"));
        if let Some(name) = &name {
            recording.event(&mut tasks[task], time, acquire(name, "Mutex"));
        }
        recording.event(&mut tasks[task], time + 1, kind);
        recording.last()["kind"]["StateChange"]["location"] = json!(format!("step:{at}"));
        if let Some(name) = &name {
            recording.event(&mut tasks[task], time + 2, release(name, "Mutex"));
        }
    }
    recording
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_stored_in_pieces_and_disorder_is_judged_as_what_was_sent(
        steps in steps(),
        order in any::<proptest::sample::Index>(),
        exact in any::<bool>(),
    ) {
        let recording = recording(&steps, "");
        let table = decode_batch(recording.json().as_bytes()).expect("a batch").table;
        let recorded = causal::history(&table, &Cancel::default()).expect("a history");
        let options = if exact { Options::EXACT } else { Options::LINEAR };
        let expected = find(&recorded, &table, options, &|_| {}, &Cancel::default()).expect("an answer");

        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let dir = tempfile::tempdir().expect("a folder");
            let engine = opened(&dir).await;
            // The later part arrives first.
            let (early, late) = recording.events.split_at(order.index(recording.events.len()));
            for part in [late, early].into_iter().filter(|part| !part.is_empty()) {
                store(&engine, part).await;
            }
            let how = if exact { Thoroughness::Exact } else { Thoroughness::Linear };
            let findings = engine.trace_findings(trace(), how).await.expect("findings");
            let ids = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
            assert_eq!(
                ids(findings.findings.iter().map(|finding| finding.id.as_str()).collect()),
                ids(expected.findings.iter().map(|found| found.id.as_str()).collect())
            );
            assert_eq!(findings.counts, expected.counts);
            assert_eq!(findings.events, recording.events.len() as u64);
            let all = WindowQuery { count: 500, ..WindowQuery::default() };
            let window = engine.window(trace(), &all).await.expect("a window");
            for finding in &findings.findings {
                for event in &finding.events {
                    assert_eq!(window.rows[event.position as usize].id, event.id);
                    assert!(event.kind != model::Kind::Write || event.after.is_some(), "{event:?}");
                }
                if finding.has_schedule {
                    let schedule = engine.schedule(trace(), &finding.id).await.expect("a schedule");
                    assert_eq!(schedule.finding, finding.id);
                    assert!(!schedule.then.is_empty());
                }
            }
            engine.shutdown().await;
        });
    }
}

async fn race_and_schedule(padding: &str) -> (model::analysis::Finding, Schedule) {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let mut steps = vec![(0, 0, None, true), (1, 0, None, true)];
    steps.resize(10, (2, 1, None, true));
    let recording = recording(&steps, padding);
    store(&engine, &recording.events).await;
    let mut findings = engine.trace_findings(trace(), Thoroughness::Linear).await.expect("findings").findings;
    let race = findings.remove(0);
    let schedule = engine.schedule(trace(), &race.id).await.expect("a schedule");
    engine.shutdown().await;
    (race, schedule)
}

#[tokio::test]
async fn values_are_shown_whether_payloads_are_kept_or_read_again() {
    // Together more than what stays in memory with an analysed trace.
    let large = "x".repeat(450 << 10);
    for padding in ["", large.as_str()] {
        let (race, schedule) = race_and_schedule(padding).await;
        assert_eq!((race.kind, race.events[0].role), (FindingKind::Race, Role::First));
        let after = race.events[0].after.as_deref().expect("a value");
        assert!(after.starts_with("[1,\"") && after.chars().count() <= 201, "{}", after.len());
        assert!(schedule.then[0].text.starts_with("write x0 = [1,"), "{}", schedule.then[0].text);
        assert_eq!(schedule.variables[0].value.as_deref(), Some("0"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let missing = engine.trace_findings(trace(), Thoroughness::Linear).await.err();
    assert_eq!(missing, Some(QueryError::TraceNotFound(trace())));
    assert_eq!(engine.schedule(trace(), "0").await.err(), Some(QueryError::TraceNotFound(trace())));
    assert_eq!(engine.trace_anomalies(trace()).await.expect("an answer").anomaly_count, 0);
    store(&engine, &recording(&[(0, 0, None, true)], "").events).await;
    assert_eq!(engine.schedule(trace(), "0").await.err(), Some(QueryError::FindingNotFound("0".into())));
    engine.shutdown().await;
    assert!(engine.trace_findings(trace(), Thoroughness::Linear).await.is_err(), "nothing runs after the end");
}

#[tokio::test]
async fn many_who_ask_cost_one_analysis_and_a_new_version_another() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let recording = recording(&[(0, 0, None, true), (1, 0, None, true), (2, 0, None, true)], "");
    store(&engine, &recording.events[..5]).await;
    let ask = || engine.trace_findings(trace(), Thoroughness::Linear);
    let answers = tokio::join!(ask(), ask(), ask(), ask());
    assert_eq!(answers.0, answers.3);
    assert_eq!(answers.0.expect("findings").version, Seq(1));
    ask().await.expect("findings");
    let kept = |engine: &Engine| {
        let figures = engine.cache_figures().into_iter().find(|figures| figures.name.starts_with("analysed traces"));
        figures.expect("a cache").misses
    };
    assert_eq!(kept(&engine), 1, "one for all of them");
    store(&engine, &recording.events[5..]).await;
    assert_eq!(ask().await.expect("findings").version, Seq(2));
    assert_eq!(kept(&engine), 2);
    engine.shutdown().await;
}
