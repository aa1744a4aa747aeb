//! The analyses over the wire: events go in through `POST /events`, answers come out of the routes.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::events::{TRACE, UNKNOWN_TRACE};
use crate::recording::{
    Client, Recording, access, acquire, join, read, release, request, response, spawn, uuid, write,
};
use crate::support::Server;

async fn server_with(recording: &Recording) -> Server {
    let server = Server::start().await;
    server.store(&recording.events).await;
    server
}

fn path(trace: u128, rest: &str) -> String {
    format!("/api/traces/{}{rest}", uuid(trace))
}

/// Variables that race, as every route says it that says it: they have to agree.
async fn races_of(server: &Server, trace: u128) -> BTreeSet<String> {
    let names = |list: &Value, field: &str| -> BTreeSet<String> {
        list.as_array().expect("a list").iter().map(|one| one[field].as_str().expect("a name").to_owned()).collect()
    };
    let full = server.data(&path(trace, "")).await;
    let analysis = &full["analysis"];
    let in_details = names(&analysis["race_details"], "variable");

    let lines = analysis["anomalies"].as_array().expect("lines").iter().filter_map(Value::as_str);
    let in_text: BTreeSet<String> =
        lines.filter_map(|line| Some(line.split_once("RACE on ")?.1.split(' ').next()?.to_owned())).collect();
    assert_eq!(in_text, in_details);
    let analyzed = server.data(&path(trace, "/analyze")).await;
    assert_eq!(analyzed["race_details"], analysis["race_details"]);

    let pairs = |findings: &Value| -> u64 {
        let races = findings.as_array().expect("a list").iter().filter(|finding| finding["kind"] == "race");
        races.map(|race| race["count"]["value"].as_u64().expect("a count")).sum()
    };
    for query in ["", "?exact=true"] {
        let findings = server.data(&path(trace, &format!("/findings{query}"))).await;
        let races: Vec<Value> = findings["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|one| one["kind"] == "race")
            .cloned()
            .collect();
        assert_eq!(names(&Value::Array(races), "subject"), in_details, "{query}");
        assert_eq!(findings["complete"], true);
        if query.is_empty() {
            let pairs = pairs(&findings["findings"]);
            assert_eq!(analysis["potential_races"], pairs);
            assert_eq!(analysis["concurrent_events"], pairs);
        }
    }
    in_details
}

async fn races(recording: &Recording) -> BTreeSet<String> {
    races_of(&server_with(recording).await, 1).await
}

fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn global(recording: &mut Recording) {
    recording.last()["metadata"]["tags"]["scope"] = json!("global");
}

/// Two tasks of one request that do these things, the first one's first.
fn two_tasks(first: &[Value], second: &[Value]) -> Recording {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a");
    let mut tasks = ["one", "two"].map(|id| {
        recording.event(&mut main, 1, spawn(id));
        main.task(id)
    });
    let mut time = 3;
    for (task, does) in tasks.iter_mut().zip([first, second]) {
        for kind in does {
            recording.event(task, time, kind.clone());
            time += 1;
        }
    }
    recording
}

#[tokio::test]
async fn a_write_before_a_call_to_another_service_and_one_in_it_are_no_race() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    recording.event(&mut caller, 1, request("/in"));
    recording.event(&mut caller, 2, write("order"));
    global(&mut recording);
    recording.event(&mut caller, 3, request("/pay"));
    let mut callee = Client::new("bank", "b").span("s").called_by(&caller);
    recording.event(&mut callee, 4, request("/pay"));
    recording.event(&mut callee, 5, write("order"));
    global(&mut recording);
    recording.event(&mut callee, 6, response(2));
    recording.event(&mut caller, 7, response(4));
    recording.event(&mut caller, 8, write("order"));
    global(&mut recording);
    let server = server_with(&recording).await;
    assert_eq!(races_of(&server, 1).await, named(&[]));
    let analysis = server.data(&path(1, "/analyze")).await;
    assert_eq!(analysis["anomalies"][0], "No potential races detected for this trace");
}

