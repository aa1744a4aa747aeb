//! The headers that carry a trace from service to service.
//!
//! `traceparent` is W3C trace context, version 00; `raceway-clock` adds the caller's span and clock.
//! Arriving headers are input: whatever is malformed is as good as absent.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::TraceId;
use serde::{Deserialize, Serialize};

use crate::context::{Context, Origin};
use crate::event::random_span_id;

/// W3C trace context.
pub const TRACEPARENT_HEADER: HeaderName = HeaderName::from_static("traceparent");
/// W3C trace state, passed through as it came.
pub const TRACESTATE_HEADER: HeaderName = HeaderName::from_static("tracestate");
/// The caller's span and clock: `v1;` and base64url of JSON.
pub const CLOCK_HEADER: HeaderName = HeaderName::from_static("raceway-clock");

const CLOCK_VERSION: &str = "v1;";
/// The contract's limit on clock components, one of them the receiver's own.
const MOST_COMPONENTS: usize = 255;
const LONGEST_HEADER: usize = 64 << 10;

/// The content of [`CLOCK_HEADER`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ClockHeader {
    trace_id: TraceId,
    /// The receiver's span.
    span_id: String,
    /// The sender's span.
    parent_span_id: Option<String>,
    service: String,
    instance: String,
    clock: Vec<(String, u64)>,
}

/// Headers for a request whose event has the own count `count`. Each call names a new span, the
/// receiver's.
pub(crate) fn inject(ctx: &Context, count: u64) -> HeaderMap {
    let identity = ctx.client().identity();
    let span_id = random_span_id();
    let clock = ctx.clock(count).into_iter().take(MOST_COMPONENTS);
    let carried = ClockHeader {
        trace_id: ctx.trace_id(),
        span_id: span_id.clone(),
        parent_span_id: Some(ctx.span_id().into()),
        service: identity.service.clone(),
        instance: identity.instance.clone(),
        clock: clock.map(|(component, count)| (component.into(), count)).collect(),
    };
    let traceparent = format!("00-{}-{span_id}-01", ctx.trace_id().to_hex());
    let clock_header = serde_json::to_vec(&carried).map(|json| encode(&json)).ok();

    let mut headers = HeaderMap::new();
    let values = [
        (TRACEPARENT_HEADER, Some(traceparent)),
        (CLOCK_HEADER, clock_header),
        (TRACESTATE_HEADER, ctx.origin().tracestate.clone()),
    ];
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The caller's trace; `None` without a well-formed `traceparent`.
pub(crate) fn extract(headers: &HeaderMap) -> Option<Origin> {
    let (trace, span) = parse_traceparent(text(headers, &TRACEPARENT_HEADER)?)?;
    let clock_header = text(headers, &CLOCK_HEADER)
        .and_then(parse_clock)
        // A proxy that starts a span of its own changes traceparent and passes the rest on.
        .filter(|carried| carried.trace_id == trace);
    let (upstream, clock) = clock_header.map(|carried| (carried.parent_span_id, carried.clock)).unwrap_or_default();
    let tracestate = text(headers, &TRACESTATE_HEADER).map(String::from);
    Some(Origin { trace, span: span.into(), upstream, clock, tracestate })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|value| value.len() <= LONGEST_HEADER)
}

/// Trace and span of `version-trace-span-flags`. Versions above 00 may have more parts.
fn parse_traceparent(value: &str) -> Option<(TraceId, &str)> {
    let mut parts = value.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    let too_long = version == "00" && parts.next().is_some();
    if !well_formed || too_long || version == "ff" || span.bytes().all(|digit| digit == b'0') {
        return None;
    }
    Some((trace.parse().ok()?, span))
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn encode(json: &[u8]) -> String {
    let mut value = String::from(CLOCK_VERSION);
    URL_SAFE_NO_PAD.encode_string(json, &mut value);
    value
}

fn parse_clock(value: &str) -> Option<ClockHeader> {
    let json = URL_SAFE_NO_PAD.decode(value.trim().strip_prefix(CLOCK_VERSION)?).ok()?;
    let carried: ClockHeader = serde_json::from_slice(&json).ok()?;
    (carried.clock.len() <= MOST_COMPONENTS).then_some(carried)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRACE: &str = "b33c31bb3c0f4b39acd00fe400f6a1e6";

    fn headers(traceparent: &str, clock: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT_HEADER, traceparent.parse().expect("a header value"));
        if let Some(clock) = clock {
            headers.insert(CLOCK_HEADER, clock.parse().expect("a header value"));
        }
        headers
    }

    #[test]
    fn a_malformed_traceparent_is_as_good_as_none() {
        let good = format!("00-{TRACE}-3ff3d1219b408bbb-01");
        assert!(extract(&headers(&good, None)).is_some());
        assert!(extract(&headers(&format!("01-{TRACE}-3ff3d1219b408bbb-01-more"), None)).is_some());
        for bad in [
            String::new(),
            "00".into(),
            good.to_uppercase(),
            format!("{good}-more"),
            format!("ff-{TRACE}-3ff3d1219b408bbb-01"),
            format!("00-{}-3ff3d1219b408bbb-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-3ff3d1219b408bb-01"),
            format!("00-{TRACE}-3ff3d1219b408bbg-01"),
        ] {
            assert_eq!(extract(&headers(&bad, None)), None, "{bad}");
        }
        assert_eq!(extract(&HeaderMap::new()), None);
    }

    #[test]
    fn a_malformed_clock_leaves_the_trace_standing() {
        let traceparent = format!("00-{TRACE}-3ff3d1219b408bbb-01");
        let of_another_trace = encode(
            br#"{"trace_id":"00000000-0000-0000-0000-000000000001","span_id":"a","parent_span_id":"b","service":"s","instance":"i","clock":[["s#i",1]]}"#,
        );
        for bad in ["", "v1;", "v2;e30", "v1;!!!", "v1;e30", "v1;bm90IGpzb24", &of_another_trace] {
            let origin = extract(&headers(&traceparent, Some(bad))).expect("the trace");
            assert_eq!((origin.upstream, origin.clock), (None, Vec::new()), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_clock_survives_its_header(
            trace in 1u128..,
            parent_span_id in proptest::option::of("[0-9a-f]{16}"),
            service in ".{0,9}",
            instance in ".{0,9}",
            clock in proptest::collection::vec((".{0,20}", any::<u64>()), 0..9),
        ) {
            let trace_id = TraceId::new(trace).expect("not zero");
            let carried = ClockHeader { trace_id, span_id: "3ff3d1219b408bbb".into(), parent_span_id, service, instance, clock };
            let value = encode(&serde_json::to_vec(&carried).expect("JSON"));
            prop_assert!(HeaderValue::try_from(&value).is_ok());
            prop_assert_eq!(parse_clock(&value), Some(carried));
        }

        #[test]
        fn arbitrary_headers_never_panic(traceparent in "[ -~]{0,80}", clock in "(v1;)?[ -~]{0,80}") {
            let _ = extract(&headers(&traceparent, Some(&clock)));
        }
    }
}
