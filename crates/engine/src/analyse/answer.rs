//! The findings of one version of a trace, and what it takes to show their schedules.

use std::sync::Arc;

use analysis::causal::Recorded;
use analysis::findings::{Answer, Found, TOO_LARGE, ValueTexts, describe, of_event, thread_label};
use analysis::history::OpIdx;
use hashbrown::HashMap;
use model::analysis::{
    Finding, FindingClass, FindingEvent, FindingKind, Findings, MAX_FINDINGS, Role, SlowRow, Thoroughness,
};
use model::list::Total;
use model::table::{EventRow, EventTable};
use model::wire::WireAnomaly;
use model::{EventId, Kind, Mode};

use super::{Analysable, ValuesOf};

/// Numbers of all schedules of one answer that are kept.
const PROOF_NUMBERS: usize = 4 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct TraceAnswer {
    pub findings: Findings,
    /// Those listed that have a schedule.
    pub proven: Vec<Arc<Found>>,
    /// Of the contract.
    pub anomalies: Vec<WireAnomaly>,
}

impl TraceAnswer {
    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        const A_FINDING: usize = 2_000;
        const AN_ANOMALY: usize = 500;
        let proofs: usize =
            self.proven.iter().filter_map(|found| found.proof.as_ref()).map(|proof| proof.len() * 8).sum();
        1_000 + self.findings.findings.len() * A_FINDING + self.anomalies.len() * AN_ANOMALY + proofs
    }
}

/// Lets go of findings and schedules beyond what one answer holds; the worst stay.
pub(crate) fn cut(answer: &mut Answer) {
    answer.findings.truncate(MAX_FINDINGS);
    let mut room = PROOF_NUMBERS;
    for found in &mut answer.findings {
        match found.proof.as_ref().map(|proof| proof.len()) {
            Some(len) if len > room => {
                found.proof = None;
                if !answer.notes.iter().any(|known| known == TOO_LARGE) {
                    answer.notes.push(TOO_LARGE.to_owned());
                }
            }
            Some(len) => room -= len,
            None => {}
        }
    }
}

/// The rows of all events of an answer.
pub(crate) fn rows(answer: &Answer, recorded: &Recorded) -> Vec<u32> {
    let events = answer.findings.iter().flat_map(|found| &found.events);
    events.map(|event| recorded.rows[event.op as usize]).collect()
}

/// The answer as it travels. `slow` are the trace's slow events, the slowest first. O(operations + findings).
pub(crate) fn assemble(
    trace: &Analysable,
    how: Thoroughness,
    answer: Answer,
    slow: &[SlowRow],
    values: &ValuesOf,
) -> TraceAnswer {
    let history = &trace.recorded.history;
    let texts = |row: &EventRow| values.texts(row.id);
    let places = places(trace, slow);
    let mut findings: Vec<Finding> =
        answer.findings.iter().map(|found| describe(&trace.recorded, &trace.table, found, &texts)).collect();
    let mut anomalies = Vec::new();
    for row in slow {
        let Some(&op) = places.get(&row.event) else { continue };
        findings.push(slow_finding(trace, op, row));
        anomalies.push(anomaly(trace, op, row));
    }
    // Stable: findings of one kind and severity stay in their order.
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.kind));
    findings.truncate(MAX_FINDINGS);
    let mut counts = answer.counts;
    counts.slow = anomalies.len() as u64;
    let proven = answer.findings.into_iter().filter(|found| found.proof.is_some()).map(Arc::new).collect();
    TraceAnswer {
        findings: Findings {
            trace_id: trace.trace,
            version: trace.version,
            thoroughness: how,
            complete: answer.complete,
            undecided: answer.undecided,
            counts,
            findings,
            notes: answer.notes,
            events: trace.table.rows.len() as u64,
            threads: history.threads.len() as u64,
            variables: history.variables.len() as u64,
            locks: history.locks.len() as u64,
        },
        proven,
        anomalies,
    }
}

/// The operations of slow events. O(operations).
fn places(trace: &Analysable, slow: &[SlowRow]) -> HashMap<EventId, OpIdx> {
    let mut places: HashMap<EventId, OpIdx> = HashMap::new();
    if slow.is_empty() {
        return places;
    }
    let wanted: hashbrown::HashSet<EventId> = slow.iter().map(|row| row.event).collect();
    for op in 0..trace.recorded.rows.len() as OpIdx {
        let id = trace.row(op).id;
        if wanted.contains(&id) && !trace.recorded.implied[op as usize] {
            places.insert(id, op);
        }
    }
    places
}

