//! Roll-ups, baselines, slow events, hot variables: what a commit adds, and that nothing else changes it.

use std::path::Path;
use std::process::Command;

use crate::support::{Sent, batch, event_id, trace_id};
use model::analysis::{HotCall, HotVariable, Severity};
use model::{Head, Kind, Nanos};
use proptest::prelude::*;
use serde_json::json;
use store::{OperationStatistics, ServiceMinute, Store, StoreOptions, Writer, open};

/// A minute begins here.
const MINUTE: i64 = 30_000_000;

/// So many seconds after it began.
fn at(seconds: i64) -> Nanos {
    Nanos((MINUTE * 60 + seconds) * 1_000_000_000)
}

async fn opened(dir: &Path) -> (Store, Writer) {
    open(&StoreOptions::new(dir)).await.expect("opens")
}

/// A query that took so long.
fn query(trace: u64, id: u64, ms: f64) -> Sent {
    let query = json!({"DatabaseQuery": {"query": "SELECT score FROM models", "database": "d", "duration_ms": ms}});
    Sent::new(trace, id).kind(query)
}

fn access(trace: u64, id: u64, variable: &str, write: bool) -> Sent {
    let access = if write { "Write" } else { "Read" };
    Sent::new(trace, id).kind(json!({"StateChange": {
        "variable": variable, "old_value": 1, "new_value": 2, "location": "a.rs:1", "access_type": access}}))
}

async fn commit(writer: &mut Writer, events: &[Sent], now: Nanos) -> u64 {
    writer.commit(&[batch(events)], now).await.expect("commits").batches[0].stored
}

/// Sixty traces of one query each, of about 10 ms, one a second from second 0.
async fn learn(writer: &mut Writer) {
    for n in 0..60 {
        let ms = 10.0 + (n % 7) as f64 / 20.0;
        assert_eq!(commit(writer, &[query(100 + n, 100 + n, ms)], at(n as i64)).await, 1);
    }
}

/// All figures there are.
#[derive(Debug, PartialEq)]
struct Figures {
    operations: Vec<OperationStatistics>,
    services: Vec<ServiceMinute>,
    minutes: Vec<(i64, u64)>,
    latency: Vec<(u16, u64)>,
    variables: Vec<HotVariable>,
    calls: Vec<HotCall>,
}

async fn figures(store: &Store) -> Figures {
    let (first, last) = (MINUTE - 60, MINUTE + 60);
    let mut operations = store.operation_statistics(first, last).await.expect("reads");
    operations.sort_by_key(|one| (one.service.clone(), one.operation.clone(), one.kind));
    let (variables, calls, _) = store.hotspots(10).await.expect("reads");
    Figures {
        operations,
        services: store.service_minutes(first, last).await.expect("reads"),
        minutes: store.trace_minutes(first, last).await.expect("reads"),
        latency: store.trace_latency().await.expect("reads").buckets().to_vec(),
        variables,
        calls,
    }
}

#[tokio::test]
async fn a_slow_call_is_told_once_and_kept_with_its_trace() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(dir.path()).await;
    learn(&mut writer).await;
    commit(&mut writer, &[query(1, 1, 80.0), query(1, 2, 10.4)], at(70)).await;
    let slow = store.slow_events(trace_id(1), 10).await.expect("reads");
    assert_eq!(slow.len(), 1, "{slow:?}");
    let one = &slow[0];
    assert_eq!((one.event, one.kind, one.severity), (event_id(1), Kind::Query, Severity::Critical));
    assert_eq!((one.service.as_str(), one.operation.as_str()), ("bank", "SELECT score FROM models"));
    assert_eq!((one.slow.duration_nanos, one.slow.learned, one.slow.deciles_nanos.len()), (80_000_000, 60, 9));
    assert!(one.slow.expected_nanos.abs_diff(10_150_000) < 110_000, "{one:?}");
    assert!(one.slow.deciles_nanos.is_sorted());

    // Neither looking nor sending it again changes anything; what is learned later does not either.
    assert_eq!(commit(&mut writer, &[query(1, 1, 80.0)], at(71)).await, 0);
    let many: Vec<Sent> = (0..500).map(|n| query(2, 2_000 + n, 90.0)).collect();
    commit(&mut writer, &many, at(72)).await;
    assert_eq!(store.slow_events(trace_id(1), 10).await.expect("reads"), slow);
    assert_eq!(store.slow_events(trace_id(2), 1_000).await.expect("reads").len(), 500);
    assert!(writer.remove_trace(trace_id(1)).await.expect("removes"));
    assert_eq!(store.slow_events(trace_id(1), 10).await.expect("reads"), []);
}

