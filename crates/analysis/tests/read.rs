//! Files as they come: every format, packed or plain, and what is wrong with them by line.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
mod events;

use std::io::Write;

use analysis::read::{Events, Format, Limits, Recording as File, file, file_within};
use analysis::spans::{Span, SpanForest};
use analysis::{Cancel, OpKind, causal};
use events::{Client, Recording, acquire, release, write};
use model::{Kind, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(text: impl AsRef<[u8]>) -> Events {
    match file(text.as_ref(), "f", Format::Auto).unwrap() {
        File::Events(events) => events,
        File::Std(_) => panic!("events"),
    }
}

fn error(text: impl AsRef<[u8]>) -> String {
    file(text.as_ref(), "f", Format::Auto).map(|_| ()).unwrap_err().to_string()
}

fn recording() -> Recording {
    let mut recording = Recording::default();
    for trace in [1, 2] {
        let mut client = Client::new("bank", "t1").trace(trace);
        for (time, kind) in [(1, acquire("l", "Mutex")), (2, write("x")), (3, release("l", "Mutex"))] {
            recording.event(&mut client, time, kind);
        }
    }
    recording
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

#[test]
fn batches_lines_arrays_and_answers_of_the_server_hold_the_same_events() {
    let events = recording().events;
    let lines = events.iter().map(|event| format!("{event}\n")).collect::<String>();
    let (first, second) = events.split_at(3);
    let forms = [
        json!({ "events": events }).to_string(),
        lines,
        json!(events).to_string(),
        format!("{}\n\n{}", json!({"note": {"events": 1}, "events": first}), json!({"events": second})),
        format!("{:#}", json!({"success": true, "data": {"events": events, "analysis": {}}, "error": null})),
        json!([{"events": first}, {"events": second}]).to_string(),
        format!("\u{feff}{}{}", json!({"resourceMetrics": [{}]}), json!({ "events": events })),
    ];
    for form in forms {
        let read = read(&form);
        let rows: Vec<_> = read.traces.iter().map(|trace| (trace.id.get(), trace.rows.clone())).collect();
        assert_eq!(rows, [(1, vec![0, 1, 2]), (2, vec![3, 4, 5])], "{form}");
        assert_eq!(read.table.rows[1].kind, Kind::Write);
    }
}

#[test]
fn packed_files_read_as_their_content() {
    let text = recording().json();
    let plain = read(&text);
    let mut zipped = gzip(text.as_bytes());
    // Two members in one file, as rotated files are when joined.
    zipped.extend(gzip(b"\n"));
    for packed in [zipped, zstd::encode_all(text.as_bytes(), 3).unwrap()] {
        let read = read(&packed);
        assert_eq!((read.table.rows.len(), &read.traces), (plain.table.rows.len(), &plain.traces));
    }
    let Ok(File::Std(history)) = file(&gzip(b"\nT1|w(x)|1\n")[..], "f", Format::Auto) else { panic!("a trace") };
    assert_eq!(history.ops.len(), 1);
}

#[test]
fn the_same_event_twice_is_there_once() {
    let mut recording = recording();
    recording.events.extend(recording.events.clone());
    let read = read(recording.json());
    assert_eq!((read.table.rows.len(), read.duplicates), (6, 6));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let good = recording().events[0].to_string();
    let mut nameless = recording().events[1].clone();
    nameless["metadata"]["service_name"] = Value::Null;
    for (text, expected) in [
        (format!("{good}\n{good}\n{nameless}\n"), "f:3: metadata.service_name: expected a string, found null"),
        (format!("{good}\n{{\"id\": 5, \"kind\": nul}}\n"), "f:2: expected ident"),
        (format!("{good}\n{{\"a\": 1}}"), "f:2: neither events, nor a Jaeger trace, nor OTLP data"),
        (format!("{{\"events\": [\n{good},\n{{\"x\":tru}}]}}"), "f:3: expected ident"),
        ("{\"events\": [\n1, 2".to_owned(), "f:2: expected `]`"),
        ("{\"events\":\n\n\"x".to_owned(), "f:3: the text ends inside a value"),
        ("[1]".to_owned(), "f:1: expected an object"),
        ("[]".to_owned(), "f:1: no events, spans or logs"),
        (String::new(), "f:1: "),
        ("T1|w(x)|1\n\nhello\n".to_owned(), "f:3: expected thread|op(target)|location"),
        ("\n\nT1|w(x)|1\nhello\n".to_owned(), "f:4: expected thread|op(target)|location"),
        (
            "{\"data\":[\n{\"traceID\":\"1\",\n\"spans\":[{\"spanID\":\"a\"}]}]}".to_owned(),
            "f:3: missing field `startTime`",
        ),
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[\n{\"spanId\":\"a\"}]}]}]}".to_owned(), "f:1: traceId: "),
    ] {
        let said = file(text.as_bytes(), "f", Format::Auto).map_or_else(|error| error.to_string(), |_| "f:1: ".into());
        assert!(said.starts_with(expected), "{said} for {text}");
    }
    let wrong_format = file(good.as_bytes(), "f", Format::Otlp).map(|_| ()).unwrap_err();
    assert_eq!(wrong_format.to_string(), "f:1: this is the contract's JSON, not OTLP JSON");
}

#[test]
fn a_file_that_unpacks_to_more_than_is_read_is_refused_without_being_kept() {
    let bomb = gzip(&vec![b' '; 3 << 20]);
    assert!(bomb.len() < 20_000);
    let limits = Limits { file_bytes: 1 << 20, element_bytes: 1 << 10 };
    let said = file_within(&bomb[..], "f", Format::Auto, limits).map(|_| ()).unwrap_err();
    assert_eq!(said.what, "unpacks to more than is read");
    let long = format!("{{\"events\": [\"{}\"]}}", "x".repeat(2_000));
    let said = file_within(long.as_bytes(), "f", Format::Auto, limits).map(|_| ()).unwrap_err();
    assert_eq!(said.what, "one element has more than 1024 bytes");
    assert!(error([0x1f, 0x8b, 8, 0, 1]).starts_with("f:1: "), "a torn archive");
    assert!(error([0x28, 0xb5, 0x2f, 0xfd, 1]).starts_with("f:1: "), "a torn archive");
}

fn otlp() -> Value {
    let attribute = |key: &str, value: Value| json!({"key": key, "value": value});
    let text = |key: &str, value: &str| attribute(key, json!({"stringValue": value}));
    let access = |time: u64, access: &str, thread: &str| {
        json!({"timeUnixNano": time.to_string(), "name": "access", "attributes": [
            text("raceway.variable", "cart"), text("raceway.access", access), text("thread.name", thread),
            attribute("raceway.new_value", json!({"intValue": "5"})), text("raceway.location", "cart.go:7")]})
    };
    json!({
        "resourceSpans": [
            {"resource": {"attributes": [text("service.name", "shop"), text("service.instance.id", "shop-1"),
                                         attribute("process.pid", json!({"intValue": 71}))]},
             "scopeSpans": [{"spans": [
                // The child comes first.
                {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
                 "parentSpanId": "00f067aa0ba902b7", "name": "charge", "kind": 3, "startTimeUnixNano": "1200",
                 "endTimeUnixNano": "1800", "status": {"code": 2},
                 "attributes": [text("server.address", "bank"), text("api_key", "s3cr3t"), text("task_id", "no task")]},
                {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "00f067aa0ba902b7", "name": "POST /buy",
                 "kind": "SPAN_KIND_SERVER", "startTimeUnixNano": 1000, "endTimeUnixNano": "2000",
                 "parentSpanId": "", "attributes": [attribute("http.status_code", json!({"intValue": 503}))],
                 "events": [access(1100, "Write", "t1"), access(1150, "Read", "t2"),
                            {"timeUnixNano": "1900", "name": "exception", "attributes": [
                                text("exception.type", "TooPoor"), text("exception.message", "no money")]}]},
            ]}]},
            {"resource": {"attributes": [text("service.name", "bank")]},
             "scopeSpans": [{"spans": [
                {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "53995c3f42cd8ad8",
                 "parentSpanId": "b7ad6b7169203331", "name": "pay", "kind": 2, "startTimeUnixNano": "1300",
                 "endTimeUnixNano": "1700"},
                {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "53995c3f42cd8ad9",
                 "parentSpanId": "53995c3f42cd8ad8", "name": "SELECT", "kind": 3, "startTimeUnixNano": "1400",
                 "endTimeUnixNano": "1500", "attributes": [text("db.system", "sqlite")]},
            ]}]},
        ],
    })
}

#[test]
fn otlp_spans_are_events_with_their_parents_wherever_those_come() {
    let logs = json!({"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [{"logRecords": [
        {"timeUnixNano": "1650", "severityNumber": 17, "severityText": "ERROR", "body": {"stringValue": "odd"},
         "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "53995c3f42cd8ad8"},
        {"timeUnixNano": "1650", "severityNumber": 17, "severityText": "ERROR", "body": {"stringValue": "odd"},
         "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "53995c3f42cd8ad8"},
        {"timeUnixNano": "1650", "body": {"stringValue": "alone"}}]}]}]});
    let read = read(format!("{}\n{logs}\n", otlp()));
    assert_eq!((read.traces.len(), read.table.rows.len(), read.duplicates, read.without_trace), (1, 9, 0, 1));
    let row = |operation: &str| read.table.rows.iter().find(|row| read.table.text(row.operation) == operation).unwrap();
    let (charge, buy, pay, select) = (row("charge"), row("POST /buy"), row("pay"), row("SELECT"));
    assert_eq!((buy.parent, charge.parent, pay.parent), (None, Some(buy.id), Some(charge.id)));
    assert_eq!((charge.kind, charge.mode, charge.error), (Kind::Request, Mode::Out, true));
    assert_eq!((buy.kind, buy.mode, buy.status, buy.error), (Kind::Request, Mode::In, 503, true));
    assert_eq!((select.kind, select.parent), (Kind::Query, Some(pay.id)));
    assert_eq!((charge.start.0, charge.end.0, buy.process_id), (1200, 1800, 71));
    assert_eq!(read.table.text(buy.instance), "shop-1");
    let payload = String::from_utf8_lossy(read.table.payload(charge));
    assert!(payload.contains("server.address") && !payload.contains("s3cr3t"));
    assert!(charge.task.is_none(), "an attribute of a stranger is no task");
    let error = row("TooPoor");
    assert_eq!((error.kind, error.parent, error.error), (Kind::Error, Some(buy.id), true));
    let logs: Vec<_> = read.table.rows.iter().filter(|row| row.kind == Kind::Log).collect();
    assert!(logs.len() == 2 && logs.iter().all(|row| row.error && row.parent == Some(pay.id)));
}

