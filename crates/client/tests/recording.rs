//! What one program run looks like to the server.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod support;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use model::Nanos;
use raceway_client::{CLOCK_HEADER, Client, Mutex, Ordering, RwLock, Shared, TRACEPARENT_HEADER, TaskError, blocking};
use serde_json::{Value, json};
use support::{Received, fields, kind, serve};

const SOON: Duration = Duration::from_secs(5);

async fn start(service: &str) -> (Client, Received) {
    let (url, received) = serve().await;
    (Client::builder(&url, service).instance("i1").start().unwrap(), received)
}

async fn events(client: &Client, received: &Received) -> Vec<Value> {
    let report = client.shutdown(SOON).await;
    let mut events = received.events();
    assert_eq!((report.sent as usize, report.dropped), (events.len(), 0));
    events.sort_by_key(|event| event["causality_vector"][0][1].as_u64());
    events
}

#[tokio::test]
async fn an_event_has_every_field_of_the_contract() {
    let (client, received) = start("bank").await;
    let ctx = client.context();
    ctx.query("SELECT 1", "ledger", Duration::from_micros(2_500));
    let event = &events(&client, &received).await[0];
    assert_eq!(event["trace_id"], json!(ctx.trace_id().to_string()));
    assert_eq!(event["parent_id"], Value::Null);
    assert!(event["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(event["kind"], json!({"DatabaseQuery": {"query": "SELECT 1", "database": "ledger", "duration_ms": 2}}));
    assert_eq!(event["causality_vector"], json!([["bank#i1", 1]]));
    assert_eq!(event["lock_set"], json!([]));
    let metadata = &event["metadata"];
    let thread_start = format!("rust-{}-", std::process::id());
    assert!(metadata["thread_id"].as_str().unwrap().starts_with(&thread_start));
    assert_eq!(metadata["process_id"], json!(std::process::id()));
    assert_eq!(metadata["service_name"], "bank");
    assert_eq!(metadata["environment"], "development");
    assert_eq!(metadata["tags"], json!({"sdk_language": "rust"}));
    assert_eq!(metadata["duration_ns"], 2_500_000);
    assert_eq!(metadata["instance_id"], "i1");
    assert_eq!(metadata["distributed_span_id"], ctx.span_id());
    assert_eq!(metadata["upstream_span_id"], Value::Null);
}

#[tokio::test]
async fn the_events_of_a_task_are_one_chain_and_clocks_increase() {
    let (client, received) = start("bank").await;
    let ctx = client.context();
    {
        let _call = ctx.call("bank::transfer", &json!({"from": 1}));
        ctx.custom("inside", &());
        ctx.fence(Ordering::SeqCst);
    }
    ctx.error("TooPoor", "no money");
    let events = events(&client, &received).await;
    assert_eq!(events.iter().map(kind).collect::<Vec<_>>(), ["FunctionCall", "Custom", "MemoryFence", "Error"]);
    let call = fields(&events[0]);
    assert_eq!((&call["module"], &call["function_name"]), (&json!("bank"), &json!("transfer")));
    assert!(call["file"].as_str().unwrap().ends_with("recording.rs"));
    assert!(events[0]["metadata"]["duration_ns"].as_u64().unwrap() > 0);
    assert_eq!(events[0]["parent_id"], Value::Null);
    for (number, pair) in events.windows(2).enumerate() {
        assert_eq!(pair[1]["parent_id"], pair[0]["id"]);
        assert_eq!(pair[1]["causality_vector"], json!([["bank#i1", number + 2]]));
    }
}

#[tokio::test]
async fn a_task_starts_at_its_spawn_and_is_told_apart_by_its_id() {
    let (client, received) = start("bank").await;
    let ctx = client.context();
    let task = ctx.spawn(|ctx| async move { ctx.custom("in task", &()) });
    let task_id = task.id().to_owned();
    ctx.custom("in main", &());
    task.join(&ctx).await.unwrap();
    let thread = ctx.spawn_thread(|ctx| ctx.custom("in thread", &()));
    let thread_id = thread.id().to_owned();
    thread.join(&ctx).unwrap();
    let all = events(&client, &received).await;
    let named = |name: &str| all.iter().find(|event| fields(event)["name"] == name).unwrap();
    let of_kind = |wanted: &str| all.iter().filter(|event| kind(event) == wanted).collect::<Vec<_>>();
    let (spawns, joins) = (of_kind("AsyncSpawn"), of_kind("AsyncAwait"));
    for (nth, (id, name)) in [(task_id, "in task"), (thread_id, "in thread")].into_iter().enumerate() {
        assert_eq!(fields(spawns[nth])["task_id"], json!(id));
        assert!(fields(spawns[nth])["spawned_by"].as_str().unwrap().contains("recording.rs:"));
        assert_eq!(fields(joins[nth])["future_id"], json!(id));
        assert_eq!(named(name)["parent_id"], spawns[nth]["id"]);
        assert_eq!(named(name)["metadata"]["tags"]["task_id"], json!(id));
    }
    assert_eq!(named("in main")["parent_id"], spawns[0]["id"]);
    assert_eq!(named("in main")["metadata"]["tags"], json!({"sdk_language": "rust"}));
    assert_eq!(all.iter().map(|event| &event["metadata"]["thread_id"]).collect::<HashSet<_>>().len(), 1);
    let counts: HashSet<_> = all.iter().map(|event| event["causality_vector"][0][1].as_u64()).collect();
    assert_eq!(counts.len(), all.len(), "a clock number names one event");
}

#[tokio::test]
async fn a_task_that_panics_is_an_error_of_its_join() {
    let (client, _received) = start("bank").await;
    let ctx = client.context();
    let task = ctx.spawn(|_| async { panic!("as meant by this test") });
    assert_eq!(task.join(&ctx).await, Err::<(), _>(TaskError::Panicked));
}

#[tokio::test]
async fn a_lock_is_requested_then_granted_then_released_before_the_next_one_gets_it() {
    let (client, received) = start("bank").await;
    let lock = Arc::new(Mutex::new("vault", 1));
    let ctx = client.context();
    let held = lock.lock(&ctx).await;
    let theirs = Arc::clone(&lock);
    let task = ctx.spawn(move |ctx| async move { *theirs.lock(&ctx).await += 1 });
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(held);
    task.join(&ctx).await.unwrap();
    let all = events(&client, &received).await;
    let steps: Vec<(&str, bool)> = all
        .iter()
        .filter(|event| fields(event)["lock_id"] == "vault" || fields(event)["data"]["lock_id"] == "vault")
        .map(|event| {
            let name = fields(event)["name"].as_str().unwrap_or(kind(event));
            (name, event["metadata"]["tags"]["task_id"].is_string())
        })
        .collect();
    let expected = [
        ("LockRequest", false),
        ("LockAcquire", false),
        ("LockRequest", true),
        ("LockRelease", false),
        ("LockAcquire", true),
        ("LockRelease", true),
    ];
    assert_eq!(steps, expected);
    let acquire = all.iter().find(|event| kind(event) == "LockAcquire").unwrap();
    assert_eq!(fields(acquire)["lock_type"], "Mutex");
    assert!(fields(acquire)["location"].as_str().unwrap().contains("recording.rs:"));
}

#[tokio::test]
async fn readers_and_writers_say_which_they_are() {
    let (client, received) = start("bank").await;
    let ctx = client.context();
    let (lock, blocking_lock) = (RwLock::new("a", 1), blocking::RwLock::new("b", 2));
    *lock.write(&ctx).await += 1;
    *blocking_lock.write(&ctx) += 1;
    assert_eq!((*lock.read(&ctx).await, *blocking_lock.read(&ctx)), (2, 3));
    *blocking::Mutex::new("c", 0).lock(&ctx) += 1;
    let types: Vec<String> = events(&client, &received)
        .await
        .iter()
        .filter(|event| kind(event) == "LockAcquire")
        .map(|event| fields(event)["lock_type"].as_str().unwrap().to_owned())
        .collect();
    let (read, write) = ("RwLock-Read", "RwLock-Write");
    let mut expected = [write, write, read, read, "Mutex"].map(String::from).to_vec();
    let mut types = types;
    types.sort();
    expected.sort();
    assert_eq!(types, expected);
}

#[tokio::test]
async fn a_lock_that_was_not_granted_in_time_is_recorded_as_given_up() {
    let (client, received) = start("bank").await;
    let lock = Mutex::new("vault", ());
    let (ctx, other) = (client.context(), client.context());
    let _held = lock.lock(&ctx).await;
    assert!(lock.try_lock_for(&other, Duration::from_millis(20)).await.is_none());
    let names: Vec<Value> = events(&client, &received)
        .await
        .iter()
        .filter(|event| event["trace_id"] == json!(other.trace_id().to_string()))
        .map(|event| fields(event)["name"].clone())
        .collect();
    assert_eq!(names, ["LockRequest", "LockAbandon"]);
}

#[tokio::test]
async fn accesses_carry_the_values_that_prove_a_lost_update() {
    let (client, received) = start("bank").await;
    let balance = Shared::new("balance", 100);
    let (alice, bob) = (client.context(), client.context());
    let seen = balance.read(&alice);
    balance.write(&bob, 150);
    balance.write_from(&alice, &seen, seen + 1);
    assert_eq!(balance.update(&alice, |value| value * 2), 202);
    balance.store(&alice, 5);
    assert_eq!(balance.load(&bob), 5);
    client.shutdown(SOON).await;
    let accesses: Vec<Value> = received
        .events()
        .iter()
        .map(fields)
        .map(|access| json!([access["access_type"], access["old_value"], access["new_value"]]))
        .collect();
    assert_eq!(
        accesses,
        [
            json!(["Read", 100, 100]),
            json!(["Write", 100, 150]),
            json!(["Write", 100, 101]),
            json!(["AtomicRMW", 101, 202]),
            json!(["AtomicWrite", 202, 5]),
            json!(["AtomicRead", 5, 5]),
        ]
    );
}

#[tokio::test]
async fn a_trace_goes_on_in_the_next_service_with_the_callers_clock() {
    let (gateway, gateway_received) = start("gateway").await;
    let (accounts, accounts_received) = start("accounts").await;
    let caller = gateway.context();
    caller.custom("before", &());
    let request = caller.request("POST", "http://accounts/transfer");
    let mut headers = request.headers().clone();
    headers.insert("tracestate", "vendor=1".parse().unwrap());
    assert!(headers.contains_key(TRACEPARENT_HEADER) && headers.contains_key(CLOCK_HEADER));

    let callee = accounts.extract(&headers);
    let received = callee.received("POST", "/transfer");
    let onward = callee.request("GET", "http://ledger/");
    assert_eq!(onward.headers()["tracestate"], "vendor=1");
    onward.finish(204);
    received.finish(201);
    request.finish(201);

    assert_eq!(callee.trace_id(), caller.trace_id());
    let theirs = events(&accounts, &accounts_received).await;
    assert_eq!(theirs[0]["causality_vector"], json!([["accounts#i1", 1], ["gateway#i1", 2]]));
    assert_eq!(theirs[0]["metadata"]["upstream_span_id"], caller.span_id());
    let traceparent = headers[TRACEPARENT_HEADER].to_str().unwrap().to_owned();
    assert_eq!(theirs[0]["metadata"]["distributed_span_id"], traceparent.split('-').nth(2).unwrap());
    assert_eq!(theirs[0]["parent_id"], Value::Null);
    assert_eq!(fields(&theirs[3])["status"], 201);
    let ours = events(&gateway, &gateway_received).await;
    assert_eq!(kind(&ours[1]), "HttpRequest");
    assert_eq!(ours[1]["causality_vector"], json!([["gateway#i1", 2]]));
    assert_eq!(fields(&ours[2])["status"], 201);
}

#[tokio::test]
async fn a_response_begins_where_its_request_did() {
    let (client, received) = start("bank").await;
    let ctx = client.context();
    ctx.request("GET", "http://ledger/").finish(200);
    let events = events(&client, &received).await;
    let at = |event: &Value| Nanos::parse(event["timestamp"].as_str().unwrap()).unwrap();
    let duration = events[1]["metadata"]["duration_ns"].as_u64().unwrap();
    assert_eq!(at(&events[1]).since(at(&events[0])), duration);
}

#[tokio::test]
async fn malformed_headers_begin_a_new_trace() {
    let (client, _received) = start("bank").await;
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(TRACEPARENT_HEADER, "00-nonsense".parse().unwrap());
    assert_ne!(client.extract(&headers).trace_id(), client.extract(&headers).trace_id());
}
