//! From a file to its answer.

use std::io::Read;
use std::time::Instant;

use crate::cancel::{Cancel, Cancelled};
use crate::causal::{self, CausalError};
use crate::read::{self, Events, Format, ReadError, Recording};
use crate::report::answer::Answer;
use crate::report::options::Options;
use crate::report::stopwatch::milliseconds;
use crate::report::{Execution, analyze, columns};

/// Why a file has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// `file:line: what was wrong`.
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{name}: {source}")]
    Causal { name: String, source: CausalError },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Reads a recording, packed or plain, and answers for all of it: events of several traces are one execution.
/// `name` is for the answer and for errors.
///
/// # Errors
/// What cannot be read, with its line; [`Cancelled`], which reading does not look at.
pub fn analyze_file(
    input: impl Read,
    name: &str,
    format: Format,
    options: &Options,
    cancel: &Cancel,
) -> Result<Answer, FileError> {
    let began = Instant::now();
    let recording = read::file(input, name, format)?;
    let read_ms = began.elapsed();
    let mut answer = match recording {
        Recording::Std(history) => analyze(&Execution::of(&history), options, cancel)?,
        Recording::Events(events) => {
            of_events(&events, options, cancel).map_err(|source| FileError::Causal { name: name.to_owned(), source })?
        }
    };
    name.clone_into(&mut answer.file);
    for (engine, spent) in [("read", read_ms), ("total", began.elapsed())] {
        answer.timings_ms.insert(engine.to_owned(), milliseconds(spent));
    }
    Ok(answer)
}

fn of_events(events: &Events, options: &Options, cancel: &Cancel) -> Result<Answer, CausalError> {
    let began = Instant::now();
    let recorded = causal::history(&events.table, cancel)?;
    let edges_took = began.elapsed();
    let traces = if options.critical_path { events.forests(&recorded) } else { Vec::new() };
    let execution = Execution { history: &recorded.history, events: Some((&recorded, &events.table)), traces: &traces };
    let mut answer = analyze(&execution, options, cancel)?;
    answer.timings_ms.insert("edges".to_owned(), milliseconds(edges_took));
    answer.notes.extend(notes(events, &recorded.notes));
    Ok(answer)
}

/// What kept the analysis from seeing more.
fn notes(events: &Events, of_history: &causal::Notes) -> Vec<String> {
    let mut notes = Vec::new();
    if events.duplicates > 0 {
        notes.push(format!("{} already there", columns::count_of(events.duplicates, "event")));
    }
    if events.without_trace > 0 {
        notes.push(format!("{} without a trace", columns::count_of(events.without_trace, "log")));
    }
    notes.extend(of_history.sentences());
    notes
}
