//! Requests that saw each other half done, in the answer.

use serde::{Deserialize, Serialize};

use crate::atomicity::{self, Block, Violation};
use crate::cancel::{Cancel, Cancelled};
use crate::causal::Recorded;
use crate::history::{History, OpIdx};
use crate::report::answer::{EventNumber, Sources};
use crate::report::sources::{number, sources, thread};
use model::table::EventTable;

/// Violations listed, and of one its blocks and the steps of its cycle.
pub const VIOLATIONS_LISTED: usize = 1_000;
const BLOCKS_LISTED: usize = 20;
const STEPS_LISTED: usize = 100;

/// Requests that no serial execution explains. Facts of what was recorded: they need no schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnserialisableAnswer {
    /// Requests that were looked at.
    pub requests: u64,
    /// By the event that closes the cycle.
    pub violations: Vec<UnserialisableBlocks>,
    /// How many there are; more than listed when above [`VIOLATIONS_LISTED`].
    pub total: u64,
    /// False when some are not listed, or requests are nested deeper than is looked at.
    pub complete: bool,
}

/// Requests on cycles with each other, or with single events of other threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnserialisableBlocks {
    /// Those on which the cycle conflicts.
    pub variables: Vec<String>,
    /// The first ones.
    pub blocks: Vec<BlockAnswer>,
    pub blocks_total: u64,
    /// Steps (earlier event, later event) of the first cycle that closes, its first ones.
    pub cycle: Vec<(EventNumber, EventNumber)>,
    pub cycle_steps: u64,
    /// Of both events of each step.
    #[serde(flatten)]
    pub at: Sources,
}

/// The events of a thread from the first to the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockAnswer {
    pub thread: String,
    pub first: EventNumber,
    pub last: EventNumber,
}

/// [`None`] when no requests are recorded. Cycles of which no step is a conflict are left out.
pub fn answer(
    recorded: &Recorded,
    table: &EventTable,
    cancel: &Cancel,
) -> Result<Option<UnserialisableAnswer>, Cancelled> {
    let history = &recorded.history;
    let requests = atomicity::requests(recorded, table);
    if requests.is_empty() {
        return Ok(None);
    }
    let found = atomicity::find(history, &requests, cancel)?;
    let mut answer = UnserialisableAnswer { requests: requests.len() as u64, ..UnserialisableAnswer::default() };
    for violation in &found.violations {
        let variables = variables(history, violation);
        if variables.is_empty() {
            continue;
        }
        answer.total += 1;
        if answer.violations.len() < VIOLATIONS_LISTED {
            answer.violations.push(of_violation(history, &requests, violation, variables));
        }
    }
    answer.complete = found.complete && answer.total == answer.violations.len() as u64;
    Ok(Some(answer))
}

/// Each once, in the order of the cycle.
fn variables(history: &History, violation: &Violation) -> Vec<String> {
    let mut variables = Vec::new();
    for (variable, ..) in violation.conflicts(history) {
        let name = &history.variables[variable as usize];
        if variables.len() < STEPS_LISTED && !variables.contains(name) {
            variables.push(name.clone());
        }
    }
    variables
}

fn of_violation(
    history: &History,
    requests: &[Block],
    violation: &Violation,
    variables: Vec<String>,
) -> UnserialisableBlocks {
    let blocks = violation.blocks.iter().take(BLOCKS_LISTED).map(|&block| requests[block as usize]);
    let cycle = &violation.cycle[..violation.cycle.len().min(STEPS_LISTED)];
    let ends: Vec<OpIdx> = cycle.iter().flat_map(|&(from, to)| [from, to]).collect();
    UnserialisableBlocks {
        variables,
        blocks: blocks
            .map(|block| BlockAnswer {
                thread: thread(history, block.thread),
                first: number(block.first),
                last: number(block.last),
            })
            .collect(),
        blocks_total: violation.blocks.len() as u64,
        cycle: cycle.iter().map(|&(from, to)| (number(from), number(to))).collect(),
        cycle_steps: violation.cycle.len() as u64,
        at: sources(history, &ends),
    }
}
