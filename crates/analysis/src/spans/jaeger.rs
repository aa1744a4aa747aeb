//! Jaeger's JSON: what its UI downloads and its query service answers, `{"data": [trace, ..]}`.
//!
//! Times there are microseconds. Everything not needed for spans is passed over without being kept, the copies
//! of spans inside references among it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use model::Nanos;
use serde::Deserialize;

use super::{Parenthood, Side, SpanForest, SpanForestBuilder, SpanRecord};

/// A trace as it was told from one file.
#[derive(Debug, Clone)]
pub struct JaegerTrace {
    /// As the file prints it.
    pub trace_id: String,
    pub forest: SpanForest,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JaegerError {
    /// Not JSON, not of Jaeger's shape, or the reading itself failed; says the line and the column.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Read(#[from] std::io::Error),
}

/// The most that is unpacked, in bytes: a small file cannot fill the memory.
const MAX_UNPACKED: u64 = 8 << 30;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    data: Vec<Trace<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'a> {
    #[serde(rename = "traceID", borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    spans: Vec<RawSpan<'a>>,
    #[serde(default, borrow)]
    processes: HashMap<Cow<'a, str>, Process<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Process<'a> {
    #[serde(borrow)]
    service_name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSpan<'a> {
    #[serde(rename = "traceID", default, borrow)]
    trace_id: Cow<'a, str>,
    #[serde(rename = "spanID", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "parentSpanID", default, borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    operation_name: Cow<'a, str>,
    #[serde(default, borrow)]
    references: Option<Vec<Reference<'a>>>,
    start_time: i64,
    duration: u64,
    #[serde(rename = "processID", default, borrow)]
    process_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    process: Option<Process<'a>>,
    #[serde(default, borrow)]
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(default, borrow)]
    ref_type: Cow<'a, str>,
    #[serde(rename = "traceID", default, borrow)]
    trace_id: Cow<'a, str>,
    #[serde(rename = "spanID", borrow)]
    span_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(default)]
    value: serde_json::Value,
}

/// Reads a whole file, plain or gzip. Memory in proportion to its unpacked size, which is bounded by 8 GiB.
///
/// # Errors
/// What is not Jaeger's JSON, with line and column; what could not be read or unpacked.
pub fn read(input: impl Read) -> Result<Vec<JaegerTrace>, JaegerError> {
    let mut input = BufReader::new(input);
    let mut bytes = Vec::new();
    if input.fill_buf()?.starts_with(&GZIP_MAGIC) {
        MultiGzDecoder::new(input).take(MAX_UNPACKED).read_to_end(&mut bytes)?;
    } else {
        input.take(MAX_UNPACKED).read_to_end(&mut bytes)?;
    }
    parse(&bytes)
}

/// Reads a whole unpacked file that is already in memory. O(N log N) in the spans.
///
/// # Errors
/// What is not Jaeger's JSON, with line and column.
pub fn parse(bytes: &[u8]) -> Result<Vec<JaegerTrace>, JaegerError> {
    let file: File<'_> = serde_json::from_slice(bytes)?;
    Ok(file
        .data
        .into_iter()
        .map(|trace| JaegerTrace { forest: forest(&trace), trace_id: trace.trace_id.into_owned() })
        .collect())
}

fn forest(trace: &Trace<'_>) -> SpanForest {
    let mut builder = SpanForestBuilder::default();
    for span in &trace.spans {
        let (parent, parenthood) = parent(trace, span);
        let process = span.process.as_ref().or_else(|| trace.processes.get(span.process_id.as_ref()?));
        let tags = span.tags.as_deref().unwrap_or_default();
        let start = nanos(i128::from(span.start_time));
        builder.push(SpanRecord {
            id: &span.id,
            parent,
            parenthood,
            side: side(tags),
            start,
            end: nanos(i128::from(span.start_time) + i128::from(span.duration)),
            service: process.map_or("", |process| &process.service_name),
            operation: &span.operation_name,
            failed: tags.iter().any(says_failed),
        });
    }
    builder.finish()
}

/// Microseconds to nanoseconds; what lies outside of 1677 to 2262 is taken to its bound.
fn nanos(micros: i128) -> Nanos {
    let nanos = (micros * 1000).clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    Nanos(nanos as i64)
}

/// Of several references inside the trace the first `CHILD_OF` counts, else the first: one parent waits.
fn parent<'a>(trace: &Trace<'_>, span: &'a RawSpan<'_>) -> (Option<&'a str>, Parenthood) {
    let here = if span.trace_id.is_empty() { &trace.trace_id } else { &span.trace_id };
    let references = span.references.as_deref().unwrap_or_default();
    let mut inside = references.iter().filter(|other| other.trace_id.is_empty() || other.trace_id == *here);
    let follows = |reference: &Reference<'_>| reference.ref_type == "FOLLOWS_FROM";
    let chosen = inside.clone().find(|reference| !follows(reference)).or_else(|| inside.next());
    match chosen {
        Some(reference) if follows(reference) => (Some(&reference.span_id), Parenthood::FollowsFrom),
        Some(reference) => (Some(&reference.span_id), Parenthood::Child),
        None => (span.parent_id.as_deref().filter(|id| !id.is_empty()), Parenthood::Child),
    }
}