#[test]
fn accesses_in_span_events_are_analysed_like_those_of_a_client() {
    let read = read(otlp().to_string());
    let recorded = causal::history_of(&read.table, &read.traces[0].rows, &Cancel::default()).unwrap();
    let accesses: Vec<u32> = (0..recorded.history.ops.len() as u32)
        .filter(|&op| recorded.history.ops[op as usize].kind.access().is_some())
        .collect();
    let [write, read_access] = accesses[..] else { panic!("two accesses") };
    assert!(recorded.history.conflict(write, read_access));
    let (OpKind::Write(_, wrote), OpKind::Read(_, saw)) =
        (recorded.history.ops[write as usize].kind, recorded.history.ops[read_access as usize].kind)
    else {
        panic!("a write and a read")
    };
    assert!(wrote.new == saw.old && saw.old != 0);
    let location = recorded.history.ops[write as usize].location;
    assert_eq!(recorded.history.locations[location as usize], "cart.go:7");
    assert_eq!((recorded.notes.orphans, recorded.notes.edges_cut), (0, 0));
    assert!(recorded.notes.tasks_separable, "each span is a thread of control");
}

#[test]
fn jaegers_traces_keep_their_references_and_its_shared_ids_are_two_events() {
    let span = |id: &str, references: Value, process: &str, kind: &str, start: u64| {
        json!({"traceID": "Ab", "spanID": id, "operationName": format!("{id} {kind}"), "references": references,
               "startTime": start, "duration": 5, "processID": process, "warnings": null,
               "tags": [{"key": "span.kind", "type": "string", "value": kind}], "logs": [
                   {"timestamp": start + 1, "fields": [{"key": "event", "value": "noted"}]}]})
    };
    let child_of = |id: &str| json!([{"refType": "CHILD_OF", "traceID": "Ab", "spanID": id}]);
    let trace = json!({"traceID": "Ab", "processes": {"p": {"serviceName": "shop"}, "q": {"serviceName": "bank", "tags": []}},
    "spans": [
        span("s", json!([]), "q", "server", 2), span("s", json!([]), "p", "client", 1),
        span("t", child_of("s"), "q", "internal", 3),
        span("u", json!([{"refType": "FOLLOWS_FROM", "traceID": "Ab", "spanID": "t"}]), "p", "internal", 9),
        span("v", child_of("gone"), "p", "internal", 10),
    ]});
    for text in [trace.to_string(), json!({"data": [trace], "total": 0}).to_string()] {
        let read = read(&text);
        assert_eq!((read.traces[0].id.get(), read.table.rows.len()), (0xab, 10));
        let at = |operation: &str| {
            read.table.rows.iter().position(|row| read.table.text(row.operation) == operation).unwrap()
        };
        let id = |operation: &str| read.table.rows[at(operation)].id;
        let parent = |operation: &str| read.table.rows[at(operation)].parent;
        assert_eq!(parent("t internal"), Some(id("s server")), "the half of its own service");
        assert_eq!((parent("s server"), parent("s client")), (Some(id("s client")), None));
        assert_eq!(read.table.rows[at("s server")].start.0, 2_000);
        assert_eq!(read.follows.iter().copied().collect::<Vec<_>>(), [at("u internal") as u32]);
        let recorded = causal::history(&read.table, &Cancel::default()).unwrap();
        assert_eq!(recorded.notes.orphans, 1);
    }
}

