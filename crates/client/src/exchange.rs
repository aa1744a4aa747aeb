//! A request and its response, on either side.

use http::HeaderMap;
use std::time::Duration;

use crate::context::{Context, Stamp, millis};
use crate::event::{Kind, NoHeaders};
use crate::propagate;

/// A request that was recorded and waits for its response; see [`Context::received`] and
/// [`Context::request`]. Without [`Exchange::finish`] the trace shows a request without a response.
#[derive(Debug)]
pub struct Exchange<'a> {
    ctx: &'a Context,
    requested: Stamp,
    headers: HeaderMap,
}

impl<'a> Exchange<'a> {
    pub(crate) fn begin(ctx: &'a Context, method: &str, url: &str, outgoing: bool) -> Self {
        let requested = ctx.record(&Kind::HttpRequest { method, url, headers: NoHeaders {}, body: None });
        let headers = if outgoing { propagate::inject(ctx, requested.count) } else { HeaderMap::new() };
        Self { ctx, requested, headers }
    }

    /// What belongs on the outgoing request: `traceparent`, `raceway-clock`, and `tracestate` when the
    /// caller sent one. Empty for a request that was received.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Records the response, with the time since the request.
    pub fn finish(self, status: u16) {
        let stamp = self.ctx.stamp();
        // Of one moment with the stamp: the response then begins where the request did, and is listed after it.
        let duration = Duration::from_nanos(stamp.at.since(self.requested.at));
        let kind = Kind::HttpResponse { status, headers: NoHeaders {}, body: None, duration_ms: millis(duration) };
        self.ctx.emit(stamp, &kind, Some(duration));
    }
}
