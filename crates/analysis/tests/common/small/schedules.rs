//! Schedules of small executions: correct ones, and what becomes of them by small changes.

use std::collections::{BTreeMap, HashSet};

use analysis::witness::{Segments, Witness};
use analysis::{History, OpIdx};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::brute;

/// A correct reordering of some part of an execution, by chance.
pub fn walk(history: &History, seed: u64) -> Vec<OpIdx> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut schedule = Vec::new();
    let length = random.random_range(0..=history.ops.len());
    while schedule.len() < length {
        let next = extensions(history, &schedule);
        if next.is_empty() {
            break;
        }
        schedule.push(next[random.random_range(0..next.len())]);
    }
    schedule
}

/// The operations that a correct reordering may go on with.
fn extensions(history: &History, schedule: &[OpIdx]) -> Vec<OpIdx> {
    (0..history.ops.len() as OpIdx)
        .filter(|&op| brute::enabled(history, schedule, op))
        .filter(|&op| brute::correct(history, &[schedule, &[op]].concat()))
        .collect()
}

/// One correct reordering for each set of prefixes and last writes that can be reached, at most `limit`.
pub fn all_reachable(history: &History, limit: usize) -> Vec<Vec<OpIdx>> {
    let mut met = HashSet::new();
    let mut schedules = vec![Vec::new()];
    let mut next = 0;
    while next < schedules.len() && schedules.len() < limit {
        let schedule = schedules[next].clone();
        next += 1;
        for op in extensions(history, &schedule) {
            let longer = [&schedule[..], &[op]].concat();
            let mut taken = longer.clone();
            taken.sort_unstable();
            let last: BTreeMap<u32, OpIdx> =
                longer.iter().filter_map(|&op| Some((history.ops[op as usize].kind.writes()?, op))).collect();
            if met.insert((taken, last)) {
                schedules.push(longer);
            }
        }
    }
    schedules
}

/// A schedule a little changed: operations swapped, left out, repeated, added, cut off. It may still be correct.
pub fn mutant(history: &History, schedule: &[OpIdx], seed: u64) -> Vec<OpIdx> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut changed = schedule.to_vec();
    for _ in 0..random.random_range(1..=2) {
        let n = changed.len();
        match random.random_range(0..7) {
            0 if n > 1 => {
                let at = random.random_range(1..n);
                changed.swap(at - 1, at);
            }
            1 if n > 1 => {
                let (from, to) = (random.random_range(0..n), random.random_range(0..n));
                let moved = changed.remove(from);
                changed.insert(to, moved);
            }
            2 if n > 0 => {
                changed.remove(random.random_range(0..n));
            }
            3 if n > 0 => {
                let again = changed[random.random_range(0..n)];
                changed.insert(random.random_range(0..=n), again);
            }
            4 if n > 0 => changed.truncate(random.random_range(0..n)),
            _ => {
                // What comes next in some thread, somewhere; now and then what does not exist.
                let next: Vec<OpIdx> = (0..=history.ops.len() as OpIdx).filter(|op| !changed.contains(op)).collect();
                let Some(last) = next.len().checked_sub(1) else { continue };
                let added = next[random.random_range(0..=last).min(random.random_range(0..=last))];
                changed.insert(random.random_range(0..=n), added);
            }
        }
    }
    changed
}

/// The witness that says a schedule.
pub fn witness_of(history: &History, schedule: &[OpIdx]) -> Witness {
    let mut threads = BTreeMap::new();
    let mut runs: Vec<(String, u32)> = Vec::new();
    for &op in schedule {
        let name = &history.threads[history.ops[op as usize].thread as usize];
        *threads.entry(name.clone()).or_insert(0) += 1;
        match runs.last_mut() {
            Some((last, count)) if last == name => *count += 1,
            _ => runs.push((name.clone(), 1)),
        }
    }
    Witness { threads, segments: Segments::Runs(runs) }
}

/// A witness a little changed, and mostly announced as it is.
pub fn mutant_witness(history: &History, witness: &Witness, seed: u64) -> Witness {
    let mut random = SmallRng::seed_from_u64(seed);
    let Segments::Runs(mut runs) = witness.segments.clone() else { return witness.clone() };
    let any_thread = history.threads[random.random_range(0..history.threads.len())].clone();
    let n = runs.len();
    match random.random_range(0..6) {
        0 if n > 1 => {
            let at = random.random_range(1..n);
            runs.swap(at - 1, at);
        }
        1 if n > 0 => {
            runs.remove(random.random_range(0..n));
        }
        2 if n > 0 => {
            let again = runs[random.random_range(0..n)].clone();
            runs.insert(random.random_range(0..=n), again);
        }
        3 if n > 0 => runs[random.random_range(0..n)].1 += 1,
        4 if n > 0 => {
            let at = random.random_range(0..n);
            runs[at].1 -= 1;
        }
        _ => runs.insert(random.random_range(0..=n), (any_thread, random.random_range(0..3))),
    }
    let mut threads = BTreeMap::new();
    for (name, count) in &runs {
        *threads.entry(name.clone()).or_insert(0) += count;
    }
    if random.random_range(0..8) == 0 {
        threads.pop_first();
    }
    Witness { threads, segments: Segments::Runs(runs) }
}

/// What a witness takes, or [`None`] where it takes what is not there or contradicts itself.
pub fn naive_expansion(history: &History, witness: &Witness) -> Option<Vec<OpIdx>> {
    let own = |name: &str| {
        let thread = history.threads.iter().position(|other| other == name)?;
        Some(history.of_thread(thread as u32))
    };
    let mut schedule = Vec::new();
    match &witness.segments {
        Segments::Recorded(_) => {
            for (name, &count) in &witness.threads {
                schedule.extend_from_slice(own(name)?.get(..count as usize)?);
            }
            schedule.sort_unstable();
        }
        Segments::Runs(runs) => {
            let mut taken: BTreeMap<&str, u32> = BTreeMap::new();
            for (name, count) in runs {
                let begin = *taken.get(name.as_str()).unwrap_or(&0);
                schedule.extend_from_slice(own(name)?.get(begin as usize..(begin + count) as usize)?);
                taken.insert(name, begin + count);
            }
            let named = |name: &str| *witness.threads.get(name).unwrap_or(&0);
            let said = witness.threads.iter().all(|(name, &count)| taken.get(name.as_str()).unwrap_or(&0) == &count);
            if !said || !taken.iter().all(|(name, &count)| named(name) == count) {
                return None;
            }
        }
    }
    Some(schedule)
}
