//! What is wrong between traces: two requests, one memory, nothing that orders or protects them.
//!
//! The state grows trace by trace and is the same whatever the order they come in. Of each trace it keeps the
//! accesses of variables, bundled by thread of control, place and locks held, with the lifetimes of the
//! requests. Two accesses of one variable in different traces are a pair when they conflict and no common
//! lock protects them, unless one OS thread ran one context after the other. Pairs are counted, never listed:
//! lives are sorted, so that a variable costs O(n log n) for each pair of its places.
//!
//! Traces that call each other (by spans, spawns and joins of tasks) are one unit, and what lies between them
//! is left out: the messages order most of it. Locks protect across traces and never order.
//!
//! Memory is bounded ([`Limits`]): the traces that ended first are let go, and that is said.

mod accesses;
mod found;
mod inside;
mod lives;
mod lost;
mod pairs;
mod picture;
mod slots;
mod units;
mod variable;
mod within;

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};
use model::analysis::{FindingKind, Severity};
use model::{EventId, Kind, Nanos, TraceId};

pub use accesses::{Access, Held, Memory, Thread, TraceAccesses};
pub use found::{Found, Side, Traces, Use};
pub use lives::Life;
pub use picture::{Judged, Picture};
pub use within::{Inside, InsideGroup};

use lost::{Update, Written};
use slots::{Slot, Slots};
use variable::{Entry, MOST_IN_A_TRACE, Variable, Verdict};
use within::Within;

/// What the state may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes, about: of traces, variables and findings together.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 72 << 20 }
    }
}

/// Bytes of a variable and of a finding beside its accesses, about.
const A_VARIABLE: usize = 512;
const A_FINDING: usize = 640;

/// See the module.
#[derive(Debug, Default)]
pub struct Global {
    limits: Limits,
    slots: Slots,
    variables: Vec<Option<Variable>>,
    verdicts: Vec<Arc<Verdict>>,
    /// Variables by owner and name.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    free: Vec<u32>,
    /// Variables to be judged anew.
    changed: HashSet<u32>,
    /// Traces by their end: the first is the next to be let go.
    by_end: BTreeSet<(Nanos, TraceId)>,
    /// Of live traces, and of all findings.
    bytes: usize,
    n_findings: usize,
    accesses: u64,
    /// Traces let go.
    forgotten: u64,
    skew_nanos: i64,
    within: Within,
}

impl Global {
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes a trace in; a newer version of it replaces the older one. O(its accesses).
    ///
    /// The answer changes with [`Self::refresh`].
    pub fn add(&mut self, new: &TraceAccesses) {
        self.remove_accesses(new.trace);
        let slot = self.slots.insert(Slot::new(new.trace, new.end, new.skew_nanos));
        let mut taken = Taken::new(self, new, slot);
        for access in 0..new.accesses.len() {
            taken.add(access);
        }
        let Taken { used_threads, of_variable, mut bytes, .. } = taken;
        let mut threads: Vec<(u32, u32)> = used_threads.into_iter().collect();
        threads.sort_unstable_by_key(|&(_, at)| at);
        let mut variables: Vec<u32> = of_variable.into_values().filter_map(|(variable, _)| variable).collect();
        variables.sort_unstable();
        let kept = self.slots.get_mut(slot);
        kept.threads = threads.iter().map(|&(thread, _)| new.threads[thread as usize].clone()).collect();
        if !kept.threads.is_empty() {
            kept.names = new.names.clone().into();
            kept.calls = new.calls.clone().into();
        }
        bytes += size_of::<Slot>() + 64 + (kept.names.len() + kept.calls.len()) * 8;
        bytes += kept
            .threads
            .iter()
            .map(|thread| size_of::<Thread>() + thread.label.len() + thread.service.len())
            .sum::<usize>();
        kept.bytes = bytes;
        kept.accesses = new.accesses.len() as u64;
        self.changed.extend(variables.iter().copied());
        kept.variables = variables.into();
        self.bytes += bytes;
        self.accesses += new.accesses.len() as u64;
        self.by_end.insert((new.end, new.trace));
        self.make_room();
    }

    /// What is wrong inside a trace that was added, in place of what was said of it before.
    pub fn add_inside(&mut self, trace: TraceId, findings: Vec<Inside>) {
        // It may have been let go at once.
        if self.slots.find(trace).is_some() {
            self.within.add(trace, findings);
        }
        self.make_room();
    }

    /// Forgets a trace. O(its variables).
    pub fn remove(&mut self, trace: TraceId) {
        self.remove_accesses(trace);
        self.within.remove(trace);
    }

    /// Traces that have to be added again, as they are: of what they share with others too little was kept to show it,
    /// and the others are gone. Told once.
    pub fn take_unshown(&mut self) -> Vec<TraceId> {
        self.within.take_unshown()
    }

