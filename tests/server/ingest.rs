//! `POST /events`: what is answered, and what is stored by then.

use std::io::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::events::{OTHER_TRACE, TRACE, call, chain, event, small_trace};
use crate::support::{Server, answer, batch};

#[tokio::test]
async fn an_acknowledgement_counts_what_is_durable_and_a_resend_changes_nothing() {
    let server = Server::start().await;
    let first = server.post(batch(&small_trace())).await;
    assert_eq!(first.status, 200);
    let expected = json!({ "success": true, "data": "Ingested 4 events", "error": null, "rejected": [], "rejected_total": 0,
        "duplicates": 0, "seq": 1 });
    assert_eq!(first.json(), expected);
    let counts = |status: &Value| (status["events_captured"].clone(), status["traces_active"].clone());
    let before = counts(&server.data("/status").await);
    assert_eq!(before, (4.into(), 1.into()));

    let again = server.post(batch(&small_trace())).await.json();
    assert_eq!(
        (&again["data"], &again["duplicates"], &again["seq"]),
        (&"Ingested 4 events".into(), &4.into(), &1.into())
    );
    assert_eq!(counts(&server.data("/status").await), before);
}

#[tokio::test]
async fn one_bad_event_is_named_and_the_others_are_stored() {
    let server = Server::start().await;
    let mut events = small_trace();
    events[1]["timestamp"] = "yesterday".into();
    let json = server.post(batch(&events)).await.json();
    assert_eq!((&json["data"], &json["rejected_total"]), (&"Ingested 3 events".into(), &1.into()));
    assert_eq!(json["rejected"][0]["index"], 1);
    assert!(json["rejected"][0]["reason"].as_str().is_some_and(|reason| reason.contains("timestamp")), "{json}");
    assert_eq!(server.data(&format!("/api/traces/{TRACE}")).await["events_total"], 3);
}

#[tokio::test]
async fn an_empty_batch_is_a_success_and_many_bad_events_are_listed_up_to_a_hundred() {
    let server = Server::start().await;
    let json = server.post(batch(&[])).await.json();
    assert_eq!((&json["success"], &json["data"], &json["seq"]), (&true.into(), &"Ingested 0 events".into(), &0.into()));
    let json = server.post(batch(&vec![json!({}); 150])).await.json();
    assert_eq!((&json["data"], &json["rejected_total"]), (&"Ingested 0 events".into(), &150.into()));
    assert_eq!(json["rejected"].as_array().map(Vec::len), Some(100));
}

#[tokio::test]
async fn the_same_event_id_in_another_trace_is_another_event() {
    let server = Server::start().await;
    server.store(&[event(TRACE, 1, "a", call("f"))]).await;
    server.store(&[event(OTHER_TRACE, 1, "a", call("f"))]).await;
    assert_eq!(server.data("/api/traces").await["total_traces"], 2);
}

#[tokio::test]
async fn compressed_bodies_are_taken() {
    let server = Server::start().await;
    for (encoding, trace) in [("gzip", TRACE), ("zstd", OTHER_TRACE)] {
        let body = batch(&chain(trace, 500)).to_string();
        let body = match encoding {
            "gzip" => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(body.as_bytes()).expect("memory");
                encoder.finish().expect("memory")
            }
            _ => zstd::encode_all(body.as_bytes(), 1).expect("memory"),
        };
        let request = server
            .request(Method::POST, "/events")
            .header("content-type", "application/json; charset=utf-8")
            .header("content-encoding", encoding);
        assert_eq!(answer(request.body(body)).await.json()["data"], "Ingested 500 events", "{encoding}");
    }
    assert_eq!(server.data("/status").await["events_captured"], 1000);
}

#[tokio::test]
async fn what_is_acknowledged_is_in_the_next_answer() {
    let server = Server::start().await;
    for n in 1..=20 {
        server.store(&[event(TRACE, n, "a", call("f"))]).await;
        let list = server.data("/api/traces").await;
        assert_eq!(list["traces"][0]["event_count"], n);
        assert_eq!(server.data(&format!("/api/traces/{TRACE}")).await["events"].as_array().map(Vec::len), Some(n));
    }
}