#[tokio::test]
async fn spawn_write_join_read_is_no_race_and_a_read_beside_the_task_is_one() {
    for (joins_first, expected) in [(true, named(&[])), (false, named(&["x"]))] {
        let mut recording = Recording::default();
        let mut main = Client::new("bank", "t1");
        recording.event(&mut main, 1, write("x"));
        recording.event(&mut main, 2, spawn("w"));
        let mut task = main.task("w");
        recording.event(&mut task, 3, write("x"));
        let [first, second] = if joins_first { [join("w"), read("x")] } else { [read("x"), join("w")] };
        recording.event(&mut main, 4, first);
        recording.event(&mut main, 5, second);
        assert_eq!(races(&recording).await, expected);
    }
}

#[tokio::test]
async fn atomic_accesses_do_not_race_with_each_other_but_with_plain_ones() {
    let add = access("AtomicRMW", "n", json!(1), json!(2));
    let store = access("AtomicWrite", "n", json!(1), json!(2));
    assert_eq!(races(&two_tasks(std::slice::from_ref(&add), std::slice::from_ref(&store))).await, named(&[]));
    assert_eq!(races(&two_tasks(&[store], &[read("n")])).await, named(&["n"]));
    assert_eq!(races(&two_tasks(&[add], &[write("n")])).await, named(&["n"]));
}

#[tokio::test]
async fn writing_under_shared_read_locks_is_a_race_and_under_exclusive_ones_is_none() {
    for (lock_type, expected) in [("RWLock-Read", named(&["x"])), ("RWLock-Write", named(&[]))] {
        let does = [acquire("l", lock_type), write("x"), release("l", lock_type)];
        assert_eq!(races(&two_tasks(&does, &does)).await, expected, "{lock_type}");
    }
}

#[tokio::test]
async fn a_lock_never_released_in_another_trace_hides_no_race() {
    let mut recording = Recording::default();
    let mut forgetful = Client::new("bank", "worker-1").span("f").trace(1);
    recording.event(&mut forgetful, 1, acquire("l", "Mutex"));
    recording.event(&mut forgetful, 2, write("y"));
    for thread in ["worker-1", "worker-2"] {
        let mut client = Client::new("bank", thread).trace(2).span(thread);
        recording.event(&mut client, 10, write("x"));
    }
    let server = server_with(&recording).await;
    assert_eq!(races_of(&server, 2).await, named(&["x"]));
    assert_eq!(races_of(&server, 1).await, named(&[]));
}

#[tokio::test]
async fn two_services_whose_threads_have_one_name_are_two_threads_with_their_own_locks() {
    let mut recording = Recording::default();
    for (service, span) in [("bank", "a"), ("shop", "b")] {
        let mut client = Client::new(service, "main").span(span);
        recording.event(&mut client, 1, acquire("l", "Mutex"));
        recording.event(&mut client, 2, write("cache"));
        global(&mut recording);
        recording.event(&mut client, 2, write("private"));
        recording.event(&mut client, 3, release("l", "Mutex"));
    }
    assert_eq!(races(&recording).await, named(&["cache"]));
}

#[tokio::test]
async fn a_parent_that_arrives_late_still_orders_its_child() {
    let mut recording = Recording::default();
    let mut one = Client::new("bank", "ThreadId(1)").span("a").without_clock();
    let parent = recording.event(&mut one, 1, write("x"));
    let mut two = Client::new("bank", "ThreadId(2)").span("a").without_clock();
    two.parent = Some(parent);
    recording.event(&mut two, 2, write("x"));
    let server = Server::start().await;
    server.store(&recording.events[1..]).await;
    assert_eq!(races_of(&server, 1).await, named(&[]));
    server.store(&recording.events[..1]).await;
    assert_eq!(races_of(&server, 1).await, named(&[]));
    let findings = server.data(&path(1, "/findings")).await;
    let notes = findings["notes"].to_string();
    assert!(notes.contains("tasks not separable"), "the trace says what its client cannot show: {notes}");
}

