//! Where the viewer is: the address, read as what it means. The address is the state of filters, of the
//! chosen trace and of the event whose details are open; nothing keeps a copy.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::list::TraceFilter;
use model::{EventId, TraceId};

use crate::erase::memo;
use crate::urls::{self, Tab};

#[derive(Clone, Copy)]
pub struct Place {
    pub path: Memo<String>,
    /// The filter of the list of traces.
    pub list: Memo<TraceFilter>,
    /// The chosen trace; `None` when there is none, or its id is not one.
    pub trace: Memo<Option<TraceId>>,
    pub tab: Memo<Option<Tab>>,
    /// The filter inside the trace.
    pub filter: Memo<String>,
    pub event: Memo<Option<EventId>>,
    /// The column by which a table is sorted.
    pub sort: Memo<String>,
    /// The chosen segment of the critical path; 1 is the first.
    pub segment: Memo<Option<u32>>,
    /// The chosen variable, and the first of its accesses that are listed.
    pub variable: Memo<(Option<u32>, u64)>,
}

impl Place {
    /// Call once, inside the router.
    pub fn provide() -> Self {
        let location = use_location();
        let (path, query) = (location.pathname, location.query);
        let place = Self {
            path,
            list: memo(move || query.with(|query| urls::list_filter(|name| query.get(name)))),
            trace: memo(move || path.with(|path| urls::trace_in_path(path).and_then(|id| id.parse().ok()))),
            tab: memo(move || path.with(|path| Tab::of_path(path))),
            filter: memo(move || query.with(|query| query.get("filter").unwrap_or_default())),
            event: memo(move || query.with(|query| query.get("event").and_then(|id| id.parse().ok()))),
            sort: memo(move || query.with(|query| query.get("sort").unwrap_or_default())),
            segment: memo(move || query.with(|query| query.get("segment").and_then(|number| number.parse().ok()))),
            variable: memo(move || {
                let number = |name| query.with(|query| query.get(name).and_then(|number| number.parse::<u64>().ok()));
                (number("variable").and_then(|index| index.try_into().ok()), number("from").unwrap_or(0))
            }),
        };
        provide_context(place);
        place
    }

    /// This place with another filter of the list; anywhere but at the traces, the list itself.
    pub fn with_list(self, list: &TraceFilter) -> String {
        match (self.trace.get_untracked(), self.tab.get_untracked()) {
            (Some(trace), Some(Tab::Events)) => {
                urls::events(trace, list, &self.filter.get_untracked(), self.event.get_untracked())
            }
            (Some(trace), Some(tab)) => urls::trace(trace, tab, list),
            _ => urls::traces(list),
        }
    }

    /// A trace in the tab that is open now, beside the list that `filter` leaves.
    pub fn of_trace(self, trace: TraceId, filter: &TraceFilter) -> String {
        urls::trace(trace, self.tab.get().unwrap_or_default(), filter)
    }

    /// The events of the chosen trace, with another event open.
    pub fn with_event(self, event: Option<EventId>) -> Option<String> {
        let trace = self.trace.get_untracked()?;
        Some(urls::events(trace, &self.list.get_untracked(), &self.filter.get_untracked(), event))
    }
}

/// Goes to an address without a new entry in the history: for what changes while typing or scrolling.
pub fn use_replace() -> impl Fn(&str) + Clone + 'static {
    let navigate = use_navigate();
    move |url: &str| navigate(url, NavigateOptions { replace: true, scroll: false, ..Default::default() })
}

/// Goes to an address.
pub fn use_go() -> impl Fn(&str) + Clone + 'static {
    let navigate = use_navigate();
    move |url: &str| navigate(url, NavigateOptions { scroll: false, ..Default::default() })
}
