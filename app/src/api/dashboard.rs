//! The first page, in one question.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::list::Dashboard;

use super::codec::Compact;
use crate::error::AppError;

#[server(name = AskDashboard, prefix = "/_fn", endpoint = "dashboard", input = GetUrl, output = Compact)]
pub async fn dashboard() -> Result<Dashboard, AppError> {
    use super::answer;
    let dashboard = answer::engine()?.dashboard().await.map_err(answer::failed)?;
    // The last hour moves on by the minute, whether anything was stored or not.
    let minute = dashboard.throughput.last().map_or(0, |newest| newest.minute);
    let head = dashboard.status.head;
    // Figures, hotspots and findings follow the store at their own pace.
    let (figures, hotspots, findings) = (dashboard.figures_at.0, dashboard.hotspots.at.0, dashboard.races.at.0);
    answer::versioned(format_args!("{:x}-{}-{minute}-{figures:x}-{hotspots:x}-{findings:x}", head.epoch, head.seq));
    Ok(dashboard)
}
