//! The answers of the read routes, field by field.

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::events::{OTHER_TRACE, TRACE, call, chain, event, event_id, small_trace};
use crate::support::{Server, answer};

async fn server_with_a_trace() -> Server {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    server
}

#[tokio::test]
async fn health_and_status_have_the_contract_s_fields() {
    let server = server_with_a_trace().await;
    assert_json_snapshot!(server.data("/health").await);
    let mut status = server.data("/status").await;
    for (field, is_there) in [
        ("uptime_seconds", Value::is_u64 as fn(&Value) -> bool),
        ("disk_bytes", Value::is_u64),
        ("epoch", Value::is_u64),
    ] {
        assert!(is_there(&status[field]), "{field}: {status}");
        status[field] = "[changes]".into();
    }
    assert_json_snapshot!(status);
}

#[tokio::test]
async fn a_trace_has_its_events_and_empty_analyses() {
    let server = server_with_a_trace().await;
    assert_json_snapshot!(server.data(&format!("/api/traces/{TRACE}")).await);
}

#[tokio::test]
async fn a_trace_s_own_lists_have_the_contract_s_fields() {
    let server = server_with_a_trace().await;
    assert_json_snapshot!("dependencies", server.data(&format!("/api/traces/{TRACE}/dependencies")).await);
    let mut overview = server.data(&format!("/api/traces/{TRACE}/overview")).await;
    assert!(overview["summary"]["ingested_at"].is_i64());
    overview["summary"]["ingested_at"] = "[changes]".into();
    assert_json_snapshot!("overview", overview);
    assert_json_snapshot!("event", server.data(&format!("/api/traces/{TRACE}/events/{}", event_id(3))).await);
    assert_json_snapshot!("window", server.data(&format!("/api/traces/{TRACE}/window")).await);
}

#[tokio::test]
async fn lists_of_traces_and_services_have_the_contract_s_fields() {
    let server = server_with_a_trace().await;
    assert_json_snapshot!("traces", server.data("/api/traces").await);
    assert_json_snapshot!("service_traces", server.data("/api/services/accounts/traces").await);
    assert_json_snapshot!("service_dependencies", server.data("/api/services/accounts/dependencies").await);
    assert_json_snapshot!("edges", server.data("/api/distributed/edges").await);
    let mut services = server.data("/api/services").await;
    for service in services["services"].as_array_mut().expect("a list") {
        assert!(service["last_activity"].as_str().is_some_and(|time| time.ends_with('Z')), "{service}");
        service["last_activity"] = "[changes]".into();
    }
    assert_json_snapshot!("services", services);
}

#[tokio::test]
async fn health_of_services_says_how_old_it_is() {
    let server = server_with_a_trace().await;
    let answer = server.get("/api/services/health?time_window_minutes=5").await;
    let mut json = answer.json();
    assert_eq!((answer.header("age"), &json["as_of_seq"]), (Some("0"), &1.into()));
    for service in json["data"].as_array_mut().expect("a list") {
        assert!(service["last_activity"].is_string(), "{service}");
        service["last_activity"] = "[changes]".into();
    }
    assert_json_snapshot!(json);
}

#[tokio::test]
async fn unknown_services_have_empty_answers() {
    let server = server_with_a_trace().await;
    let traces = server.data("/api/services/no%20one/traces").await;
    assert_eq!(
        (&traces["service_name"], &traces["total_traces"], &traces["total_pages"]),
        (&"no one".into(), &0.into(), &0.into())
    );
    let calls = server.data("/api/services/no%20one/dependencies").await;
    assert_eq!(calls, json!({ "service_name": "no one", "calls_to": [], "called_by": [] }));
}

#[tokio::test]
async fn pages_and_skips_cut_the_same_list() {
    let server = Server::start().await;
    for n in 1..=5 {
        let trace = format!("00000000-0000-4000-9000-{n:012x}");
        server.store(&[event(&trace, n, "a", call("f"))]).await;
    }
    let ids = async |query: &str| -> Vec<String> {
        let list = server.data(&format!("/api/traces?{query}")).await;
        assert_eq!((&list["total_traces"], &list["total_kind"]), (&5.into(), &"exact".into()));
        let traces = list["traces"].as_array().expect("a list").iter();
        traces.map(|trace| trace["trace_id"].as_str().expect("an id")[35..].to_owned()).collect()
    };
    assert_eq!(ids("page=1&page_size=2").await, ["5", "4"]);
    assert_eq!(ids("page=3&page_size=2").await, ["1"]);
    assert_eq!(ids("page=4&page_size=2").await, [""; 0]);
    assert_eq!(ids("skip=1&limit=3").await, ["4", "3", "2"]);
    assert_eq!(server.data("/api/traces?page_size=2").await["total_pages"], 3);
}

