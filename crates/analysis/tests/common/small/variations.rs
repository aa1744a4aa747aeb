//! Small changes of executions that only a rare turn of an engine gets right.

use proptest::prelude::*;

use super::execution::{Act, Execution};
use super::machine::{Machine, Shape};
use Act::{Acquire, AcquireShared, Read, Release, Write};

type Script = &'static [(u8, Act)];

/// What happened, one after the other. Variables: 0 and 1 carry what must be read, 2 is what races.
const SCRIPTS: [Script; 5] = [
    // Lock 0 is open, and the thread 1 in it cannot come to its end before 2 leaves lock 1: so it stays open, and
    // what 0 does under lock 0 comes first.
    &[
        (2, Acquire(1)),
        (2, Write(0)),
        (1, Acquire(0)),
        (1, Write(1)),
        (2, Read(1)),
        (2, Write(2)),
        (2, Release(1)),
        (1, Read(0)),
        (1, Acquire(1)),
        (1, Release(1)),
        (1, Release(0)),
        (0, Acquire(0)),
        (0, Release(0)),
        (0, Write(2)),
    ],
    // The same with a shared lock that an exclusive section follows.
    &[
        (2, Acquire(1)),
        (2, Write(0)),
        (1, AcquireShared(0)),
        (1, Write(1)),
        (2, Read(1)),
        (2, Write(2)),
        (2, Release(1)),
        (1, Read(0)),
        (1, AcquireShared(1)),
        (1, Release(1)),
        (1, Release(0)),
        (0, Acquire(0)),
        (0, Release(0)),
        (0, Write(2)),
    ],
    // Here the open one can close, and must: 0 reads under lock 0 what 1 writes at its end.
    &[
        (1, Acquire(0)),
        (1, Write(1)),
        (2, Read(1)),
        (1, Write(0)),
        (1, Release(0)),
        (0, Acquire(0)),
        (0, Read(0)),
        (0, Release(0)),
        (0, Write(2)),
        (2, Write(2)),
    ],
    // Either section may come first, and the read decides.
    &[
        (0, Read(0)),
        (0, Acquire(0)),
        (0, Write(2)),
        (0, Release(0)),
        (1, Acquire(0)),
        (1, Write(0)),
        (1, Release(0)),
        (2, Read(0)),
        (1, Write(2)),
        (2, Acquire(0)),
        (2, Release(0)),
        (2, Write(2)),
    ],
    // A guard that must be passed in the other order on the way to a deadlock.
    &[
        (0, Acquire(2)),
        (0, Acquire(0)),
        (0, Acquire(1)),
        (0, Release(1)),
        (0, Release(0)),
        (0, Release(2)),
        (1, Acquire(2)),
        (1, Write(0)),
        (1, Release(2)),
        (1, Acquire(1)),
        (1, Acquire(0)),
        (1, Release(0)),
        (1, Release(1)),
        (2, Read(0)),
        (2, Acquire(0)),
        (2, Release(0)),
    ],
];

/// The programs of a script stay what they are but for a few changes; so does the order.
pub fn variations() -> impl Strategy<Value = Execution> {
    let shape = Shape { forks: false, locks: 3, variables: 3, ..Shape::rich(3, 22) };
    let change = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>());
    (0..SCRIPTS.len(), prop::collection::vec(change, 0..=4)).prop_map(move |(script, changes)| {
        let mut script = SCRIPTS[script].to_vec();
        for &(what, at, thread, target) in &changes {
            let at = usize::from(at) % script.len();
            let (thread, lock) = (thread % shape.threads, target % shape.locks);
            match what % 8 {
                0 => drop(script.remove(at)),
                1 if at > 0 => script.swap(at - 1, at),
                2 => script.insert(at, (thread, Write(target % shape.variables))),
                3 => script.insert(at, (thread, Read(target % shape.variables))),
                4 => {
                    script.insert(at, (thread, Release(lock)));
                    script.insert(at, (thread, Acquire(lock)));
                }
                5 => {
                    script.insert(at, (thread, Release(lock)));
                    script.insert(at, (thread, AcquireShared(lock)));
                }
                6 => script[at].0 = thread,
                _ => {}
            }
        }
        let mut machine = Machine::new(shape);
        for &(thread, act) in &script {
            // What cannot be done there is left out.
            machine.attempt(thread, act, 1);
        }
        machine.finish(&[])
    })
}
