//! The answer as people read it: what is proven, then what is not and says so, then figures.

mod blocks;
mod contention;
mod races;
mod updates;

use std::fmt::Write as _;

use crate::report::answer::{Answer, DeadlockFinding, Sources};
use crate::report::columns::{Align, Columns, count, count_of};
use crate::report::critical_path::CriticalPathAnswer;

/// Findings of a kind listed; the rest is counted.
const LISTED: usize = 50;
/// Fewer of what nothing proves.
const UNPROVEN_LISTED: usize = 10;
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
    races::engines(&mut text, answer);
    if let Some(findings) = &answer.findings {
        races::proven(&mut text, findings);
    }
    if let Some(found) = &answer.deadlocks {
        deadlocks(&mut text, answer, found);
    }
    if let Some(found) = &answer.lost_updates {
        updates::section(&mut text, found);
    }
    if let Some(found) = &answer.unserialisable {
        blocks::section(&mut text, found);
    }
    if let Some(found) = &answer.lockset {
        races::suspected(&mut text, found, answer.findings.is_some());
    }
    if let Some(found) = &answer.contention {
        contention::section(&mut text, found);
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

fn deadlocks(text: &mut String, answer: &Answer, found: &[DeadlockFinding]) {
    let _ = writeln!(text, "\n{}", count_of(found.len() as u64, "deadlock"));
    for deadlock in found.iter().take(LISTED) {
        let waits: Vec<String> = (deadlock.acquires.iter().enumerate())
            .zip(deadlock.threads.iter().zip(&deadlock.locks))
            .map(|((at, &event), (thread, lock))| format!("{thread} wants {lock} ({})", place(&deadlock.at, at, event)))
            .collect();
        let _ = writeln!(text, "  {}: {}", deadlock.class.replace('_', "-"), waits.join(", "));
    }
    more(text, found.len() as u64, LISTED, found.len() as u64);
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
    for path in found.paths.iter().take(PATHS_SHOWN) {
        let _ = writeln!(
            text,
            "\ncritical path of {} {}: {} ms",
            path.service,
            path.operation,
            milliseconds(path.duration_ns)
        );
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
                milliseconds(row.exclusive_ns),
                format!("{:.1} %", row.share * 100.0),
                count(row.calls),
                milliseconds(row.total_work_ns),
                row.saved_if_half_ns.map_or_else(|| "?".to_owned(), milliseconds),
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

/// How many are not shown, and where the rest is: of `total`, `in_json` are in the answer.
fn more(text: &mut String, total: u64, shown: usize, in_json: u64) {
    let shown = shown as u64;
    if total > shown {
        let with_json = if in_json == total { "all of them".to_owned() } else { count(in_json) };
        let _ = writeln!(text, "  and {} more ({with_json} with --json)", count(total - shown));
    }
}

fn milliseconds(ns: u64) -> String {
    format!("{:.3}", ns as f64 / 1e6)
}
