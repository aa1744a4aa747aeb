//! The observed order: edges, then time, then arrival; and sections of a lock never overlap in it.
//!
//! An acquire that finds its lock taken waits for the release: that happens where times are equal, or where
//! edges hold the release back. When nothing else can go on, the sections cannot be told apart, and the
//! lock's id names several locks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use super::contexts::ThreadIdx;
use super::cycles::Graph;
use super::locks::Action;
use super::nodes::{NodeIdx, Nodes};
use crate::cancel::{Cancel, Cancelled};

/// So many locks give way one by one; then all that are waited for do, to bound the work.
const GIVEN_UP_ONE_BY_ONE: u32 = 256;

/// Time, arrival, thread.
type Key = (i64, u32, ThreadIdx);

/// An open section of a thread.
struct Held {
    shared: bool,
    inner: u32,
}

#[derive(Default)]
struct Lock {
    /// Open sections, of whatever thread.
    exclusive: u32,
    shared: u32,
    waiting: BinaryHeap<Reverse<Key>>,
}

struct Scheduler<'g> {
    nodes: &'g Nodes,
    graph: &'g Graph<'g>,
    thread_of: &'g [ThreadIdx],
    waits: Vec<u32>,
    heads: Vec<NodeIdx>,
    ready: BinaryHeap<Reverse<Key>>,
    locks: Vec<Lock>,
    ambiguous: Vec<bool>,
    held: HashMap<(ThreadIdx, u32), Vec<Held>>,
    /// By thread: locks it holds, each once a section.
    holds: HashMap<ThreadIdx, Vec<u32>>,
}

/// The nodes in the observed order; `ambiguous` gains the locks whose sections could not be told apart.
/// The edges must have no cycle. O(N log T).
///
/// # Errors
/// [`Cancelled`].
pub(super) fn linearise(
    nodes: &Nodes,
    graph: &Graph<'_>,
    thread_of: &[ThreadIdx],
    ambiguous: &mut Vec<bool>,
    cancel: &Cancel,
) -> Result<Vec<NodeIdx>, Cancelled> {
    let mut scheduler = Scheduler {
        nodes,
        graph,
        thread_of,
        waits: graph.waits(),
        heads: nodes.begins[..nodes.n_threads()].to_vec(),
        ready: BinaryHeap::new(),
        locks: ambiguous.iter().map(|_| Lock::default()).collect(),
        ambiguous: std::mem::take(ambiguous),
        held: HashMap::new(),
        holds: HashMap::new(),
    };
    for thread in 0..nodes.n_threads() as ThreadIdx {
        scheduler.offer(thread);
    }
    let mut order = Vec::with_capacity(nodes.len());
    let mut woke_at = usize::MAX;
    let mut given_up = 0;
    loop {
        while let Some(Reverse((_, _, thread))) = scheduler.ready.pop() {
            if order.len() % 1024 == 0 {
                cancel.check()?;
            }
            scheduler.step(thread, &mut order);
        }
        if order.len() == nodes.len() {
            break;
        }
        // First every waiter tries once more, then the lock of the earliest gives way.
        if woke_at == order.len() {
            given_up += 1;
            if !scheduler.give_up(given_up > GIVEN_UP_ONE_BY_ONE) {
                break;
            }
        }
        woke_at = order.len();
        scheduler.wake_all();
    }
    *ambiguous = scheduler.ambiguous;
    Ok(order)
}

