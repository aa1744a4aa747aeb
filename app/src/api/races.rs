//! Findings of the whole store.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::analysis::{GlobalRaces, RaceFilter};

use super::codec::Compact;
use crate::error::AppError;

#[server(name = AskGlobalRaces, prefix = "/_fn", endpoint = "races", input = GetUrl, output = Compact)]
pub async fn races(#[server(default)] filter: RaceFilter) -> Result<GlobalRaces, AppError> {
    use super::answer;
    let engine = answer::engine()?;
    // Before the question: what is newer than its mark is only asked for once more.
    let findings = engine.findings_version();
    let races = engine.global_races(&filter).await.map_err(answer::failed)?;
    answer::versioned(format_args!("{:x}-{}-f{findings:x}", races.summary.as_of.epoch, races.summary.as_of.seq));
    Ok(races)
}
