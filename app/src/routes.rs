//! Which page an address shows. Pages are rendered whole before they are sent: their data is at hand
//! within milliseconds, and the status code and the headers are then known.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::client;
use crate::components::frame::Frame;
use crate::erase::Erase;
use crate::lazy::{LazyPage, lazy};
use crate::pages::not_found::NotFound;

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
                    <Route path=path!("/") view=|| lazy(LazyPage::Dashboard) ssr=SsrMode::Async/>
                    <ParentRoute path=path!("/traces") view=|| lazy(LazyPage::Traces) ssr=SsrMode::Async>
                        <Route path=path!("") view=|| lazy(LazyPage::NoTrace) ssr=SsrMode::Async/>
                        <ParentRoute path=path!(":id") view=|| lazy(LazyPage::Trace) ssr=SsrMode::Async>
                            <Route path=path!("") view=|| lazy(LazyPage::Overview) ssr=SsrMode::Async/>
                            <Route path=path!("events") view=|| lazy(LazyPage::Events) ssr=SsrMode::Async/>
                            <Route path=path!("performance") view=|| lazy(LazyPage::Performance) ssr=SsrMode::Async/>
                            <Route path=path!("variables") view=|| lazy(LazyPage::Variables) ssr=SsrMode::Async/>
                            <Route path=path!("anomalies") view=|| lazy(LazyPage::Anomalies) ssr=SsrMode::Async/>
                        </ParentRoute>
                    </ParentRoute>
                    <Route path=path!("/races") view=|| lazy(LazyPage::Races) ssr=SsrMode::Async/>
                    <Route path=path!("/services") view=|| lazy(LazyPage::Services) ssr=SsrMode::Async/>
                    <ParentRoute path=path!("/services/:name") view=|| lazy(LazyPage::Service) ssr=SsrMode::Async>
                        <Route path=path!("") view=|| lazy(LazyPage::ServiceOverview) ssr=SsrMode::Async/>
                        <Route path=path!("operations") view=|| lazy(LazyPage::ServiceOperations) ssr=SsrMode::Async/>
                        <Route path=path!("dependencies") view=|| lazy(LazyPage::ServiceDependencies) ssr=SsrMode::Async/>
                        <Route path=path!("traces") view=|| lazy(LazyPage::ServiceTraces) ssr=SsrMode::Async/>
                        <Route path=path!("performance") view=|| lazy(LazyPage::ServicePerformance) ssr=SsrMode::Async/>
                        <Route path=path!("health") view=|| lazy(LazyPage::ServiceHealth) ssr=SsrMode::Async/>
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
