//! Executions to measure on: threads that work on their own, on shared variables under locks, and now and then
//! on shared variables without.

use analysis::history::Sources;
use analysis::{Access, EdgeReason, History, HistoryBuilder, OpKind};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

#[derive(Clone, Copy)]
pub struct Shape {
    pub threads: u32,
    pub locks: u32,
    pub variables: u32,
}

impl Shape {
    pub fn new(threads: u32, locks: u32) -> Self {
        Self { threads, locks, variables: 1000 }
    }
}

/// About so many operations, the same for the same arguments.
///
/// The first thread forks the others. Each turn is a critical section of 2 to 9 accesses to the variables of a
/// lock, or as many accesses to variables of the thread's own; one turn in 500 touches the others' variables.
pub fn generate(shape: Shape, n_operations: usize) -> History {
    let mut random = SmallRng::seed_from_u64(7);
    let mut builder = HistoryBuilder::default();
    for thread in 0..shape.threads {
        builder.threads.id(&format!("T{thread}"));
    }
    for lock in 0..shape.locks {
        builder.locks.id(&format!("L{lock}"));
    }
    for variable in 0..shape.variables {
        builder.variables.id(&format!("x{variable}"));
    }
    let location = builder.locations.id("0");
    for child in 1..shape.threads {
        let fork = builder.push(0, OpKind::Fork(child), location);
        let first = builder.push(child, OpKind::Other, location);
        builder.edge(fork, first, EdgeReason::Fork, false);
    }
    while builder.len() < n_operations {
        let thread = random.random_range(0..shape.threads);
        let lock = random.random_range(0..shape.locks);
        let locked = random.random_range(0..3) > 0;
        // Half of the variables belong to locks, half to threads.
        let half = shape.variables / 2;
        let owners = if locked { shape.locks } else { shape.threads };
        let stray = random.random_range(0..500) == 0;
        let owner = match (stray, locked) {
            (true, _) => random.random_range(0..owners),
            (false, true) => lock,
            (false, false) => thread,
        };
        if locked {
            builder.push(thread, OpKind::Acquire { lock, shared: false }, location);
        }
        for _ in 0..random.random_range(2..10) {
            let of_owner = random.random_range(0..half / owners) * owners + owner;
            let variable = if locked { of_owner } else { half + of_owner };
            let kind = if random.random_range(0..4) == 0 { OpKind::Write } else { OpKind::Read };
            builder.push(thread, kind(variable, Access::default()), location);
        }
        if locked {
            builder.push(thread, OpKind::Release { lock, shared: false }, location);
        }
    }
    builder.finish(Sources::Lines(Vec::new()))
}
