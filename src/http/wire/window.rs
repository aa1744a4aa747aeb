//! `GET /api/traces/{trace_id}/window?offset=&count=&filter=&version=`: a slice of a trace's event list.
//!
//! Binary for the browser (`Accept: application/vnd.raceway.window`), JSON in the envelope for people.
//! 409, with the new version in the key `version` beside the envelope's, when the trace is no longer at the version asked for.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use engine::{Engine, QueryError};
use model::Seq;
use model::window::{CONTENT_TYPE as BINARY, MAX_ROWS, WindowQuery};

use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::{Params, TracePath};

/// Rows when the request names no count.
const DEFAULT_ROWS: u64 = 100;

pub async fn window(
    State(engine): State<Engine>,
    TracePath(trace): TracePath,
    params: Params,
    headers: HeaderMap,
    known: Known,
) -> Answer {
    let failed = Failure::query("Failed to fetch trace");
    let wants_binary = accepts_binary(&headers);
    let media = if wants_binary { BINARY } else { "application/json" };
    let current = engine.trace_version(trace).await.map_err(&failed)?;
    let query = query(&params);
    if query.version.is_some_and(|pinned| pinned != current) {
        return Err(failed(QueryError::Stale(current)));
    }
    if let Some(unchanged) = known.unchanged(&Version::of_trace(engine.head(), current), media) {
        return Ok(unchanged);
    }
    let window = engine.window(trace, &query).await.map_err(&failed)?;
    let version = Version::of_trace(engine.head(), window.version);
    let response =
        if wants_binary { ([(CONTENT_TYPE, BINARY)], window.to_bytes()).into_response() } else { success(window)? };
    Ok(version.mark(response))
}

fn query(params: &Params) -> WindowQuery {
    let count = params.whole("count").filter(|&count| count > 0).unwrap_or(DEFAULT_ROWS);
    WindowQuery {
        offset: params.whole("offset").unwrap_or_default(),
        count: count.min(u64::from(MAX_ROWS)) as u32,
        filter: params.text("filter").to_owned(),
        version: params.whole("version").map(Seq),
    }
}

fn accepts_binary(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.split(',').any(|item| item.split(';').next().unwrap_or_default().trim() == BINARY))
}
