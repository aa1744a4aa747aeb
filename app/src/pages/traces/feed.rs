//! What the list shows while the store moves on: plain data, no browser.
//!
//! It holds: what is being read does not move. News of shown traces replaces them where they are; traces
//! not shown yet wait until they are asked for.

use std::collections::{HashMap, HashSet};

use model::TraceId;
use model::list::{Total, TracePage, TraceSummary};

#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    shown: Vec<TraceSummary>,
    at: HashMap<TraceId, usize>,
    /// Where the shown list goes on.
    next: Option<String>,
    pub total: Total,
    /// The newest first page, when it has traces that are not shown.
    waiting: Option<TracePage>,
}

impl Feed {
    pub fn new(page: TracePage) -> Self {
        let at = index(&page.traces);
        Self { at, shown: page.traces, next: page.next, total: page.total, waiting: None }
    }

    pub fn shown(&self) -> &[TraceSummary] {
        &self.shown
    }

    pub fn get(&self, trace: TraceId) -> Option<&TraceSummary> {
        self.shown.get(*self.at.get(&trace)?)
    }

    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// How many traces wait to be shown; as many as a page has may mean more.
    pub fn n_waiting(&self) -> usize {
        let Some(page) = &self.waiting else { return 0 };
        page.traces.iter().filter(|trace| !self.at.contains_key(&trace.trace_id)).count()
    }

    /// Whether everything on the newest page is new: then there may be more than counted.
    pub fn waits_for_more(&self) -> bool {
        self.waiting.as_ref().is_some_and(|page| page.next.is_some() && self.n_waiting() == page.traces.len())
    }

    /// A newer first page.
    pub fn refresh(&mut self, page: TracePage) {
        if self.shown.is_empty() {
            *self = Self::new(page);
            return;
        }
        self.total = page.total;
        for trace in &page.traces {
            if let Some(known) = self.at.get(&trace.trace_id).and_then(|&at| self.shown.get_mut(at)) {
                known.clone_from(trace);
            }
        }
        self.waiting = Some(page);
        if self.n_waiting() == 0 {
            self.waiting = None;
        }
    }

    /// The page after the last shown one. A trace that changed meanwhile may be on both: it is shown once.
    pub fn extend(&mut self, page: TracePage) {
        let known: HashSet<TraceId> = self.at.keys().copied().collect();
        self.shown.extend(page.traces.into_iter().filter(|trace| !known.contains(&trace.trace_id)));
        self.at = index(&self.shown);
        self.next = page.next;
    }

    /// Starts over with the newest page.
    pub fn show_waiting(&mut self) {
        if let Some(page) = self.waiting.take() {
            *self = Self::new(page);
        }
    }
}

fn index(traces: &[TraceSummary]) -> HashMap<TraceId, usize> {
    traces.iter().enumerate().map(|(at, trace)| (trace.trace_id, at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Head, Nanos, Seq};

    fn trace(id: u128, version: u64) -> TraceSummary {
        TraceSummary {
            trace_id: TraceId::new(id).expect("not zero"),
            root: None,
            services: vec![],
            environment: String::new(),
            event_count: version,
            error_count: 0,
            start: Nanos(0),
            end: Nanos(0),
            version: Seq(version),
            ingested_at: Nanos(0),
        }
    }

    fn page(traces: &[(u128, u64)], next: Option<&str>) -> TracePage {
        TracePage {
            traces: traces.iter().map(|&(id, version)| trace(id, version)).collect(),
            total: Total::exact(traces.len() as u64),
            next: next.map(str::to_owned),
            head: Head::default(),
        }
    }

    fn ids(feed: &Feed) -> Vec<u128> {
        feed.shown().iter().map(|trace| trace.trace_id.get()).collect()
    }

    #[test]
    fn news_of_shown_traces_replace_them_where_they_are() {
        let mut feed = Feed::new(page(&[(3, 3), (2, 2), (1, 1)], None));
        feed.refresh(page(&[(1, 9), (3, 3), (2, 2)], None));
        assert_eq!(ids(&feed), [3, 2, 1]);
        assert_eq!(feed.get(TraceId::new(1).expect("an id")).map(|trace| trace.version), Some(Seq(9)));
        assert_eq!(feed.n_waiting(), 0);
    }

    #[test]
    fn new_traces_wait_until_they_are_asked_for() {
        let mut feed = Feed::new(page(&[(2, 2), (1, 1)], None));
        feed.refresh(page(&[(4, 4), (3, 3), (2, 2)], Some("more")));
        assert_eq!(ids(&feed), [2, 1]);
        assert_eq!((feed.n_waiting(), feed.waits_for_more()), (2, false));
        feed.show_waiting();
        assert_eq!(ids(&feed), [4, 3, 2]);
        assert_eq!((feed.n_waiting(), feed.next()), (0, Some("more")));
    }

    #[test]
    fn a_page_of_nothing_but_new_traces_may_hide_more() {
        let mut feed = Feed::new(page(&[(1, 1)], None));
        feed.refresh(page(&[(4, 4), (3, 3)], Some("more")));
        assert!(feed.waits_for_more());
    }

    #[test]
    fn an_empty_list_shows_the_first_traces_at_once() {
        let mut feed = Feed::new(page(&[], None));
        feed.refresh(page(&[(1, 1)], None));
        assert_eq!(ids(&feed), [1]);
    }

    #[test]
    fn a_trace_on_two_pages_is_shown_once() {
        let mut feed = Feed::new(page(&[(3, 3), (2, 2)], Some("a")));
        feed.extend(page(&[(2, 2), (1, 1)], None));
        assert_eq!(ids(&feed), [3, 2, 1]);
        assert_eq!(feed.next(), None);
    }
}
