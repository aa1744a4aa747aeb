//! The engine over a real store: what goes in is what comes out.

#[path = "../../store/tests/store/support.rs"]
mod support;

use std::time::Duration;

use engine::{Engine, EngineConfig, IngestError, QueryError, Slice};
use model::list::TraceFilter;
use model::window::WindowQuery;
use model::{EventId, Seq};
use serde_json::{Value, json};
use support::{Sent, batch, event_id, trace_id};

async fn opened(dir: &tempfile::TempDir) -> Engine {
    Engine::open(EngineConfig::new(dir.path())).await.expect("opens")
}

fn all(count: u32) -> WindowQuery {
    WindowQuery { count, ..WindowQuery::default() }
}

async fn listed(engine: &Engine, trace: u64, query: &WindowQuery) -> Vec<EventId> {
    engine.window(trace_id(trace), query).await.expect("a window").rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_next_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    for id in 1..=20 {
        let receipt = engine.ingest(batch(&[Sent::new(1, id)])).await.expect("stored");
        assert_eq!(receipt.head, engine.head());
        assert_eq!(engine.trace_summary(trace_id(1)).await.expect("there").event_count, id);
        assert_eq!(
            engine.trace_page(&TraceFilter::default(), None, 10).await.expect("lists").traces[0].event_count,
            id
        );
        assert_eq!(engine.window(trace_id(1), &all(50)).await.expect("a window").total, id);
        assert_eq!(engine.dashboard().await.expect("a dashboard").status.events, id);
        assert_eq!(engine.services(Default::default()).await.expect("lists").0[0].event_count, id);
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn rows_are_ordered_by_start_then_commit_then_place_in_the_batch() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    engine.ingest(batch(&[Sent::new(1, 1).at(5), Sent::new(1, 2).at(5), Sent::new(1, 3).at(1)])).await.expect("stored");
    engine.ingest(batch(&[Sent::new(1, 4).at(5), Sent::new(1, 5).at(0)])).await.expect("stored");
    let expected: Vec<EventId> = [5, 3, 1, 2, 4].map(event_id).into();
    assert_eq!(listed(&engine, 1, &all(50)).await, expected);
    let events = engine.trace_events(trace_id(1), 4).await.expect("events");
    assert_eq!(events.table.rows.iter().map(|row| row.id).collect::<Vec<_>>(), expected[..4]);
    assert!(events.truncated && events.events_total == 5);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_window_is_pinned_to_its_version() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    engine.ingest(batch(&[Sent::new(1, 1), Sent::new(1, 2)])).await.expect("stored");
    let pinned = WindowQuery { version: Some(Seq(1)), ..all(10) };
    assert_eq!(listed(&engine, 1, &pinned).await.len(), 2);
    engine.ingest(batch(&[Sent::new(2, 3)])).await.expect("stored");
    assert_eq!(listed(&engine, 1, &pinned).await.len(), 2, "another trace changes nothing here");
    engine.ingest(batch(&[Sent::new(1, 4)])).await.expect("stored");
    assert_eq!(engine.window(trace_id(1), &pinned).await.err(), Some(QueryError::Stale(Seq(3))));
    engine.shutdown().await;
}

#[tokio::test]
async fn parents_that_are_late_missing_or_cyclic_are_shown_and_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let events =
        [Sent::new(1, 1).below(2), Sent::new(1, 2).below(1), Sent::new(1, 3).below(99), Sent::new(1, 4).below(4)];
    engine.ingest(batch(&events)).await.expect("stored");
    let overview = engine.trace_overview(trace_id(1)).await.expect("an overview");
    assert_eq!((overview.orphans, overview.cyclic, overview.summary.event_count), (1, 3, 4));
    assert_eq!(listed(&engine, 1, &all(50)).await.len(), 4);
    engine.ingest(batch(&[Sent::new(1, 99)])).await.expect("stored");
    assert_eq!(engine.trace_overview(trace_id(1)).await.expect("an overview").orphans, 0);
    let child = engine.event(trace_id(1), event_id(3)).await.expect("an event");
    assert_eq!(child.parent.map(|parent| parent.id), Some(event_id(99)));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_chain_of_a_hundred_thousand_is_read_to_its_end() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let chain: Vec<Sent> =
        (1..=100_000).map(|id| if id == 1 { Sent::new(1, id) } else { Sent::new(1, id).below(id - 1) }).collect();
    for part in chain.chunks(10_000).rev() {
        engine.ingest(batch(part)).await.expect("stored");
    }
    let overview = engine.trace_overview(trace_id(1)).await.expect("an overview");
    assert_eq!((overview.summary.event_count, overview.orphans, overview.cyclic), (100_000, 0, 0));
    let end = WindowQuery { offset: 99_999, ..all(10) };
    assert_eq!(listed(&engine, 1, &end).await, [event_id(100_000)]);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_filter_inside_a_trace_counts_exactly_and_keeps_positions() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let write = json!({"StateChange": {"variable": "alice.balance", "old_value": 1, "new_value": 2, "location": "a.rs:1", "access_type": "Write"}});
    let events: Vec<Sent> = (1..=300)
        .map(|id| if id % 10 == 0 { Sent::new(1, id).kind(write.clone()) } else { Sent::new(1, id) })
        .collect();
    engine.ingest(batch(&events)).await.expect("stored");
    let query = WindowQuery { offset: 5, filter: "on:ALICE kind:write".into(), ..all(10) };
    let window = engine.window(trace_id(1), &query).await.expect("a window");
    assert_eq!((window.total, window.events_total, window.rows.len()), (30, 300, 10));
    assert_eq!((window.rows[0].position, window.text(window.rows[0].object)), (59, "alice.balance"));
    engine.shutdown().await;
}

