//! The answer as people read it.

use std::fmt::Write as _;

use crate::races::AccessKind;
use crate::report::answer::{Answer, DeadlockFinding, EngineRaces, RaceFinding, Sources};
use crate::report::columns::{Align, Columns, count, count_of};
use crate::report::critical_path::CriticalPathAnswer;

/// Findings of a kind listed; the rest is counted.
const LISTED: usize = 50;
const PATHS_SHOWN: usize = 3;
const OPERATIONS_SHOWN: usize = 15;

/// A few lines a kind of finding. Witnesses are left to the JSON.
pub fn table(answer: &Answer) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{}: {}, {}, {}, {}",
        answer.file,
        count_of(answer.events, "event"),
        count_of(answer.threads, "thread"),
        count_of(answer.locks, "lock"),
        count_of(answer.variables, "variable"),
    );
    engines(&mut text, answer);
    if let Some(findings) = &answer.findings {
        races(&mut text, findings);
    }
    if let Some(found) = &answer.deadlocks {
        deadlocks(&mut text, answer, found);
    }
    if let Some(found) = &answer.critical_path {
        critical_paths(&mut text, found);
    }
    for disagreement in &answer.disagreements {
        let _ = writeln!(text, "\nInternal disagreement, please report it: {disagreement}");
    }
    if !answer.notes.is_empty() {
        text.push_str("\nNotes\n");
        for note in &answer.notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    let timings: Vec<String> = answer.timings_ms.iter().map(|(engine, ms)| format!("{engine} {ms:.1}")).collect();
    let _ = writeln!(text, "\nTime in ms: {}\n", timings.join(", "));
    text
}

fn engines(text: &mut String, answer: &Answer) {
    let of_engines = [
        ("happens-before", &answer.races.hb),
        ("schedulable", &answer.races.shb),
        ("sync-preserving", &answer.races.syncp),
        ("exact", &answer.races.exact),
    ];
    let ran: Vec<(&str, &EngineRaces)> =
        of_engines.iter().filter_map(|(name, races)| Some((*name, races.as_ref()?))).collect();
    if ran.is_empty() {
        return;
    }
    let mut columns = Columns::new(&[
        ("races", Align::Left),
        ("racy events", Align::Right),
        ("pairs", Align::Right),
        ("", Align::Left),
    ]);
    for (name, races) in ran {
        let remark = match (name, races.complete) {
            ("happens-before", _) => "as other tools count, not proven".to_owned(),
            (_, true) => String::new(),
            (_, false) if !races.unknown.is_empty() => format!("{} undecided", count(races.unknown.len() as u64)),
            (_, false) if races.pairs_total > races.pairs.len() as u64 => "not all pairs are listed".to_owned(),
            (_, false) => "not all pairs were looked at".to_owned(),
        };
        columns.row(vec![name.to_owned(), count(races.racy_events.len() as u64), count(races.pairs_total), remark]);
    }
    text.push('\n');
    columns.write_to(text);
}

fn races(text: &mut String, findings: &[RaceFinding]) {
    let _ = writeln!(text, "\n{}", count_of(findings.len() as u64, "race"));
    if findings.is_empty() {
        return;
    }
    let mut columns = Columns::new(&[
        ("class", Align::Left),
        ("variable", Align::Left),
        ("first access", Align::Left),
        ("second access", Align::Left),
        ("pairs", Align::Right),
    ]);
    for finding in findings.iter().take(LISTED) {
        let access = |which: usize, event: u32| {
            let (thread, location) = (&finding.threads[which], &finding.locations[which]);
            let access = match finding.accesses[which] {
                AccessKind::Read => "reads",
                AccessKind::Write => "writes",
                AccessKind::AtomicRead => "reads atomically",
                AccessKind::AtomicWrite => "writes atomically",
            };
            format!("{thread} {access} at {location} ({})", place(&finding.at, which, event))
        };
        columns.row(vec![
            finding.class.replace('_', "-"),
            finding.variable.clone(),
            access(0, finding.first),
            access(1, finding.second),
            count(finding.count),
        ]);
    }
    columns.write_to(text);
    more(text, findings.len());
}

fn deadlocks(text: &mut String, answer: &Answer, found: &[DeadlockFinding]) {
    let _ = writeln!(text, "\n{}", count_of(found.len() as u64, "deadlock"));
    for deadlock in found.iter().take(LISTED) {
        let waits: Vec<String> = (deadlock.acquires.iter().enumerate())
            .zip(deadlock.threads.iter().zip(&deadlock.locks))
            .map(|((at, &event), (thread, lock))| format!("{thread} wants {lock} ({})", place(&deadlock.at, at, event)))
            .collect();
        let _ = writeln!(text, "  {}: {}", deadlock.class.replace('_', "-"), waits.join(", "));
    }
    more(text, found.len());
    match answer.unreached_inversions {
        None | Some(0) => {}
        Some(1) => text.push_str("  1 lock-order inversion is not reachable in this trace\n"),
        Some(n) => {
            let _ = writeln!(text, "  {} lock-order inversions are not reachable in this trace", count(n));
        }
    }
    if answer.unknown_deadlocks > 0 {
        let _ = writeln!(text, "  {} undecided within the budget", count_of(answer.unknown_deadlocks, "pattern"));
    }
    if answer.deadlocks_complete == Some(false) && answer.unknown_deadlocks == 0 {
        text.push_str("  there may be more: the search was cut off\n");
    }
}

fn critical_paths(text: &mut String, found: &CriticalPathAnswer) {
    let ms = |ns: u64| format!("{:.3}", ns as f64 / 1e6);
    for path in found.paths.iter().take(PATHS_SHOWN) {
        let _ = writeln!(text, "\ncritical path of {} {}: {} ms", path.service, path.operation, ms(path.duration_ns));
        let mut columns = Columns::new(&[
            ("operation", Align::Left),
            ("ms on the path", Align::Right),
            ("share", Align::Right),
            ("calls", Align::Right),
            ("work in ms", Align::Right),
            ("saved if halved", Align::Right),
        ]);
        for row in path.operations.iter().filter(|row| row.calls_on_path > 0).take(OPERATIONS_SHOWN) {
            columns.row(vec![
                format!("{} {}", row.service, row.operation),
                ms(row.exclusive_ns),
                format!("{:.1} %", row.share * 100.0),
                count(row.calls),
                ms(row.total_work_ns),
                row.saved_if_half_ns.map_or_else(|| "?".to_owned(), ms),
            ]);
        }
        columns.write_to(text);
    }
    let shown = found.paths.len().min(PATHS_SHOWN) as u64;
    if found.paths_total > shown {
        let _ = writeln!(text, "\nand {} (with --json)", count_of(found.paths_total - shown, "more critical path"));
    }
}

/// Where an event is, in the words of its source.
fn place(at: &Sources, which: usize, event: u32) -> String {
    match (at.lines.get(which), at.event_ids.get(which)) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(id)) => id.clone(),
        (None, None) => format!("event {event}"),
    }
}

fn more(text: &mut String, total: usize) {
    if total > LISTED {
        let _ = writeln!(text, "  and {} more (all of them with --json)", count((total - LISTED) as u64));
    }
}
