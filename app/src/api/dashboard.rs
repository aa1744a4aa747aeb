//! The first page, in one question.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::list::Dashboard;

use super::codec::Compact;
use crate::error::AppError;

#[server(name = AskDashboard, prefix = "/_fn", endpoint = "dashboard", input = GetUrl, output = Compact)]
pub async fn dashboard() -> Result<Dashboard, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    // Before the question: what is newer than its mark is only asked for once more.
    let findings = engine.findings_version();
    let dashboard = engine.dashboard().await.map_err(answer::failed)?;
    // The last hour moves on by the minute, whether anything was stored or not.
    let minute = dashboard.throughput.last().map_or(0, |newest| newest.minute);
    let head = dashboard.status.head;
    answer::versioned(format_args!(
        "{:x}-{}-{minute}-f{findings:x}-{:x}",
        head.epoch, head.seq, dashboard.figures_at.0
    ));
    Ok(dashboard)
}