#[tokio::test]
async fn an_event_is_shown_with_everything_that_was_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let request = json!({"HttpRequest": {"method": "POST", "url": "/pay", "headers": {"Authorization": "Bearer s3cret", "x": "y"}, "body": {"sum": 3}}});
    let mut events = vec![Sent::new(1, 1).kind(request)];
    events.extend((2..=40).map(|id| Sent::new(1, id).below(1)));
    engine.ingest(batch(&events)).await.expect("stored");
    let event = engine.event(trace_id(1), event_id(1)).await.expect("an event");
    assert_eq!((event.wire_kind.as_str(), event.operation.as_str()), ("HttpRequest", "POST /pay"));
    let body: Value = serde_json::from_str(event.body.as_str()).expect("JSON");
    assert_eq!(body["headers"], json!({"Authorization": "[redacted]", "x": "y"}));
    assert_eq!((event.children.len(), event.children_total), (20, 39));
    assert_eq!(event.clock, [("bank#one".to_owned(), 1)]);
    let missing = engine.event(trace_id(1), event_id(77)).await.err();
    assert_eq!(missing, Some(QueryError::EventNotFound(event_id(77))));
    let missing = engine.event(trace_id(9), event_id(1)).await.err();
    assert_eq!(missing, Some(QueryError::TraceNotFound(trace_id(9))));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_full_queue_refuses_and_stores_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = EngineConfig { queue_bytes: 1 << 20, queue_wait: Duration::ZERO, ..EngineConfig::new(dir.path()) };
    let engine = Engine::open(config).await.expect("opens");
    let large: Vec<Sent> = (1..=4_000).map(|id| Sent::new(1, id)).collect();
    let (large, small) = (batch(&large), batch(&[Sent::new(2, 9_000)]));
    assert!(large.bytes() > 1 << 20, "it fills the queue");
    let (first, second) = tokio::join!(engine.ingest(large), engine.ingest(small.clone()));
    assert!(first.is_ok());
    assert_eq!(second.err(), Some(IngestError::Overloaded));
    assert_eq!(engine.trace_summary(trace_id(2)).await.err(), Some(QueryError::TraceNotFound(trace_id(2))));
    assert_eq!(engine.ingest(small).await.expect("there is room again").stored, 1);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_keeps_what_was_queued_and_a_restart_shows_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let epoch = engine.head().epoch;
    let waiting: Vec<_> = (1..=50)
        .map(|id| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.ingest(batch(&[Sent::new(id % 5, id)])).await })
        })
        .collect();
    tokio::task::yield_now().await;
    engine.shutdown().await;
    let mut acknowledged = 0;
    for ingest in waiting {
        match ingest.await.expect("joined") {
            Ok(receipt) => acknowledged += receipt.stored,
            Err(refused) => assert_eq!(refused, IngestError::ShuttingDown),
        }
    }
    assert_eq!(engine.ingest(batch(&[Sent::new(1, 99)])).await.err(), Some(IngestError::ShuttingDown));
    drop(engine);
    let engine = opened(&dir).await;
    assert_eq!(engine.status().await.expect("a status").events, acknowledged);
    assert_eq!(engine.head().epoch, epoch);
    engine.shutdown().await;
}

