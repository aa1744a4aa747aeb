//! The browser's files, embedded in the binary: scripts, styles and the WASM module under `/pkg`, and
//! static files at the root, each with its brotli and gzip form beside it.
//!
//! Names under `/pkg` carry a hash of the content and never change what they mean, so that browsers keep
//! them for ever.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "dist/site"]
#[allow_missing = true]
struct Site;

const MANIFEST: &str = "pkg/manifest.json";

/// Names, below `/pkg`, of the files a page needs.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// `None` when this binary was built without the browser's files.
pub fn manifest() -> Option<Manifest> {
    serde_json::from_slice(&Site::get(MANIFEST)?.data).ok()
}

/// The file at a URL path, if there is one.
pub fn file(path: &str, asked: &HeaderMap) -> Option<Response> {
    let path = path.strip_prefix('/')?;
    // The compressed forms are ways to send a file, not files.
    if path == MANIFEST || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Site::get(path)?;
    let (encoding, file) = encoded(path, asked).map_or((None, plain), |(name, file)| (Some(name), file));
    Some(respond(path, encoding, file, asked))
}

/// The smallest form that the client takes.
fn encoded(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(name, suffix)| {
        if !accepts(headers, name) {
            return None;
        }
        Some((name, Site::get(&format!("{path}{suffix}"))?))
    })
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        is_named && !parts.any(|part| matches!(part.strip_prefix("q=").map(str::parse), Some(Ok(0.0_f32))))
    })
}

fn respond(path: &str, encoding: Option<&'static str>, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let unchanged = known.flat_map(|list| list.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag);

    let body = match file.data {
        _ if unchanged => Bytes::new(),
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    };
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let cache = if path.starts_with("pkg/") { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let media = mime_guess::from_path(path).first_or_octet_stream();
    let charset = if media.type_() == mime_guess::mime::TEXT { "; charset=utf-8" } else { "" };
    if let Ok(media) = HeaderValue::from_str(&format!("{media}{charset}")) {
        headers.insert(CONTENT_TYPE, media);
    }
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}
