use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::*;

const BEGIN: Nanos = Nanos(1_795_266_005_000_000_000);

fn shape(n_events: u64, batch: u64, n_traces: u64, n_open: usize) -> Shape {
    Shape { seed: 7, n_events, batch, n_traces, n_open, begin: BEGIN, late: false }
}

fn events(shape: Shape) -> Vec<Value> {
    let mut generator = Generator::new(shape);
    let mut events = Vec::new();
    let mut text = Vec::new();
    while let Some((trace, id)) = generator.next_event(&mut text) {
        let event: Value = serde_json::from_slice(&text).expect("an event is JSON");
        assert_eq!(
            (event["trace_id"].as_str(), event["id"].as_str()),
            (Some(&*trace.to_string()), Some(&*id.to_string()))
        );
        events.push(event);
        text.clear();
    }
    events
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let bytes = |seed| {
        let mut generator = Generator::new(Shape { seed, ..shape(300, 100, 9, 3) });
        let mut out = Vec::new();
        while generator.next_event(&mut out).is_some() {}
        out
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn late_events_are_other_events_of_the_same_traces() {
    let ids = |late| {
        let mut generator = Generator::new(Shape { late, ..shape(500, 100, 9, 3) });
        std::iter::from_fn(|| generator.next_event(&mut Vec::new())).unzip::<_, _, Vec<_>, Vec<_>>()
    };
    let ((traces, events), (late_traces, late_events)) = (ids(false), ids(true));
    assert_eq!(traces, late_traces);
    assert!(late_events.iter().all(|id| !events.contains(id)));
}

#[test]
fn events_have_the_shape_of_the_contract_and_the_promised_mean_size() {
    let shape = shape(20_000, 1_000, 600, 7);
    let mut generator = Generator::new(shape.clone());
    let mut bytes = Vec::new();
    while generator.next_event(&mut bytes).is_some() {}
    let mean = bytes.len() as u64 / shape.n_events;
    assert!((600..=800).contains(&mean), "{mean} bytes an event");

    let fields_of = HashMap::from([
        ("FunctionCall", vec!["function_name", "module", "args", "file", "line"]),
        ("HttpRequest", vec!["method", "url", "headers", "body"]),
        ("HttpResponse", vec!["status", "headers", "body", "duration_ms"]),
        ("StateChange", vec!["variable", "old_value", "new_value", "location", "access_type"]),
        ("LockAcquire", vec!["lock_id", "lock_type", "location"]),
        ("LockRelease", vec!["lock_id", "lock_type", "location"]),
        ("DatabaseQuery", vec!["query", "database", "duration_ms"]),
        ("DatabaseResult", vec!["rows_affected"]),
        ("Error", vec!["error_type", "message", "stack_trace"]),
    ]);
    let mut kinds = HashSet::new();
    for event in events(shape) {
        let (kind, fields) = event["kind"].as_object().expect("a kind").iter().next().expect("one key");
        for field in &fields_of[kind.as_str()] {
            assert!(fields.get(field).is_some(), "{kind} has {field}");
        }
        kinds.insert(kind.clone());
        assert!(Nanos::parse(event["timestamp"].as_str().expect("a time")).is_ok());
        for field in ["thread_id", "service_name", "environment", "instance_id", "distributed_span_id"] {
            assert!(event["metadata"][field].is_string(), "metadata has {field}");
        }
        assert!(event["metadata"]["process_id"].is_u64() && event["metadata"]["tags"].is_object());
        assert!(event["causality_vector"][0][1].as_u64().is_some_and(|count| count > 0));
        assert!(event["lock_set"].as_array().is_some_and(Vec::is_empty));
    }
    assert_eq!(kinds.len(), fields_of.len(), "every kind occurs");
}

#[test]
fn ids_are_distinct_and_parents_are_the_event_before_in_the_same_context() {
    let mut seen = HashSet::new();
    let mut last: HashMap<(String, String), (Value, u64)> = HashMap::new();
    for event in events(shape(5_000, 500, 100, 5)) {
        assert!(seen.insert(event["id"].as_str().expect("an id").to_owned()));
        let span = event["metadata"]["distributed_span_id"].as_str().expect("a span");
        let context = (event["trace_id"].as_str().expect("a trace").to_owned(), span.to_owned());
        let count = event["causality_vector"][0][1].as_u64().expect("a clock");
        let (parent, before) = last.remove(&context).unwrap_or((Value::Null, 0));
        assert_eq!((&event["parent_id"], count), (&parent, before + 1));
        last.insert(context, (event["id"].clone(), count));
    }
}

#[test]
fn there_are_exactly_as_many_traces_as_asked_for() {
    for (n_events, batch, n_traces, n_open) in
        [(1_000, 100, 30, 7), (999, 100, 1, 1), (500, 100, 500, 25), (1_000, 1_000, 3, 3)]
    {
        let events = events(shape(n_events, batch, n_traces, n_open));
        let traces: HashSet<_> = events.iter().map(|event| event["trace_id"].to_string()).collect();
        assert_eq!((events.len() as u64, traces.len() as u64), (n_events, n_traces));
    }
}

#[test]
fn one_trace_a_batch_means_that_no_trace_lies_in_two() {
    let events = events(shape(1_000, 100, 10, 1));
    for batch in events.chunks(100) {
        assert!(batch.iter().all(|event| event["trace_id"] == batch[0]["trace_id"]));
    }
}
