//! The list of traces, and the names its filters offer.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::list::{FilterNames, TracePage};

use super::codec::Compact;
use crate::error::AppError;

/// Traces on one page of the list.
pub const PAGE_TRACES: u32 = 50;

/// A page of the list: the first without a cursor, then with [`TracePage::next`].
#[server(name = AskTracePage, prefix = "/_fn", endpoint = "trace_page", input = GetUrl, output = Compact)]
pub async fn trace_page(
    #[server(default)] q: String,
    #[server(default)] service: String,
    #[server(default)] environment: String,
    #[server(default)] min_events: u64,
    cursor: Option<String>,
) -> Result<TracePage, AppError> {
    use super::answer;
    let filter = model::list::TraceFilter { q, service, environment, min_events };
    let page = answer::engine()?.trace_page(&filter, cursor.as_deref(), PAGE_TRACES).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", page.head.epoch, page.head.seq));
    Ok(page)
}

#[server(name = AskFilterNames, prefix = "/_fn", endpoint = "filter_names", input = GetUrl, output = Compact)]
pub async fn filter_names() -> Result<FilterNames, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let head = engine.head();
    let names = engine.filter_names().await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", head.epoch, head.seq));
    Ok(names)
}