/// Everything about the spans of a forest, apart from how names are numbered.
fn shape(forest: &SpanForest) -> Vec<String> {
    let spans = forest.spans.iter().zip(&forest.ids);
    spans
        .map(|(span, id)| {
            let label = forest.label(span.service, span.operation);
            let Span { parent, parenthood, side, start, end, failed, .. } = span;
            format!("{id} {parent:?} {parenthood:?} {side:?} {start:?} {end:?} {label} {failed}")
        })
        .collect()
}

#[test]
fn recorded_jaeger_files_are_read_whole() {
    let Some(folder) = common::shared("traces") else { return };
    let mut files = vec![folder.join("deathstarbench/socialnetwork-compose-post-20traces.jaeger.json.gz")];
    files.extend(std::fs::read_dir(folder.join("crisp_test_cases")).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|extension| extension == "json").then_some(path)
    }));
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let read = read(&bytes);
        let mut text = Vec::new();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
        } else {
            text = bytes;
        }
        let value: Value = serde_json::from_slice(&text).unwrap();
        let traces = value["data"].as_array().unwrap();
        assert_eq!(read.traces.len(), traces.len(), "{}", path.display());
        for (trace, sent) in read.traces.iter().zip(traces) {
            let spans = sent["spans"].as_array().unwrap();
            let logs: usize = spans.iter().map(|span| span["logs"].as_array().map_or(0, Vec::len)).sum();
            assert_eq!(trace.rows.len(), spans.len() + logs, "{}", path.display());
            let recorded = causal::history_of(&read.table, &trace.rows, &Cancel::default()).unwrap();
            events::assert_sound(&recorded);
            assert_eq!((recorded.notes.edges_cut, recorded.notes.cyclic_parents), (0, 0), "{}", path.display());
        }
        let recorded = causal::history(&read.table, &Cancel::default()).unwrap();
        let forests = read.forests(&recorded);
        let expected = analysis::spans::jaeger::parse(&text).unwrap();
        assert_eq!(forests.len(), expected.len());
        for ((name, forest), expected) in forests.iter().zip(&expected) {
            assert_eq!(*name, expected.trace_id);
            assert_eq!(shape(forest), shape(&expected.forest), "{}", path.display());
        }
    }
}

