//! Program order: the events of each thread of control, one after the other.
//!
//! By the own clock component; where events have none, by the chain of parents, then by time, then by
//! arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use super::contexts::{Contexts, EventIdx};
use super::counts::UNCOUNTED;
use super::notes::Notes;
use super::parents::NONE;

/// What program order is told from, by event.
pub(super) struct Evidence<'e> {
    pub own: &'e [u64],
    pub parents: &'e [EventIdx],
    pub moment: &'e [i64],
}

/// The events by thread, each thread's in program order. O(N log N).
pub(super) fn sequences(contexts: &Contexts<'_>, evidence: &Evidence<'_>, notes: &mut Notes) -> Vec<Vec<EventIdx>> {
    let mut sequences: Vec<Vec<EventIdx>> = vec![Vec::new(); contexts.threads.len()];
    for (event, &thread) in contexts.thread_of.iter().enumerate() {
        sequences[thread as usize].push(event as EventIdx);
    }
    for sequence in &mut sequences {
        let counted = |&event: &EventIdx| evidence.own[event as usize] != UNCOUNTED;
        if sequence.iter().all(counted) {
            sequence
                .sort_unstable_by_key(|&event| (evidence.own[event as usize], evidence.moment[event as usize], event));
        } else {
            *sequence = constrained(sequence, evidence, notes);
        }
    }
    sequences
}

/// Numbered events in the order of their numbers, children after their parents, and otherwise by time.
fn constrained(events: &[EventIdx], evidence: &Evidence<'_>, notes: &mut Notes) -> Vec<EventIdx> {
    let place: HashMap<EventIdx, u32> = events.iter().enumerate().map(|(at, &event)| (event, at as u32)).collect();
    let own = |event: EventIdx| evidence.own[event as usize];
    let mut numbered: Vec<EventIdx> = events.iter().copied().filter(|&event| own(event) != UNCOUNTED).collect();
    numbered.sort_unstable_by_key(|&event| (own(event), evidence.moment[event as usize], event));

    // (before, after), by place.
    let mut constraints: Vec<(u32, u32)> = numbered.windows(2).map(|pair| (place[&pair[0]], place[&pair[1]])).collect();
    for (at, &event) in events.iter().enumerate() {
        let parent = evidence.parents[event as usize];
        let told_by_number = parent != NONE && own(parent) != UNCOUNTED && own(event) != UNCOUNTED;
        if let Some(&before) = place.get(&parent).filter(|_| !told_by_number) {
            constraints.push((before, at as u32));
        }
    }
    constraints.sort_unstable();
    let mut waits = vec![0_u32; events.len()];
    for &(_, after) in &constraints {
        waits[after as usize] += 1;
    }
    let mut by_time: Vec<u32> = (0..events.len() as u32).collect();
    let key = |at: u32| (evidence.moment[events[at as usize] as usize], events[at as usize]);
    by_time.sort_unstable_by_key(|&at| key(at));

    let mut ready: BinaryHeap<Reverse<((i64, EventIdx), u32)>> =
        by_time.iter().filter(|&&at| waits[at as usize] == 0).map(|&at| Reverse((key(at), at))).collect();
    let mut done = vec![false; events.len()];
    let mut earliest = by_time.iter().copied();
    let mut ordered = Vec::with_capacity(events.len());
    loop {
        let next = match ready.pop() {
            Some(Reverse((_, at))) => Some(at),
            // Numbers and parents contradict each other: the earliest event goes first.
            None => {
                earliest.find(|&at| !done[at as usize]).inspect(|&at| notes.edges_cut += u64::from(waits[at as usize]))
            }
        };
        let Some(at) = next else { break };
        if std::mem::replace(&mut done[at as usize], true) {
            continue;
        }
        ordered.push(events[at as usize]);
        let from = constraints.partition_point(|&(before, _)| before < at);
        for &(_, after) in constraints[from..].iter().take_while(|&&(before, _)| before == at) {
            waits[after as usize] = waits[after as usize].saturating_sub(1);
            if waits[after as usize] == 0 && !done[after as usize] {
                ready.push(Reverse((key(after), after)));
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(own: &[u64], parents: &[EventIdx], moment: &[i64]) -> Vec<EventIdx> {
        let events: Vec<EventIdx> = (0..own.len() as EventIdx).collect();
        constrained(&events, &Evidence { own, parents, moment }, &mut Notes::default())
    }

    const NO: u64 = UNCOUNTED;

    #[test]
    fn parents_come_first_though_their_times_are_later() {
        assert_eq!(order(&[NO; 3], &[2, 0, NONE], &[5, 6, 7]), [2, 0, 1]);
    }

    #[test]
    fn without_parents_time_decides_and_then_arrival() {
        assert_eq!(order(&[NO; 3], &[NONE; 3], &[5, 4, 5]), [1, 0, 2]);
    }

    #[test]
    fn numbers_outrank_parents_and_times() {
        assert_eq!(order(&[2, 1, NO], &[NONE, 0, 1], &[1, 2, 3]), [1, 0, 2]);
    }

    #[test]
    fn contradictions_end() {
        // 0 before 1 by number, 1 before 2 and 2 before 0 by parents.
        assert_eq!(order(&[1, 2, NO], &[2, NONE, 1], &[1, 2, 3]), [0, 1, 2]);
    }
}