    fn remove_accesses(&mut self, trace: TraceId) {
        let Some(at) = self.slots.remove(trace) else { return };
        let slot = self.slots.get(at);
        self.by_end.remove(&(slot.end, trace));
        self.bytes -= slot.bytes;
        self.accesses -= slot.accesses;
        self.changed.extend(slot.variables.iter().copied());
    }

    /// Bytes in memory, about.
    pub fn bytes(&self) -> usize {
        self.bytes + self.index.len() * A_VARIABLE + self.n_findings * A_FINDING + self.within.bytes()
    }

    fn make_room(&mut self) {
        while self.bytes() > self.limits.bytes
            && let Some(&(_, oldest)) = self.by_end.first()
        {
            let looked_at = self.slots.find(oldest).is_some_and(|slot| self.slots.get(slot).accesses > 0);
            self.remove(oldest);
            self.forgotten += u64::from(looked_at);
            // Findings and variables give their room back only when they are judged.
            if self.bytes() > self.limits.bytes && self.changed.len() > 4_096 {
                self.refresh();
            }
        }
    }

    /// Judges what changed. O(n log n) in the accesses of the variables that changed, for each pair of their places.
    pub fn refresh(&mut self) {
        self.widen_skew();
        self.changed.extend(units::join(&mut self.slots));
        for at in std::mem::take(&mut self.changed) {
            let Some(Some(variable)) = self.variables.get_mut(at as usize) else { continue };
            variable.compact(&self.slots);
            self.n_findings -= self.verdicts[at as usize].findings.len();
            if variable.entries.is_empty() {
                self.drop_variable(at);
                continue;
            }
            let verdict = variable.judge(&self.slots, self.skew_nanos);
            self.n_findings += verdict.findings.len();
            self.verdicts[at as usize] = Arc::new(verdict);
        }
        self.slots.sweep();
    }

    /// The measured skew is that of all traces; where it counts, it may change what overlaps.
    fn widen_skew(&mut self) {
        let skew = self.slots.alive().map(|(_, slot)| slot.skew_nanos).max().unwrap_or_default();
        let skew = i64::try_from(skew).unwrap_or(i64::MAX);
        if skew == self.skew_nanos {
            return;
        }
        self.skew_nanos = skew;
        let is_wide = |variable: &Option<Variable>| {
            variable.as_ref().is_some_and(|variable| !matches!(*variable.memory, Memory::Process { .. }))
        };
        let wide = self.variables.iter().enumerate().filter(|(_, variable)| is_wide(variable));
        self.changed.extend(wide.map(|(at, _)| at as u32));
    }

    fn drop_variable(&mut self, at: u32) {
        let Some(variable) = self.variables[at as usize].take() else { return };
        self.verdicts[at as usize] = Arc::default();
        let hash = self.hasher.hash_one((&*variable.memory, &*variable.name));
        if let Ok(entry) = self.index.find_entry(hash, |&known| known == at) {
            entry.remove();
        }
        self.free.push(at);
    }

    fn variable(&mut self, memory: &Memory, name: &str) -> u32 {
        let (variables, hasher) = (&self.variables, &self.hasher);
        let is = |&at: &u32| {
            variables[at as usize].as_ref().is_some_and(|known| *known.memory == *memory && &*known.name == name)
        };
        let hash = hasher.hash_one((memory, name));
        if let Some(&at) = self.index.find(hash, is) {
            return at;
        }
        let variable = Some(Variable::new(memory.clone(), name));
        let at = match self.free.pop() {
            Some(at) => {
                self.variables[at as usize] = variable;
                at
            }
            None => {
                self.variables.push(variable);
                self.verdicts.push(Arc::default());
                self.variables.len() as u32 - 1
            }
        };
        let (variables, hasher) = (&self.variables, &self.hasher);
        self.index.insert_unique(hash, at, |&at| {
            variables[at as usize].as_ref().map_or(0, |known| hasher.hash_one((&*known.memory, &*known.name)))
        });
        at
    }

    /// What was found, as of the last [`Self::refresh`]; cheap to make and to share.
    pub fn picture(&self) -> Picture {
        let inside = self.within.groups();
        Picture {
            judged: self.judged(&inside),
            inside,
            traces: self.slots.len() as u64,
            accesses: self.accesses,
            forgotten: self.forgotten,
            capped: self.variables.iter().flatten().any(|variable| variable.capped) || self.within.capped(),
            linked: self.slots.alive().filter(|&(at, slot)| slot.unit != at).count() as u64,
            skew_nanos: self.skew_nanos,
        }
    }

