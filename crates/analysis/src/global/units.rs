//! Traces that call each other: requests of one name a span, a task or a thread of the other.

use hashbrown::HashMap;

use super::slots::Slots;

/// Tells the units anew; gives the variables of traces whose unit changed.
///
/// A name that several other traces have means none of them. O(names + calls).
pub(super) fn join(slots: &mut Slots) -> Vec<u32> {
    // By name that is called: the only trace that has it.
    let mut called: HashMap<u64, Option<u32>> = HashMap::new();
    for (_, slot) in slots.alive() {
        for &name in &slot.calls {
            called.insert(name, None);
        }
    }
    let mut parent: HashMap<u32, u32> = HashMap::new();
    if !called.is_empty() {
        let mut several: Vec<u64> = Vec::new();
        for (at, slot) in slots.alive() {
            for name in &slot.names {
                match called.get_mut(name) {
                    Some(Some(_)) => several.push(*name),
                    Some(only) => *only = Some(at),
                    None => {}
                }
            }
        }
        for name in several {
            called.insert(name, None);
        }
        for (at, slot) in slots.alive() {
            for name in &slot.calls {
                if let Some(Some(other)) = called.get(name) {
                    let (one, other) = (root(&parent, at), root(&parent, *other));
                    // The smaller number is the root, so that a unit has one name.
                    if one != other {
                        parent.insert(one.max(other), one.min(other));
                    }
                }
            }
        }
    }
    let changed: Vec<(u32, u32)> = slots
        .alive()
        .map(|(at, slot)| (at, root(&parent, at), slot.unit))
        .filter(|(_, unit, known)| unit != known)
        .map(|(at, unit, _)| (at, unit))
        .collect();
    let mut variables = Vec::new();
    for (at, unit) in changed {
        let slot = slots.get_mut(at);
        slot.unit = unit;
        variables.extend(slot.variables.iter().copied());
    }
    variables
}

fn root(parent: &HashMap<u32, u32>, mut at: u32) -> u32 {
    while let Some(&next) = parent.get(&at) {
        at = next;
    }
    at
}
