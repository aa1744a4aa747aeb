//! `GET /api/traces`: the list of traces.
//!
//! By pages (newest end first) as the contract has it; with `cursor` (empty for the first page) as the
//! browser reads it: newest ingest first, pinned to the first page.

use axum::extract::State;
use engine::Engine;
use model::Nanos;
use model::wire::TracesList;

use super::summary::{Counted, wire_summary};
use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, success};
use crate::http::params::Params;

const DEFAULT_PAGE_SIZE: u64 = 20;
const DEFAULT_CURSOR_LIMIT: u32 = 50;

pub async fn list(State(engine): State<Engine>, params: Params, known: Known) -> Answer {
    if let Some(unchanged) = known.unchanged(&engine.head().into(), "application/json") {
        return Ok(unchanged);
    }
    match params.get("cursor") {
        Some(cursor) => by_cursor(&engine, &params, cursor).await,
        None => by_pages(&engine, &params).await,
    }
}

async fn by_pages(engine: &Engine, params: &Params) -> Answer {
    let paging = params.paging(DEFAULT_PAGE_SIZE);
    let slice = engine
        .trace_slice(&params.trace_filter(), paging.slice)
        .await
        .map_err(Failure::query("Failed to fetch traces"))?;
    let list = TracesList {
        total_traces: slice.total.value,
        page: paging.page,
        page_size: paging.page_size,
        total_pages: paging.pages_of(slice.total.value),
        traces: slice.traces.into_iter().map(|trace| wire_summary(trace, Nanos::to_offset_text)).collect(),
    };
    Ok(Version::from(slice.head).mark(success(Counted { list, total_kind: slice.total.kind })?))
}

async fn by_cursor(engine: &Engine, params: &Params, cursor: &str) -> Answer {
    let cursor = (!cursor.is_empty()).then_some(cursor);
    // A later page is pinned to an older head, but traces in it may have been deleted since.
    let version = Version::from(engine.head());
    let page = engine
        .trace_page(&params.trace_filter(), cursor, params.limit(DEFAULT_CURSOR_LIMIT))
        .await
        .map_err(Failure::query("Failed to fetch traces"))?;
    Ok(version.mark(success(page)?))
}