#[tokio::test]
async fn clocks_of_two_calls_into_one_instance_that_look_ordered_are_not() {
    let mut recording = Recording::default();
    let mut caller = Client::new("gateway", "g").span("a");
    recording.event(&mut caller, 1, request("/in"));
    recording.event(&mut caller, 2, request("/pay"));
    let mut first = Client::new("bank", "b1").span("s1").called_by(&caller);
    recording.event(&mut caller, 3, request("/pay"));
    let mut second = Client::new("bank", "b2").span("s2").called_by(&caller);
    recording.event(&mut first, 4, request("/pay"));
    recording.event(&mut first, 5, write("x"));
    recording.event(&mut second, 4, request("/pay"));
    recording.event(&mut second, 5, read("y"));
    recording.event(&mut second, 6, write("x"));
    let server = server_with(&recording).await;
    assert_eq!(races_of(&server, 1).await, named(&["x"]));
    let detail = server.data(&path(1, "/analyze")).await["race_details"][0].take();
    assert_eq!((&detail["severity"], &detail["event1_location"]), (&json!("CRITICAL"), &json!("Write:x")));
    assert!(detail["description"].as_str().is_some_and(|text| text.starts_with("Two requests write `x` at once")));
}

#[tokio::test]
async fn a_trace_may_be_looked_at_as_often_as_one_likes_without_becoming_an_anomaly() {
    let mut recording = Recording::default();
    let call =
        json!({"FunctionCall": {"function_name": "settle", "module": "m", "args": {}, "file": "a.rs", "line": 1}});
    recording.event(&mut Client::new("bank", "t1"), 0, call);
    recording.last()["metadata"]["duration_ns"] = json!(30_000_000);
    let server = server_with(&recording).await;
    for _look in 0..8 {
        let anomalies = server.data(&path(1, "/anomalies")).await;
        assert_eq!(anomalies, json!({ "trace_id": uuid(1), "anomaly_count": 0, "anomalies": [] }));
        assert_eq!(server.data(&path(1, "")).await["anomalies"], json!([]));
    }
}

