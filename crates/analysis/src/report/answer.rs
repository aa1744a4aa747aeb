//! The answer to "what did this execution do, and what could it have done?", as programs read it.
//!
//! Events are numbered from 1 in the recorded order, over the operations only. What was not asked for, or does
//! not apply, is absent; an empty list says that there is nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::races::AccessKind;
use crate::report::blocks::UnserialisableAnswer;
use crate::report::contention::ContentionAnswer;
use crate::report::critical_path::CriticalPathAnswer;
use crate::report::lockset::LocksetAnswer;
use crate::report::updates::LostUpdatesAnswer;
use crate::witness::Witness;

/// Number of an event, from 1.
pub type EventNumber = u32;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// As it was named on the command line.
    pub file: String,
    pub events: u64,
    pub threads: u64,
    pub locks: u64,
    pub variables: u64,
    pub races: Races,
    /// The strongest class first, then by their first instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<RaceFinding>>,
    /// Those that some correct reordering reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlocks: Option<Vec<DeadlockFinding>>,
    /// Patterns of locks that no correct reordering reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreached_inversions: Option<u64>,
    /// Patterns of locks for which the budget was spent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown_deadlocks: u64,
    /// False when patterns were cut off or are unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlocks_complete: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_updates: Option<LostUpdatesAnswer>,
    /// Of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unserialisable: Option<UnserialisableAnswer>,
    /// Of recorded events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contention: Option<ContentionAnswer>,
    /// Unproven, and so no findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lockset: Option<LocksetAnswer>,
    /// Of spans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical_path: Option<CriticalPathAnswer>,
    /// Findings that an engine claimed and the witness checker refused, with its reason. They are not shown;
    /// one of the two is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<String>,
    /// What kept the analysis from seeing more, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Milliseconds by engine; `total` includes reading.
    pub timings_ms: BTreeMap<String, f64>,
}

/// By engine; those that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Races {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hb: Option<EngineRaces>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shb: Option<EngineRaces>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syncp: Option<EngineRaces>,
    /// Every class above `lockset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<EngineRaces>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineRaces {
    /// Second accesses, ascending; never capped.
    pub racy_events: Vec<EventNumber>,
    /// Sorted, capped.
    pub pairs: Vec<(EventNumber, EventNumber)>,
    /// How many there are; at least, when not complete.
    pub pairs_total: u64,
    /// False when anything was unknown or capped.
    pub complete: bool,
    /// Pairs for which the budget was spent. Sorted, capped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<(EventNumber, EventNumber)>,
}

/// All racing pairs of one class on one variable between the same two places, and the proof of the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaceFinding {
    #[serde(flatten)]
    pub pair: RacingPair,
    pub witness: Witness,
}

/// What is said of racing pairs, proven or suspected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RacingPair {
    pub class: String,
    pub variable: String,
    /// The first instance.
    pub first: EventNumber,
    pub second: EventNumber,
    /// Pairs it stands for.
    pub count: u64,
    pub threads: [String; 2],
    pub locations: [String; 2],
    pub accesses: [AccessKind; 2],
    #[serde(flatten)]
    pub at: Sources,
}

/// Threads that end up waiting for one another in a circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlockFinding {
    /// The acquires all enabled at once and none granted; each waits for the next, the last for the first.
    pub acquires: Vec<EventNumber>,
    pub threads: Vec<String>,
    /// What each wants.
    pub locks: Vec<String>,
    #[serde(flatten)]
    pub at: Sources,
    pub class: String,
    pub witness: Witness,
}

/// Where the events of a finding are, in its order: lines of the file, or ids of the events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_ids: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
