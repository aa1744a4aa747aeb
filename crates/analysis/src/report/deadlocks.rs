//! Deadlocks in the answer.

use crate::cancel::Cancelled;
use crate::check;
use crate::deadlocks::{Deadlock, deadlocks};
use crate::history::History;
use crate::report::answer::{Answer, DeadlockFinding};
use crate::report::proving::Proving;
use crate::report::sources::{number, sources, thread};
use crate::report::stopwatch::Stopwatch;

/// Fills in all that the answer says of deadlocks. What the checker refuses becomes a disagreement.
pub fn add(answer: &mut Answer, proving: &Proving<'_>, stopwatch: &mut Stopwatch) -> Result<(), Cancelled> {
    let &Proving { history, chains, reach, recording, options, cancel } = proving;
    let found = stopwatch.time("deadlocks", || deadlocks(history, reach, options.budget, cancel))?;
    answer.deadlocks_complete = Some(found.complete());
    answer.unreached_inversions = Some(found.unreached.len() as u64);
    answer.unknown_deadlocks = found.unknown.len() as u64;
    let findings = answer.deadlocks.insert(Vec::with_capacity(found.reachable.len()));
    for mut deadlock in found.reachable {
        cancel.check()?;
        deadlock.witness = chains.expand(deadlock.witness);
        let acquires = &deadlock.circle.acquires;
        match stopwatch.time("check", || check::deadlock(recording, &deadlock.witness, acquires)) {
            Ok(()) => findings.push(finding(history, deadlock)),
            Err(why) => answer.disagreements.push(format!(
                "{} deadlock of events {:?}: {why}",
                deadlock.class.name(),
                acquires.iter().map(|&acquire| number(acquire)).collect::<Vec<_>>(),
            )),
        }
    }
    Ok(())
}

fn finding(history: &History, Deadlock { circle, class, witness }: Deadlock) -> DeadlockFinding {
    DeadlockFinding {
        at: sources(history, &circle.acquires),
        acquires: circle.acquires.into_iter().map(number).collect(),
        threads: circle.threads.into_iter().map(|of| thread(history, of)).collect(),
        locks: circle.locks.into_iter().map(|lock| history.locks[lock as usize].clone()).collect(),
        class: class.name().to_owned(),
        witness,
    }
}
