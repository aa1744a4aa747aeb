//! Small random histories: fork, join, messages, re-entrant and shared locks, atomics, updates, values.

use analysis::history::Sources;
use analysis::{Access, EdgeReason, History, HistoryBuilder, LockId, OpIdx, OpKind};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub n_ops: usize,
    pub n_threads: u32,
    pub n_locks: u32,
    pub n_variables: u32,
    pub shared_locks: bool,
    pub atomics: bool,
    /// Reads see what their value says, which may be no write at all.
    pub values: bool,
    /// Now and then an acquire is recorded inside a section that excludes it.
    pub overlaps: bool,
    /// Some threads end inside a section, and let it go.
    pub ends: bool,
}

/// Locks a thread holds at once, re-entrant ones included.
const MAX_HELD: usize = 3;

struct Holder {
    thread: u32,
    lock: LockId,
    shared: bool,
}

pub fn history(shape: Shape, seed: u64) -> History {
    let mut random = StdRng::seed_from_u64(seed);
    let mut builder = HistoryBuilder::default();
    for thread in 0..shape.n_threads {
        builder.threads.id(&format!("T{thread}"));
    }
    (0..shape.n_locks).for_each(|lock| {
        builder.locks.id(&format!("L{lock}"));
    });
    (0..shape.n_variables).for_each(|variable| {
        builder.variables.id(&format!("x{variable}"));
    });
    let mut held: Vec<Holder> = Vec::new();
    let mut last: Vec<Option<OpIdx>> = vec![None; shape.n_threads as usize];
    let mut thread = 0;
    let mut n_idle = 0;
    let mut ended = vec![false; shape.n_threads as usize];
    while builder.len() < shape.n_ops && n_idle < 200 {
        if random.random_bool(0.5) {
            thread = random.random_range(0..shape.n_threads);
        }
        if ended[thread as usize] {
            n_idle += 1;
            continue;
        }
        if shape.ends && random.random_bool(0.06) {
            ended[thread as usize] = true;
            held.retain(|holder| holder.thread != thread);
            continue;
        }
        let Some(kind) = next(&shape, &mut random, &mut held, thread) else {
            n_idle += 1;
            continue;
        };
        n_idle = 0;
        let op = builder.push(thread, kind, builder.len() as u32);
        // An edge from some thread's last operation: a fork, a join, a message.
        let other = random.random_range(0..shape.n_threads);
        if other != thread
            && random.random_bool(0.08)
            && let Some(from) = last[other as usize]
        {
            builder.edge(from, op, EdgeReason::Message, random.random());
        }
        last[thread as usize] = Some(op);
    }
    let lines = (0..builder.len() as u32).collect();
    builder.finish(Sources::Lines(lines))
}

fn next(shape: &Shape, random: &mut StdRng, held: &mut Vec<Holder>, thread: u32) -> Option<OpKind> {
    let choice = random.random_range(0..100);
    let n_held = held.iter().filter(|holder| holder.thread == thread).count();
    if choice < 28 && shape.n_locks > 0 && n_held < MAX_HELD {
        let lock = random.random_range(0..shape.n_locks);
        let shared = shape.shared_locks && random.random_bool(0.6);
        let excluded =
            held.iter().any(|holder| holder.lock == lock && holder.thread != thread && !(shared && holder.shared));
        if excluded && !(shape.overlaps && random.random_bool(0.3)) {
            return None;
        }
        held.push(Holder { thread, lock, shared });
        return Some(OpKind::Acquire { lock, shared });
    }
    if choice < 52 && shape.n_locks > 0 {
        // Some releases release nothing, some come out of order.
        let own = held.iter().rposition(|holder| holder.thread == thread && random.random_bool(0.8))?;
        // Of a lock taken again, the inner hold ends first.
        let lock = held[own].lock;
        let inner = held.iter().rposition(|holder| holder.thread == thread && holder.lock == lock)?;
        let Holder { shared, .. } = held.remove(inner);
        return Some(OpKind::Release { lock, shared });
    }
    let variable = random.random_range(0..shape.n_variables);
    let atomic = shape.atomics && random.random_bool(0.4);
    let mut value = || if shape.values && random.random_bool(0.8) { random.random_range(1..4) } else { 0 };
    let access = Access { atomic, acquires: atomic, releases: atomic, old: value(), new: value() };
    Some(match random.random_range(0..if atomic { 5 } else { 4 }) {
        0 | 1 => OpKind::Read(variable, Access { new: 0, ..access }),
        2 | 3 => OpKind::Write(variable, access),
        _ => OpKind::Update(variable, access),
    })
}