fn side(tags: &[Tag<'_>]) -> Side {
    let kind = tags.iter().find(|tag| tag.key == "span.kind").and_then(|tag| tag.value.as_str());
    match kind {
        Some("client") => Side::Client,
        Some("server") => Side::Server,
        _ => Side::Internal,
    }
}

fn says_failed(tag: &Tag<'_>) -> bool {
    use serde_json::Value;
    match (&*tag.key, &tag.value) {
        ("error", Value::Bool(failed)) => *failed,
        ("error", Value::String(text)) => !text.is_empty() && text != "false",
        ("otel.status_code", Value::String(text)) => text == "ERROR",
        ("http.status_code" | "http.response.status_code", Value::Number(status)) => {
            status.as_i64().is_some_and(|status| status >= 500)
        }
        ("http.status_code" | "http.response.status_code", Value::String(text)) => {
            text.parse::<i64>().is_ok_and(|status| status >= 500)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TRACE: &str = r#"{"data": [{"traceID": "t", "processes": {"p1": {"serviceName": "shop"}, "p2": {"serviceName": "stock"}},
        "spans": [
            {"traceID": "t", "spanID": "b", "operationName": "reserve", "startTime": 10, "duration": 5, "processID": "p2",
             "references": [{"refType": "FOLLOWS_FROM", "traceID": "t", "spanID": "x"},
                            {"refType": "CHILD_OF", "traceID": "t", "spanID": "a", "span": {"spanID": "a"}}],
             "tags": [{"key": "span.kind", "value": "server"}, {"key": "http.status_code", "value": 503}]},
            {"traceID": "t", "spanID": "a", "operationName": "buy\n", "startTime": 0, "duration": 20, "processID": "p1",
             "references": [{"refType": "CHILD_OF", "traceID": "other", "spanID": "b"}], "tags": null, "warnings": null},
            {"traceID": "t", "spanID": "c", "operationName": "mail", "startTime": 21, "duration": 2, "processID": "p9",
             "references": [{"refType": "FOLLOWS_FROM", "traceID": "t", "spanID": "a"}]}
        ]}], "total": 0}"#;

    fn check(traces: &[JaegerTrace]) {
        let [JaegerTrace { trace_id, forest }] = traces else { panic!("one trace") };
        assert_eq!(trace_id, "t");
        assert_eq!(forest.ids, ["a", "b", "c"]);
        let [buy, reserve, mail] = forest.spans[..] else { panic!("three spans") };
        assert_eq!((buy.parent, buy.side, buy.failed), (None, Side::Internal, false));
        assert_eq!((reserve.parent, reserve.parenthood), (Some(0), Parenthood::Child));
        assert_eq!((reserve.side, reserve.failed), (Side::Server, true));
        assert_eq!((reserve.start, reserve.end), (Nanos(10_000), Nanos(15_000)));
        assert_eq!((mail.parent, mail.parenthood), (Some(0), Parenthood::FollowsFrom));
        assert_eq!(forest.label(reserve.service, reserve.operation), "[stock] reserve");
        assert_eq!(forest.label(mail.service, mail.operation), "[] mail");
    }

    #[test]
    fn references_times_and_tags_are_read() {
        check(&read(TRACE.as_bytes()).unwrap());
    }

    #[test]
    fn a_packed_file_reads_as_its_content() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(TRACE.as_bytes()).unwrap();
        check(&read(&packed.finish().unwrap()[..]).unwrap());
    }

    #[test]
    fn what_is_not_a_trace_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{\"data\": 5}", "invalid type: integer `5`, expected a sequence at line 1 column 10"),
            (
                "{\"data\": [{\"traceID\": \"t\",\n\"spans\": [{\"spanID\": \"a\"}]}]}",
                "missing field `startTime` at line 2 column 25",
            ),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), expected);
        }
        assert!(read(&[0x1f, 0x8b, 8, 0, 1][..]).is_err(), "a torn packed file");
    }

    #[test]
    fn times_beyond_the_calendar_are_taken_to_its_bounds() {
        let text = format!(
            r#"{{"data":[{{"traceID":"t","spans":[{{"spanID":"a","startTime":{},"duration":{}}}]}}]}}"#,
            i64::MIN,
            u64::MAX
        );
        let traces = read(text.as_bytes()).unwrap();
        let span = traces[0].forest.spans[0];
        assert_eq!((span.start, span.end), (Nanos(i64::MIN), Nanos(i64::MAX)));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_give_traces_or_an_error(bytes: Vec<u8>) {
            let _ = read(&bytes[..]);
        }

        #[test]
        fn a_torn_or_damaged_file_gives_traces_or_an_error(at in 0..TRACE.len(), byte: u8, torn: bool) {
            let mut bytes = TRACE.as_bytes().to_vec();
            bytes[at] = byte;
            if torn {
                bytes.truncate(at);
            }
            let _ = read(&bytes[..]);
        }
    }
}
