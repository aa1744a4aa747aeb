//! Which page an address shows. Pages are rendered whole before they are sent: their data is at hand
//! within milliseconds, and the status code and the headers are then known.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::client;
use crate::components::frame::Frame;
use crate::erase::Erase;
use crate::pages::dashboard::DashboardPage;
use crate::pages::not_found::NotFound;
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

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    client::provide();
    // Erased: the crates that mount it would otherwise compile the type of every page again.
    view! {
        <Title formatter=title/>
        <Router>
            <Frame>
                <Routes fallback=|| view! { <NotFound/> }>
                    <Route path=path!("/") view=DashboardPage ssr=SsrMode::Async/>
                    <ParentRoute path=path!("/traces") view=TracesPage ssr=SsrMode::Async>
                        <Route path=path!("") view=NoTrace ssr=SsrMode::Async/>
                        <ParentRoute path=path!(":id") view=TracePage ssr=SsrMode::Async>
                            <Route path=path!("") view=OverviewTab ssr=SsrMode::Async/>
                            <Route path=path!("events") view=EventsTab ssr=SsrMode::Async/>
                            <Route path=path!("performance") view=PerformanceTab ssr=SsrMode::Async/>
                            <Route path=path!("variables") view=VariablesTab ssr=SsrMode::Async/>
                            <Route path=path!("anomalies") view=AnomaliesTab ssr=SsrMode::Async/>
                        </ParentRoute>
                    </ParentRoute>
                    <Route path=path!("/races") view=RacesPage ssr=SsrMode::Async/>
                    <Route path=path!("/services") view=ServicesPage ssr=SsrMode::Async/>
                    <ParentRoute path=path!("/services/:name") view=ServicePage ssr=SsrMode::Async>
                        <Route path=path!("") view=service::overview::OverviewTab ssr=SsrMode::Async/>
                        <Route path=path!("operations") view=service::operations::OperationsTab ssr=SsrMode::Async/>
                        <Route path=path!("dependencies") view=service::dependencies::DependenciesTab ssr=SsrMode::Async/>
                        <Route path=path!("traces") view=service::traces::TracesTab ssr=SsrMode::Async/>
                        <Route path=path!("performance") view=service::performance::PerformanceTab ssr=SsrMode::Async/>
                        <Route path=path!("health") view=service::health::HealthTab ssr=SsrMode::Async/>
                    </ParentRoute>
                </Routes>
            </Frame>
        </Router>
    }
    .erase()
}

fn title(page: String) -> String {
    if page.is_empty() { "Raceway".to_owned() } else { format!("{page} - Raceway") }
}
