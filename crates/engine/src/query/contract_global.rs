//! Findings of the whole store in the contract's shapes.
//!
//! `potential_races` and `concurrent_events` are the pairs of the races that can have met; a pair of requests that were
//! never there together is a detail of severity `INFO`, last, and counts in neither. Details are one a finding.

use std::collections::HashMap;

use analysis::global::Picture;
use model::Nanos;
use model::analysis::{FindingKind, GlobalFinding, GlobalRaces, GlobalSide, MAX_TRACE_IDS, Reach, Severity};
use model::wire::{GlobalAnalysis, GlobalRaceDetail, GlobalRaceList, RacingVariable};

use super::contract_trails::access_type;
use super::races::is_race;

const NO_RACES: &str = "No potential races detected across traces";

/// Pairs of all races of severity Warning and above. O(findings).
pub(super) fn headline_pairs(picture: &Picture) -> u64 {
    let is_headline =
        |kind: FindingKind, severity: Severity| kind == FindingKind::Race && severity >= Severity::Warning;
    let between = picture.judged.iter().flat_map(|judged| judged.findings());
    let between: u64 = between.filter(|found| is_headline(found.kind, found.severity)).map(|found| found.count).sum();
    let inside = picture.inside.iter().map(|group| group.shown());
    let inside: u64 =
        inside.filter(|found| is_headline(found.kind, found.severity)).map(|found| found.count.value).sum();
    between + inside
}

pub(super) fn analysis(races: &GlobalRaces, traces: u64, events: u64, pairs: u64, limit: usize) -> GlobalAnalysis {
    let shown: Vec<&GlobalFinding> =
        races.findings.iter().filter(|finding| is_race(finding.kind)).take(limit).collect();
    let mut lines: Vec<String> = shown
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning)
        .flat_map(|finding| text(finding))
        .collect();
    if lines.is_empty() {
        lines.push(NO_RACES.to_owned());
    }
    GlobalAnalysis {
        total_traces: traces,
        total_events: events,
        concurrent_events: pairs,
        potential_races: pairs,
        anomalies: lines,
        race_details: shown.iter().filter_map(|finding| detail(finding)).collect(),
        race_details_total: races.total.value,
        complete: races.summary.complete,
        notes: races.notes.clone(),
    }
}

fn detail(finding: &GlobalFinding) -> Option<GlobalRaceDetail> {
    // Of a lost update: the write that is lost, and the one that loses it.
    let (first, second) = match &finding.sides[..] {
        [first, second] | [_, first, second, ..] => (first, second),
        _ => return None,
    };
    Some(GlobalRaceDetail {
        severity: severity(finding.severity).to_owned(),
        variable: finding.subject.clone(),
        trace1_id: first.trace_id.to_string(),
        trace2_id: second.trace_id.to_string(),
        event1_thread: first.thread.clone(),
        event2_thread: second.thread.clone(),
        event1_location: place(first).to_owned(),
        event2_location: place(second).to_owned(),
        event1_timestamp: stamp(first.at),
        event2_timestamp: stamp(second.at),
        description: format!("{}{} {}", finding.title, values(finding), finding.explanation),
    })
}

fn text(finding: &GlobalFinding) -> Vec<String> {
    let name = if finding.kind == FindingKind::LostUpdate { "LOST UPDATE" } else { "RACE" };
    let mut lines = vec![
        format!("{}: {name} on {} ({} times)", severity(finding.severity), finding.subject, finding.count.value),
        format!("  {}{}", finding.title, values(finding)),
    ];
    for side in &finding.sides {
        lines.push(format!(
            "  {} at {} by {} in trace {}, {}",
            side.kind,
            place(side),
            side.thread,
            side.trace_id,
            side.at
        ));
    }
    lines
}

/// ` It read 10, another wrote 15, it wrote 17.`, where that is known.
fn values(finding: &GlobalFinding) -> String {
    let (FindingKind::LostUpdate, [read, other, write, ..]) = (finding.kind, &finding.sides[..]) else {
        return String::new();
    };
    let known = (&read.before, &other.after, &write.after);
    let (Some(read), Some(other), Some(write)) = known else { return String::new() };
    format!(" One read {read}, another wrote {other}, then the first wrote {write}.")
}

fn place(side: &GlobalSide) -> &str {
    if side.location.is_empty() { "unknown" } else { &side.location }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Minor | Severity::Info => "INFO",
    }
}

/// `2026-11-21 13:04:31.592151 UTC`
fn stamp(at: Nanos) -> String {
    let text = at.to_string();
    format!("{} UTC", text.trim_end_matches('Z').replacen('T', " ", 1))
}

/// Variables of which accesses can have met, in one trace or across. O(findings + variables of them).
pub(super) fn variables(picture: &Picture, complete: bool, limit: usize) -> GlobalRaceList {
    let mut worst_inside: HashMap<(&str, &str), Severity> = HashMap::new();
    for found in picture.inside.iter().map(|group| group.shown()).filter(|found| is_race(found.kind)) {
        let worst = worst_inside.entry((found.subject.as_str(), found.owner.as_str())).or_insert(found.severity);
        *worst = found.severity.max(*worst);
    }
    let mut races: Vec<(Severity, RacingVariable)> = Vec::new();
    for judged in &picture.judged {
        let owner = judged.memory.label();
        let between = judged.findings().iter().filter(|found| found.reach != Reach::Apart).map(|found| found.severity);
        let inside = worst_inside.get(&(&*judged.name, owner.as_str())).copied();
        let worst = between.chain(inside).max().filter(|severity| *severity >= Severity::Warning);
        let (Some(worst), Some(used)) = (worst, &judged.used) else { continue };
        races.push((
            worst,
            RacingVariable {
                variable: judged.name.to_string(),
                owner,
                trace_count: used.traces.total,
                access_count: used.accesses,
                access_types: used.kinds.iter().map(|&kind| access_type(kind).to_owned()).collect(),
                thread_count: used.traces.threads,
                severity: severity(worst).to_owned(),
                trace_ids: used.traces.some.iter().take(MAX_TRACE_IDS).map(ToString::to_string).collect(),
                trace_ids_total: used.traces.total,
            },
        ));
    }
    races.sort_by(|(one_severity, one), (other_severity, other)| {
        let key = |race: &RacingVariable| std::cmp::Reverse(race.access_count);
        (other_severity, key(one))
            .cmp(&(one_severity, key(other)))
            .then_with(|| (&one.variable, &one.owner).cmp(&(&other.variable, &other.owner)))
    });
    let total_races = races.len() as u64;
    races.truncate(limit);
    let between = picture.judged.iter().flat_map(|judged| judged.findings());
    GlobalRaceList {
        total_races,
        races: races.into_iter().map(|(_, race)| race).collect(),
        apart_total: between.filter(|found| found.reach == Reach::Apart).count() as u64,
        complete,
    }
}
