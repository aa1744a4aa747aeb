//! All engines over one execution, and their answer for people and for programs.
//!
//! Each part of the answer is filled in by the file that is called as its engine; [`table`] writes all of them for
//! people.
//!
//! Invariant: no schedule is reported that the witness checker has not replayed, and nothing unproven among what is
//! proven. What the checker refuses is counted as a disagreement between two parts of this program, and said.

mod answer;
mod blocks;
mod columns;
mod contention;
mod critical_path;
mod deadlocks;
mod file;
mod lockset;
mod options;
mod proving;
mod races;
mod sources;
mod stopwatch;
mod table;
mod updates;

use model::table::EventTable;

use crate::cancel::{Cancel, Cancelled};
use crate::causal::Recorded;
use crate::chains::Chains;
use crate::check;
use crate::history::History;
use crate::races::findings::Proven;
use crate::reach::Reach;
use crate::spans::SpanForest;

pub use answer::{Answer, DeadlockFinding, EngineRaces, EventNumber, RaceFinding, Races, RacingPair, Sources};
pub use blocks::{BlockAnswer, UnserialisableAnswer, UnserialisableBlocks};
pub use contention::{BlockerAnswer, ContentionAnswer, LockAnswer};
pub use critical_path::{CriticalPathAnswer, OperationAnswer, PathAnswer};
pub use file::{FileError, analyze_file};
pub use lockset::LocksetAnswer;
pub use options::{Options, PAIRS_LISTED, RaceEngines};
pub use table::table;
pub use updates::{LostUpdateFinding, LostUpdatesAnswer, UPDATES_LISTED};

use proving::Proving;
use stopwatch::Stopwatch;

/// One execution, and what is known of it beside its history.
#[derive(Debug, Clone, Copy)]
pub struct Execution<'a> {
    pub history: &'a History,
    /// What the history was made of, when that was recorded events: without them there are no requests and no times.
    pub events: Option<(&'a Recorded, &'a EventTable)>,
    /// Its spans by the id of their trace; none, and there is no critical path.
    pub traces: &'a [(String, SpanForest)],
}

impl<'a> Execution<'a> {
    /// Operations only.
    pub const fn of(history: &'a History) -> Self {
        Self { history, events: None, traces: &[] }
    }
}

/// What an execution did and could have done. The file is not named, and reading it is not in the timings.
///
/// Memory: that of the engines (each says its own), and of the findings with their witnesses, of which there are
/// at most 10,000 of races, as many of deadlocks, and 3,000 of lost updates.
///
/// # Errors
/// [`Cancelled`].
pub fn analyze(execution: &Execution<'_>, options: &Options, cancel: &Cancel) -> Result<Answer, Cancelled> {
    let &Execution { history, events, traces } = execution;
    let mut stopwatch = Stopwatch::default();
    let mut answer = Answer {
        events: history.ops.len() as u64,
        threads: history.threads.len() as u64,
        locks: history.locks.len() as u64,
        variables: history.variables.len() as u64,
        ..Answer::default()
    };
    let chains = stopwatch.time("chains", || Chains::of(history, cancel))?;
    if let Some(engines) = options.races {
        answer.findings = Some(Vec::new());
        if engines.hb() {
            races::add_happens_before(&mut answer, chains.history(), options, &mut stopwatch, cancel)?;
        }
        if history.variables.is_empty() {
            answer.notes.push("no reads and writes are recorded: nothing can be said of races".to_owned());
        }
    }
    let proving_engines = options.races.filter(|&engines| engines != RaceEngines::Hb);
    let mut proven = Proven::default();
    if proving_engines.is_some() || options.deadlocks || options.lost_updates {
        let reach = stopwatch.time("must_order", || Reach::new(chains.history(), cancel))?;
        let recording = stopwatch.time("check", || check::Recording::from_history(history));
        let proving = Proving { history, chains: &chains, reach: &reach, recording: &recording, options, cancel };
        if let Some(engines) = proving_engines {
            proven = races::add_proven(&mut answer, engines, &proving, &mut stopwatch)?;
        }
        if options.deadlocks {
            deadlocks::add(&mut answer, &proving, &mut stopwatch)?;
        }
        if options.lost_updates {
            updates::add(&mut answer, &proving, &mut stopwatch)?;
        }
    }
    if options.lockset {
        let suspected =
            stopwatch.time("lockset", || lockset::answer(history, &proven, options.pairs_listed, cancel))?;
        answer.lockset = Some(suspected);
    }
    if let Some((recorded, table)) = events {
        if options.blocks {
            answer.unserialisable = stopwatch.time("blocks", || blocks::answer(recorded, table, cancel))?;
        }
        if options.contention {
            answer.contention = stopwatch.time("contention", || contention::answer(recorded, table, cancel))?;
        }
    }
    if options.critical_path && !traces.is_empty() {
        let paths = stopwatch.time("critical_path", || critical_path::answer(traces, options.crisp, cancel))?;
        answer.critical_path = Some(paths);
    }
    if options.explain_absence {
        let absences = absences(&answer, options);
        answer.notes.extend(absences);
    }
    answer.timings_ms = stopwatch.finish();
    Ok(answer)
}

/// Why parts that were asked for are not there.
fn absences(answer: &Answer, options: &Options) -> Vec<String> {
    let absences = [
        (
            options.blocks && answer.unserialisable.is_none(),
            "no requests are recorded: nothing can be said of unserialisable blocks",
        ),
        (
            options.contention && answer.contention.is_none(),
            "no locks are recorded with their times: nothing can be said of contention",
        ),
        (options.critical_path && answer.critical_path.is_none(), "no spans are recorded: there is no critical path"),
    ];
    absences.into_iter().filter(|&(is_absent, _)| is_absent).map(|(_, why)| why.to_owned()).collect()
}
