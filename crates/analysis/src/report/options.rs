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
    pub critical_path: bool,
    /// The critical path as CRISP counts it.
    pub crisp: bool,
    /// Pairs of an engine listed at most; [`usize::MAX`] for all.
    pub pairs_listed: usize,
    /// Conflicts the exact engine may run into for one question. A question whose budget is spent is answered
    /// "unknown", always at the same place.
    pub budget: u64,
}

impl Default for Options {
    /// Everything, within the usual bounds.
    fn default() -> Self {
        Self {
            races: Some(RaceEngines::All),
            deadlocks: true,
            critical_path: true,
            crisp: false,
            pairs_listed: PAIRS_LISTED,
            budget: DEFAULT_BUDGET,
        }
    }
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