#[tokio::test]
async fn a_trace_is_compared_with_what_was_known_before_its_first_event_came() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(dir.path()).await;
    commit(&mut writer, &[Sent::new(1, 1)], at(0)).await;
    learn(&mut writer).await;
    commit(&mut writer, &[query(1, 2, 80.0)], at(70)).await;
    assert_eq!(store.slow_events(trace_id(1), 10).await.expect("reads"), []);
    // Also when the trace was forgotten meanwhile.
    store.close().await;
    writer.close().await.expect("closes");
    let (store, mut writer) = opened(dir.path()).await;
    commit(&mut writer, &[query(1, 3, 80.0), query(3, 3, 80.0)], at(80)).await;
    assert_eq!(store.slow_events(trace_id(1), 10).await.expect("reads"), []);
    assert_eq!(store.slow_events(trace_id(3), 10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn fewer_than_fifty_calls_are_no_baseline_and_a_trace_is_none_for_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(dir.path()).await;
    for n in 0..49 {
        commit(&mut writer, &[query(100 + n, 100 + n, 1.0)], at(n as i64)).await;
    }
    let mut one_trace: Vec<Sent> = (0..100).map(|n| query(1, 1_000 + n, 1.0)).collect();
    one_trace.push(query(1, 1, 30.0));
    commit(&mut writer, &one_trace, at(60)).await;
    assert_eq!(store.slow_events(trace_id(1), 10).await.expect("reads"), []);
}

#[tokio::test]
async fn resends_and_restarts_change_no_figure() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(dir.path()).await;
    learn(&mut writer).await;
    let mixed: Vec<Sent> = (1..=40)
        .map(|id| match id % 4 {
            0 => query(id % 5 + 1, id, id as f64).of("ledger"),
            1 => access(id % 5 + 1, id, "balance", id % 8 == 1),
            2 => access(id % 5 + 1, id, "limit", false).of("ledger"),
            _ => query(id % 5 + 1, id, 0.3),
        })
        .collect();
    commit(&mut writer, &mixed, at(65)).await;
    let before = figures(&store).await;
    assert_eq!(before.latency.iter().map(|&(_, traces)| traces).sum::<u64>(), 65);
    assert_eq!(before.minutes, [(MINUTE, 60), (MINUTE + 1, 5)]);
    for _ in 0..2 {
        assert_eq!(commit(&mut writer, &mixed, at(66)).await, 0);
        assert_eq!(figures(&store).await, before);
    }
    store.close().await;
    writer.close().await.expect("closes");

    let (store, mut writer) = opened(dir.path()).await;
    assert_eq!(commit(&mut writer, &mixed, at(67)).await, 0);
    assert_eq!(figures(&store).await, before);
    // Within the same minute the roll-up goes on where it was; the baseline is there again.
    commit(&mut writer, &[query(9, 900, 10.0)], at(68)).await;
    let after = figures(&store).await;
    let count = |figures: &Figures| figures.operations.iter().map(|one| one.sketch.count()).sum::<u64>();
    assert_eq!(count(&after), count(&before) + 1);
    commit(&mut writer, &[query(10, 1_000, 80.0)], at(130)).await;
    let slow = store.slow_events(trace_id(10), 10).await.expect("reads");
    assert_eq!(slow.len(), 1);
    assert_eq!(slow[0].slow.learned, 60 + 10 + 1, "all of this operation in service bank");
}

#[tokio::test]
async fn a_deleted_trace_leaves_the_figures_as_though_it_had_never_come() {
    let of_trace = |trace: u64| -> Vec<Sent> {
        let first = trace * 100;
        let call = json!({"HttpRequest": {"method": "GET", "url": "/x", "headers": {}}});
        vec![
            access(trace, first + 1, "balance", true),
            access(trace, first + 2, &format!("own:{trace}"), false),
            Sent::new(trace, first + 3).kind(call.clone()).in_span("aa", None).of("gateway"),
            Sent::new(trace, first + 4).kind(call).in_span("bb", Some("aa")).of("ledger").at(trace as i64 * 1_000),
        ]
    };
    let (with, without) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (store, mut writer) = opened(with.path()).await;
    let (other_store, mut other_writer) = opened(without.path()).await;
    for trace in 1..=4 {
        commit(&mut writer, &of_trace(trace), at(1)).await;
        if trace != 3 {
            commit(&mut other_writer, &of_trace(trace), at(1)).await;
        }
    }
    // A late event moves its trace to another duration.
    commit(&mut writer, &[Sent::new(2, 9_999).at(60_000)], at(2)).await;
    commit(&mut other_writer, &[Sent::new(2, 9_999).at(60_000)], at(2)).await;
    assert!(writer.remove_trace(trace_id(3)).await.expect("removes"));
    let (found, expected) = (figures(&store).await, figures(&other_store).await);
    assert_eq!(found.latency, expected.latency);
    assert_eq!(found.variables, expected.variables);
    assert_eq!(found.calls, expected.calls);
    assert_eq!(found.variables[0].traces, 3);
    assert_eq!(store.slowest_traces(1).await.expect("reads")[0].trace_id, trace_id(2));
}

