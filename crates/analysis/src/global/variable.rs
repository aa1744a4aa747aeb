//! One variable of one owner: its accesses in all traces, and what is wrong between them.

use std::sync::Arc;

use hashbrown::HashMap;
use model::analysis::{FindingClass, FindingKind, MAX_TRACE_IDS, Reach, Severity};
use model::{EventId, Kind, Nanos, TraceId};

use super::accesses::{Held, Memory};
use super::found::{Found, Side, Traces, Use};
use super::lost::{self, Lost, Update, Written};
use super::pairs::{Met, Party, met};
use super::slots::Slots;

/// Places of one variable, and sets of locks, that are told apart.
const MOST_SITES: usize = 64;
const MOST_SETS: usize = 128;
/// Places with their locks that are compared with each other: more make the work quadratic in them.
const MOST_BUCKETS: usize = 96;
/// Threads, places and sets of locks of one variable in one trace.
pub(super) const MOST_IN_A_TRACE: usize = 256;
/// Traces beside a finding of sides that were never there together: there are many such findings.
const TRACES_APART: usize = 4;

/// A place that accesses the variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Site {
    pub location: Arc<str>,
    pub kind: Kind,
}

/// Accesses of one thread of control at one site under one set of locks: the first, and how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub slot: u32,
    /// Index into the slot's threads.
    pub thread: u32,
    pub site: u16,
    pub held: u16,
    pub count: u32,
    pub first: Nanos,
    pub event: EventId,
}

#[derive(Debug)]
pub(super) struct Variable {
    pub memory: Arc<Memory>,
    pub name: Arc<str>,
    sites: Vec<Site>,
    sets: Vec<Arc<[Held]>>,
    pub entries: Vec<Entry>,
    pub writes: Vec<Written>,
    pub updates: Vec<Update>,
    /// Something was left out.
    pub capped: bool,
}

/// What a variable's accesses come to.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub findings: Vec<Found>,
}

impl Variable {
    pub fn new(memory: Memory, name: &str) -> Self {
        Self {
            memory: Arc::new(memory),
            name: name.into(),
            sites: Vec::new(),
            sets: vec![Vec::new().into()],
            entries: Vec::new(),
            writes: Vec::new(),
            updates: Vec::new(),
            capped: false,
        }
    }

    /// The number of a place; [`None`] when there are too many.
    pub fn site(&mut self, location: &str, kind: Kind) -> Option<u16> {
        let known = self.sites.iter().position(|site| site.kind == kind && &*site.location == location);
        if known.is_none() && self.sites.len() == MOST_SITES {
            self.capped = true;
            return None;
        }
        let at = known.unwrap_or_else(|| {
            let place = self.sites.iter().find(|site| &*site.location == location);
            let location = place.map_or_else(|| location.into(), |site| Arc::clone(&site.location));
            self.sites.push(Site { location, kind });
            self.sites.len() - 1
        });
        Some(at as u16)
    }

    /// The number of a set of locks; [`None`] when there are too many.
    pub fn set(&mut self, held: &[Held]) -> Option<u16> {
        let known = self.sets.iter().position(|set| &**set == held);
        if known.is_none() && self.sets.len() == MOST_SETS {
            self.capped = true;
            return None;
        }
        let at = known.unwrap_or_else(|| {
            self.sets.push(held.into());
            self.sets.len() - 1
        });
        Some(at as u16)
    }

