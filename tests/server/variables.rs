//! Critical paths and audit trails over the wire: the contract's shapes with true values, and our own.

use serde_json::{Value, json};

use crate::events::{TRACE, UNKNOWN_TRACE, call, event, event_id, small_trace};
use crate::support::Server;

/// Two threads read 100 and write what they added, with nothing between them.
fn lost_update() -> Vec<Value> {
    let state = |access: &str, old: Value, new: u32| {
        json!({ "StateChange": {
        "variable": "points/all", "old_value": old, "new_value": new, "location": "bonus.py:3", "access_type": access } })
    };
    let mut events = vec![
        event(TRACE, 1, "bonus", state("Read", Value::Null, 100)),
        event(TRACE, 2, "bonus", state("Read", Value::Null, 100)),
        event(TRACE, 3, "bonus", state("Write", json!(100), 120)),
        event(TRACE, 4, "bonus", state("Write", json!(100), 150)),
    ];
    for (at, event) in events.iter_mut().enumerate() {
        event["metadata"]["thread_id"] = format!("worker-{}", at % 2).into();
        event["parent_id"] = Value::Null;
        event["causality_vector"] = json!([]);
    }
    events
}

#[tokio::test]
async fn a_critical_path_has_the_contract_s_fields_and_sums_to_its_root() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    let path = server.data(&format!("/api/traces/{TRACE}/critical-path")).await;
    let expected = json!({
        "trace_id": TRACE, "path_events": 1, "total_duration_ms": 3.0, "trace_total_duration_ms": 3.0,
        "percentage_of_total": 100.0, "segments_total": 1, "truncated": false,
        "path": [{
            "id": event_id(4), "kind": "Other", "location": "unknown", "timestamp": "2026-11-21T13:00:00.001+00:00",
            "duration_ms": 3.0, "operation": "POST /transfer",
        }],
    });
    assert_eq!(path, expected);
    let whole = server.data(&format!("/api/traces/{TRACE}")).await;
    assert_eq!(whole["critical_path"], expected);
}

#[tokio::test]
async fn a_call_inside_a_call_is_not_counted_twice() {
    let server = Server::start().await;
    let mut events = vec![event(TRACE, 1, "shop", call("checkout")), event(TRACE, 2, "shop", call("charge"))];
    for (event, millis) in events.iter_mut().zip([100, 90]) {
        event["metadata"]["duration_ns"] = (millis * 1_000_000).into();
        // The timestamp of its calls is their beginning.
        event["metadata"]["tags"]["sdk_language"] = "rust".into();
    }
    server.store(&events).await;
    let path = server.data(&format!("/api/traces/{TRACE}/critical-path")).await;
    assert_eq!((&path["total_duration_ms"], &path["path_events"]), (&json!(100.0), &json!(2)));
    let durations: Vec<f64> =
        path["path"].as_array().expect("a list").iter().filter_map(|event| event["duration_ms"].as_f64()).collect();
    assert_eq!(durations, [10.0, 90.0]);
    assert_eq!(path["path"][1]["kind"], "FunctionCall(charge)");
    assert_eq!(path["path"][1]["location"], "bank.py:7");
    let performance = server.data(&format!("/api/traces/{TRACE}/performance")).await;
    assert_eq!(performance["path_total"], 3);
    assert_eq!(performance["operations"][0]["operation"], "charge");
    assert_eq!(performance["operations"][0]["saved_if_half_nanos"], 45_000_000);
    assert_eq!(performance["peers"]["latency"]["count"], 1);
}