    /// Variables with findings; of which there are findings inside traces only, those too.
    fn judged(&self, inside: &[InsideGroup]) -> Vec<Judged> {
        let of_inside: HashSet<(&str, &str)> = inside
            .iter()
            .map(InsideGroup::shown)
            .filter(|shown| matches!(shown.kind, FindingKind::Race | FindingKind::LostUpdate))
            .map(|shown| (shown.subject.as_str(), shown.owner.as_str()))
            .collect();
        let names: HashSet<&str> = of_inside.iter().map(|(name, _)| *name).collect();
        let judged = self.variables.iter().zip(&self.verdicts).filter_map(|(variable, verdict)| {
            let variable = variable.as_ref()?;
            let is_inside = names.contains(&*variable.name)
                && of_inside.contains(&(&*variable.name, variable.memory.label().as_str()));
            if verdict.findings.is_empty() && !is_inside {
                return None;
            }
            let is_headline = is_inside || verdict.findings.iter().any(|found| found.severity >= Severity::Warning);
            Some(Judged {
                memory: Arc::clone(&variable.memory),
                name: Arc::clone(&variable.name),
                used: is_headline.then(|| variable.used(&self.slots)),
                verdict: Arc::clone(verdict),
            })
        });
        judged.collect()
    }
}

/// A trace on its way in.
struct Taken<'g> {
    state: &'g mut Global,
    new: &'g TraceAccesses,
    slot: u32,
    /// By thread of the trace: its number among those that access variables.
    used_threads: HashMap<u32, u32>,
    /// By variable of the trace: that of the state, and entries so far.
    of_variable: HashMap<u32, (Option<u32>, usize)>,
    /// By thread, variable, site and locks: the entry.
    entries: HashMap<(u32, u32, u16, u16), usize>,
    /// By thread and variable.
    own: HashMap<(u32, u32), Own>,
    bytes: usize,
}

/// What a thread last did with a variable.
#[derive(Default)]
struct Own {
    read: Option<(EventId, Nanos, u16, u16, u64)>,
    since: Nanos,
}

impl<'g> Taken<'g> {
    fn new(state: &'g mut Global, new: &'g TraceAccesses, slot: u32) -> Self {
        Self {
            state,
            new,
            slot,
            used_threads: HashMap::new(),
            of_variable: HashMap::new(),
            entries: HashMap::new(),
            own: HashMap::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, at: usize) {
        let access = self.new.accesses[at];
        let next_thread = self.used_threads.len() as u32;
        let thread = *self.used_threads.entry(access.thread).or_insert(next_thread);
        let (memory, name) = &self.new.variables[access.variable as usize];
        let known = match self.of_variable.get(&access.variable) {
            Some(&(known, _)) => known,
            None => {
                let known = Some(self.state.variable(memory, name));
                self.of_variable.insert(access.variable, (known, 0));
                self.bytes += 4;
                known
            }
        };
        let Some(variable) = known.and_then(|known| self.state.variables[known as usize].as_mut()) else { return };
        let location = &self.new.locations[access.location as usize];
        let site = variable.site(location, access.kind);
        let held = variable.set(&self.new.held[access.held as usize]);
        let (Some(site), Some(held)) = (site, held) else { return };
        let key = (access.thread, access.variable, site, held);
        if let Some(&entry) = self.entries.get(&key) {
            let entry = &mut variable.entries[entry];
            entry.count = entry.count.saturating_add(1);
            // The order of the history is not always that of time.
            if (access.at, access.event) < (entry.first, entry.event) {
                (entry.first, entry.event) = (access.at, access.event);
            }
        } else {
            let of_trace = self.of_variable.entry(access.variable).or_default();
            if of_trace.1 == MOST_IN_A_TRACE {
                variable.capped = true;
                return;
            }
            of_trace.1 += 1;
            self.entries.insert(key, variable.entries.len());
            let (event, first) = (access.event, access.at);
            variable.entries.push(Entry { slot: self.slot, thread, site, held, count: 1, first, event });
            self.bytes += size_of::<Entry>();
        }
        self.value(thread, (site, held), &access);
    }

    /// Keeps what tells lost updates.
    fn value(&mut self, thread: u32, (site, held): (u16, u16), access: &Access) {
        let Some(variable) = self.of_variable.get(&access.variable).and_then(|&(known, _)| known) else { return };
        let Some(variable) = self.state.variables[variable as usize].as_mut() else { return };
        let own = self.own.entry((access.thread, access.variable)).or_default();
        if access.kind.is_write() {
            let write = Written {
                at: access.at,
                trace: self.new.trace,
                event: access.event,
                slot: self.slot,
                thread,
                site,
                held,
                old: access.old,
                new: access.new,
            };
            variable.writes.push(write);
            self.bytes += size_of::<Written>();
            if let Some((read, read_at, read_site, read_held, saw)) = own.read
                && access.kind == Kind::Write
                && saw != 0
                && saw == access.old
            {
                variable.updates.push(Update { write, read, read_at, read_site, read_held, since: own.since });
                self.bytes += size_of::<Update>();
            }
        }
        own.since = access.at;
        if matches!(access.kind, Kind::Read | Kind::AtomicRead | Kind::AtomicRmw) {
            // An atomic update knows the value it left.
            let knows = if access.kind == Kind::AtomicRmw { access.new } else { access.old };
            own.read = Some((access.event, access.at, site, held, knows));
        }
    }
}

/// A hash that is the same in every run (FNV-1a, 64 bit); parts are told apart.
fn stable_hash(parts: &[&str]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for &byte in part.as_bytes().iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    hash
}
