//! One trace: its overview, the first rows of its events, one event.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use model::trace::{EventDetail, TraceOverview};
use model::window::Window;
use model::{EventId, TraceId};

use crate::error::AppError;

#[server(name = AskTraceOverview, prefix = "/_fn", endpoint = "trace_overview", input = GetUrl, output = Json)]
pub async fn trace_overview(trace: TraceId) -> Result<TraceOverview, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let overview = engine.trace_overview(trace).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, overview.summary.version));
    Ok(overview)
}

/// The first rows of a trace's events, with the page; further ones come in binary windows.
#[server(name = AskFirstWindow, prefix = "/_fn", endpoint = "first_window", input = GetUrl, output = Json)]
pub async fn first_window(trace: TraceId, #[server(default)] filter: String, count: u32) -> Result<Window, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let query = model::window::WindowQuery { offset: 0, count, filter, version: None };
    let window = engine.window(trace, &query).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, window.version));
    Ok(window)
}

#[server(name = AskEvent, prefix = "/_fn", endpoint = "event", input = GetUrl, output = Json)]
pub async fn event(trace: TraceId, event: EventId) -> Result<EventDetail, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let detail = engine.event(trace, event).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, detail.version));
    Ok(detail)
}