#[tokio::test]
async fn an_audit_trail_has_the_contract_s_fields_and_true_values() {
    let server = Server::start().await;
    server.store(&lost_update()).await;
    let trail = server.data(&format!("/api/traces/{TRACE}/audit-trail/points%2Fall")).await;
    assert_eq!((&trail["trace_id"], &trail["variable"]), (&json!(TRACE), &json!("points/all")));
    assert_eq!((&trail["accesses_total"], &trail["truncated"]), (&json!(4), &json!(false)));
    assert_eq!(
        trail["accesses"][3],
        json!({
            "event_id": event_id(4), "timestamp": "2026-11-21T13:00:00.004Z", "thread_id": "worker-1", "service_name": "bonus",
            "access_type": "Write", "old_value": 100, "new_value": 150, "location": "bonus.py:3",
            "has_causal_link_to_previous": false, "is_race": true,
        })
    );
    assert_eq!(trail["accesses"][0]["old_value"], Value::Null);
    assert_eq!(trail["accesses"][0]["new_value"], 100);
    let unknown = server.data(&format!("/api/traces/{TRACE}/audit-trail/nobody")).await;
    assert_eq!((&unknown["accesses"], &unknown["variable"]), (&json!([]), &json!("nobody")));
    let whole = server.data(&format!("/api/traces/{TRACE}")).await;
    assert_eq!(whole["audit_trails"]["points/all"], trail["accesses"]);
    assert_eq!((&whole["audit_trails_total"], &whole["audit_trails_truncated"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn a_variable_s_trail_agrees_with_the_findings() {
    let server = Server::start().await;
    server.store(&lost_update()).await;
    let variables = server.data(&format!("/api/traces/{TRACE}/variables")).await;
    assert_eq!(variables["variables_total"], 1);
    let variable = &variables["variables"][0];
    assert_eq!((&variable["reads"], &variable["writes"], &variable["threads"]), (&json!(2), &json!(2), &json!(2)));
    let trail = server.data(&format!("/api/traces/{TRACE}/variables/{}", variable["index"])).await;
    assert_eq!(trail["accesses"][0]["saw"], "initial");
    assert!(trail["accesses"][3]["flags"].as_array().is_some_and(|flags| flags.contains(&json!("race"))), "{trail}");
    let findings = server.data(&format!("/api/traces/{TRACE}/findings")).await;
    let findings = findings["findings"].as_array().expect("a list");
    assert_eq!(variable["findings"], findings.len());
    for finding in findings {
        for event in finding["events"].as_array().expect("a list") {
            let accesses = trail["accesses"].as_array().expect("a list");
            let access = accesses.iter().find(|access| access["event"] == event["id"]).expect("it is in the trail");
            assert!(access["findings"].as_array().is_some_and(|ids| ids.contains(&finding["id"])), "{access}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_answered_in_the_envelope() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    for (path, status, says) in [
        (format!("/api/traces/{UNKNOWN_TRACE}/critical-path"), 404, "Critical path analysis failed: Trace not found"),
        (format!("/api/traces/{UNKNOWN_TRACE}/audit-trail/x"), 404, "Audit trail generation failed: Trace not found"),
        (format!("/api/traces/{UNKNOWN_TRACE}/performance"), 404, "Trace not found"),
        (format!("/api/traces/{UNKNOWN_TRACE}/variables"), 404, "Trace not found"),
        (format!("/api/traces/{TRACE}/variables/77"), 404, "Variable not found"),
        (format!("/api/traces/{TRACE}/variables/x"), 400, "Invalid variable index"),
        ("/api/traces/x/critical-path".to_owned(), 400, "Invalid trace ID format"),
        ("/api/traces/x/audit-trail/y".to_owned(), 400, "Invalid trace ID format"),
    ] {
        server.get(&path).await.assert_failed(status, says, &path);
    }
}

#[tokio::test]
async fn an_unchanged_trail_is_not_sent_again() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    for path in ["critical-path", "performance", "variables", "variables/0", "audit-trail/balance"] {
        let path = format!("/api/traces/{TRACE}/{path}");
        let first = server.get(&path).await;
        let tag = first.header("etag").expect("a tag").to_owned();
        let again = server.request(reqwest::Method::GET, &path).header("if-none-match", tag);
        assert_eq!(crate::support::answer(again).await.status.as_u16(), 304, "{path}");
    }
}