    /// Drops what is of traces that are gone.
    pub fn compact(&mut self, slots: &Slots) {
        let before = self.entries.len();
        self.entries.retain(|entry| slots.is_alive(entry.slot));
        self.writes.retain(|write| slots.is_alive(write.slot));
        self.updates.retain(|update| slots.is_alive(update.write.slot));
        if self.entries.len() == before {
            return;
        }
        self.entries.shrink_to(self.entries.len() * 2);
        self.writes.shrink_to(self.writes.len() * 2);
        let (sites, sets) =
            (std::mem::take(&mut self.sites), std::mem::replace(&mut self.sets, vec![Vec::new().into()]));
        self.capped = false;
        let mut places: HashMap<u16, u16> = HashMap::new();
        let mut locks: HashMap<u16, u16> = HashMap::from([(0, 0)]);
        let mut moved = |site: &mut u16, held: &mut u16| {
            *site = *places.entry(*site).or_insert_with(|| {
                self.sites.push(sites[*site as usize].clone());
                self.sites.len() as u16 - 1
            });
            *held = *locks.entry(*held).or_insert_with(|| {
                self.sets.push(Arc::clone(&sets[*held as usize]));
                self.sets.len() as u16 - 1
            });
        };
        for entry in &mut self.entries {
            moved(&mut entry.site, &mut entry.held);
        }
        for write in &mut self.writes {
            moved(&mut write.site, &mut write.held);
        }
        for update in &mut self.updates {
            moved(&mut update.write.site, &mut update.write.held);
            moved(&mut update.read_site, &mut update.read_held);
        }
    }

    /// What is wrong between the traces. `skew_nanos` is what clocks of two processes may differ.
    ///
    /// O(n log n) in the accesses for each pair of places.
    pub fn judge(&mut self, slots: &Slots, skew_nanos: i64) -> Verdict {
        let first_unit = self.entries.first().map(|entry| slots.unit(entry.slot));
        if self.entries.iter().all(|entry| Some(slots.unit(entry.slot)) == first_unit) {
            return Verdict::default();
        }
        let skew_nanos = if matches!(*self.memory, Memory::Process { .. }) { 0 } else { skew_nanos };
        self.entries
            .sort_unstable_by_key(|entry| (entry.site, entry.held, entry.first, slots.trace(entry.slot), entry.event));
        let parties: Vec<Party> = self.entries.iter().map(|entry| party(entry, slots)).collect();
        let mut groups = Groups::default();
        let buckets = self.buckets();
        for (at, &(begin, end)) in buckets.iter().enumerate() {
            for &(other_begin, other_end) in &buckets[at..] {
                let (one, other) = (&self.entries[begin], &self.entries[other_begin]);
                if !self.conflict(one, other) || self.protected(one, other) {
                    continue;
                }
                let same = begin == other_begin;
                let left = met(&parties[begin..end], &parties[other_begin..other_end], skew_nanos);
                let right = if same {
                    Vec::new()
                } else {
                    met(&parties[other_begin..other_end], &parties[begin..end], skew_nanos)
                };
                for reach in [Reach::Overlapping, Reach::Apart] {
                    let of = |met: &Met| if reach == Reach::Overlapping { met.overlapping } else { met.apart };
                    let pairs: u64 = left
                        .iter()
                        .zip(&self.entries[begin..end])
                        .map(|(met, entry)| of(met) * u64::from(entry.count))
                        .sum();
                    let pairs = if same { pairs / 2 } else { pairs };
                    if pairs == 0 {
                        continue;
                    }
                    let takes_part = |met: &[Met], from: usize| -> Vec<u32> {
                        met.iter()
                            .enumerate()
                            .filter(|(_, met)| of(met) > 0)
                            .map(|(at, _)| (from + at) as u32)
                            .collect()
                    };
                    let mut members = takes_part(&left, begin);
                    members.extend(takes_part(&right, other_begin));
                    let order = |at: &u32| {
                        let entry = &self.entries[*at as usize];
                        (entry.first, slots.trace(entry.slot), entry.event)
                    };
                    // The earliest that takes part, and the earliest that it can have met.
                    let Some(first) = members.iter().copied().min_by_key(order) else { continue };
                    let across = if same || (begin..end).contains(&(first as usize)) {
                        other_begin..other_end
                    } else {
                        begin..end
                    };
                    let partner = across
                        .map(|at| at as u32)
                        .filter(|&at| parties[first as usize].reach(&parties[at as usize], skew_nanos) == Some(reach));
                    let Some(second) = partner.min_by_key(order) else { continue };
                    groups.add(
                        (self.places(one, other), reach),
                        pairs,
                        (order(&first), order(&second)),
                        [first, second],
                        members,
                    );
                }
            }
        }
        let lost = self.lost(slots, skew_nanos);
        let mut findings: Vec<Found> = groups.0.into_iter().map(|(key, group)| self.race(&key, group, slots)).collect();
        findings.extend(self.lost_updates(&lost, slots, skew_nanos));
        Verdict { findings }
    }

