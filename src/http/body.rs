//! Bodies of requests: read and inflated within limits, or refused with the reason.
//!
//! The limit is on decompressed bytes, and inflating stops when it is passed: a small body that unfolds
//! to gigabytes costs no more than an honest one.

use std::io::{self, Read};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;

use super::envelope::Failure;
use super::limits::{BodyShare, Limits};

/// Bytes inflated between two looks at the limits.
const INFLATE_STEP: usize = 256 << 10;

/// zstd refuses frames that ask for a window beyond 2 to this power: 32 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 25;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

/// A body as it came, and its share of the memory for bodies.
#[derive(Debug)]
pub struct JsonBody {
    bytes: Vec<u8>,
    encoding: Encoding,
    limit: usize,
    share: BodyShare,
}

impl JsonBody {
    /// # Errors
    /// 415 when it is not JSON or encoded in a way that is not spoken, 413 when it is too large, 503 when
    /// too many bodies are on their way, 400 when the connection breaks.
    pub async fn read(request: Request, limits: &Limits) -> Result<Self, Failure> {
        let (parts, mut body) = request.into_parts();
        check_media_type(&parts.headers)?;
        let encoding = encoding(&parts.headers)?;
        let limit = limits.body_bytes;
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > limit) {
            if !parts.headers.contains_key(EXPECT) {
                drain(&mut body, limit).await;
            }
            return Err(too_large(limit));
        }
        let mut share = limits.body_share();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failure::bad_request("The request body ended before it was complete"))?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > limit {
                drain(&mut body, limit).await;
                return Err(too_large(limit));
            }
            grow(&mut share, data.len())?;
            if bytes.capacity() == 0 {
                bytes.reserve_exact(length.unwrap_or_default());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Self { bytes, encoding, limit, share })
    }

    /// The decompressed bytes, and the share to hold while they or what they became are in memory. Takes
    /// time in proportion to them: not for the async workers.
    ///
    /// # Errors
    /// 413 when they pass the limit, 400 when they are cut or broken, 503 as [`JsonBody::read`].
    pub fn inflate(mut self) -> Result<(Vec<u8>, BodyShare), Failure> {
        let inflated = match self.encoding {
            Encoding::Identity => self.bytes,
            Encoding::Gzip => {
                inflate(flate2::read::MultiGzDecoder::new(self.bytes.as_slice()), self.limit, &mut self.share)?
            }
            Encoding::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(self.bytes.as_slice()).map_err(broken)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(broken)?;
                inflate(decoder, self.limit, &mut self.share)?
            }
        };
        Ok((inflated, self.share))
    }
}

fn inflate(decoder: impl Read, limit: usize, share: &mut BodyShare) -> Result<Vec<u8>, Failure> {
    // One byte more than the limit tells too large from just fitting.
    let mut decoder = decoder.take(limit as u64 + 1);
    let mut out = Vec::new();
    loop {
        let before = out.len();
        decoder.by_ref().take(INFLATE_STEP as u64).read_to_end(&mut out).map_err(broken)?;
        let inflated = out.len() - before;
        if inflated == 0 {
            return Ok(out);
        }
        if out.len() > limit {
            return Err(too_large(limit));
        }
        grow(share, inflated)?;
    }
}

/// Reads on for a while without keeping anything: an answer that is sent while the client still writes is
/// often lost with the connection.
async fn drain(body: &mut Body, at_most: usize) {
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained += frame.data_ref().map_or(0, bytes::Bytes::len);
        if drained > at_most {
            return;
        }
    }
}

fn grow(share: &mut BodyShare, bytes: usize) -> Result<(), Failure> {
    let busy = || Failure::busy("Nothing was stored: too many large requests at once; send the same again later", 2);
    share.grow(bytes).then_some(()).ok_or_else(busy)
}

fn too_large(limit: usize) -> Failure {
    let text = format!("The request body is larger than {limit} bytes (server.body_limit_bytes); send smaller batches");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, text)
}

fn broken(error: io::Error) -> Failure {
    Failure::bad_request(format!("The request body cannot be decompressed: {error}"))
}

/// `application/json`, or anything that ends in `+json`.
fn check_media_type(headers: &HeaderMap) -> Result<(), Failure> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    let text = "Expected request with `Content-Type: application/json`";
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Failure> {
    let mut values = headers.get_all(CONTENT_ENCODING).iter();
    let name = values.next().map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    match name.as_deref() {
        _ if values.next().is_some() => {}
        None | Some("" | "identity") => return Ok(Encoding::Identity),
        Some("gzip" | "x-gzip") => return Ok(Encoding::Gzip),
        Some("zstd") => return Ok(Encoding::Zstd),
        Some(_) => {}
    }
    let text = "A request body is sent as it is, or with one `Content-Encoding`: gzip or zstd";
    Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
}
