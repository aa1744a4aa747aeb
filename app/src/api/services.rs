//! Services, and one of them.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::analysis::{PerformanceFigures, ServicePage};

use super::codec::Compact;
use crate::error::AppError;

/// All services with their figures, and the slowest operations and traces.
#[server(name = AskPerformance, prefix = "/_fn", endpoint = "performance", input = GetUrl, output = Compact)]
pub async fn performance() -> Result<PerformanceFigures, AppError> {
    use super::answer;
    let figures = answer::engine()?.performance(500, Default::default()).await.map_err(answer::failed)?.value;
    // The last hour moves on, whether anything was stored or not.
    answer::versioned(format_args!("{:x}-{}-{:x}", figures.as_of.epoch, figures.as_of.seq, figures.at.0));
    Ok(figures)
}

#[server(name = AskService, prefix = "/_fn", endpoint = "service", input = GetUrl, output = Compact)]
pub async fn service(name: String) -> Result<ServicePage, AppError> {
    use super::answer;
    let page = answer::engine()?.service_page(&name).await.map_err(answer::failed)?;
    let Some(page) = page else { return Err(answer::missing(AppError::ServiceNotFound)) };
    answer::versioned(format_args!("{:x}-{}-{}", page.as_of.epoch, page.as_of.seq, page.at.0 / 10_000_000_000));
    Ok(page)
}
