//! Spans out of Jaeger's JSON, without events between.

use std::io::Read;

use serde::Deserialize;

use super::{Parenthood, Side, SpanForest, SpanForestBuilder, SpanRecord};
use crate::jaeger::{Tag, Trace};
use crate::read::unpack;

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

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    data: Vec<Trace<'a>>,
}

/// Reads a whole file, packed or plain. Memory in proportion to its unpacked size, which is bounded by 8 GiB.
///
/// # Errors
/// What is not Jaeger's JSON, with line and column; what could not be read or unpacked.
pub fn read(input: impl Read) -> Result<Vec<JaegerTrace>, JaegerError> {
    let mut bytes = Vec::new();
    unpack(input, MAX_UNPACKED)?.read_to_end(&mut bytes)?;
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
        let parent = span.parent(&trace.trace_id);
        let named = || trace.processes.as_ref()?.get(span.process_id.as_ref()?);
        let process = span.process.as_ref().or_else(named);
        builder.push(SpanRecord {
            id: &span.id,
            parent: parent.map(|parent| parent.id),
            parenthood: match parent {
                Some(parent) if parent.follows => Parenthood::FollowsFrom,
                _ => Parenthood::Child,
            },
            side: side(span.tags.as_deref().unwrap_or_default()),
            start: span.start(),
            end: span.end(),
            service: process.map_or("", |process| &process.service_name),
            operation: &span.operation_name,
            failed: span.failed(),
        });
    }
    builder.finish()
}

fn side(tags: &[Tag<'_>]) -> Side {
    let kind = tags.iter().find(|tag| tag.key == "span.kind").and_then(|tag| tag.value.as_str());
    match kind {
        Some("client") => Side::Client,
        Some("server") => Side::Server,
        _ => Side::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Nanos;
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
