//! How many pairs of two buckets could meet, and how far: counted, and told pair by pair where there are few.

use hashbrown::HashMap;
use model::analysis::Reach;

use super::lives::{Life, Lives};

/// Fewer pairs are compared one by one: that is quicker than sorting.
const FEW_PAIRS: usize = 2_048;

/// Accesses of one thread of control at one place under the same locks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Party {
    /// Traces that call each other are one unit: what lies between them is not for here.
    pub unit: u32,
    pub process: u64,
    /// 0: not known.
    pub os_thread: u64,
    pub context: Life,
    /// Has the context's in it.
    pub request: Life,
    /// Accesses.
    pub count: u64,
}

impl Party {
    /// How far it and another can have met; [`None`] when they are of one unit, or one OS thread ran one after
    /// the other. `skew_nanos` is what clocks of two processes may differ.
    pub fn reach(&self, other: &Self, skew_nanos: i64) -> Option<Reach> {
        let one_thread = self.os_thread != 0 && self.os_thread == other.os_thread;
        if self.unit == other.unit || one_thread && !self.context.overlaps(other.context, 0) {
            return None;
        }
        let tolerance = if self.process == other.process { 0 } else { skew_nanos };
        let overlap = self.request.overlaps(other.request, tolerance);
        Some(if overlap { Reach::Overlapping } else { Reach::Apart })
    }
}

/// Accesses of others that one can have met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Met {
    pub overlapping: u64,
    pub apart: u64,
}

impl Met {
    fn add(&mut self, reach: Option<Reach>, count: u64) {
        match reach {
            Some(Reach::Overlapping) => self.overlapping += count,
            Some(_) => self.apart += count,
            None => {}
        }
    }
}

/// Whom each of `parties` can have met among `others`, in order.
///
/// O((n + m) log m), and the pairs inside one unit.
pub(super) fn met(parties: &[Party], others: &[Party], skew_nanos: i64) -> Vec<Met> {
    if parties.len().saturating_mul(others.len()) <= FEW_PAIRS {
        return parties.iter().map(|party| one_by_one(party, others, skew_nanos)).collect();
    }
    counted(parties, others, skew_nanos)
}

fn one_by_one(party: &Party, others: &[Party], skew_nanos: i64) -> Met {
    let mut met = Met::default();
    for other in others {
        met.add(party.reach(other, skew_nanos), other.count);
    }
    met
}

/// All, less those of the same unit, less those that one OS thread ran before or after.
fn counted(parties: &[Party], others: &[Party], skew_nanos: i64) -> Vec<Met> {
    let lives = |group: fn(&Party) -> u64, life: fn(&Party) -> Life, tolerance: i64| {
        Lives::of(others.iter().map(move |other| (group(other), life(other), other.count)), tolerance)
    };
    let request = |other: &Party| other.request;
    let all = lives(|_| 0, request, skew_nanos);
    // Those of one process are compared without tolerance.
    let near =
        (skew_nanos > 0).then(|| [skew_nanos, 0].map(|tolerance| lives(|other| other.process, request, tolerance)));
    let thread_requests = lives(|other| other.os_thread, request, 0);
    let thread_contexts = lives(|other| other.os_thread, |other| other.context, 0);
    let total: u64 = others.iter().map(|other| other.count).sum();
    let mut units: HashMap<u32, Vec<u32>> = HashMap::new();
    for (at, other) in others.iter().enumerate() {
        units.entry(other.unit).or_default().push(at as u32);
    }
    let count = |party: &Party| {
        let mut overlapping = all.overlapping(0, party.request);
        if let Some([tolerant, strict]) = &near {
            overlapping -= tolerant.overlapping(party.process, party.request);
            overlapping += strict.overlapping(party.process, party.request);
        }
        let mut anyone = total;
        let (mut ordered, mut ordered_overlapping) = (0, 0);
        if party.os_thread != 0 {
            let together = thread_contexts.overlapping(party.os_thread, party.context);
            ordered = thread_contexts.weight(party.os_thread) - together;
            ordered_overlapping = thread_requests.overlapping(party.os_thread, party.request) - together;
        }
        for &at in units.get(&party.unit).into_iter().flatten() {
            let other = &others[at as usize];
            let tolerance = if other.process == party.process { 0 } else { skew_nanos };
            let overlaps = party.request.overlaps(other.request, tolerance);
            anyone -= other.count;
            overlapping -= if overlaps { other.count } else { 0 };
            if party.os_thread != 0 && other.os_thread == party.os_thread && !party.context.overlaps(other.context, 0) {
                ordered -= other.count;
                ordered_overlapping -= if overlaps { other.count } else { 0 };
            }
        }
        let overlapping = overlapping - ordered_overlapping;
        Met { overlapping, apart: anyone - ordered - overlapping }
    };
    parties.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Nanos;
    use proptest::prelude::*;

    fn party() -> impl Strategy<Value = Party> {
        let life = || (-9i64..9, 0i64..9, 0i64..4, 0i64..4);
        (0u32..4, 0u64..3, 0u64..3, life(), 1u64..4).prop_map(
            |(unit, process, thread, (begin, len, before, after), count)| Party {
                unit,
                process,
                // A thread is of one process.
                os_thread: if thread == 0 { 0 } else { process * 10 + thread },
                context: Life::new(Nanos(begin), Nanos(begin + len)),
                request: Life::new(Nanos(begin - before), Nanos(begin + len + after))
                    .around(Life::new(Nanos(begin), Nanos(begin + len))),
                count,
            },
        )
    }

    proptest! {
        #[test]
        fn counting_finds_what_comparing_pair_by_pair_finds(
            parties in proptest::collection::vec(party(), 0..20),
            others in proptest::collection::vec(party(), 0..20),
            skew in 0i64..5,
        ) {
            let each: Vec<Met> = parties.iter().map(|party| one_by_one(party, &others, skew)).collect();
            prop_assert_eq!(counted(&parties, &others, skew), each);
        }
    }
}
