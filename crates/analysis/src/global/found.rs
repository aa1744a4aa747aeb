//! What was found, in a form small enough to keep for every variable, and how it is shown.

use std::sync::Arc;

use model::analysis::{FindingClass, FindingKind, GlobalFinding, GlobalSide, Reach, Severity};
use model::list::Total;
use model::{EventId, Kind, Nanos, TraceId};

use super::accesses::{Held, Memory};
use super::slots::Slots;
use super::stable_hash;
use super::variable::Site;

/// One event of a finding.
#[derive(Debug, Clone)]
pub struct Side {
    pub trace: TraceId,
    pub event: EventId,
    pub kind: Kind,
    pub at: Nanos,
    pub service: Box<str>,
    pub thread: Box<str>,
    pub location: Arc<str>,
    pub held: Arc<[Held]>,
}

impl Side {
    pub(super) fn new(
        slots: &Slots,
        slot: u32,
        thread: u32,
        (event, at): (EventId, Nanos),
        site: &Site,
        held: &Arc<[Held]>,
    ) -> Self {
        let thread = slots.thread(slot, thread);
        Self {
            trace: slots.trace(slot),
            event,
            kind: site.kind,
            at,
            service: thread.service.clone(),
            thread: thread.label.clone(),
            location: Arc::clone(&site.location),
            held: Arc::clone(held),
        }
    }
}

/// The traces and threads that take part in something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Some of them: those of the example, then the newest.
    pub some: Box<[TraceId]>,
    pub total: u64,
    pub threads: u64,
}

impl Traces {
    /// Of (slot, thread of it), at most `most` of them listed.
    pub(super) fn of<const N: usize>(
        example: [TraceId; N],
        members: impl Iterator<Item = (u32, u32)>,
        most: usize,
        slots: &Slots,
    ) -> Self {
        let mut members: Vec<(u32, u32)> = members.collect();
        members.sort_unstable();
        members.dedup();
        let threads = members.len() as u64;
        members.dedup_by_key(|&mut (slot, _)| slot);
        let total = members.len() as u64;
        let newest = |&(slot, _): &(u32, u32)| std::cmp::Reverse((slots.get(slot).end, slots.trace(slot)));
        if members.len() > most {
            members.select_nth_unstable_by_key(most, newest);
            members.truncate(most);
        }
        members.sort_unstable_by_key(newest);
        let mut some = example.to_vec();
        some.extend(members.iter().map(|&(slot, _)| slots.trace(slot)).filter(|trace| !example.contains(trace)));
        some.dedup();
        some.truncate(most);
        Self { some: some.into(), total, threads }
    }
}

/// All that was recorded of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub accesses: u64,
    pub kinds: Vec<Kind>,
    pub traces: Traces,
}

/// A finding between traces.
#[derive(Debug, Clone)]
pub struct Found {
    pub kind: FindingKind,
    pub reach: Reach,
    pub class: FindingClass,
    pub severity: Severity,
    pub memory: Arc<Memory>,
    pub subject: Arc<str>,
    /// What it is grouped by: the smaller place first; of a lost update the read, the lost write, the write.
    pub places: Vec<(Arc<str>, Kind)>,
    /// Pairs; of lost updates the writes that lost another.
    pub count: u64,
    /// The earliest instance, in order of time.
    pub sides: Box<[Side]>,
    pub traces: Traces,
    pub first: Nanos,
    pub last: Nanos,
}

impl Found {
    /// See [`GlobalFinding::id`].
    pub fn id(&self) -> String {
        let grouped = format!("{:?} {:?} {:?} {:?} {:?}", self.kind, self.reach, self.class, self.memory, self.places);
        format!("{:012x}", stable_hash(&[&grouped, &self.subject]) >> 16)
    }

    pub fn service(&self) -> &str {
        match self.memory.service() {
            "" => self.sides.first().map_or("", |side| &side.service),
            service => service,
        }
    }

    /// As it is shown; values are for the caller to look up.
    pub fn shown(&self) -> GlobalFinding {
        let side = |side: &Side| GlobalSide {
            trace_id: side.trace,
            event: side.event,
            kind: side.kind,
            at: side.at,
            thread: side.thread.to_string(),
            location: side.location.to_string(),
            before: None,
            after: None,
            locks: side.held.iter().map(|held| held.name.to_string()).collect(),
        };
        GlobalFinding {
            id: self.id(),
            kind: self.kind,
            reach: self.reach,
            class: self.class,
            severity: self.severity,
            subject: self.subject.to_string(),
            owner: self.memory.label(),
            service: self.service().to_owned(),
            title: self.title(),
            explanation: self.explanation().to_owned(),
            count: Total::exact(self.count),
            sides: self.sides.iter().map(side).collect(),
            in_trace: None,
            traces: self.traces.some.to_vec(),
            traces_total: Total::exact(self.traces.total),
            threads: self.traces.threads,
            first: self.first,
            last: self.last,
        }
    }

    fn title(&self) -> String {
        let name = &self.subject;
        let both_write = self.places.iter().all(|(_, kind)| kind.is_write());
        match (self.kind, self.reach, both_write) {
            (FindingKind::LostUpdate, ..) => {
                format!("Two requests change `{name}` from the same value; the first change is lost.")
            }
            (_, Reach::Overlapping, true) => {
                format!("Two requests write `{name}` at the same time; no common lock protects it.")
            }
            (_, Reach::Overlapping, false) => {
                format!("One request reads `{name}` while another writes it; no common lock protects it.")
            }
            (_, _, true) => {
                format!("Requests write `{name}` without a common lock, so far never at the same time.")
            }
            (_, _, false) => {
                format!("Requests read and write `{name}` without a common lock, so far never at the same time.")
            }
        }
    }

    fn explanation(&self) -> &'static str {
        match (self.kind, self.reach) {
            (FindingKind::LostUpdate, _) => {
                "The values prove it: the last write says it replaced the value its request had read, but another \
                 request had written a different one in between. Hold one lock from the read to the write, or use an \
                 atomic update."
            }
            (_, Reach::Overlapping) => {
                "The requests were at work at the same time in the same memory, nothing orders them, and they share no \
                 lock. Which access comes first is chance. Protect both places with the same lock."
            }
            _ => {
                "Nothing orders these requests and they share no lock, but they were never there at the same time: \
                 nothing went wrong yet. Under more load it may."
            }
        }
    }
}
