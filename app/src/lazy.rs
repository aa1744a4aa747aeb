//! Pages that are downloaded when they are first shown, so that the first page stays small.
//!
//! They are one part of the module, cut off from it by the build (see `xtask`). On the server, and in a
//! build that was not cut, everything is there from the beginning.

use futures_util::FutureExt as _;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::components::failure::Failure;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, Html, part};
use crate::error::AppError;
use crate::pages::races::RacesPage;
use crate::pages::service::{self, ServicePage};
use crate::pages::services::ServicesPage;
use crate::pages::trace::anomalies::AnomaliesTab;
use crate::pages::trace::performance::PerformanceTab;
use crate::pages::trace::variables::VariablesTab;

/// A page of the second part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LazyPage {
    Anomalies,
    Performance,
    Variables,
    Races,
    Services,
    Service,
    ServiceOverview,
    ServiceOperations,
    ServiceDependencies,
    ServiceTraces,
    ServicePerformance,
    ServiceHealth,
}

impl LazyPage {
    /// Whether a path shows one of them.
    pub fn is_at(path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path == "/races"
            || path == "/services"
            || path.starts_with("/services/")
            || ["/anomalies", "/performance", "/variables"].iter().any(|tab| path.ends_with(tab))
    }
}

impl From<SplitLoaderError> for AppError {
    fn from(_: SplitLoaderError) -> Self {
        Self::Unreachable
    }
}

#[wasm_split(second, preload(load_second), fallible)]
fn second(page: LazyPage) -> Result<Html, AppError> {
    Ok(match page {
        LazyPage::Anomalies => view! { <AnomaliesTab/> }.erase(),
        LazyPage::Performance => view! { <PerformanceTab/> }.erase(),
        LazyPage::Variables => view! { <VariablesTab/> }.erase(),
        LazyPage::Races => view! { <RacesPage/> }.erase(),
        LazyPage::Services => view! { <ServicesPage/> }.erase(),
        LazyPage::Service => view! { <ServicePage/> }.erase(),
        LazyPage::ServiceOverview => view! { <service::overview::OverviewTab/> }.erase(),
        LazyPage::ServiceOperations => view! { <service::operations::OperationsTab/> }.erase(),
        LazyPage::ServiceDependencies => view! { <service::dependencies::DependenciesTab/> }.erase(),
        LazyPage::ServiceTraces => view! { <service::traces::TracesTab/> }.erase(),
        LazyPage::ServicePerformance => view! { <service::performance::PerformanceTab/> }.erase(),
        LazyPage::ServiceHealth => view! { <service::health::HealthTab/> }.erase(),
    })
}

/// Has the second part at hand, if the page at this path needs it: what the server has rendered must be there
/// before it can come to life.
pub async fn load_for(path: &str) {
    if LazyPage::is_at(path) {
        // Should it fail, the page says so where its content would be.
        let _ = load_second().await;
    }
}

#[derive(Clone, PartialEq)]
enum Loading {
    Under,
    Done,
    Failed(AppError),
}

/// A page of the second part, or what stands in for it while that is on its way.
pub fn lazy(page: LazyPage) -> Html {
    let loading = RwSignal::new(Loading::Under);
    let load = move || {
        loading.set(Loading::Under);
        spawn_local(async move {
            loading.set(match load_second().await {
                Ok(()) => Loading::Done,
                Err(error) => Loading::Failed(error.into()),
            });
        });
    };
    if is_loaded() {
        loading.set(Loading::Done);
    } else {
        load();
    }
    let shown = part(move || match loading.get() {
        Loading::Under => skeleton_rows(16),
        Loading::Done => match second(page).now_or_never() {
            Some(Ok(view)) => view,
            Some(Err(error)) => view! { <Failure error retry=load/> }.erase(),
            None => skeleton_rows(16),
        },
        Loading::Failed(error) => view! { <Failure error retry=load/> }.erase(),
    });
    view! { {shown} }.erase()
}

/// Known without waiting.
fn is_loaded() -> bool {
    matches!(load_second().now_or_never(), Some(Ok(())))
}
