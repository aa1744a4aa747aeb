//! Races across traces over the wire: the contract's two answers and our own, for what clients really send.

use serde_json::{Value, json};

use crate::support::Server;

/// One event of a request: its own trace, span and thread, in one process of `bank`.
fn event(trace: u64, nth: u64, at_ms: i64, kind: Value) -> Value {
    let at = model::Nanos::parse("2026-11-21T13:00:00Z").expect("a time").saturating_add(at_ms * 1_000_000);
    json!({
        "id": format!("00000000-0000-4000-8000-{:012x}", trace * 1_000 + nth),
        "trace_id": trace_id(trace), "parent_id": null, "timestamp": at.to_string(), "kind": kind,
        "metadata": {
            "thread_id": format!("python-7-{trace:08x}"), "process_id": 7, "service_name": "bank", "environment": "test",
            "tags": {"sdk_language": "python"}, "duration_ns": null, "instance_id": "one",
            "distributed_span_id": format!("{trace:016x}"), "upstream_span_id": null,
        },
        "causality_vector": [["bank#one", nth]], "lock_set": [],
    })
}

fn trace_id(trace: u64) -> String {
    format!("ace00000-0000-4000-8000-{trace:012x}")
}

fn access(kind: &str, variable: &str, old: Value, new: Value) -> Value {
    json!({"StateChange": {"variable": variable, "old_value": old, "new_value": new,
        "location": format!("bank.py:{}", if kind == "Read" { 10 } else { 12 }), "access_type": kind}})
}

/// Reads `seen` and 20 ms later writes `amount` more.
fn bonus(trace: u64, at_ms: i64, variable: &str, seen: i64, amount: i64) -> Vec<Value> {
    vec![
        event(trace, 1, at_ms, access("Read", variable, json!(null), json!(seen))),
        event(trace, 2, at_ms + 20, access("Write", variable, json!(seen), json!(seen + amount))),
    ]
}

/// Everything stored by now is looked at.
const NOW: &str = "no_cache=true";

#[tokio::test]
async fn two_overlapping_read_modify_writes_are_a_lost_update_with_the_values() {
    let server = Server::start().await;
    server.store(&bonus(1, 0, "points", 10, 5)).await;
    server.store(&bonus(2, 10, "points", 10, 7)).await;

    let races = server.data(&format!("/api/races?{NOW}")).await;
    let worst = &races["findings"][0];
    assert_eq!(
        (&worst["kind"], &worst["severity"], &worst["reach"], &worst["class"]),
        (&json!("lost_update"), &json!("critical"), &json!("overlapping"), &json!("observed"))
    );
    let side = |at: usize| {
        let side = &worst["sides"][at];
        (side["trace_id"].clone(), side["before"].clone(), side["after"].clone())
    };
    assert_eq!(side(0), (json!(trace_id(2)), json!("10"), json!(null)), "it read 10");
    assert_eq!(side(1), (json!(trace_id(1)), json!("10"), json!("15")), "the other made 15 of it");
    assert_eq!(side(2), (json!(trace_id(2)), json!("10"), json!("17")), "and it wrote 17");
    assert_eq!(worst["traces_total"], json!({"value": 2, "kind": "exact"}));

    let analysis = server.data(&format!("/api/analyze/global?{NOW}")).await;
    assert_eq!((&analysis["total_traces"], &analysis["total_events"]), (&json!(2), &json!(4)));
    // Of the first write with the second's accesses and of its read with the second write.
    assert_eq!((&analysis["potential_races"], &analysis["concurrent_events"]), (&json!(3), &json!(3)));
    let detail = &analysis["race_details"][0];
    let expected = json!({
        "severity": "CRITICAL", "variable": "points", "trace1_id": trace_id(1), "trace2_id": trace_id(2),
        "event1_thread": "python-7-00000001", "event2_thread": "python-7-00000002",
        "event1_location": "bank.py:12", "event2_location": "bank.py:12",
        "event1_timestamp": "2026-11-21 13:00:00.02 UTC", "event2_timestamp": "2026-11-21 13:00:00.03 UTC",
        "description": detail["description"],
    });
    assert_eq!(*detail, expected);
    let description = detail["description"].as_str().unwrap();
    assert!(description.contains("One read 10, another wrote 15, then the first wrote 17."), "{description}");
    let lines = analysis["anomalies"].to_string();
    assert!(lines.contains("LOST UPDATE on points") && lines.contains("RACE on points "), "{lines}");

    let variables = server.data(&format!("/api/distributed/global-races?{NOW}")).await;
    let expected = json!({
        "total_races": 1, "apart_total": 0, "complete": true,
        "races": [{
            "variable": "points", "owner": "bank, one, process 7", "trace_count": 2, "access_count": 4,
            "access_types": ["Read", "Write"], "thread_count": 2, "severity": "CRITICAL",
            "trace_ids": [trace_id(2), trace_id(1)], "trace_ids_total": 2,
        }],
    });
    assert_eq!(variables, expected);
}

