//! What to analyse, and how much of it.

use crate::reach::DEFAULT_BUDGET;

/// Pairs of a race engine listed when nothing else was asked for. Their total is told in any case.
pub const PAIRS_LISTED: usize = 10_000;

/// Which race engines run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaceEngines {
    /// Happens-before: figures as other tools print them, and no findings.
    Hb,
    /// Schedulable happens-before.
    Shb,
    /// Sync-preserving.
    SyncP,
    /// Every class above `lockset`.
    Exact,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub races: Option<RaceEngines>,
    pub deadlocks: bool,
    pub lost_updates: bool,
    /// Requests that saw each other half done.
    pub blocks: bool,
    pub contention: bool,
    /// What the lockset engine suspects and nothing proves.
    pub lockset: bool,
    pub critical_path: bool,
    /// The critical path as CRISP counts it.
    pub crisp: bool,
    /// Pairs of an engine listed at most; [`usize::MAX`] for all.
    pub pairs_listed: usize,
    /// Conflicts the exact engine may run into for one question. A question whose budget is spent is answered
    /// "unknown", always at the same place.
    pub budget: u64,
    /// Whether what was asked for and does not apply is said. When all is asked for, it goes without saying.
    pub explain_absence: bool,
}

impl Default for Options {
    /// Everything that proves something or counts what happened, within the usual bounds.
    fn default() -> Self {
        Self {
            races: Some(RaceEngines::All),
            deadlocks: true,
            lost_updates: true,
            blocks: true,
            contention: true,
            lockset: false,
            critical_path: true,
            crisp: false,
            pairs_listed: PAIRS_LISTED,
            budget: DEFAULT_BUDGET,
            explain_absence: false,
        }
    }
}

impl Options {
    /// Nothing: to name what is wanted.
    pub const NOTHING: Self = Self {
        races: None,
        deadlocks: false,
        lost_updates: false,
        blocks: false,
        contention: false,
        lockset: false,
        critical_path: false,
        crisp: false,
        pairs_listed: PAIRS_LISTED,
        budget: DEFAULT_BUDGET,
        explain_absence: true,
    };
}

impl RaceEngines {
    pub fn hb(self) -> bool {
        matches!(self, Self::Hb | Self::All)
    }

    pub fn shb(self) -> bool {
        matches!(self, Self::Shb | Self::All)
    }

    pub fn syncp(self) -> bool {
        matches!(self, Self::SyncP | Self::All)
    }

    pub fn exact(self) -> bool {
        matches!(self, Self::Exact | Self::All)
    }
}