    /// Runs of entries of one site and one set of locks.
    fn buckets(&mut self) -> Vec<(usize, usize)> {
        let mut begin = 0;
        let mut buckets = Vec::new();
        for run in self.entries.chunk_by(|one, other| (one.site, one.held) == (other.site, other.held)) {
            buckets.push((begin, begin + run.len()));
            begin += run.len();
        }
        self.capped |= buckets.len() > MOST_BUCKETS;
        buckets.truncate(MOST_BUCKETS);
        buckets
    }

    fn conflict(&self, one: &Entry, other: &Entry) -> bool {
        let (one, other) = (self.sites[one.site as usize].kind, self.sites[other.site as usize].kind);
        let is_atomic = |kind: Kind| matches!(kind, Kind::AtomicRead | Kind::AtomicWrite | Kind::AtomicRmw);
        (one.is_write() || other.is_write()) && !(is_atomic(one) && is_atomic(other))
    }

    /// Whether a common lock keeps the two from happening at once.
    fn protected(&self, one: &Entry, other: &Entry) -> bool {
        let (one, other) = (&self.sets[one.held as usize], &self.sets[other.held as usize]);
        one.iter().any(|held| other.iter().any(|also| held.lock == also.lock && !(held.shared && also.shared)))
    }

    /// The sites of two entries, the smaller one first.
    fn places(&self, one: &Entry, other: &Entry) -> (Site, Site) {
        let (one, other) = (self.sites[one.site as usize].clone(), self.sites[other.site as usize].clone());
        if one <= other { (one, other) } else { (other, one) }
    }

    fn race(&self, ((one, other), reach): &((Site, Site), Reach), mut group: Group, slots: &Slots) -> Found {
        group.members.sort_unstable();
        group.members.dedup();
        let overlap = *reach == Reach::Overlapping;
        let both_write = one.kind.is_write() && other.kind.is_write();
        let members = || group.members.iter().map(|&at| &self.entries[at as usize]);
        let example = group.example.map(|at| &self.entries[at as usize]);
        let most = if overlap { MAX_TRACE_IDS } else { TRACES_APART };
        let mut sides = example.map(|entry| self.side(entry, slots));
        sides.sort_by_key(|side| (side.at, side.trace, side.event));
        Found {
            kind: FindingKind::Race,
            reach: *reach,
            class: FindingClass::Possible,
            severity: match (overlap, both_write) {
                (true, true) => Severity::Critical,
                (true, false) => Severity::Warning,
                (false, _) => Severity::Info,
            },
            memory: Arc::clone(&self.memory),
            subject: Arc::clone(&self.name),
            places: [one, other].map(|site| (Arc::clone(&site.location), site.kind)).to_vec(),
            count: group.pairs,
            sides: sides.into(),
            traces: Traces::of(
                example.map(|entry| slots.trace(entry.slot)),
                members().map(|entry| (entry.slot, entry.thread)),
                most,
                slots,
            ),
            first: members().map(|entry| entry.first).min().unwrap_or_default(),
            last: members().map(|entry| entry.first).max().unwrap_or_default(),
        }
    }

    fn side(&self, entry: &Entry, slots: &Slots) -> Side {
        let site = &self.sites[entry.site as usize];
        Side::new(slots, entry.slot, entry.thread, (entry.event, entry.first), site, &self.sets[entry.held as usize])
    }

    fn lost(&mut self, slots: &Slots, skew_nanos: i64) -> Vec<Lost> {
        let between = |one: &Written, other: &Written| {
            let (one, other) = (party_of(one.slot, one.thread, slots), party_of(other.slot, other.thread, slots));
            one.reach(&other, skew_nanos)?;
            Some(if one.process == other.process { 0 } else { skew_nanos })
        };
        lost::find(&mut self.writes, &self.updates, between)
    }