#[test]
fn std_files_are_told_by_their_content() {
    let Ok(File::Std(history)) = file(&b"T1|w(x)|1\nT2|r(x)|2\n"[..], "f", Format::Auto) else { panic!("a trace") };
    assert_eq!((history.ops.len(), history.threads.len()), (2, 2));
}

fn samples() -> Vec<String> {
    let jaeger = r#"{"data":[{"traceID":"A","processes":{"p":{"serviceName":"s","tags":[]}},"spans":[{"traceID":"A","spanID":"B","operationName":"o","references":[{"refType":"CHILD_OF","traceID":"A","spanID":"C"}],"startTime":1,"duration":2,"processID":"p","tags":[{"key":"span.kind","value":"client"}],"logs":[{"timestamp":1,"fields":[{"key":"event","value":"x"}]}]}]}]}"#;
    vec![recording().json(), otlp().to_string(), jaeger.to_owned(), "T1|acq(l)|1\nT1|w(x)|2\n".to_owned()]
}

/// Whatever could be read becomes a history.
fn digest(bytes: &[u8]) {
    let limits = Limits { file_bytes: 1 << 22, element_bytes: 1 << 20 };
    if let Ok(File::Events(events)) = file_within(bytes, "f", Format::Auto, limits) {
        let recorded = causal::history(&events.table, &Cancel::default()).unwrap();
        events::assert_sound(&recorded);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_end_in_a_recording_or_an_error(bytes: Vec<u8>) {
        digest(&bytes);
    }

    #[test]
    fn damaged_and_torn_files_end_in_a_recording_or_an_error(
        sample in 0usize..4, at in 0usize..6_000, byte: u8, torn: bool, packed in 0u8..3,
    ) {
        let mut bytes = samples().swap_remove(sample).into_bytes();
        match packed {
            1 => bytes = gzip(&bytes),
            2 => bytes = zstd::encode_all(&bytes[..], 1).unwrap(),
            _ => {}
        }
        let at = at % bytes.len();
        bytes[at] = byte;
        if torn {
            bytes.truncate(at);
        }
        digest(&bytes);
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for open in ["[", "{\"a\":", "{\"events\":[", "{\"data\":{", "{\"data\":["] {
        let _ = file(open.repeat(200_000).as_bytes(), "f", Format::Auto);
        let text = format!("{{\"resourceSpans\":[{{\"resource\":{}1{}}}]}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(file(text.as_bytes(), "f", Format::Auto).is_err());
    }
}