fn location(trace: &Analysable, op: OpIdx) -> &str {
    let history = &trace.recorded.history;
    let place = &history.locations[history.ops[op as usize].location as usize];
    if place == trace.table.text(trace.row(op).operation) { "" } else { place }
}

fn slow_finding(trace: &Analysable, op: OpIdx, slow: &SlowRow) -> Finding {
    let row = trace.row(op);
    let (took, usual) = (duration(slow.slow.duration_nanos), duration(slow.slow.expected_nanos));
    Finding {
        id: of_event(FindingKind::Slow, slow.event),
        kind: FindingKind::Slow,
        class: FindingClass::Measured,
        severity: slow.severity,
        subject: slow.operation.clone(),
        title: format!("`{}` took {took}; half of its calls take less than {usual}.", slow.operation),
        explanation: format!(
            "Compared with {} calls of the same operation before this trace began. Look at what ran inside it, and at \
             what it waited for.",
            slow.slow.learned
        ),
        count: Total::exact(1),
        events: vec![FindingEvent {
            role: Role::Slow,
            id: row.id,
            position: trace.position(op),
            kind: row.kind,
            mode: row.mode,
            start: row.start,
            service: slow.service.clone(),
            thread: thread_label(&trace.recorded, trace.recorded.history.ops[op as usize].thread),
            location: location(trace, op).to_owned(),
            object: slow.operation.clone(),
            before: None,
            after: None,
            locks: Vec::new(),
        }],
        has_schedule: false,
        slow: Some(slow.slow.clone()),
    }
}

fn anomaly(trace: &Analysable, op: OpIdx, slow: &SlowRow) -> WireAnomaly {
    use model::analysis::Severity;
    let millis = |nanos: u64| nanos as f64 / 1e6;
    let (took, usual) = (duration(slow.slow.duration_nanos), duration(slow.slow.expected_nanos));
    let place = location(trace, op);
    WireAnomaly {
        event_id: slow.event.to_string(),
        event_kind: wire_kind(&trace.table, trace.row(op)),
        severity: match slow.severity {
            Severity::Critical => "Critical",
            Severity::Warning => "Warning",
            Severity::Minor | Severity::Info => "Minor",
        }
        .to_owned(),
        actual_duration_ms: millis(slow.slow.duration_nanos),
        expected_duration_ms: millis(slow.slow.expected_nanos),
        std_dev_from_mean: slow.slow.score,
        description: format!("{} of {} took {took}, usual are {usual}", slow.operation, slow.service),
        location: if place.is_empty() { "unknown" } else { place }.to_owned(),
        timestamp: slow.start.to_string(),
    }
}

/// As the contract names kinds here.
fn wire_kind(table: &EventTable, row: &EventRow) -> String {
    let operation = table.text(row.operation);
    match row.kind {
        Kind::Call => format!("FunctionCall({operation})"),
        Kind::Request => format!("HttpRequest({})", operation.split(' ').next().unwrap_or_default()),
        Kind::Response => format!("HttpResponse({})", row.status),
        Kind::Acquire => format!("LockAcquire({})", if row.mode == Mode::Shared { "Read" } else { "Mutex" }),
        Kind::Release => format!("LockRelease({})", if row.mode == Mode::Shared { "Read" } else { "Mutex" }),
        Kind::Query => "DatabaseQuery".to_owned(),
        Kind::QueryResult => "DatabaseResult".to_owned(),
        Kind::Error => format!("Error({operation})"),
        kind if kind.is_access() => format!("StateChange({})", table.text(row.variable)),
        Kind::Spawn => "AsyncSpawn".to_owned(),
        Kind::Join => "AsyncAwait".to_owned(),
        Kind::Fence => "MemoryFence".to_owned(),
        _ => format!("Custom({operation})"),
    }
}

/// Three significant digits with a unit.
fn duration(nanos: u64) -> String {
    let (value, unit) = match nanos {
        0..1_000 => return format!("{nanos} ns"),
        1_000..1_000_000 => (nanos as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (nanos as f64 / 1e6, "ms"),
        _ => (nanos as f64 / 1e9, "s"),
    };
    let digits = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

impl ValuesOf {
    /// In the form that descriptions take.
    pub fn texts(&self, event: EventId) -> ValueTexts {
        let values = self.get(event);
        let text = |value: Option<Arc<str>>| value.map(|value| value.as_ref().to_owned());
        ValueTexts { old: text(values.old), new: text(values.new) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_a_unit() {
        for (nanos, text) in [
            (999, "999 ns"),
            (1_234, "1.23 µs"),
            (84_200_000, "84.2 ms"),
            (99_960_000, "100 ms"),
            (2_500_000_000, "2.50 s"),
            (123_400_000_000, "123 s"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }
}
