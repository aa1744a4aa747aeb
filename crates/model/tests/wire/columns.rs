//! What each kind and each odd shape says in columns.

use model::{Kind, Mode};
use serde_json::{Value, json};

use crate::support::{accept, decode, event, event_with, kept_body, payload, row, state_change, written};

#[test]
fn every_kind_gets_its_column_values() {
    let call = |name: &str| json!({name: {"function_name": "f", "module": "m", "args": [], "file": "a", "line": 0}});
    let lock = |name: &str, lock_type: &str| json!({name: {"lock_id": "L", "lock_type": lock_type, "location": "a"}});
    let response =
        |status: u16| json!({"HttpResponse": {"status": status, "headers": {}, "body": 1, "duration_ms": 3}});
    let table = [
        (call("FunctionCall"), Kind::Call, Mode::None, "f"),
        (json!({"FunctionReturn": {"function_name": "f"}}), Kind::Call, Mode::None, "f"),
        (
            json!({"AsyncSpawn": {"task_id": "5f0c2d14-92b1-4d2f-9c3e-0d4b7a6c1e88", "spawned_by": "f"}}),
            Kind::Spawn,
            Mode::None,
            "5f0c2d14-92b1-4d2f-9c3e-0d4b7a6c1e88",
        ),
        (
            json!({"AsyncSpawn": {"task_id": "7", "task_name": "pay", "spawned_at": "a"}}),
            Kind::Spawn,
            Mode::None,
            "pay",
        ),
        (json!({"AsyncAwait": {"future_id": "any text", "awaited_at": "a"}}), Kind::Join, Mode::None, "any text"),
        (state_change("Read"), Kind::Read, Mode::None, "balance"),
        (state_change("Write"), Kind::Write, Mode::None, "balance"),
        (state_change("AtomicRead"), Kind::AtomicRead, Mode::SeqCst, "balance"),
        (state_change("AtomicWrite"), Kind::AtomicWrite, Mode::SeqCst, "balance"),
        (state_change("AtomicRMW"), Kind::AtomicRmw, Mode::SeqCst, "balance"),
        (lock("LockAcquire", "RwLock::Read"), Kind::Acquire, Mode::Shared, "L"),
        (lock("LockAcquire", "RWLock-Write"), Kind::Acquire, Mode::Exclusive, "L"),
        (lock("LockRelease", "threading.Lock"), Kind::Release, Mode::Exclusive, "L"),
        (
            json!({"MemoryFence": {"ordering": "Release", "location": "a"}}),
            Kind::Fence,
            Mode::ReleaseOrdering,
            "Release",
        ),
        (
            json!({"HttpRequest": {"method": "get", "url": "/a/17?x=1", "headers": {}}}),
            Kind::Request,
            Mode::In,
            "GET /a/:id",
        ),
        (json!({"HttpRequest": {"method": "GET", "url": "/", "headers": null}}), Kind::Request, Mode::In, "GET /"),
        (response(200), Kind::Response, Mode::None, "status 200"),
        (
            json!({"DatabaseQuery": {"query": "SELECT a FROM b WHERE c=1", "database": "d", "duration_ms": 0.5}}),
            Kind::Query,
            Mode::None,
            "SELECT a FROM b",
        ),
        (json!({"DatabaseResult": {"rows_affected": 3}}), Kind::QueryResult, Mode::None, "result"),
        (json!({"Error": {"error_type": "E", "message": "m", "stack_trace": ["a"]}}), Kind::Error, Mode::None, "E"),
        (json!({"Custom": {"name": "n", "data": null}}), Kind::Custom, Mode::None, "n"),
        (json!({"Teleport": 5}), Kind::Custom, Mode::None, "Teleport"),
    ];
    for (kind, expected, mode, operation) in table {
        let table = accept(&event(kind.clone()));
        let row = row(&table);
        assert_eq!((row.kind, row.mode, table.text(row.operation)), (expected, mode, operation), "{kind}");
        let (name, fields) = kind.as_object().and_then(|kind| kind.iter().next()).expect("one kind");
        assert_eq!(payload(&table).kind, name);
        assert_eq!(&kept_body(&table), fields);
    }
}

#[test]
fn start_and_end_follow_the_table_of_times() {
    let call = json!({"FunctionCall": {"function_name": "f", "module": "m", "args": [], "file": "a", "line": 1}});
    let custom = json!({"Custom": {"name": "n", "data": 1}});
    let query = |ms: Value| json!({"DatabaseQuery": {"query": "q", "database": "d", "duration_ms": ms}});
    // (kind, duration_ns, language, nanoseconds from start to the timestamp, from the timestamp to the end)
    let table = [
        (call.clone(), json!(70), "go", 0, 70),
        (call.clone(), json!(70), "python", 70, 0),
        (json!({"FunctionReturn": {"function_name": "f"}}), json!(70), "go", 70, 0),
        (custom.clone(), json!(70), "python", 0, 70),
        (custom.clone(), json!(70.4), "go", 0, 70),
        (custom.clone(), Value::Null, "go", 0, 0),
        (custom, json!(-5), "go", 0, 0),
        (query(json!(12.75)), Value::Null, "go", 12_750_000, 0),
        (query(json!(12)), json!(12_345_678), "go", 12_345_678, 0),
        (query(json!(12)), json!(0), "go", 12_000_000, 0),
        (query(json!(-3.5)), Value::Null, "go", 0, 0),
    ];
    for (kind, duration, language, before, after) in table {
        let mut event = event_with(kind, "/metadata/duration_ns", duration);
        event["metadata"]["tags"] = json!({ "sdk_language": language });
        let table = accept(&event);
        let moment = model::Nanos::parse("2026-11-21T13:00:05.691711Z").expect("a time");
        let row = row(&table);
        assert_eq!((row.start, row.end), (moment.saturating_sub(before), moment.saturating_add(after)), "{event}");
    }
}