#[tokio::test]
async fn the_browser_s_list_goes_on_by_cursor() {
    let server = Server::start().await;
    for n in 1..=5 {
        let trace = format!("00000000-0000-4000-9000-{n:012x}");
        server.store(&[event(&trace, n, "a", call("f"))]).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.data(&format!("/api/traces?limit=2&cursor={cursor}")).await;
        let traces = page["traces"].as_array().expect("a list");
        assert!(traces.len() <= 2);
        seen.extend(traces.iter().map(|trace| trace["trace_id"].as_str().expect("an id")[35..].to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["5", "4", "3", "2", "1"]);
}

#[tokio::test]
async fn filters_choose_traces() {
    let server = server_with_a_trace().await;
    server.store(&chain(OTHER_TRACE, 9)).await;
    for (query, total) in [
        ("min_events=5", 1),
        ("service=gateway", 1),
        ("service=gate", 0),
        ("environment=test", 2),
        ("environment=production", 0),
        ("q=b33c31bb", 1),
        ("q=WORK", 1),
        ("q=%2Ftransfer", 1),
        ("q=nothing%20like%20it", 0),
        ("q=%25", 0),
        ("service=worker&min_events=9&q=step", 1),
    ] {
        assert_eq!(server.data(&format!("/api/traces?{query}")).await["total_traces"], total, "{query}");
        let page = server.data(&format!("/api/traces?cursor=&{query}")).await;
        assert_eq!(page["traces"].as_array().map(Vec::len), Some(total), "{query} by cursor");
    }
}

#[tokio::test]
async fn a_deleted_trace_is_gone_and_may_come_again() {
    let server = server_with_a_trace().await;
    let path = format!("/api/traces/{TRACE}");
    let deleted = answer(server.request(Method::DELETE, &path)).await.json();
    assert_eq!((&deleted["success"], &deleted["data"]["deleted"]), (&true.into(), &true.into()));
    server.get(&path).await.assert_failed(404, "Trace not found", "a deleted trace");
    answer(server.request(Method::DELETE, &path)).await.assert_failed(404, "Trace not found", "deleted twice");
    let status = server.data("/status").await;
    assert_eq!((&status["events_captured"], &status["traces_active"]), (&0.into(), &0.into()));
    assert_eq!(server.data("/api/services").await["total_services"], 0);
    server.store(&small_trace()).await;
    assert_eq!(server.data(&path).await["events_total"], 4);
}

#[tokio::test]
async fn a_long_trace_is_cut_and_says_so() {
    let server = Server::start().await;
    for part in chain(TRACE, 20_500).chunks(5_000) {
        server.store(part).await;
    }
    let trace = server.data(&format!("/api/traces/{TRACE}")).await;
    assert_eq!((&trace["events_total"], &trace["truncated"]), (&20_500.into(), &true.into()));
    let events = trace["events"].as_array().expect("a list");
    assert_eq!(events.len(), 20_000);
    assert_eq!((&events[0]["id"], &events[19_999]["id"]), (&event_id(1).into(), &event_id(20_000).into()));
}

#[tokio::test]
async fn the_dashboard_counts_what_was_stored() {
    let server = server_with_a_trace().await;
    let dashboard = server.data("/api/dashboard").await;
    assert_eq!((&dashboard["status"]["events"], &dashboard["services_total"]), (&4.into(), &2.into()));
    assert_eq!(dashboard["throughput"].as_array().map(Vec::len), Some(60));
    assert_eq!(dashboard["recent"][0]["trace_id"], TRACE);
}

#[tokio::test]
async fn the_caches_have_figures_and_can_be_passed_by() {
    let server = server_with_a_trace().await;
    for query in ["", "", "?no_cache=true"] {
        assert_eq!(server.data(&format!("/api/services{query}")).await["total_services"], 2, "{query}");
        assert_eq!(server.get(&format!("/api/services/health{query}")).await.status, 200, "{query}");
    }
    let figures = server.data("/api/internal/cache").await;
    let caches = figures["caches"].as_array().expect("a list");
    assert!(!caches.is_empty());
    for cache in caches {
        for field in ["entries", "weight", "capacity", "hits", "misses", "evictions"] {
            assert!(cache[field].is_u64(), "{field} of {cache}");
        }
    }
}

#[tokio::test]
async fn the_password_routes_say_that_there_is_no_password() {
    let server = Server::start().await;
    assert_eq!(server.get("/auth/check").await.json(), json!({ "authenticated": true, "auth_required": false }));
    let login = answer(server.request(Method::POST, "/auth/login").body(r#"{"password":"x"}"#)).await;
    login.assert_failed(400, "UI authentication is not enabled", "login");
    let logout = answer(server.request(Method::POST, "/auth/logout")).await;
    assert_eq!(logout.json(), json!({ "success": true, "message": "Logged out successfully" }));
    assert!(logout.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
}
