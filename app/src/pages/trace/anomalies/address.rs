//! What the address says about anomalies: which finding is open, at which step of its schedule, and
//! whether the exact search is asked for. Nothing keeps a copy.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::erase::memo;
use crate::place::Place;
use crate::urls;

#[derive(Clone, Copy)]
pub struct Address {
    place: Place,
    /// Id of the open finding; empty when the address names none.
    pub finding: Memo<String>,
    /// Steps of its schedule that are done; [`None`] while the schedule is closed.
    pub step: Memo<Option<u32>>,
    pub exact: Memo<bool>,
}

impl Address {
    pub fn read() -> Self {
        let query = use_location().query;
        Self {
            place: expect_context::<Place>(),
            finding: memo(move || query.with(|query| query.get("finding").unwrap_or_default())),
            step: memo(move || query.with(|query| query.get("step")).map(|step| step.parse().unwrap_or(0))),
            exact: memo(move || query.with(|query| query.get("exact")).is_some_and(|exact| exact == "true")),
        }
    }

    /// Another finding or step; [`None`] outside a trace. An empty id stands for the list.
    pub fn url(self, finding: &str, step: Option<u32>) -> Option<String> {
        self.with(finding, step, self.exact.get())
    }

    /// What is open now, with or without the exact search.
    pub fn with_exact(self, exact: bool) -> Option<String> {
        self.finding.with(|finding| self.with(finding, self.step.get(), exact))
    }

    fn with(self, finding: &str, step: Option<u32>, exact: bool) -> Option<String> {
        let trace = self.place.trace.get()?;
        Some(urls::anomalies(trace, &self.place.list.get(), finding, step, exact))
    }
}