#[tokio::test]
async fn a_finding_has_its_schedule_and_both_are_conditional() {
    let recording = two_tasks(
        &[acquire("a", "Mutex"), acquire("b", "Mutex"), release("b", "Mutex"), release("a", "Mutex")],
        &[acquire("b", "Mutex"), acquire("a", "Mutex"), release("a", "Mutex"), release("b", "Mutex")],
    );
    let server = server_with(&recording).await;
    let findings = server.data(&path(1, "/findings")).await;
    let deadlock = &findings["findings"][0];
    assert_eq!((&deadlock["kind"], &deadlock["class"]), (&json!("deadlock"), &json!("sync_preserving")));
    let id = deadlock["id"].as_str().expect("an id");
    let schedule_path = path(1, &format!("/findings/{id}/schedule"));
    let schedule = server.data(&schedule_path).await;
    assert_eq!(schedule["then"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        schedule["steps"].as_array().expect("steps").last().expect("a step")["effect"],
        json!({
            "acquire": { "lock": schedule["locks"].as_array().expect("locks").iter().position(|lock| lock["name"] == "b"), "shared": false }
        })
    );
    // The events of a finding are where the list has them.
    let window = server.data(&path(1, "/window")).await;
    for event in deadlock["events"].as_array().expect("events") {
        let position = event["position"].as_u64().expect("a position") as usize;
        assert_eq!(window["rows"][position]["id"], event["id"]);
    }
    for path in [schedule_path, path(1, "/findings"), path(1, "/analyze")] {
        let tag = server.get(&path).await.header("etag").expect("a tag").to_owned();
        let again = server.request(reqwest::Method::GET, &path).header("if-none-match", tag);
        assert_eq!(crate::support::answer(again).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_no_id_is_said_in_the_envelope() {
    let server = server_with(&two_tasks(&[write("x")], &[write("x")])).await;
    for (path, status, says) in [
        ("/api/traces/nonsense/findings".to_owned(), 400, "Invalid trace ID format"),
        ("/api/traces/nonsense/analyze".to_owned(), 400, "Invalid trace ID format"),
        ("/api/traces/nonsense/anomalies".to_owned(), 400, "Invalid trace ID format"),
        ("/api/traces/nonsense/findings/progress".to_owned(), 400, "Invalid trace ID format"),
        (format!("/api/traces/{UNKNOWN_TRACE}/findings"), 404, "Analysis failed: Trace not found"),
        (format!("/api/traces/{UNKNOWN_TRACE}/analyze"), 404, "Analysis failed: Trace not found"),
        (format!("/api/traces/{UNKNOWN_TRACE}/findings/0123456789ab/schedule"), 404, "Trace not found"),
        (path(1, "/findings/0123456789ab/schedule"), 404, "Finding not found: 0123456789ab"),
        (path(1, "/findings/x/schedule"), 400, "Invalid finding ID format"),
        (path(1, "/findings/%F0%9F%A6%80/schedule"), 400, "Invalid finding ID format"),
    ] {
        server.get(&path).await.assert_failed(status, says, &path);
    }
    let anomalies = server.data(&format!("/api/traces/{UNKNOWN_TRACE}/anomalies")).await;
    assert_eq!(anomalies["anomaly_count"], 0);
    let progress = server.data(&format!("/api/traces/{UNKNOWN_TRACE}/findings/progress")).await;
    assert_eq!(progress["running"], false);
}

/// Many tasks that take few locks in turn and write some variables: little is ordered, and an exact search has much to
/// do.
fn large(n_events: usize) -> Vec<Value> {
    let mut recording = Recording::default();
    let mut main = Client::new("bank", "t1").span("a").without_clock();
    main.trace = 1;
    let mut tasks: Vec<Client> = (0..40)
        .map(|task| {
            let id = format!("task-{task}");
            recording.event(&mut main, 1, spawn(&id));
            main.task(&id)
        })
        .collect();
    let mut time = 2;
    let mut at = 0;
    while recording.events.len() < n_events {
        let task = &mut tasks[at % 40];
        let lock = format!("l{}", at % 3);
        let value = at as i64;
        let mut step = |kind: Value| {
            recording.event(task, time, kind);
            time += 1;
        };
        step(acquire(&lock, "Mutex"));
        step(access("Write", &format!("x{}", at % 11), json!(value - 11), json!(value)));
        step(release(&lock, "Mutex"));
        at += 1;
    }
    recording.events
}

async fn store_all(server: &Server, events: &[Value]) {
    for part in events.chunks(5_000) {
        server.store(part).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_stops_the_search_and_health_answers_meanwhile() {
    let server = Server::start().await;
    store_all(&server, &large(12_000)).await;
    let search = server.request(reqwest::Method::GET, &path(1, "/findings?exact=true")).send();
    let search = tokio::spawn(search);
    let progress = path(1, "/findings/progress");
    let mut phases = BTreeSet::new();
    for _ in 0..400 {
        let says = server.data(&progress).await;
        if says["running"] == true {
            phases.insert(says["phase"].as_str().expect("words").to_owned());
        }
        if phases.contains("races") {
            break;
        }
        assert!(!search.is_finished(), "it was to take longer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(phases.contains("races"), "{phases:?}");
    assert_eq!(server.get("/health").await.status, 200);
    assert!(!search.is_finished(), "it is still at work");
    search.abort();
    let stopped = async {
        while server.data(&progress).await["running"] == true {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), stopped).await.expect("it stops");
    let figures = server.data("/api/internal/cache").await;
    let findings = figures["caches"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|cache| cache["name"].as_str().is_some_and(|name| name.starts_with("findings of traces")));
    assert_eq!(findings.expect("a cache")["entries"], 0, "what nobody waited for was not finished");
}

#[tokio::test]
async fn an_answer_follows_the_trace_as_it_grows() {
    let server = Server::start().await;
    let recording = two_tasks(&[write("x")], &[write("x")]);
    let (early, late) = recording.events.split_at(3);
    server.store(early).await;
    assert_eq!(races_of(&server, 1).await, named(&[]));
    server.store(late).await;
    assert_eq!(races_of(&server, 1).await, named(&["x"]));
    server.store(&crate::events::small_trace()).await;
    assert_eq!(server.data(&format!("/api/traces/{TRACE}/findings")).await["findings"], json!([]));
}