#[test]
fn absurd_durations_saturate() {
    let query = json!({"DatabaseQuery": {"query": "q", "database": "d", "duration_ms": 1e300}});
    let table = accept(&event(query));
    assert_eq!(row(&table).end.0 - i64::MAX, row(&table).start.0);
    let table = accept(&event_with(state_change("Read"), "/metadata/duration_ns", json!(u64::MAX)));
    assert_eq!(row(&table).end.0, i64::MAX);
}

#[test]
fn a_request_comes_in_when_it_opens_its_context() {
    let request = || json!({"HttpRequest": {"method": "GET", "url": "/", "headers": {}}});
    let parent = json!("39f317ac-7a37-4d8b-b0ff-13cf2a4a7f10");
    for (clock, mode) in [
        (json!([["bank#bank-1", 1]]), Mode::In),
        (json!([["gateway#g", 9], ["bank#bank-1", 1]]), Mode::In),
        (json!([["bank#bank-1", 2]]), Mode::Out),
        (json!([["bank#other", 1]]), Mode::Out),
        (json!([]), Mode::Out),
    ] {
        let mut event = event_with(request(), "/parent_id", parent.clone());
        event["causality_vector"] = clock.clone();
        assert_eq!(row(&accept(&event)).mode, mode, "{clock}");
    }
}

#[test]
fn a_tag_overrides_the_ordering_of_atomics_and_fences_only() {
    let fence = json!({"MemoryFence": {"ordering": "Release", "location": "a"}});
    for (kind, ordering, mode) in [
        (state_change("AtomicRead"), "relaxed", Mode::Relaxed),
        (state_change("AtomicWrite"), "nonsense", Mode::SeqCst),
        (fence, "Acquire", Mode::AcquireOrdering),
        (state_change("Read"), "relaxed", Mode::None),
    ] {
        let event = event_with(kind, "/metadata/tags", json!({ "ordering": ordering }));
        assert_eq!(row(&accept(&event)).mode, mode, "{event}");
    }
}

#[test]
fn equal_values_are_recognised_and_unknown_ones_never_match() {
    let hashes = |old: Value, new: Value| {
        let mut change = state_change("Write");
        change["StateChange"]["old_value"] = old;
        change["StateChange"]["new_value"] = new;
        let table = accept(&event(change));
        (row(&table).old_hash, row(&table).new_hash)
    };
    let (old, new) = hashes(json!({"a": [1, "x"]}), json!({"a": [1, "x"]}));
    assert!(old == new && old != 0);
    assert_eq!(hashes(Value::Null, json!(1)).0, 0);
    assert_ne!(hashes(json!(1), Value::Null).1, 0);
    assert_eq!(hashes(json!({"token": "a"}), json!({"token": "b"})), (0, 0));
    let long = "x".repeat(70_000);
    assert_eq!(hashes(json!(1), json!(long)).1, 0);
}

#[test]
fn names_lose_nul_and_what_is_too_long() {
    let long = "n".repeat(5_000);
    let mut sent = event_with(state_change("Read"), "/metadata/thread_id", json!("a\u{0}b"));
    sent["metadata"]["service_name"] = json!(long);
    sent["kind"]["StateChange"]["variable"] = json!(long);
    let table = accept(&sent);
    assert_eq!(table.text(row(&table).thread), "a\u{FFFD}b");
    for name in [row(&table).service, row(&table).variable, row(&table).operation] {
        let name = table.text(name);
        assert!(name.len() <= model::limits::NAME_BYTES && name.ends_with(model::limits::CUT_MARK));
    }
    assert_eq!(kept_body(&table)["variable"], json!(long), "the payload keeps it whole");
}

#[test]
fn half_a_surrogate_pair_becomes_a_replacement_character() {
    for (place, expected) in [("variable", "a\u{FFFD}"), ("new_value", "a\u{FFFD}"), ("location", "a\u{FFFD}")] {
        let mut change = state_change("Write");
        change["StateChange"][place] = json!("HERE");
        let body = json!({"events": [event(change)]}).to_string().replace("HERE", "a\\ud83d");
        let decoded = model::wire::decode_batch(body.as_bytes()).expect("a batch");
        assert_eq!(decoded.rejected, []);
        assert_eq!(kept_body(&decoded.table)[place], json!(expected));
    }
}

#[test]
fn the_same_event_twice_in_a_batch_stays_twice() {
    let sent = event(state_change("Read"));
    assert_eq!(decode(&[sent.clone(), sent]).table.rows.len(), 2);
}

#[test]
fn a_lost_payload_is_written_as_unreadable() {
    let mut table = accept(&event(state_change("Read")));
    table.payload.clear();
    let text = written(&table, &table.rows[0]);
    let event: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(event["kind"], json!({"Custom": {"name": "unreadable", "data": null}}));
    assert_eq!(event["timestamp"], json!("2026-11-21T13:00:05.691711Z"));
    assert!(
        model::wire::decode_batch(format!("{{\"events\":[{text}]}}").as_bytes())
            .is_ok_and(|batch| batch.rejected.is_empty())
    );
}