#[tokio::test]
async fn requests_apart_by_seconds_or_hours_are_no_headline_and_come_last() {
    let server = Server::start().await;
    server.store(&bonus(1, 0, "balance", 10, 5)).await;
    server.store(&bonus(2, 1_520, "balance", 15, 7)).await;
    server.store(&bonus(3, 8 * 3_600_000, "balance", 22, 1)).await;
    let analysis = server.data(&format!("/api/analyze/global?{NOW}")).await;
    assert_eq!((&analysis["potential_races"], &analysis["concurrent_events"]), (&json!(0), &json!(0)));
    let details = analysis["race_details"].as_array().unwrap();
    assert!(!details.is_empty() && details.iter().all(|detail| detail["severity"] == "INFO"), "{details:?}");
    assert_eq!(analysis["anomalies"], json!(["No potential races detected across traces"]));
    let variables = server.data(&format!("/api/distributed/global-races?{NOW}")).await;
    assert_eq!((&variables["total_races"], &variables["races"]), (&json!(0), &json!([])));
    assert_eq!(variables["apart_total"], json!(2), "read and write, write and write");
    let dashboard = server.data("/api/dashboard").await;
    assert_eq!((&dashboard["findings"], &dashboard["races"]["critical"]), (&json!([]), &json!(0)));
    assert_eq!(dashboard["races"]["info"], json!(2));

    // A real one comes before them.
    server.store(&bonus(4, 100, "points", 1, 1)).await;
    server.store(&bonus(5, 110, "points", 1, 1)).await;
    let analysis = server.data(&format!("/api/analyze/global?{NOW}")).await;
    let severities: Vec<&str> =
        analysis["race_details"].as_array().unwrap().iter().filter_map(|detail| detail["severity"].as_str()).collect();
    assert_eq!(severities.first(), Some(&"CRITICAL"));
    assert_eq!(severities.last(), Some(&"INFO"));
    let dashboard = server.data("/api/dashboard").await;
    assert_eq!(dashboard["findings"][0]["subject"], "points");
    assert_eq!(dashboard["races"]["lost_updates"], json!(1));
}

#[tokio::test]
async fn filters_choose_and_nonsense_chooses_everything() {
    let server = Server::start().await;
    for (trace, variable) in [(1, "points"), (3, "Account.balance")] {
        server.store(&bonus(trace, 0, variable, 10, 5)).await;
        server.store(&bonus(trace + 1, 10, variable, 10, 7)).await;
    }
    let count = async |query: &str| {
        let races = server.data(&format!("/api/races?{NOW}&{query}")).await;
        races["total"]["value"].as_u64().unwrap()
    };
    let all = count("").await;
    assert_eq!(all, 6, "of each variable a lost update, a race of writes, one of a read and a write");
    for (query, expected) in [
        ("kind=lost_update", 2),
        ("severity=warning", 2),
        ("severity=critical", 4),
        ("class=observed", 2),
        ("service=bank", 6),
        ("service=nobody", 0),
        ("subject=account", 3),
        ("subject=account&kind=lost_update&severity=critical", 1),
        ("severity=terrible&kind=%00&class=", 6),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn answers_say_how_old_they_are_and_a_deleted_trace_is_gone_from_them() {
    let server = Server::start().await;
    server.store(&bonus(1, 0, "points", 10, 5)).await;
    server.store(&bonus(2, 10, "points", 10, 7)).await;
    for path in ["/api/analyze/global", "/api/distributed/global-races", "/api/races"] {
        let answer = server.get(&format!("{path}?{NOW}")).await;
        assert!(answer.header("age").is_some_and(|age| age.parse::<u64>().is_ok()), "{path}");
        assert_eq!(answer.json()["as_of_seq"], json!(2), "{path}");
        assert!(answer.header("etag").is_some(), "{path}");
    }
    let gone = server.request(reqwest::Method::DELETE, &format!("/api/traces/{}", trace_id(1)));
    assert_eq!(crate::support::answer(gone).await.status, 200);
    // The head moves with the deletion; the follower forgets the trace before or just after it has seen that.
    for _ in 0..100 {
        let races = server.data(&format!("/api/races?{NOW}")).await;
        if races["total"]["value"] == 0 {
            assert_eq!(races["summary"]["traces"], json!(1));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the deleted trace is still in the findings");
}

#[tokio::test]
async fn late_events_and_their_order_do_not_change_the_answer() {
    let (first, second) = (bonus(1, 0, "points", 10, 5), bonus(2, 10, "points", 10, 7));
    let mut answers = Vec::new();
    for order in [[0, 1, 2, 3], [3, 0, 2, 1]] {
        let server = Server::start().await;
        let events = [&first[0], &first[1], &second[0], &second[1]];
        for at in order {
            server.store(&[events[at].clone()]).await;
        }
        let mut races = server.data(&format!("/api/races?{NOW}")).await;
        races["summary"].take();
        answers.push(races);
    }
    assert_eq!(answers[0], answers[1]);
}
