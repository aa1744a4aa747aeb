//! Data races: pairs of conflicting accesses that an execution did, or could have, run at the same time.
//!
//! | module | answers |
//! |---|---|
//! | [`hb`] | races of happens-before (DJIT+), as other tools print them: figures and filters, never findings |
//! | [`fasttrack`] | the first of them for each variable, with epochs |
//! | [`shb`] | schedulable races: adjacent after nothing but delaying threads; with witnesses |
//! | [`observed`] | those the recorded prefix itself already enables |
//! | [`lockset`] | pairs without a common lock that nothing orders: on request, unproven |
//! | [`findings`] | pairs grouped into what people are shown |
//!
//! Invariant: the classes are nested, observed within schedulable within sync-preserving within predictable
//! within lockset. A pair has the first that holds. Events are told by their index in [`History::ops`].
//!
//! Everything is linear in operations times threads, plus what is listed; memory likewise.

pub mod clock;
pub mod fasttrack;
pub mod findings;
pub mod hb;
pub mod irregular;
pub mod last_accesses;
pub mod lockset;
pub mod observed;
pub mod order;
pub mod shb;
pub mod sites;
pub(crate) mod synchronisation;
pub(crate) mod windows;

use serde::{Deserialize, Serialize};

use crate::history::{History, OpIdx};
use crate::reads_from::Writer;
use crate::sections::{Section, Sections};

/// A history and what the passes over it share.
#[derive(Debug, Clone, Copy)]
pub struct Input<'h> {
    pub history: &'h History,
    pub sections: &'h Sections,
    /// As [`crate::reads_from::reads_from`] tells it.
    pub reads_from: &'h [Option<Writer>],
}

impl<'h> Input<'h> {
    /// The section an operation begins or ends.
    #[inline]
    pub(crate) fn section_at(self, op: OpIdx) -> Option<&'h Section> {
        self.sections.at[op as usize].map(|section| &self.sections.all[section as usize])
    }

    #[inline]
    pub(crate) fn writer(self, op: OpIdx) -> Option<Writer> {
        self.reads_from[op as usize]
    }
}

/// What one engine found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Second accesses of a race, ascending.
    pub racy_events: Vec<OpIdx>,
    /// (first, second), ascending: those with the earliest second accesses when there are more than were asked for.
    pub pairs: Vec<(OpIdx, OpIdx)>,
    pub pairs_total: u64,
    /// False when `pairs` was cut, or something could not be decided.
    pub complete: bool,
}

/// Classes of a pair, strongest first: a pair gets the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The recorded prefix before the first access enables both.
    Observed,
    /// Adjacent after delaying threads, all critical sections and reads in their recorded order.
    Schedulable,
    /// In a correct reordering that keeps the order of each lock's sections.
    SyncPreserving,
    /// In some correct reordering.
    Predictable,
    /// No common lock and no forced order: nothing is proven.
    Lockset,
}

/// How a variable is accessed. An atomic read-modify-write is an atomic write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    Read,
    Write,
    AtomicRead,
    AtomicWrite,
}

impl AccessKind {
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::AtomicRead, Self::AtomicWrite];

    pub const fn new(is_write: bool, atomic: bool) -> Self {
        match (is_write, atomic) {
            (false, false) => Self::Read,
            (true, false) => Self::Write,
            (false, true) => Self::AtomicRead,
            (true, true) => Self::AtomicWrite,
        }
    }

    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::AtomicWrite)
    }

    pub const fn atomic(self) -> bool {
        matches!(self, Self::AtomicRead | Self::AtomicWrite)
    }

    /// At least one writes, and not both are atomic.
    pub const fn conflicts(self, other: Self) -> bool {
        (self.writes() || other.writes()) && !(self.atomic() && other.atomic())
    }
}
