//! Performance metrics, hotspots and the page of a service, field by field.

use serde_json::{Value, json};

use crate::events::{OTHER_TRACE, TRACE, event, small_trace};
use crate::support::Server;

async fn server_with_a_trace() -> Server {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    server
}

/// The names of an object's fields, sorted.
fn fields(value: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    fields.sort_unstable();
    fields
}

fn has(value: &Value, expected: &[&str]) {
    let found = fields(value);
    for field in expected {
        assert!(found.contains(field), "{field} is missing in {value}");
    }
}

#[tokio::test]
async fn performance_metrics_have_the_contract_s_fields() {
    let server = server_with_a_trace().await;
    let answer = server.get("/api/performance/metrics").await;
    assert_eq!((answer.header("age"), &answer.json()["as_of_seq"]), (Some("0"), &1.into()));
    let metrics = server.data("/api/performance/metrics").await;
    has(&metrics, &["trace_latency", "event_performance", "service_latency", "throughput"]);
    let latency = &metrics["trace_latency"];
    has(latency, &["avg_ms", "p50_ms", "p95_ms", "p99_ms", "slowest_traces"]);
    assert_eq!(latency["slowest_traces"][0]["trace_id"], TRACE);
    assert_eq!(latency["slowest_traces"][0]["services"], json!(["accounts", "gateway"]));
    let slowest = latency["slowest_traces"][0]["duration_ms"].as_f64().expect("a number");
    assert!((latency["p99_ms"].as_f64().expect("a number") - slowest).abs() <= slowest * 0.0101, "{latency}");
    let by_type = &metrics["event_performance"]["by_type"][0];
    assert_eq!((&by_type["type"], &by_type["count"]), (&"response".into(), &1.into()));
    has(&metrics["event_performance"], &["avg_duration_ms", "by_type", "slow_operations"]);
    let operation = &metrics["event_performance"]["slow_operations"][0];
    assert_eq!((&operation["service"], &operation["operation"]), (&"gateway".into(), &"POST /transfer".into()));
    assert!((operation["avg_duration_ms"].as_f64().expect("a number") - 3.0).abs() <= 0.0301, "{operation}");
    has(&metrics["service_latency"][0], &["service", "event_count", "avg_duration_ms"]);
    has(&metrics["throughput"], &["events_per_second", "traces_per_second", "time_range_seconds"]);
    assert!(metrics["throughput"]["events_per_second"].as_f64() > Some(0.0));
}

#[tokio::test]
async fn a_limit_is_honoured_and_the_cache_can_be_passed_by() {
    let server = server_with_a_trace().await;
    let slowest = async |query: &str| {
        let metrics = server.data(&format!("/api/performance/metrics?{query}")).await;
        metrics["trace_latency"]["slowest_traces"].as_array().expect("a list").len()
    };
    assert_eq!(slowest("limit=50").await, 1);
    server
        .store(&[event(
            OTHER_TRACE,
            9,
            "a",
            json!({ "FunctionCall": {
        "function_name": "f", "module": "m", "args": {}, "file": "f", "line": 1 } }),
        )])
        .await;
    assert_eq!(slowest("limit=50").await, 1, "up to a minute old");
    assert_eq!(slowest("limit=50&no_cache=true").await, 2);
    assert_eq!(slowest("limit=1").await, 1);
    assert_eq!(slowest("limit=x").await, 2);
    assert_eq!(slowest("limit=0").await, 2);
}

#[tokio::test]
async fn hotspots_have_the_contract_s_fields() {
    let server = server_with_a_trace().await;
    let answer = server.get("/api/distributed/hotspots").await;
    assert_eq!((answer.header("age"), &answer.json()["as_of_seq"]), (Some("0"), &1.into()));
    let expected = json!({
        "top_variables": [{
            "variable": "balance", "access_count": 1, "trace_count": 1, "services": ["accounts"],
            "read_count": 0, "write_count": 1,
        }],
        "top_service_calls": [{
            "from_service": "gateway", "to_service": "accounts", "call_count": 1, "trace_count": 1,
        }],
    });
    assert_eq!(answer.json()["data"], expected);
    server
        .store(&[event(
            OTHER_TRACE,
            9,
            "accounts",
            json!({ "StateChange": {
        "variable": "balance", "old_value": 5, "new_value": 7, "location": "b", "access_type": "Read" } }),
        )])
        .await;
    let fresh = server.data("/api/distributed/hotspots?no_cache=true").await;
    assert_eq!(fresh["top_variables"][0]["trace_count"], 2);
}

#[tokio::test]
async fn a_service_has_a_page_of_its_own() {
    let server = server_with_a_trace().await;
    let page = server.data("/api/services/gateway").await;
    assert_eq!((&page["figures"]["name"], &page["figures"]["events"]), (&"gateway".into(), &3.into()));
    assert_eq!((&page["health"], page["rate"].as_array().map(Vec::len)), (&"healthy".into(), Some(60)));
    assert_eq!(page["calls_to"][0]["to"], "accounts");
    assert!(page["reason"].as_str().is_some_and(|reason| reason.ends_with('.')), "{page}");
    server.get("/api/services/nobody").await.assert_failed(404, "Service not found: nobody", "an unknown service");
}
