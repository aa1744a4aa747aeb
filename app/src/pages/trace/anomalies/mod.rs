//! The tab Anomalies: what went wrong in the trace, or could have; one finding open with its evidence, and
//! the schedule that leads to it.

mod address;
mod bar;
mod cycle;
mod empty;
mod exact;
mod finding;
mod list;
mod lost_update;
mod schedule;
mod sides;
mod slow;

use leptos::prelude::*;
use model::analysis::{Finding, Findings, Schedule, Thoroughness};

use super::known_findings::KnownFindings;
use super::tab_skeleton;
use crate::api;
use crate::api::codec::Answered;
use crate::client::Caches;
use crate::client::live::Live;
use crate::components::loaded::Loaded;
use crate::erase::{Erase, Html, effect, mark, memo, part, when};
use crate::error::AppError;
use crate::place::Place;
use address::Address;
use exact::{ExactSearch, Search};

/// What the parts of the tab share.
#[derive(Clone, Copy)]
pub struct Anomalies {
    pub address: Address,
    pub exact: ExactSearch,
    /// Of the open finding, while the address asks for a step of it.
    pub schedule: Answered<Option<Result<Schedule, AppError>>>,
}

#[component]
pub fn AnomaliesTab() -> impl IntoView {
    let place = expect_context::<Place>();
    let caches = expect_context::<Caches>();
    let known = expect_context::<KnownFindings>();
    let key = memo(move || (place.trace.get(), Thoroughness::Linear));
    let live = Live::new(key, caches.findings, |(trace, thoroughness)| async move {
        match trace {
            Some(trace) => api::analysis::findings(trace, thoroughness).await,
            None => {
                api::answer_not_found();
                Err(AppError::NotAnId)
            }
        }
    });
    effect(move || live.peek().iter().for_each(|findings| known.learn(findings)));

    let address = Address::read();
    let exact = ExactSearch::follow(address);
    let wanted = memo(move || {
        let finding = address.finding.get();
        // Only an exact search may know the finding: its schedule is there once the search is done.
        let is_asked = address.step.get().is_some() && !finding.is_empty() && (!address.exact.get() || exact.is_done());
        (place.trace.get(), is_asked.then_some(finding))
    });
    let schedule = Answered::new_with_options(
        move || wanted.get(),
        |(trace, finding)| async move {
            match (trace, finding) {
                (Some(trace), Some(finding)) => Some(api::analysis::schedule(trace, finding).await),
                _ => None,
            }
        },
        false,
    );
    provide_context(Anomalies { address, exact, schedule });
    let is_open = mark(move || address.finding.with(|finding| !finding.is_empty()));
    view! {
        <div class="anomalies" data-open=is_open>
            <Loaded live skeleton=tab_skeleton render=render/>
        </div>
    }
    .erase()
}

fn render(linear: Signal<Findings>) -> Html {
    let anomalies = expect_context::<Anomalies>();
    let shown = memo(move || {
        anomalies.exact.search.with(|search| match search {
            Search::Done(exact) => exact.clone(),
            _ => linear.get(),
        })
    });
    let is_empty = memo(move || shown.with(|shown| shown.findings.is_empty()));
    part(move || if is_empty.get() { empty::view(linear, shown) } else { filled(linear, shown) }).erase()
}

fn filled(linear: Signal<Findings>, shown: Memo<Findings>) -> Html {
    let Anomalies { address, .. } = expect_context::<Anomalies>();
    // Without a choice the strongest is open, where there is room for it.
    let open = memo(move || {
        address.finding.with(|id| {
            shown.with(|shown| shown.findings.iter().find(|finding| id.is_empty() || finding.id == *id).cloned())
        })
    });
    view! {
        <div class="findings-pane">
            {bar::view(linear, shown)}
            {list::view(shown, open)}
        </div>
        <div class="finding-pane" tabindex="0" role="region" aria-label="Finding">
            {part(move || open.get().map_or_else(unknown, finding::view))}
        </div>
    }
    .erase()
}

/// The address names a finding that is not among those shown.
fn unknown() -> Html {
    let Anomalies { address, exact, .. } = expect_context::<Anomalies>();
    let failure = || {
        let error = AppError::FindingNotFound;
        view! {
            <div class="failure" role="alert">
                <p class="failure-title">{error.to_string()}</p>
                <p>{error.advice()}</p>
            </div>
        }
        .erase()
    };
    view! {
        {finding::back(address)}
        {when(move || exact.is_running(), || view! { <p class="failure muted">"The exact search is looking for it."</p> }.erase())}
        {when(move || !exact.is_running(), failure)}
    }
    .erase()
}

/// The finding that the keys `j` and `k` lead to from the one with this id.
fn neighbour(findings: &[Finding], id: Option<&str>, step: i64) -> Option<String> {
    let at = findings.iter().position(|finding| Some(finding.id.as_str()) == id);
    let target = at.map_or(0, |at| (at as i64 + step).clamp(0, findings.len() as i64 - 1));
    findings.get(usize::try_from(target).ok()?).map(|finding| finding.id.clone())
}
