//! What the sender does with a server that is slow, absent, overloaded, or says no.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod support;

use std::time::{Duration, Instant};

use raceway_client::{Client, Report};
use serde_json::json;
use support::{Received, serve, serve_on};

const SOON: Duration = Duration::from_secs(5);

fn record(client: &Client, n_events: usize) {
    let ctx = client.context();
    for number in 0..n_events {
        ctx.custom("tick", &number);
    }
}

#[tokio::test]
async fn events_arrive_in_full_batches_and_a_rest() {
    let (url, received) = serve().await;
    let client = Client::builder(&url, "bank").batches(100, Duration::from_secs(60)).start().unwrap();
    record(&client, 250);
    let report = client.shutdown(SOON).await;
    assert_eq!(report, Report { sent: 250, ..Report::default() });
    let sizes = received.batch_sizes();
    assert!(sizes.iter().all(|&size| size <= 100), "{sizes:?}");
    let ticks: Vec<_> = received.events().iter().map(|event| event["kind"]["Custom"]["data"].clone()).collect();
    assert_eq!(ticks, (0..250).map(|number| json!(number)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_lone_event_leaves_after_the_linger_time() {
    let (url, received) = serve().await;
    let client = Client::builder(&url, "bank").batches(500, Duration::from_millis(50)).start().unwrap();
    record(&client, 1);
    let began = Instant::now();
    while received.events().is_empty() {
        assert!(began.elapsed() < SOON, "nothing was sent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(client.report().dropped, 0);
}

#[tokio::test]
async fn an_overloaded_server_gets_the_same_batch_again_after_the_time_it_asked_for() {
    let (url, received) = serve().await;
    received.answer_first(503, &[("retry-after", "1")], json!({}));
    received.answer_first(429, &[], json!({}));
    let client = Client::builder(&url, "bank").api_key("k1").start().unwrap();
    record(&client, 3);
    let began = Instant::now();
    let report = client.shutdown(SOON).await;
    assert_eq!(report, Report { sent: 3, retries: 2, ..Report::default() });
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(received.events().len(), 3);
    assert_eq!(received.header("authorization").as_deref(), Some("Bearer k1"));
    assert_eq!(received.header("x-raceway-key").as_deref(), Some("k1"));
}

#[tokio::test]
async fn a_server_that_comes_late_gets_everything() {
    let port = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let client = Client::builder(&format!("http://127.0.0.1:{port}"), "bank").start().unwrap();
    record(&client, 7);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let received = Received::default();
    serve_on(port, received.clone()).await;
    let report = client.shutdown(SOON).await;
    assert_eq!((report.sent, report.dropped), (7, 0));
    assert!(report.retries > 0);
    assert_eq!(received.events().len(), 7);
}

#[tokio::test]
async fn what_could_not_be_kept_or_sent_is_reported_as_dropped() {
    let client = Client::builder("http://127.0.0.1:9", "bank").buffer(20).batches(5, Duration::ZERO).start().unwrap();
    record(&client, 100);
    let began = Instant::now();
    let report = client.shutdown(Duration::from_millis(300)).await;
    assert_eq!((report.sent, report.dropped), (0, 100));
    assert!(began.elapsed() < Duration::from_secs(3), "shutdown kept its time");
    record(&client, 1);
    assert_eq!(client.report().dropped, 101);
}

#[tokio::test]
async fn refusals_are_counted_and_not_repeated() {
    let (url, received) = serve().await;
    received.answer_first(401, &[], json!({"success": false, "data": null, "error": "Unauthorized"}));
    let client = Client::builder(&url, "bank").batches(4, Duration::ZERO).start().unwrap();
    record(&client, 4);
    while client.report().rejected == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let partly = json!({"data": "Ingested 3 events", "rejected": [{"index": 0, "reason": "no"}], "rejected_total": 1, "duplicates": 2});
    received.answer_first(200, &[], partly);
    record(&client, 4);
    let report = client.shutdown(SOON).await;
    assert_eq!(report, Report { sent: 3, rejected: 5, duplicates: 2, ..Report::default() });
    assert_eq!(received.n_requests(), 2);
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_until_it_fits() {
    let (url, received) = serve().await;
    received.refuse_more_than(3);
    let client = Client::builder(&url, "bank").batches(10, Duration::from_secs(60)).start().unwrap();
    record(&client, 10);
    let report = client.shutdown(SOON).await;
    assert_eq!(report, Report { sent: 10, ..Report::default() });
    let ticks: Vec<_> = received.events().iter().map(|event| event["kind"]["Custom"]["data"].clone()).collect();
    assert_eq!(ticks, (0..10).map(|number| json!(number)).collect::<Vec<_>>());
}

#[test]
fn a_program_without_a_runtime_can_record() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (url, received) = runtime.block_on(serve());
    let client = Client::builder(&url, "bank").start().unwrap();
    let recording = std::thread::spawn(move || {
        record(&client, 2);
        client
    });
    let client = recording.join().unwrap();
    let report = runtime.block_on(client.shutdown(SOON));
    assert_eq!((report.sent, received.events().len()), (2, 2));
}

#[tokio::test]
async fn a_client_that_is_just_dropped_still_sends_what_it_has() {
    let (url, received) = serve().await;
    let client = Client::builder(&url, "bank").batches(500, Duration::from_secs(60)).start().unwrap();
    record(&client, 3);
    drop(client);
    let began = Instant::now();
    while received.events().len() < 3 {
        assert!(began.elapsed() < SOON, "nothing was sent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
