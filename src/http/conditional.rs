//! Conditional requests: an answer that has not changed costs a 304.
//!
//! A handler (or a server function) says how new its body is in the internal header
//! [`VERSION`]; the layer [`conditional`] turns that into a weak `ETag` of version, path, query and media
//! type, and compares it with `If-None-Match`. A handler that knows its version before it does the work
//! asks [`Known::unchanged`] first.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, TRANSFER_ENCODING, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use model::{Head, Seq};

/// Never leaves the server.
pub const VERSION: HeaderName = HeaderName::from_static("x-raceway-version");

const PRIVATE_NO_CACHE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// How new a body is: equal versions of one resource have equal bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Of a trace: `seq` is the last commit that changed it.
    pub fn of_trace(head: Head, seq: Seq) -> Self {
        Self(format!("{:x}-{seq}", head.epoch))
    }

    /// For bodies with fields that follow the clock: another version every ten seconds.
    pub fn with_clock(self) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(format!("{}-{:x}", self.0, now.as_secs() / 10))
    }

    /// For bodies with findings of the whole store, which come after the commits they are of.
    pub fn with_findings(self, number: u64) -> Self {
        Self(format!("{}-f{number:x}", self.0))
    }

    /// Marks a response for the layer.
    pub fn mark(&self, mut response: Response) -> Response {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(VERSION, value);
        }
        response
    }
}

impl From<Head> for Version {
    fn from(head: Head) -> Self {
        Self(format!("{:x}-{}", head.epoch, head.seq))
    }
}

/// What the client has already.
#[derive(Debug, Clone, Default)]
pub struct Known {
    if_none_match: Vec<HeaderValue>,
    resource: Option<Uri>,
}

impl Known {
    fn new(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        if method != Method::GET && method != Method::HEAD {
            return Self::default();
        }
        let if_none_match = headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
        Self { if_none_match, resource: Some(uri.clone()) }
    }

    /// The 304, when the client has `version` of this resource in `media`; then the work can be spared.
    pub fn unchanged(&self, version: &Version, media: &str) -> Option<Response> {
        let tag = self.tag(&version.0, media)?;
        self.has(&tag).then(|| not_modified(tag))
    }

    fn tag(&self, version: &str, media: &str) -> Option<HeaderValue> {
        let uri = self.resource.as_ref()?;
        let mut hash = Fnv::new();
        for part in [uri.path(), uri.query().unwrap_or_default(), media] {
            hash.write(part.as_bytes());
        }
        HeaderValue::from_str(&format!("W/\"{version}-{:016x}\"", hash.0)).ok()
    }

    /// Weak comparison (RFC 9110, 8.8.3.2): what follows `W/` decides.
    fn has(&self, tag: &HeaderValue) -> bool {
        let opaque = tag.to_str().unwrap_or_default().trim_start_matches("W/");
        let mut known = self.if_none_match.iter().filter_map(|value| value.to_str().ok());
        known.any(|list| {
            list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == opaque)
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::new(&parts.method, &parts.uri, &parts.headers))
    }
}

/// The layer: takes [`VERSION`] off every response, and acts on it for successful reads.
pub async fn conditional(request: Request, next: Next) -> Response {
    let known = Known::new(request.method(), request.uri(), request.headers());
    let mut response = next.run(request).await;
    let version = response.headers_mut().remove(VERSION);
    let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A page carries the nonce of its content security policy, which is never the same again. Its mark would
    // be of a server function that ran while it was rendered.
    if media.starts_with("text/html") {
        response.headers_mut().entry(CACHE_CONTROL).or_insert(PRIVATE_NO_CACHE);
        return response;
    }
    let version = version.filter(|_| response.status() == StatusCode::OK);
    let tag = version.and_then(|version| known.tag(version.to_str().ok()?, media));
    let Some(tag) = tag else { return response };
    if known.has(&tag) {
        response.headers_mut().insert(ETAG, tag);
        return without_body(response);
    }
    tag_response(&mut response, tag);
    response
}

fn tag_response(response: &mut Response, tag: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.entry(CACHE_CONTROL).or_insert(PRIVATE_NO_CACHE);
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
}

fn not_modified(tag: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    tag_response(&mut response, tag);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

/// The 304 in place of a response, with its other headers (`Age`) kept.
fn without_body(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    let tag = parts.headers.remove(ETAG);
    let mut response = Response::from_parts(parts, Body::empty());
    if let Some(tag) = tag {
        tag_response(&mut response, tag);
    }
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

/// FNV-1a, 64 bits: tags have to be the same in every process and release.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// One part; parts do not run into each other.
    fn write(&mut self, bytes: &[u8]) {
        // 0xff is in no UTF-8 text.
        for &byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(uri: &'static str, if_none_match: &[&'static str]) -> Known {
        let mut headers = HeaderMap::new();
        for value in if_none_match {
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
        }
        Known::new(&Method::GET, &Uri::from_static(uri), &headers)
    }

    fn tag(uri: &'static str, version: &str, media: &str) -> String {
        known(uri, &[]).tag(version, media).expect("a tag").to_str().expect("ascii").to_owned()
    }

    #[test]
    fn path_query_media_and_version_each_make_another_tag() {
        let tags = [
            tag("/api/traces", "a-1", "application/json"),
            tag("/api/traces", "a-2", "application/json"),
            tag("/api/traces?page=2", "a-1", "application/json"),
            tag("/api/services", "a-1", "application/json"),
            tag("/api/traces", "a-1", "application/vnd.raceway.window"),
        ];
        let distinct: std::collections::HashSet<&String> = tags.iter().collect();
        assert_eq!(distinct.len(), tags.len(), "{tags:?}");
    }

    #[test]
    fn lists_stars_and_strong_forms_match_weakly() {
        let value = HeaderValue::from_static("W/\"a-1\"");
        for (sent, has) in [
            (vec!["W/\"a-1\""], true),
            (vec!["\"a-1\""], true),
            (vec!["*"], true),
            (vec!["\"x\", W/\"y\" ,W/\"a-1\""], true),
            (vec!["\"x\"", "\"a-1\""], true),
            (vec!["\"x\""], false),
            (vec!["a-1"], false),
            (vec![""], false),
            (vec![], false),
        ] {
            assert_eq!(known("/", &sent).has(&value), has, "{sent:?}");
        }
    }

    #[test]
    fn only_reads_are_conditional() {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let post = Known::new(&Method::POST, &Uri::from_static("/events"), &headers);
        assert!(post.unchanged(&Version("a-1".into()), "application/json").is_none());
    }
}