#[tokio::test]
async fn a_response_is_measured_by_its_request_though_that_came_commits_before() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(dir.path()).await;
    let request = |id, url: &str| {
        Sent::new(1, id).kind(json!({"HttpRequest": {"method": "GET", "url": url, "headers": {}}})).in_span("aa", None)
    };
    let response = |id, ms: u64| {
        let response = json!({"HttpResponse": {"status": 200, "headers": {}, "duration_ms": ms}});
        Sent::new(1, id).kind(response).in_span("aa", None)
    };
    let together = [request(1, "/in").at(0), request(2, "/out").below(1).at(5), response(3, 10).below(2).at(15)];
    commit(&mut writer, &together, at(0)).await;
    commit(&mut writer, &[Sent::new(1, 4).below(3).in_span("aa", None)], at(1)).await;
    commit(&mut writer, &[response(5, 100).below(4).at(100)], at(2)).await;
    // One that answers nothing that is known is counted with the rest.
    commit(&mut writer, &[response(6, 7).at(900)], at(3)).await;
    let mut names: Vec<(String, u64)> = figures(&store)
        .await
        .operations
        .into_iter()
        .map(|one| (one.operation, one.sketch.quantile(1.0).expect("something").round() as u64 / 1_000_000))
        .collect();
    names.sort();
    let about: Vec<(&str, bool)> = names.iter().map(|(name, ms)| (name.as_str(), (6..=101).contains(ms))).collect();
    assert_eq!(about, [("", true), ("GET /in", true), ("GET /out", true)], "{names:?}");
    assert!(names[1].1 > 90 && names[2].1 < 12, "{names:?}");
}

#[tokio::test]
async fn operations_without_end_are_counted_together() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(dir.path()).await;
    for part in 0..11_u64 {
        let events: Vec<Sent> = (0..100)
            .map(|n| {
                let name = format!("work_{part}_{n}");
                let query = format!("SELECT {name} FROM t");
                Sent::new(part + 1, part * 100 + n + 1)
                    .kind(json!({"DatabaseQuery": {"query": query, "database": "d", "duration_ms": 5}}))
            })
            .collect();
        commit(&mut writer, &events, at(part as i64)).await;
    }
    let operations = figures(&store).await.operations;
    assert_eq!(operations.len(), 1_001);
    assert_eq!((operations[0].operation.as_str(), operations[0].sketch.count()), ("", 100));
    assert_eq!(operations.iter().map(|one| one.sketch.count()).sum::<u64>(), 1_100);
}

