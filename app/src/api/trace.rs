//! One trace: its overview, the first rows of its events, one event.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::trace::{EventDetail, TraceOverview};
use model::window::Window;
use model::{EventId, TraceId};
use serde::{Deserialize, Serialize};

use super::codec::Compact;
use crate::error::AppError;

#[server(name = AskTraceOverview, prefix = "/_fn", endpoint = "trace_overview", input = GetUrl, output = Compact)]
pub async fn trace_overview(trace: TraceId) -> Result<TraceOverview, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let overview = engine.trace_overview(trace).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, overview.summary.version));
    Ok(overview)
}

/// The first rows of a trace's events, with the page; further ones come in binary windows.
#[server(name = AskFirstWindow, prefix = "/_fn", endpoint = "first_window", input = GetUrl, output = Compact)]
pub async fn first_window(trace: TraceId, #[server(default)] filter: String, count: u32) -> Result<Window, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let query = model::window::WindowQuery { offset: 0, count, filter, version: None };
    let window = engine.window(trace, &query).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, window.version));
    Ok(window)
}

/// An event to read, and the same to take away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownEvent {
    pub detail: EventDetail,
    /// All of it as JSON, for people.
    pub json: String,
}

#[server(name = AskEvent, prefix = "/_fn", endpoint = "event", input = GetUrl, output = Compact)]
pub async fn event(trace: TraceId, event: EventId) -> Result<ShownEvent, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    let detail = engine.event(trace, event).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}", engine.head().epoch, detail.version));
    let json = serde_json::to_string_pretty(&detail).unwrap_or_default();
    Ok(ShownEvent { detail, json })
}
