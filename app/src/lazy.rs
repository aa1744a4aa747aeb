//! Pages that are downloaded when they are first shown: whoever opens one page does not wait for the others.
//!
//! The build cuts them off the module (see `xtask`), in three parts; what several of them use is shared. On the
//! server, and in a build that was not cut, everything is there from the beginning.

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::components::failure::Failure;
use crate::components::notice::skeleton_rows;
use crate::erase::{Erase, Html, part};
use crate::error::AppError;
use crate::pages::dashboard::DashboardPage;
use crate::pages::races::RacesPage;
use crate::pages::service::{self, ServicePage};
use crate::pages::services::ServicesPage;
use crate::pages::trace::TracePage;
use crate::pages::trace::anomalies::AnomaliesTab;
use crate::pages::trace::events::EventsTab;
use crate::pages::trace::overview::OverviewTab;
use crate::pages::trace::performance::PerformanceTab;
use crate::pages::trace::variables::VariablesTab;
use crate::pages::traces::{NoTrace, TracesPage};

/// A page, or a part of one that has an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LazyPage {
    Dashboard,
    Traces,
    NoTrace,
    Trace,
    Overview,
    Events,
    Performance,
    Variables,
    Anomalies,
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

/// What is loaded at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bundle {
    Dashboard,
    /// Lists of traces, and the first tabs of one.
    Traces,
    /// Everything else.
    Analyses,
}

impl LazyPage {
    const fn bundle(self) -> Bundle {
        match self {
            Self::Dashboard => Bundle::Dashboard,
            Self::Traces | Self::NoTrace | Self::Trace | Self::Overview | Self::Events => Bundle::Traces,
            _ => Bundle::Analyses,
        }
    }
}

impl Bundle {
    /// Those that the page at a path is made of.
    fn at(path: &str) -> &'static [Self] {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        match (segments.next(), segments.nth(1)) {
            (None, _) => &[Self::Dashboard],
            (Some("traces"), Some("performance" | "variables" | "anomalies")) => &[Self::Traces, Self::Analyses],
            (Some("traces"), _) => &[Self::Traces],
            (Some("races" | "services"), _) => &[Self::Analyses],
            _ => &[],
        }
    }

    fn load(self) -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
        match self {
            Self::Dashboard => load_dashboard().boxed_local(),
            Self::Traces => load_traces().boxed_local(),
            Self::Analyses => load_analyses().boxed_local(),
        }
    }

    /// Known without waiting.
    fn is_loaded(self) -> bool {
        matches!(self.load().now_or_never(), Some(Ok(())))
    }

    /// [`None`] while it is not loaded.
    fn show(self, page: LazyPage) -> Option<Result<Html, AppError>> {
        match self {
            Self::Dashboard => dashboard().now_or_never(),
            Self::Traces => traces(page).now_or_never(),
            Self::Analyses => analyses(page).now_or_never(),
        }
    }
}

impl From<SplitLoaderError> for AppError {
    fn from(_: SplitLoaderError) -> Self {
        Self::Unreachable
    }
}

#[wasm_split(dashboard, preload(load_dashboard), fallible)]
fn dashboard() -> Result<Html, AppError> {
    Ok(view! { <DashboardPage/> }.erase())
}

#[wasm_split(traces, preload(load_traces), fallible)]
fn traces(page: LazyPage) -> Result<Html, AppError> {
    Ok(match page {
        LazyPage::Traces => view! { <TracesPage/> }.erase(),
        LazyPage::NoTrace => view! { <NoTrace/> }.erase(),
        LazyPage::Trace => view! { <TracePage/> }.erase(),
        LazyPage::Overview => view! { <OverviewTab/> }.erase(),
        LazyPage::Events => view! { <EventsTab/> }.erase(),
        _ => ().erase(),
    })
}

#[wasm_split(analyses, preload(load_analyses), fallible)]
fn analyses(page: LazyPage) -> Result<Html, AppError> {
    Ok(match page {
        LazyPage::Performance => view! { <PerformanceTab/> }.erase(),
        LazyPage::Variables => view! { <VariablesTab/> }.erase(),
        LazyPage::Anomalies => view! { <AnomaliesTab/> }.erase(),
        LazyPage::Races => view! { <RacesPage/> }.erase(),
        LazyPage::Services => view! { <ServicesPage/> }.erase(),
        LazyPage::Service => view! { <ServicePage/> }.erase(),
        LazyPage::ServiceOverview => view! { <service::overview::OverviewTab/> }.erase(),
        LazyPage::ServiceOperations => view! { <service::operations::OperationsTab/> }.erase(),
        LazyPage::ServiceDependencies => view! { <service::dependencies::DependenciesTab/> }.erase(),
        LazyPage::ServiceTraces => view! { <service::traces::TracesTab/> }.erase(),
        LazyPage::ServicePerformance => view! { <service::performance::PerformanceTab/> }.erase(),
        LazyPage::ServiceHealth => view! { <service::health::HealthTab/> }.erase(),
        _ => ().erase(),
    })
}

/// Has at hand what the page at this path needs: what the server has rendered must be there before it can come
/// to life.
pub async fn load_for(path: &str) {
    // Should one fail, the page says so where its content would be.
    let bundles = Bundle::at(path).iter().map(|bundle| bundle.load());
    futures_util::future::join_all(bundles).await;
}

#[derive(Clone, PartialEq)]
enum Loading {
    Under,
    Done,
    Failed(AppError),
}

/// A page, or what stands in for it while it is on its way.
pub fn lazy(page: LazyPage) -> Html {
    let bundle = page.bundle();
    let loading = RwSignal::new(if bundle.is_loaded() { Loading::Done } else { Loading::Under });
    let load = move || {
        loading.set(Loading::Under);
        spawn_local(async move {
            loading.set(match bundle.load().await {
                Ok(()) => Loading::Done,
                Err(error) => Loading::Failed(error.into()),
            });
        });
    };
    if loading.get_untracked() == Loading::Under {
        load();
    }
    let shown = part(move || match loading.get() {
        Loading::Under => skeleton_rows(16),
        Loading::Done => match bundle.show(page) {
            Some(Ok(view)) => view,
            Some(Err(error)) => view! { <Failure error retry=load/> }.erase(),
            None => skeleton_rows(16),
        },
        Loading::Failed(error) => view! { <Failure error retry=load/> }.erase(),
    });
    view! { {shown} }.erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_its_page_is_made_of() {
        assert_eq!(Bundle::at("/"), [Bundle::Dashboard]);
        assert_eq!(Bundle::at("/traces"), [Bundle::Traces]);
        assert_eq!(Bundle::at("/traces/abc/events"), [Bundle::Traces]);
        assert_eq!(Bundle::at("/traces/abc/anomalies"), [Bundle::Traces, Bundle::Analyses]);
        assert_eq!(Bundle::at("/services/ledger/traces"), [Bundle::Analyses]);
        assert!(Bundle::at("/nowhere").is_empty());
    }
}