fn sql(dir: &Path, statement: &str) -> String {
    let output = Command::new("sqlite3").arg(dir.join("raceway.db")).arg(statement).output().expect("sqlite3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[tokio::test]
async fn minutes_become_hours_and_end_after_a_week() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_store, mut writer) = opened(dir.path()).await;
    for minute in 0..5_i64 {
        commit(&mut writer, &[query(1, minute as u64 + 1, 10.0)], at(minute * 60)).await;
    }
    let rows = || sql(dir.path(), "SELECT width, count(*), sum(length(sketch)) FROM operation_rollup GROUP BY width");
    assert_eq!(rows().split('|').take(2).collect::<Vec<_>>(), ["1", "5"]);
    while writer.fold_statistics(at(3 * 3_600)).await.expect("folds") {}
    assert_eq!(rows().split('|').take(2).collect::<Vec<_>>(), ["1", "5"], "younger than three hours");
    while writer.fold_statistics(at(3 * 3_600 + 120)).await.expect("folds") {}
    let lines = rows();
    let widths: Vec<String> = lines.lines().map(|line| line.split('|').take(2).collect::<Vec<_>>().join("|")).collect();
    assert_eq!(widths, ["1|3", "60|1"]);
    while writer.fold_statistics(at(4 * 3_600)).await.expect("folds") {}
    // Five durations in one bucket: its number in two bytes, the count in one.
    assert_eq!(rows(), "60|1|3");
    while writer.fold_statistics(at(8 * 86_400)).await.expect("folds") {}
    assert_eq!(rows(), "");
    assert_eq!(
        sql(dir.path(), "SELECT (SELECT count(*) FROM minute_rollup) + (SELECT count(*) FROM trace_rollup)"),
        "0"
    );
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_opened_and_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let migrations = tempfile::tempdir().expect("a folder");
    let first = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite/0001_spine.sql");
    std::fs::copy(first, migrations.path().join("0001_spine.sql")).expect("copies");
    {
        use sqlx::{ConnectOptions as _, Connection as _};
        let options = sqlx::sqlite::SqliteConnectOptions::new();
        let mut connection = options
            .filename(dir.path().join("raceway.db"))
            .create_if_missing(true)
            .auto_vacuum(sqlx::sqlite::SqliteAutoVacuum::Incremental)
            .connect()
            .await
            .expect("connects");
        let migrator = sqlx::migrate::Migrator::new(migrations.path()).await.expect("reads");
        migrator.run(&mut connection).await.expect("migrates");
        sqlx::raw_sql(
            "INSERT INTO log_head VALUES (1, 77, 5, 3, 2);
             INSERT INTO name VALUES (1, 1, 'bank'), (2, 2, 'test'), (3, 3, 'work'), (4, 4, 'balance');
             INSERT INTO trace VALUES
                (1, x'ace00000000000000000000000000001', 5, 9000, 2, 0, 1000, 5001000, 1000, 1, 3, 2, '[\"bank\"]'),
                (2, x'ace00000000000000000000000000002', 5, 9000, 1, 0, 1000, 1000, 1000, 1, 3, 2, '[\"bank\"]');
             INSERT INTO service VALUES (1, 3, 0, 2, 9000);
             INSERT INTO variable_use VALUES (4, 1, 2, 1), (4, 2, 0, 1);",
        )
        .execute(&mut connection)
        .await
        .expect("inserts");
        connection.close().await.expect("closes");
    }
    let (store, mut writer) = opened(dir.path()).await;
    let before = figures(&store).await;
    assert_eq!(before.latency.iter().map(|&(_, traces)| traces).sum::<u64>(), 2);
    let balance = &before.variables[0];
    assert_eq!((balance.name.as_str(), balance.reads, balance.writes, balance.traces), ("balance", 2, 2, 2));
    assert_eq!(store.counters().await.expect("reads").head, Head { epoch: 77, seq: model::Seq(5) });
    // Its traces grow, and learn like new ones.
    commit(&mut writer, &[access(2, 50, "balance", false), query(2, 51, 4.0)], at(0)).await;
    let after = figures(&store).await;
    assert_eq!((after.variables[0].reads, after.variables[0].traces), (3, 2));
    assert_eq!(after.latency.iter().map(|&(_, traces)| traces).sum::<u64>(), 2);
    assert_eq!(after.operations.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn quantiles_of_random_batches_are_within_one_percent(
        batches in proptest::collection::vec((0..3_000_i64, proptest::collection::vec(1_u64..10_000_000_000, 1..60)), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let dir = tempfile::tempdir().expect("a folder");
            let (store, mut writer) = opened(dir.path()).await;
            let (mut id, mut all) = (0, Vec::new());
            for (second, durations) in &batches {
                let events: Vec<Sent> = durations.iter().map(|&nanos| {
                    id += 1;
                    query(id, id, nanos as f64 / 1e6)
                }).collect();
                commit(&mut writer, &events, at(*second)).await;
                all.extend_from_slice(durations);
            }
            all.sort_unstable();
            let found = figures(&store).await;
            prop_assert_eq!(found.operations.len(), 1);
            let latency = store.trace_latency().await.expect("reads");
            for sketch in [&found.operations[0].sketch, &latency] {
                prop_assert_eq!(sketch.count(), all.len() as u64);
                for q in [0.5, 0.95, 0.99] {
                    let exact = all[(q * (all.len() - 1) as f64).floor() as usize] as f64;
                    let estimate = sketch.quantile(q).expect("something");
                    prop_assert!((estimate - exact).abs() <= exact * 0.010_001 + 1.0, "p{q}: {estimate} for {exact}");
                }
            }
            Ok(())
        })?;
    }
}
