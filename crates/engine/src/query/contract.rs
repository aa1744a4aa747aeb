//! Findings in the contract's shapes.
//!
//! What its clients count are pairs: `potential_races` and `concurrent_events` are the pairs that the race findings stand
//! for. `race_details` has one entry a race finding, of its first pair; `anomalies` is text for people, and has lines
//! for deadlocks and lost updates too.

use model::analysis::{Finding, FindingClass, FindingEvent, FindingKind, Findings, Severity};
use model::wire::{RaceDetail, TraceAnalysis};

const NO_RACES: &str = "No potential races detected for this trace";

pub(crate) fn analysis(findings: &Findings) -> TraceAnalysis {
    let races: Vec<&Finding> = findings.findings.iter().filter(|finding| finding.kind == FindingKind::Race).collect();
    let pairs = races.iter().map(|race| race.count.value).sum();
    let mut lines: Vec<String> = races.iter().flat_map(|race| race_lines(race)).collect();
    if lines.is_empty() {
        lines.push(NO_RACES.to_owned());
    }
    for finding in &findings.findings {
        lines.extend(other_lines(finding));
    }
    TraceAnalysis {
        concurrent_events: pairs,
        potential_races: pairs,
        anomalies: lines,
        race_details: races.iter().filter_map(|race| race_detail(race)).collect(),
    }
}

pub(crate) fn not_analysed(why: &str) -> TraceAnalysis {
    TraceAnalysis {
        concurrent_events: 0,
        potential_races: 0,
        anomalies: vec![why.to_owned()],
        race_details: Vec::new(),
    }
}

fn race_detail(race: &Finding) -> Option<RaceDetail> {
    let [first, second] = &race.events[..] else { return None };
    Some(RaceDetail {
        severity: severity(race.severity).to_owned(),
        variable: race.subject.clone(),
        event1_thread: thread(first),
        event2_thread: thread(second),
        event1_location: place(first).to_owned(),
        event2_location: place(second).to_owned(),
        description: format!("{} {}", race.title, race.explanation),
    })
}

/// Eight lines.
fn race_lines(race: &Finding) -> Vec<String> {
    let [first, second] = &race.events[..] else { return Vec::new() };
    vec![
        format!("{}: RACE on {} ({} pairs)", severity(race.severity), race.subject, race.count.value),
        format!("  {}", race.title),
        format!("  Event 1: {} by {}", first.kind, thread(first)),
        format!("    at {}, {}", place(first), first.start),
        format!("  Event 2: {} by {}", second.kind, thread(second)),
        format!("    at {}, {}", place(second), second.start),
        format!("  Known from: {}", known_from(race.class)),
        format!("  Locks held: {} / {}", locks(first), locks(second)),
    ]
}

fn other_lines(finding: &Finding) -> Vec<String> {
    let name = match finding.kind {
        FindingKind::LostUpdate => "LOST UPDATE on",
        FindingKind::Deadlock => "DEADLOCK over",
        FindingKind::LockInversion => "LOCK ORDER of",
        FindingKind::Unserialisable => "HALF DONE on",
        FindingKind::Race | FindingKind::Slow => return Vec::new(),
    };
    vec![format!("{}: {name} {}", severity(finding.severity), finding.subject), format!("  {}", finding.title)]
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Minor | Severity::Info => "INFO",
    }
}

const fn known_from(class: FindingClass) -> &'static str {
    match class {
        FindingClass::Observed => "the recording itself",
        FindingClass::Schedulable => "a schedule that only delays threads",
        FindingClass::SyncPreserving => "a schedule with the recorded order of locks",
        FindingClass::Predictable => "a schedule with another order of locks",
        FindingClass::Possible | FindingClass::Unreached | FindingClass::Measured => "nothing that proves it",
    }
}

fn thread(event: &FindingEvent) -> String {
    format!("{} {}", event.service, event.thread)
}

fn place(event: &FindingEvent) -> &str {
    if event.location.is_empty() { "unknown" } else { &event.location }
}

fn locks(event: &FindingEvent) -> String {
    if event.locks.is_empty() {
        return "none".to_owned();
    }
    event.locks.iter().map(|lock| lock.name.as_str()).collect::<Vec<_>>().join(", ")
}