#[tokio::test]
async fn deleting_a_trace_takes_it_from_every_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    engine.ingest(batch(&[Sent::new(1, 1), Sent::new(2, 2).of("ledger")])).await.expect("stored");
    let head = engine.delete_trace(trace_id(1)).await.expect("deleted");
    assert_eq!((head.seq, engine.head().seq), (Seq(2), Seq(2)));
    assert_eq!(engine.delete_trace(trace_id(1)).await.err(), Some(QueryError::TraceNotFound(trace_id(1))));
    assert_eq!(engine.window(trace_id(1), &all(5)).await.err(), Some(QueryError::TraceNotFound(trace_id(1))));
    let slice = engine.trace_slice(&TraceFilter::default(), Slice { skip: 0, limit: 10 }).await.expect("lists");
    assert_eq!((slice.traces.len(), slice.total.value), (1, 1));
    let services = engine.services(Default::default()).await.expect("lists").0;
    assert_eq!(services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), ["ledger"]);
    // What was deleted may come again.
    assert_eq!(engine.ingest(batch(&[Sent::new(1, 1)])).await.expect("stored").stored, 1);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_cursor_of_another_store_is_refused() {
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (engine, second) = (opened(&one).await, opened(&other).await);
    engine.ingest(batch(&[Sent::new(1, 1), Sent::new(2, 2)])).await.expect("stored");
    let page = engine.trace_page(&TraceFilter::default(), None, 1).await.expect("a page");
    let cursor = page.next.expect("there is more");
    assert_eq!(second.trace_page(&TraceFilter::default(), Some(&cursor), 1).await.err(), Some(QueryError::BadCursor));
    assert_eq!(engine.trace_page(&TraceFilter::default(), Some("x"), 1).await.err(), Some(QueryError::BadCursor));
    assert_eq!(engine.trace_page(&TraceFilter::default(), Some(&cursor), 1).await.expect("a page").next, None);
    engine.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn callers_and_callees_of_a_service_are_told_by_direction() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let events = [
        Sent::new(1, 1).of("gateway").in_span("aa", None),
        Sent::new(1, 2).of("bank").in_span("bb", Some("aa")),
        Sent::new(1, 3).of("ledger").in_span("cc", Some("bb")),
    ];
    engine.ingest(batch(&events)).await.expect("stored");
    let bank = engine.service_dependencies("bank").await.expect("an answer");
    let others = |calls: &[model::wire::ServiceCalls]| calls.iter().map(|call| call.to.clone()).collect::<Vec<_>>();
    assert_eq!(
        (others(&bank.calls_to), others(&bank.called_by)),
        (vec!["ledger".to_owned()], vec!["gateway".to_owned()])
    );
    assert_eq!(engine.edges().await.expect("edges").total_edges, 2);
    assert_eq!(engine.service_dependencies("nobody").await.expect("an answer").calls_to, []);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_response_is_named_after_the_request_it_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    let engine = opened(&dir).await;
    let request = |url| json!({"HttpRequest": {"method": "POST", "url": url, "headers": {}}});
    let response = |status| json!({"HttpResponse": {"status": status, "headers": {}, "duration_ms": 0}});
    let events = [
        Sent::new(1, 1).kind(request("/in")),
        Sent::new(1, 2).kind(request("/out")).below(1),
        Sent::new(1, 3).kind(response(503)).below(2),
        Sent::new(1, 4).below(3),
        Sent::new(1, 5).kind(response(200)).below(4),
        Sent::new(1, 6).kind(response(404)),
    ];
    engine.ingest(batch(&events)).await.expect("stored");
    let window = engine.window(trace_id(1), &all(10)).await.expect("a window");
    let names: Vec<&str> = window.rows.iter().map(|row| window.text(row.operation)).collect();
    assert_eq!(names, ["POST /in", "POST /out", "POST /out → 503", "work", "POST /in → 200", "status 404"]);
    // Looked at again with one more event, nothing is named twice.
    engine.ingest(batch(&[Sent::new(1, 7)])).await.expect("stored");
    let grown = engine.window(trace_id(1), &all(10)).await.expect("a window");
    assert_eq!(grown.text(grown.rows[4].operation), "POST /in → 200");
    engine.shutdown().await;
}
