//! The traces of the global state, by small numbers; a number is used again only when nothing refers to it.

use hashbrown::HashMap;
use model::{Nanos, TraceId};

use super::accesses::Thread;

/// A trace that was added.
#[derive(Debug)]
pub(super) struct Slot {
    pub trace: TraceId,
    pub end: Nanos,
    pub skew_nanos: u64,
    /// Those that access variables.
    pub threads: Box<[Thread]>,
    pub variables: Box<[u32]>,
    pub names: Box<[u64]>,
    pub calls: Box<[u64]>,
    pub accesses: u64,
    pub bytes: usize,
    /// Traces that call each other, by the smallest of their numbers.
    pub unit: u32,
    alive: bool,
}

impl Slot {
    pub fn new(trace: TraceId, end: Nanos, skew_nanos: u64) -> Self {
        Self {
            trace,
            end,
            skew_nanos,
            threads: Box::default(),
            variables: Box::default(),
            names: Box::default(),
            calls: Box::default(),
            accesses: 0,
            bytes: 0,
            unit: 0,
            alive: true,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    of_trace: HashMap<TraceId, u32>,
    free: Vec<u32>,
    /// Not alive any more, and perhaps still referred to.
    dead: Vec<u32>,
}

impl Slots {
    pub fn len(&self) -> usize {
        self.of_trace.len()
    }

    pub fn find(&self, trace: TraceId) -> Option<u32> {
        self.of_trace.get(&trace).copied()
    }

    pub fn get(&self, slot: u32) -> &Slot {
        &self.all[slot as usize]
    }

    pub fn get_mut(&mut self, slot: u32) -> &mut Slot {
        &mut self.all[slot as usize]
    }

    pub fn trace(&self, slot: u32) -> TraceId {
        self.get(slot).trace
    }

    pub fn unit(&self, slot: u32) -> u32 {
        self.get(slot).unit
    }

    pub fn thread(&self, slot: u32, thread: u32) -> &Thread {
        &self.get(slot).threads[thread as usize]
    }

    pub fn is_alive(&self, slot: u32) -> bool {
        self.get(slot).alive
    }

    /// By number.
    pub fn alive(&self) -> impl Iterator<Item = (u32, &Slot)> {
        self.all.iter().enumerate().filter(|(_, slot)| slot.alive).map(|(at, slot)| (at as u32, slot))
    }

    pub fn insert(&mut self, slot: Slot) -> u32 {
        let trace = slot.trace;
        let at = match self.free.pop() {
            Some(at) => {
                self.all[at as usize] = slot;
                at
            }
            None => {
                self.all.push(slot);
                self.all.len() as u32 - 1
            }
        };
        self.all[at as usize].unit = at;
        self.of_trace.insert(trace, at);
        at
    }

    /// Its number is free after [`Self::sweep`].
    pub fn remove(&mut self, trace: TraceId) -> Option<u32> {
        let at = self.of_trace.remove(&trace)?;
        self.all[at as usize].alive = false;
        self.dead.push(at);
        Some(at)
    }

    /// Nothing refers to dead ones any more.
    pub fn sweep(&mut self) {
        for &at in &self.dead {
            let slot = &mut self.all[at as usize];
            *slot = Slot { alive: false, ..Slot::new(slot.trace, slot.end, 0) };
        }
        self.free.append(&mut self.dead);
    }
}
