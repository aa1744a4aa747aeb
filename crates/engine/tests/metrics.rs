//! Figures over a real store: the last hour, hotspots, services, slow events.

#[path = "../../store/tests/store/support.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use std::time::Duration;

use engine::{Engine, EngineConfig, Freshness};
use model::analysis::Severity;
use model::list::Dashboard;
use serde_json::json;
use support::{Sent, batch, event_id, trace_id};

async fn opened(dir: &tempfile::TempDir) -> Engine {
    Engine::open(EngineConfig::new(dir.path())).await.expect("opens")
}

fn query(trace: u64, id: u64, ms: f64) -> Sent {
    let query = json!({"DatabaseQuery": {"query": "SELECT score FROM models", "database": "d", "duration_ms": ms}});
    Sent::new(trace, id).kind(query)
}

fn response(trace: u64, id: u64, status: u16) -> Sent {
    Sent::new(trace, id).kind(json!({"HttpResponse": {"status": status, "headers": {}, "duration_ms": 20}}))
}

/// Figures rest for as long as making them took, and twenty times that: they come within seconds.
async fn with_figures(engine: &Engine) -> Dashboard {
    let waiting = async {
        loop {
            let dashboard = engine.dashboard().await.expect("a dashboard");
            if !dashboard.figures.is_empty() {
                return dashboard;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("figures come")
}

#[tokio::test]
async fn the_dashboard_has_the_figures_of_what_was_just_stored() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    assert!(engine.dashboard().await.expect("a dashboard").figures.is_empty());
    let events: Vec<Sent> = (1..=100).map(|id| query(id % 10 + 1, id, id as f64)).collect();
    engine.ingest(batch(&events)).await.expect("stored");
    let dashboard = with_figures(&engine).await;
    let bank = &dashboard.figures[0];
    assert_eq!((bank.name.as_str(), bank.events, bank.traces, bank.health.as_str()), ("bank", 100, 10, "healthy"));
    assert_eq!((bank.latency.count, bank.rate.len(), bank.rate.iter().sum::<u32>()), (100, 60, 100));
    for (found, exact) in [(bank.latency.p50, 50e6), (bank.latency.p95, 95e6), (bank.latency.p99, 99e6)] {
        assert!((found as f64 - exact).abs() <= exact * 0.0101, "{found} for {exact}");
    }
    assert!((bank.latency.mean - 50.5e6).abs() < 50.5e4, "{:?}", bank.latency);
    let operation = &dashboard.slow_operations[0];
    assert_eq!((operation.operation.as_str(), operation.latency.count), ("SELECT score FROM models", 100));
    engine.shutdown().await;
}

#[tokio::test]
async fn metrics_honour_their_limit_and_say_how_old_they_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let events: Vec<Sent> = (1..=30).map(|id| query(id, id, id as f64)).collect();
    engine.ingest(batch(&events)).await.expect("stored");
    let few = engine.performance(3, Freshness::Cached).await.expect("figures");
    assert_eq!(few.value.latency.slowest.len(), 3);
    assert_eq!(few.value.latency.slowest[0].trace_id, trace_id(30));
    assert_eq!(few.value.latency.slowest[0].duration_nanos, 30_000_000);
    assert_eq!((few.value.latency.all.count, few.as_of), (30, engine.head()));
    engine.ingest(batch(&[query(31, 31, 31.0)])).await.expect("stored");
    let many = engine.performance(500, Freshness::Cached).await.expect("figures");
    assert_eq!((many.value.latency.slowest.len(), many.as_of), (30, few.as_of), "the slot serves every limit");
    let fresh = engine.performance(500, Freshness::Bypass).await.expect("figures");
    assert_eq!((fresh.value.latency.slowest.len(), fresh.as_of), (31, engine.head()));
    assert!(fresh.value.events_per_second > 0.0 && fresh.value.seconds <= 3_600.0);
    engine.shutdown().await;
}

#[tokio::test]
async fn hotspots_are_the_most_used_and_live_for_half_a_minute() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let access = |id: u64, variable: u64, service| {
        let change = json!({"variable": format!("v{variable:02}"), "old_value": 1, "new_value": 2, "location": "a", "access_type": "Write"});
        Sent::new(id % 3 + 1, id).kind(json!({"StateChange": change})).of(service)
    };
    // v01 once, v02 twice, ..
    let mut events = Vec::new();
    for variable in 1..=12_u64 {
        for _ in 0..variable {
            let id = events.len() as u64 + 1;
            events.push(access(id, variable, if id.is_multiple_of(2) { "bank" } else { "ledger" }));
        }
    }
    engine.ingest(batch(&events)).await.expect("stored");
    let hot = engine.hotspots(Freshness::Cached).await.expect("hotspots");
    let names: Vec<(&str, u64)> =
        hot.value.variables.iter().map(|variable| (variable.name.as_str(), variable.writes)).collect();
    assert_eq!((names.len(), names[0], names[9]), (10, ("v12", 12), ("v03", 3)));
    assert_eq!(
        (hot.value.variables[0].services.clone(), hot.value.variables[0].traces),
        (vec!["bank".to_owned(), "ledger".to_owned()], 3)
    );
    engine.ingest(batch(&[access(900, 12, "bank")])).await.expect("stored");
    assert_eq!(engine.hotspots(Freshness::Cached).await.expect("hotspots").as_of, hot.as_of);
    let fresh = engine.hotspots(Freshness::Bypass).await.expect("hotspots");
    assert_eq!((fresh.value.variables[0].writes, fresh.as_of), (13, engine.head()));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_service_has_a_page_and_a_reason_for_its_health() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    assert_eq!(engine.service_page("bank").await.expect("an answer"), None);
    let mut events: Vec<Sent> = (1..=50).map(|id| response(1, id, if id % 10 == 0 { 503 } else { 200 })).collect();
    events.push(Sent::new(1, 90).of("gateway").in_span("aa", None));
    events.push(Sent::new(1, 91).in_span("bb", Some("aa")));
    engine.ingest(batch(&events)).await.expect("stored");
    let page = engine.service_page("bank").await.expect("an answer").expect("a page");
    assert_eq!((page.health.as_str(), page.reason.as_str()), ("warning", "10 % of its calls failed in the last hour."));
    assert_eq!((page.figures.health.as_str(), page.figures.events), ("warning", 51));
    assert_eq!((page.rate.len(), page.latency.len(), page.operations_total), (60, 60, 1));
    assert_eq!(page.latency.iter().map(|minute| minute.count).sum::<u64>(), 50);
    assert_eq!(
        (page.called_by[0].from.as_str(), page.called_by[0].to.as_str(), page.called_by[0].calls),
        ("gateway", "bank", 1)
    );
    assert_eq!(page.calls_to, []);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_slow_call_is_flagged_and_one_after_seven_looks_at_its_own_trace_is_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    // Of the one operation sixty calls were seen; of the other only what a single trace had, ten times looked at.
    let usual: Vec<Sent> = (1..=60).map(|id| query(id + 10, id, 2.0 + (id % 5) as f64 / 10.0)).collect();
    engine.ingest(batch(&usual)).await.expect("stored");
    let call = |id, ms: u64| {
        Sent::new(1, id)
            .kind(json!({"DatabaseQuery": {"query": "UPDATE accounts SET x", "database": "d", "duration_ms": ms}}))
    };
    engine.ingest(batch(&[call(100, 1), call(101, 1), call(102, 1)])).await.expect("stored");
    for _ in 0..7 {
        engine.trace_overview(trace_id(1)).await.expect("an overview");
        assert_eq!(engine.slow_events(trace_id(1)).await.expect("slow events"), []);
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    engine.ingest(batch(&[call(103, 30), query(2, 200, 30.0)])).await.expect("stored");
    assert_eq!(engine.slow_events(trace_id(1)).await.expect("slow events"), []);
    let slow = engine.slow_events(trace_id(2)).await.expect("slow events");
    assert_eq!((slow.len(), slow[0].event, slow[0].severity), (1, event_id(200), Severity::Critical));
    assert_eq!(engine.slow_events(trace_id(2)).await.expect("slow events"), slow, "looking twice changes nothing");
    engine.shutdown().await;
}