    fn lost_updates(&self, lost: &[Lost], slots: &Slots, skew_nanos: i64) -> Vec<Found> {
        let mut by_places: HashMap<([u16; 3], Reach), Vec<&Lost>> = HashMap::new();
        for lost in lost {
            let (write, other) = (&lost.update.write, &lost.other);
            let parties = (party_of(write.slot, write.thread, slots), party_of(other.slot, other.thread, slots));
            if let Some(reach) = parties.0.reach(&parties.1, skew_nanos) {
                by_places.entry(([lost.update.read_site, other.site, write.site], reach)).or_default().push(lost);
            }
        }
        let mut found = Vec::with_capacity(by_places.len());
        for ((sites, reach), mut lost) in by_places {
            lost.sort_unstable_by_key(|lost| (lost.update.write.at, lost.update.write.trace, lost.update.write.event));
            let Some(&&Lost { update, other }) = lost.first() else { continue };
            let sites = sites.map(|site| &self.sites[site as usize]);
            let set = |held: u16| &self.sets[held as usize];
            let Written { slot, thread, .. } = update.write;
            let sides = [
                Side::new(slots, slot, thread, (update.read, update.read_at), sites[0], set(update.read_held)),
                Side::new(slots, other.slot, other.thread, (other.event, other.at), sites[1], set(other.held)),
                Side::new(slots, slot, thread, (update.write.event, update.write.at), sites[2], set(update.write.held)),
            ];
            let members =
                lost.iter().flat_map(|lost| [&lost.update.write, &lost.other]).map(|write| (write.slot, write.thread));
            found.push(Found {
                kind: FindingKind::LostUpdate,
                reach,
                class: FindingClass::Observed,
                severity: Severity::Critical,
                memory: Arc::clone(&self.memory),
                subject: Arc::clone(&self.name),
                places: sites.map(|site| (Arc::clone(&site.location), site.kind)).to_vec(),
                count: lost.len() as u64,
                sides: sides.into(),
                traces: Traces::of([update.write.trace, other.trace], members, MAX_TRACE_IDS, slots),
                first: lost.iter().map(|lost| lost.update.read_at).min().unwrap_or_default(),
                last: lost.iter().map(|lost| lost.update.write.at).max().unwrap_or_default(),
            });
        }
        found
    }

    /// How it is used in all traces. O(n log n).
    pub fn used(&self, slots: &Slots) -> Use {
        let alive = || self.entries.iter().filter(|entry| slots.is_alive(entry.slot));
        let mut kinds: Vec<Kind> = alive().map(|entry| self.sites[entry.site as usize].kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Use {
            accesses: alive().map(|entry| u64::from(entry.count)).sum(),
            kinds,
            traces: Traces::of([], alive().map(|entry| (entry.slot, entry.thread)), MAX_TRACE_IDS, slots),
        }
    }
}

fn party(entry: &Entry, slots: &Slots) -> Party {
    Party { count: u64::from(entry.count), ..party_of(entry.slot, entry.thread, slots) }
}

fn party_of(slot: u32, thread: u32, slots: &Slots) -> Party {
    let of = slots.thread(slot, thread);
    Party {
        unit: slots.unit(slot),
        process: of.process,
        os_thread: of.os_thread,
        context: of.context,
        request: of.request,
        count: 1,
    }
}

/// An entry in an order that does not depend on when its trace was added.
type Place = (Nanos, TraceId, EventId);

struct Group {
    pairs: u64,
    /// Of the example.
    order: (Place, Place),
    example: [u32; 2],
    members: Vec<u32>,
}

/// Pairs by what they are grouped by.
#[derive(Default)]
struct Groups(HashMap<((Site, Site), Reach), Group>);

impl Groups {
    fn add(
        &mut self,
        key: ((Site, Site), Reach),
        pairs: u64,
        order: (Place, Place),
        example: [u32; 2],
        members: Vec<u32>,
    ) {
        match self.0.get_mut(&key) {
            None => {
                self.0.insert(key, Group { pairs, order, example, members });
            }
            Some(group) => {
                group.pairs += pairs;
                group.members.extend(members);
                if order < group.order {
                    (group.order, group.example) = (order, example);
                }
            }
        }
    }
}
