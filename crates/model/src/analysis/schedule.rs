//! A schedule to step through: how threads interleave until the finding is about to happen.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::{EventId, Kind, Mode, Seq};

/// The last steps of a witness. State at step `k` = what is given for the start, and the effects of the
/// first `k` listed steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// Of the finding.
    pub finding: String,
    pub version: Seq,
    /// A column each; those of the finding first.
    pub threads: Vec<ScheduleThread>,
    /// Those that any listed step touches; the finding's first.
    pub variables: Vec<ScheduleVariable>,
    pub locks: Vec<ScheduleLock>,
    /// At most [`super::MAX_STEPS`].
    pub steps: Vec<ScheduleStep>,
    /// Steps before the listed ones.
    pub skipped: u64,
    /// What is enabled after the last step, one a thread: the accesses that race, the acquires that wait.
    pub then: Vec<ScheduleStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleThread {
    pub name: String,
    pub service: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleVariable {
    pub name: String,
    /// Before the first listed step; [`None`] when it is not recorded.
    pub value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleLock {
    pub name: String,
    /// Threads (columns) that hold it before the first listed step.
    pub holders: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleStep {
    /// Column.
    pub thread: u32,
    pub event: EventId,
    /// In the trace's list.
    pub position: u64,
    pub kind: Kind,
    pub mode: Mode,
    /// What it does, in few words: `write balance = 40`, `acquire ledger`.
    pub text: String,
    pub location: String,
    pub effect: StepEffect,
    /// What it is in the finding.
    pub role: Option<Role>,
}

/// What a step changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepEffect {
    None,
    /// Index into the variables; the value it saw.
    Read {
        variable: u32,
        value: Option<String>,
    },
    Write {
        variable: u32,
        value: Option<String>,
    },
    /// Index into the locks.
    Acquire {
        lock: u32,
        shared: bool,
    },
    Release {
        lock: u32,
    },
}
