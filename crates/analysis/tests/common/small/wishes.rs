//! Random executions from wishes: each names a thread and what it would do next. What cannot be granted in the
//! state reached is passed over, so that every script of wishes is an execution, and a shorter script a smaller
//! one: failing cases shrink by themselves.

use proptest::prelude::*;

use super::execution::{Act, Execution};
use super::machine::{Machine, Shape};

/// One wish: who, what, and of what. Any numbers mean something.
pub type Wish = (u8, u8, u8);

/// Executions of a shape.
pub fn executions(shape: Shape) -> impl Strategy<Value = Execution> {
    let wish = (any::<u8>(), any::<u8>(), any::<u8>());
    prop::collection::vec(wish, 1..=shape.operations * 2).prop_map(move |script| {
        let mut machine = Machine::new(shape);
        script.iter().for_each(|&wish| grant(&mut machine, shape, wish));
        machine.finish(&script)
    })
}

fn grant(machine: &mut Machine, shape: Shape, (thread, what, target): Wish) {
    let thread = thread % shape.threads;
    if !machine.begun(thread) {
        // A wish of a thread that does not exist yet is the first one's wish to begin it.
        machine.attempt(0, Act::Fork(thread), 0);
        return;
    }
    let (var, lock, other) = (target % shape.variables, target % shape.locks, target % shape.threads);
    let act = match what % 32 {
        0..=5 if shape.lock_heavy => Act::Acquire(lock),
        6..=9 if shape.lock_heavy && shape.shared => Act::AcquireShared(lock),
        14..=18 if shape.lock_heavy => Act::Release(lock),
        0..=5 => Act::Read(var),
        6..=11 => Act::Write(var),
        12 if shape.atomics => Act::AtomicRead(var),
        13 if shape.atomics => Act::AtomicWrite(var),
        14 if shape.atomics => Act::AtomicUpdate(var),
        12..=18 => Act::Acquire(lock),
        19..=21 if shape.shared => Act::AcquireShared(lock),
        19..=21 => Act::Acquire(lock),
        22..=28 => Act::Release(lock),
        29 if shape.messages => Act::Receive(other),
        30 if shape.atomics => Act::Fence,
        _ if shape.forks => Act::Join(other),
        _ => Act::Read(var),
    };
    let act = match act {
        // Any lock it holds will do.
        Act::Release(_) => {
            let own = machine.holds(thread);
            let Some(&lock) = own.get(usize::from(target) % own.len().max(1)) else { return };
            Act::Release(lock)
        }
        other => other,
    };
    // Few values, so that some are written again.
    machine.attempt(thread, act, u64::from(target / shape.variables) % 5 + 1);
}
