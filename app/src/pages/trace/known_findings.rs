//! The findings of the chosen trace as far as the browser knows them: for the tab's label, the marks in the
//! list of events, the overview. Asked quietly once the page is alive, of small traces only; of others what
//! the tab Anomalies has fetched is used.

use std::sync::Arc;

use leptos::prelude::*;
use model::analysis::{FindingCounts, FindingKind, Findings, Severity, Thoroughness};
use model::{EventId, Seq, TraceId};
use wasm_bindgen_futures::spawn_local;

use super::TraceOverviewLive;
use crate::api;
use crate::client::Caches;
use crate::client::browser::{Browser, now_ms};
use crate::erase::effect;
use crate::place::Place;
use crate::urls::Tab;

/// Traces up to this many events are analysed for their marks, unasked.
const MOST_EVENTS: u64 = 100_000;
/// While a trace grows, every look at it is another analysis.
const MOST_EVENTS_GROWING: u64 = 5_000;

/// An event's part in a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMark {
    event: EventId,
    pub finding: String,
    pub kind: FindingKind,
    pub severity: Severity,
    pub title: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Known {
    trace: TraceId,
    version: Seq,
    counts: FindingCounts,
    /// By event, the worst finding of each first.
    marks: Arc<[EventMark]>,
}

#[derive(Clone, Copy)]
pub struct KnownFindings {
    place: Place,
    known: RwSignal<Option<Known>>,
}

impl KnownFindings {
    /// Provides it to the parts of a trace's page, and follows the trace.
    pub fn provide() {
        let place = expect_context::<Place>();
        let own = Self { place, known: RwSignal::new(None) };
        provide_context(own);
        let TraceOverviewLive(overview) = expect_context::<TraceOverviewLive>();
        let findings = expect_context::<Caches>().findings;
        let browser = expect_context::<Browser>();
        let is_quiet = RwSignal::new(false);
        effect(move || {
            let now = browser.now.get();
            let quiet = now.is_some_and(|now| overview.peek().is_some_and(|overview| overview.summary.is_quiet(now)));
            if is_quiet.get_untracked() != quiet {
                is_quiet.set(quiet);
            }
        });
        effect(move || {
            let Some(summary) = overview.peek().map(|overview| overview.summary) else { return };
            let (trace, key) = (summary.trace_id, (Some(summary.trace_id), Thoroughness::Linear));
            if place.trace.get_untracked() != Some(trace) {
                return;
            }
            let known = findings.get(&key).map(|(known, _)| known);
            if let Some(known) = &known {
                own.learn(known);
            }
            let is_new = known.is_none_or(|known| known.version < summary.version);
            // The tab itself asks, and tells.
            let is_asked = place.tab.get() == Some(Tab::Anomalies);
            let most = if is_quiet.get() { MOST_EVENTS } else { MOST_EVENTS_GROWING };
            if !is_new || is_asked || summary.event_count > most {
                return;
            }
            let answer = findings.ask(key, now_ms(), move |_| api::analysis::findings(trace, Thoroughness::Linear));
            spawn_local(async move {
                // Without an answer there are no marks; the tab says what went wrong.
                if let Ok(answer) = answer.await {
                    own.learn(&answer);
                }
            });
        });
    }

    /// Takes in newer findings.
    pub fn learn(self, findings: &Findings) {
        let known = self.known.try_with_untracked(|known| {
            known.as_ref().is_some_and(|known| (known.trace, known.version) == (findings.trace_id, findings.version))
        });
        if known == Some(false) {
            self.known.set(Some(Known {
                trace: findings.trace_id,
                version: findings.version,
                counts: findings.counts,
                marks: marks(findings),
            }));
        }
    }

    /// Of the chosen trace; [`None`] while they are not known.
    pub fn counts(self) -> Option<FindingCounts> {
        self.of_trace(|known| known.counts)
    }

    /// The findings that an event is in, the worst first.
    pub fn of_event(self, event: EventId) -> Vec<EventMark> {
        self.of_trace(|known| range(&known.marks, event).to_vec()).unwrap_or_default()
    }

    /// The worst finding that an event is in.
    pub fn worst_of_event(self, event: EventId) -> Option<EventMark> {
        self.of_trace(|known| range(&known.marks, event).first().cloned()).flatten()
    }

    fn of_trace<T>(self, read: impl FnOnce(&Known) -> T) -> Option<T> {
        let trace = self.place.trace.get();
        self.known.with(|known| known.as_ref().filter(|known| Some(known.trace) == trace).map(read))
    }
}

fn marks(findings: &Findings) -> Arc<[EventMark]> {
    let mut marks: Vec<EventMark> = Vec::new();
    for finding in &findings.findings {
        marks.extend(finding.events.iter().map(|event| EventMark {
            event: event.id,
            finding: finding.id.clone(),
            kind: finding.kind,
            severity: finding.severity,
            title: finding.title.clone(),
        }));
    }
    // Stable: findings come strongest first.
    marks.sort_by_key(|mark| (mark.event, std::cmp::Reverse(mark.severity)));
    marks.dedup_by(|later, earlier| later.event == earlier.event && later.finding == earlier.finding);
    marks.into()
}

fn range(marks: &[EventMark], event: EventId) -> &[EventMark] {
    let start = marks.partition_point(|mark| mark.event < event);
    let rest = marks.get(start..).unwrap_or_default();
    rest.get(..rest.partition_point(|mark| mark.event == event)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(event: u64, severity: Severity) -> EventMark {
        EventMark {
            event: format!("{event:016x}").parse().expect("an id"),
            finding: String::new(),
            kind: FindingKind::Race,
            severity,
            title: String::new(),
        }
    }

    proptest! {
        #[test]
        fn an_event_has_its_own_marks_and_no_others(events in proptest::collection::vec(1u64..20, 0..40), asked in 1u64..22) {
            let mut marks: Vec<EventMark> = events.iter().map(|&event| mark(event, Severity::Info)).collect();
            marks.sort_by_key(|mark| mark.event);
            let asked_id = mark(asked, Severity::Info).event;
            let found = range(&marks, asked_id);
            prop_assert_eq!(found.len(), events.iter().filter(|&&event| event == asked).count());
            prop_assert!(found.iter().all(|mark| mark.event == asked_id));
        }
    }
}
