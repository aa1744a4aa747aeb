//! Deadlocks, and locks taken in both orders that no schedule lets meet: one finding for each set of places that
//! take them, whatever threads pass there.

use hashbrown::HashMap;
use model::analysis::{FindingClass, FindingKind, Role, Severity};

use super::identity::identity;
use super::proof::{Proof, ThreadNames};
use super::{Findings, Found, Search};
use crate::cancel::Cancelled;
use crate::deadlocks::{Circle, Deadlock, DeadlockClass, deadlocks, sync_preserving};
use crate::history::{LocationId, LockId};

/// Patterns asked about without the exact engine: so many steps over operations in all.
const STEPS: usize = 100_000_000;
const FEWEST: usize = 20;

/// Locks wanted and where, sorted.
type Places = Vec<(LockId, LocationId)>;

pub fn add(search: &Search<'_>, findings: &mut Findings) -> Result<(), Cancelled> {
    let history = search.history;
    let found = if search.options.exact {
        deadlocks(history, search.reach, search.options.budget, search.cancel)?
    } else {
        let limit = (STEPS / (history.ops.len() + 1)).max(FEWEST);
        sync_preserving(history, search.reach, limit, search.cancel)?
    };
    if found.cut.is_some() {
        findings.complete = false;
        findings.notes.push("there are more circles of locks than were looked at".into());
    }
    if search.options.exact {
        findings.undecided += found.unknown.len() as u64;
    }

    let places = |circle: &Circle| -> Places {
        let location = |op: u32| history.ops[op as usize].location;
        let mut places: Places =
            circle.locks.iter().zip(&circle.acquires).map(|(&lock, &acquire)| (lock, location(acquire))).collect();
        places.sort_unstable();
        places
    };
    let names = ThreadNames::of(history);
    let mut known: HashMap<Places, Option<usize>> = HashMap::new();
    let mut reachable = found.reachable;
    // Of the patterns between the same places the one with the strongest claim is shown.
    reachable.sort_by_key(|deadlock| deadlock.class);
    for Deadlock { circle, class, witness } in reachable {
        search.cancel.check()?;
        let places = places(&circle);
        if let Some(Some(at)) = known.get(&places) {
            findings.found[*at].count += 1;
            continue;
        }
        let witness = search.chains.expand(witness);
        if !findings.checker.deadlock(&witness, &circle.acquires) {
            continue;
        }
        let class = match class {
            DeadlockClass::SyncPreserving => FindingClass::SyncPreserving,
            DeadlockClass::Predictable => FindingClass::Predictable,
        };
        let finding = of_circle(search, circle, FindingKind::Deadlock, class, Severity::Critical);
        known.insert(places, Some(findings.found.len()));
        findings.push(Found { proof: Proof::of(&names, &witness), ..finding });
    }
    for circle in found.unreached.into_iter().chain(found.unknown) {
        let places = places(&circle);
        match known.get(&places) {
            Some(Some(at)) if findings.found[*at].kind == FindingKind::LockInversion => findings.found[*at].count += 1,
            // Other threads reach it: that is what there is to say of these places.
            Some(_) => {}
            None => {
                known.insert(places, Some(findings.found.len()));
                let kind = FindingKind::LockInversion;
                findings.push(of_circle(search, circle, kind, FindingClass::Unreached, Severity::Info));
            }
        }
    }
    Ok(())
}

fn of_circle(search: &Search<'_>, circle: Circle, kind: FindingKind, class: FindingClass, severity: Severity) -> Found {
    let events: Vec<_> = circle.acquires.iter().map(|&acquire| search.event(Role::Acquire, acquire)).collect();
    let id = identity(search.history, kind, &events);
    Found { id, kind, class, severity, variable: None, locks: circle.locks, count: 1, events, proof: None }
}
