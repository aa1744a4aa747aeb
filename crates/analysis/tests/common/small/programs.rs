//! Random executions of programs made of critical sections, by a scheduler that likes to go on with a thread.
//! They need other orders of sections far more often than wishes do.

use proptest::prelude::*;

use super::execution::{Act, Execution};
use super::machine::{Machine, Shape};

#[derive(Debug, Clone)]
enum Item {
    Do(u8, u8),
    Section { lock: u8, shared: bool, body: Vec<Item> },
}

fn items(shape: Shape) -> BoxedStrategy<Vec<Item>> {
    let most = (shape.operations / usize::from(shape.threads) / 3).clamp(2, 8);
    let access = (any::<u8>(), any::<u8>()).prop_map(|(what, target)| Item::Do(what, target));
    let sections = if shape.lock_heavy { 12 } else { 3 };
    let item = access.prop_recursive(2, 6, 3, move |inner| {
        let body = prop::collection::vec(inner.clone(), 0..=2);
        let section = (any::<u8>(), prop::bool::weighted(0.3), body).prop_map(move |(lock, shared, body)| {
            Item::Section { lock: lock % shape.locks, shared: shared && shape.shared, body }
        });
        prop_oneof![1 => inner, sections => section]
    });
    if shape.lock_heavy {
        // Sections within sections, or there is nothing to wait for.
        let nested = (any::<u8>(), prop::bool::weighted(0.3), item).prop_map(move |(lock, shared, inside)| {
            Item::Section { lock: lock % shape.locks, shared: shared && shape.shared, body: vec![inside] }
        });
        return prop::collection::vec(nested, 1..=most).boxed();
    }
    prop::collection::vec(item, 1..=most).boxed()
}

/// The acts of a program, in its order.
fn unfold(shape: Shape, items: &[Item], acts: &mut Vec<Act>) {
    for item in items {
        match item {
            &Item::Do(what, target) => {
                let (var, other) = (target % shape.variables, target % shape.threads);
                acts.push(match what % 16 {
                    0 if shape.atomics => Act::AtomicRead(var),
                    1 if shape.atomics => Act::AtomicWrite(var),
                    2 if shape.atomics => Act::AtomicUpdate(var),
                    3 if shape.messages => Act::Receive(other),
                    4..=8 => Act::Read(var),
                    _ => Act::Write(var),
                });
            }
            Item::Section { lock, shared, body } => {
                acts.push(if *shared { Act::AcquireShared(*lock) } else { Act::Acquire(*lock) });
                unfold(shape, body, acts);
                acts.push(Act::Release(*lock));
            }
        }
    }
}

/// Executions of programs of a shape. They end where the operations do, or where all threads are stuck.
pub fn programs(shape: Shape) -> impl Strategy<Value = Execution> {
    let threads = usize::from(shape.threads);
    let programs = prop::collection::vec(items(shape), threads);
    let schedule = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), shape.operations * 2);
    (programs, schedule).prop_map(move |(programs, schedule)| {
        let mut acts: Vec<Vec<Act>> = programs
            .iter()
            .map(|items| {
                let mut acts = Vec::new();
                unfold(shape, items, &mut acts);
                acts
            })
            .collect();
        if shape.forks {
            acts[0].splice(0..0, (1..shape.threads).map(Act::Fork));
        }
        let mut machine = Machine::new(shape);
        let mut next = vec![0; threads];
        let mut current = 0;
        for &(choice, who, value) in &schedule {
            if choice % 4 == 0 {
                current = usize::from(who) % threads;
            }
            // The chosen one, or the next after it that can go on.
            for thread in (0..threads).map(|offset| (current + offset) % threads) {
                let Some(&act) = acts[thread].get(next[thread]) else { continue };
                // What makes no sense here is skipped, what is blocked waits.
                let senseless = matches!(act, Act::Receive(from) if usize::from(from) == thread);
                if senseless || machine.attempt(thread as u8, act, u64::from(value) % 5 + 1) {
                    next[thread] += 1;
                    current = thread;
                    break;
                }
            }
        }
        machine.finish(&schedule)
    })
}
