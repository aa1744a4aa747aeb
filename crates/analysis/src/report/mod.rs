//! All engines over one execution, and their answer for people and for programs.
//!
//! Invariant: nothing is reported as a finding that the witness checker has not replayed. What it refuses is
//! counted as a disagreement between two parts of this program, and said.

mod answer;
mod columns;
mod critical_path;
mod deadlocks;
mod file;
mod options;
mod races;
mod sources;
mod stopwatch;
mod table;

use crate::cancel::{Cancel, Cancelled};
use crate::check;
use crate::history::History;
use crate::reach::Reach;
use crate::spans::SpanForest;

pub use answer::{Answer, DeadlockFinding, EngineRaces, EventNumber, RaceFinding, Races, Sources};
pub use critical_path::{CriticalPathAnswer, OperationAnswer, PathAnswer};
pub use file::{FileError, analyze_file};
pub use options::{Options, PAIRS_LISTED, RaceEngines};
pub use table::table;

use races::Question;
use stopwatch::Stopwatch;

/// What an execution did and could have done. The file is not named, and reading it is not in the timings.
///
/// `traces` are its spans by the id of their trace; none, and there is no critical path.
///
/// Memory: that of the engines (each says its own), and of the findings with their witnesses, of which there are
/// at most 10,000 of races and as many of deadlocks.
///
/// # Errors
/// [`Cancelled`].
pub fn analyze(
    history: &History,
    traces: &[(String, SpanForest)],
    options: &Options,
    cancel: &Cancel,
) -> Result<Answer, Cancelled> {
    let mut stopwatch = Stopwatch::default();
    let mut answer = Answer {
        events: history.ops.len() as u64,
        threads: history.threads.len() as u64,
        locks: history.locks.len() as u64,
        variables: history.variables.len() as u64,
        ..Answer::default()
    };
    let question = options.races.map(|engines| Question { history, engines, options, cancel });
    if let Some(question) = &question {
        answer.findings = Some(Vec::new());
        if question.engines.hb() {
            races::add_happens_before(&mut answer, question, &mut stopwatch)?;
        }
        if history.variables.is_empty() {
            answer.notes.push("no reads and writes are recorded: nothing can be said of races".to_owned());
        }
    }
    let proven = question.filter(|question| question.engines != RaceEngines::Hb);
    if proven.is_some() || options.deadlocks {
        let reach = stopwatch.time("must_order", || Reach::new(history, cancel))?;
        let recording = stopwatch.time("check", || check::Recording::from_history(history));
        if let Some(question) = &proven {
            races::add_proven(&mut answer, question, &reach, &recording, &mut stopwatch)?;
        }
        if options.deadlocks {
            deadlocks::add(&mut answer, history, &reach, &recording, options, &mut stopwatch, cancel)?;
        }
    }
    if options.critical_path && !traces.is_empty() {
        let paths = stopwatch.time("critical_path", || critical_path::answer(traces, options.crisp, cancel))?;
        answer.critical_path = Some(paths);
    }
    answer.timings_ms = stopwatch.finish();
    Ok(answer)
}