impl Scheduler<'_> {
    fn key(&self, thread: ThreadIdx) -> Key {
        let node = self.heads[thread as usize] as usize;
        (self.nodes.effect[node], self.nodes.all[node].event, thread)
    }

    /// Makes a thread's next node ready when it waits for no other.
    fn offer(&mut self, thread: ThreadIdx) {
        let node = self.heads[thread as usize];
        if node < self.nodes.begins[thread as usize + 1] && self.waits[node as usize] == 0 {
            let key = self.key(thread);
            self.ready.push(Reverse(key));
        }
    }

    fn step(&mut self, thread: ThreadIdx, order: &mut Vec<NodeIdx>) {
        let node = self.heads[thread as usize];
        match self.nodes.all[node as usize].action {
            Action::Acquire(lock, shared) if !self.ambiguous[lock as usize] && !self.acquire(thread, lock, shared) => {
                let key = self.key(thread);
                self.locks[lock as usize].waiting.push(Reverse(key));
                return;
            }
            Action::Release(lock) if !self.ambiguous[lock as usize] => self.release(thread, lock),
            _ => {}
        }
        order.push(node);
        self.heads[thread as usize] += 1;
        for &edge in self.graph.out_of(node) {
            let to = self.graph.edges[edge as usize].to;
            self.waits[to as usize] -= 1;
            let waiting_thread = self.thread_of[to as usize];
            if self.waits[to as usize] == 0 && self.heads[waiting_thread as usize] == to {
                self.offer(waiting_thread);
            }
        }
        if self.heads[thread as usize] == self.nodes.begins[thread as usize + 1] {
            self.finish(thread);
        } else {
            self.offer(thread);
        }
    }

    fn acquire(&mut self, thread: ThreadIdx, lock: u32, shared: bool) -> bool {
        let own = self.held.entry((thread, lock)).or_default();
        if let Some(top) = own.last_mut().filter(|top| shared || !top.shared) {
            top.inner += 1;
            return true;
        }
        let own_shared = own.iter().filter(|held| held.shared).count() as u32;
        let own_exclusive = own.len() as u32 - own_shared;
        let state = &mut self.locks[lock as usize];
        if state.exclusive > own_exclusive || !shared && state.shared > own_shared {
            return false;
        }
        own.push(Held { shared, inner: 0 });
        *(if shared { &mut state.shared } else { &mut state.exclusive }) += 1;
        self.holds.entry(thread).or_default().push(lock);
        if shared {
            self.wake(lock);
        }
        true
    }

    fn release(&mut self, thread: ThreadIdx, lock: u32) {
        let Some(own) = self.held.get_mut(&(thread, lock)) else { return };
        match own.last_mut() {
            None => {}
            Some(top) if top.inner > 0 => top.inner -= 1,
            Some(_) => {
                let Some(Held { shared, .. }) = own.pop() else { return };
                let state = &mut self.locks[lock as usize];
                *(if shared { &mut state.shared } else { &mut state.exclusive }) -= 1;
                if let Some(holds) = self.holds.get_mut(&thread)
                    && let Some(at) = holds.iter().rposition(|&held| held == lock)
                {
                    holds.swap_remove(at);
                }
                self.wake(lock);
            }
        }
    }

    /// What a thread never released is open to its end, never beyond.
    fn finish(&mut self, thread: ThreadIdx) {
        for lock in self.holds.remove(&thread).unwrap_or_default() {
            for Held { shared, .. } in self.held.remove(&(thread, lock)).unwrap_or_default() {
                let state = &mut self.locks[lock as usize];
                *(if shared { &mut state.shared } else { &mut state.exclusive }) -= 1;
            }
            self.wake(lock);
        }
    }

    /// The earliest that waits for a lock tries again.
    fn wake(&mut self, lock: u32) {
        if let Some(key) = self.locks[lock as usize].waiting.pop() {
            self.ready.push(key);
        }
    }

    fn wake_all(&mut self) {
        for lock in &mut self.locks {
            self.ready.extend(lock.waiting.drain());
        }
    }

    /// Declares the lock that the earliest waiter waits for to be several; all that are waited for, if
    /// `all`. False when nobody waits.
    fn give_up(&mut self, all: bool) -> bool {
        let waited = self.locks.iter().enumerate().filter_map(|(lock, state)| Some((state.waiting.peek()?.0, lock)));
        let mut given_up: Vec<usize> = if all {
            waited.map(|(_, lock)| lock).collect()
        } else {
            waited.min().map(|(_, lock)| lock).into_iter().collect()
        };
        let any = !given_up.is_empty();
        for lock in given_up.drain(..) {
            self.ambiguous[lock] = true;
        }
        any
    }
}
