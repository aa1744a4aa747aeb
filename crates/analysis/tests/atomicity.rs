//! Unserialisable blocks against their definition and against AeroDrome.

#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
#[path = "common/small/mod.rs"]
mod small;

use std::collections::{BTreeMap, BTreeSet};

use analysis::atomicity::{self, Block, Violations};
use analysis::{Cancel, History, OpIdx, OpKind, std_file};
use proptest::prelude::*;
use small::{Shape, cases, executions};

const NONE: [Vec<u32>; 0] = [];

fn find(history: &History, blocks: &[Block]) -> Violations {
    atomicity::find(history, blocks, &Cancel::default()).unwrap()
}

/// A history from STD lines, and blocks of it by their 1-based first and last lines.
fn story(text: &str, blocks: &[(u32, u32)]) -> (History, Vec<Block>) {
    let history = std_file::read(text.as_bytes()).unwrap();
    let block = |&(first, last): &(u32, u32)| Block {
        thread: history.ops[first as usize - 1].thread,
        first: first - 1,
        last: last - 1,
    };
    let blocks = blocks.iter().map(block).collect();
    (history, blocks)
}

fn violating(text: &str, blocks: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let (history, blocks) = story(text, blocks);
    let found = find(&history, &blocks);
    assert!(found.complete);
    found.violations.into_iter().map(|violation| violation.blocks).collect()
}

#[test]
fn a_write_between_two_reads_of_a_block_cannot_be_serialised() {
    let text = "A|r(x)|1\nB|w(x)|2\nA|r(x)|3\n";
    let (history, blocks) = story(text, &[(1, 3)]);
    let found = find(&history, &blocks);
    assert_eq!(found.violations.len(), 1);
    assert_eq!(found.violations[0].blocks, [0]);
    assert_eq!(found.violations[0].cycle, [(0, 1), (1, 2)]);
    assert_eq!(violating("A|r(x)|1\nB|r(x)|2\nA|r(x)|3\n", &[(1, 3)]), NONE);
    assert_eq!(violating("A|r(x)|1\nB|w(y)|2\nA|r(x)|3\n", &[(1, 3)]), NONE);
}

#[test]
fn two_blocks_that_each_see_half_of_the_other_cannot_be_serialised() {
    let text = "A|w(x)|1\nB|r(x)|2\nB|w(y)|3\nA|r(y)|4\n";
    assert_eq!(violating(text, &[(1, 4), (2, 3)]), [[0, 1]]);
    assert_eq!(violating("A|w(x)|1\nB|r(x)|2\nB|r(y)|3\nA|r(y)|4\n", &[(1, 4), (2, 3)]), NONE);
}

#[test]
fn what_a_block_waits_for_is_part_of_it() {
    let nested = "A|r(x)|1\nA|fork(B)|2\nB|w(x)|3\nA|join(B)|4\nA|w(x)|5\n";
    assert_eq!(violating(nested, &[(1, 5)]), NONE);
    // The same write by a thread that the block did not start.
    let foreign = "A|fork(B)|0\nA|r(x)|1\nB|w(x)|3\nA|w(x)|5\nA|join(B)|4\n";
    assert_eq!(violating(foreign, &[(2, 4)]), [[0]]);
}

#[test]
fn blocks_inside_one_that_waits_for_them_are_judged_by_themselves() {
    let text = "A|fork(B)|1\nA|fork(C)|2\nB|r(x)|3\nC|w(x)|4\nB|w(x)|5\nA|join(B)|6\nA|join(C)|7\n";
    assert_eq!(violating(text, &[(1, 7)]), NONE);
    assert_eq!(violating(text, &[(1, 7), (3, 5), (4, 4)]), [[1, 2]]);
}

#[test]
fn a_lock_taken_twice_is_no_conflict() {
    let text = "A|acq(l)|1\nA|w(x)|2\nA|rel(l)|3\nB|acq(l)|4\nB|w(y)|5\nB|rel(l)|6\nA|acq(l)|7\nA|w(z)|8\nA|rel(l)|9\n";
    assert_eq!(violating(text, &[(1, 9), (4, 6)]), NONE);
    assert_eq!(violating(&text.replace(['y', 'z'], "x"), &[(1, 9), (4, 6)]), [[0, 1]]);
}

#[test]
fn blocks_that_are_none_are_ignored() {
    let (history, _) = story("A|w(x)|1\nB|w(x)|2\n", &[]);
    let wrong = [(0, 1, 0), (0, 0, 1), (7, 0, 0), (0, 0, 9)];
    let blocks = wrong.map(|(thread, first, last)| Block { thread, first, last });
    assert_eq!(find(&history, &blocks).violations, []);
}

/// Which blocks are unserialisable, by transitive closure over all pairs of operations.
fn by_definition(history: &History, blocks: &[Block]) -> BTreeSet<u32> {
    let n = history.ops.len();
    let mut waiting: Vec<u32> = (0..blocks.len() as u32).collect();
    let mut found = BTreeSet::new();
    while !waiting.is_empty() {
        let block_of = |op: usize| {
            waiting.iter().copied().find(|&at| {
                let Block { thread, first, last } = blocks[at as usize];
                history.ops[op].thread == thread && (first..=last).contains(&(op as OpIdx))
            })
        };
        let of: Vec<Option<u32>> = (0..n).map(block_of).collect();
        let same = |a: usize, b: usize| a == b || (of[a].is_some() && of[a] == of[b]);
        let close = |with_conflicts: bool| {
            let linked = |a: usize, b: usize| {
                let (x, y) = (history.ops[a], history.ops[b]);
                let conflict = match (x.kind.access(), y.kind.access()) {
                    (Some((x, x_writes, _)), Some((y, y_writes, _))) => x == y && (x_writes || y_writes),
                    _ => false,
                };
                let edge = history.edges.iter().any(|edge| (edge.from as usize, edge.to as usize) == (a, b));
                same(a, b) || (a < b && (x.thread == y.thread || edge || (with_conflicts && conflict)))
            };
            let mut reach: Vec<Vec<bool>> = (0..n).map(|a| (0..n).map(|b| linked(a, b)).collect()).collect();
            for via in 0..n {
                for a in 0..n {
                    for b in 0..n {
                        reach[a][b] |= reach[a][via] && reach[via][b];
                    }
                }
            }
            reach
        };
        let (structure, all) = (close(false), close(true));
        let together = |a: usize, b: usize| structure[a][b] && structure[b][a];
        let contains_all = |at: u32| {
            let first = blocks[at as usize].first as usize;
            (0..first).all(|op| !together(op, first))
        };
        let (outer, inner): (Vec<u32>, Vec<u32>) = waiting.iter().partition(|&&at| contains_all(at));
        for at in outer {
            let first = blocks[at as usize].first as usize;
            if (0..n).any(|op| all[op][first] && all[first][op] && !together(op, first)) {
                found.insert(at);
            }
        }
        waiting = inner;
    }
    found
}

/// Cuts each thread into blocks and single operations, as a seed says.
fn cut(history: &History, seed: u64) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut bits = seed;
    for thread in 0..history.threads.len() as u32 {
        let mut rest = history.of_thread(thread);
        while !rest.is_empty() {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let len = ((bits >> 33) as usize % 6 + 1).min(rest.len());
            let (run, later) = rest.split_at(len);
            rest = later;
            if !(bits >> 40).is_multiple_of(3) {
                blocks.push(Block { thread, first: run[0], last: run[run.len() - 1] });
            }
        }
    }
    blocks
}

/// Each step of a cycle is a conflict or an order of the program, and begins where the one before it ends.
fn is_cycle(history: &History, blocks: &[Block], cycle: &[(OpIdx, OpIdx)]) -> bool {
    let linked = |from: OpIdx, to: OpIdx| {
        let (x, y) = (history.ops[from as usize], history.ops[to as usize]);
        let conflict = match (x.kind.access(), y.kind.access()) {
            (Some((x, x_writes, _)), Some((y, y_writes, _))) => x == y && (x_writes || y_writes),
            _ => false,
        };
        from < to
            && (x.thread == y.thread || conflict || history.edges.iter().any(|edge| (edge.from, edge.to) == (from, to)))
    };
    let block = |op: OpIdx| {
        let within = |block: &&Block| {
            block.thread == history.ops[op as usize].thread && (block.first..=block.last).contains(&op)
        };
        blocks.iter().find(within).copied()
    };
    let same = |a: OpIdx, b: OpIdx| a == b || (block(a).is_some() && block(a) == block(b));
    cycle.iter().all(|&(from, to)| linked(from, to))
        && cycle.iter().zip(cycle.iter().cycle().skip(1)).all(|(&(_, end), &(begin, _))| same(end, begin))
}

/// AeroDrome without locks, forks and joins, as the paper's first algorithm has it: the operation it stops at.
/// Operations outside blocks are blocks of their own.
fn aerodrome(history: &History, blocks: &[Block]) -> Option<OpIdx> {
    type Time = Vec<u32>;
    let n_threads = history.threads.len();
    let join = |a: &mut Time, b: &Time| a.iter_mut().zip(b).for_each(|(a, b)| *a = (*a).max(*b));
    let below = |a: &Time, b: &Time| a.iter().zip(b).all(|(a, b)| a <= b);
    let mut now: Vec<Time> = (0..n_threads).map(|t| (0..n_threads).map(|u| u32::from(t == u)).collect()).collect();
    let mut begun = now.clone();
    let mut active = vec![false; n_threads];
    let mut writes: BTreeMap<u32, (u32, Time)> = BTreeMap::new();
    let mut reads: BTreeMap<(u32, u32), Time> = BTreeMap::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        let op_idx = op_idx as OpIdx;
        let t = op.thread as usize;
        let own = |block: &&Block| block.thread == op.thread && (block.first..=block.last).contains(&op_idx);
        let block = blocks.iter().find(own);
        if block.is_none_or(|block| block.first == op_idx) {
            now[t][t] += 1;
            begun[t] = now[t].clone();
            active[t] = true;
        }
        let mut seen: Vec<Time> = Vec::new();
        if let Some((variable, is_write, _)) = op.kind.access() {
            seen.extend(writes.get(&variable).filter(|write| write.0 != op.thread).map(|write| write.1.clone()));
            if is_write {
                let others = (0..n_threads as u32).filter(|&u| u != op.thread);
                seen.extend(others.filter_map(|u| reads.get(&(u, variable)).cloned()));
            }
        }
        for time in seen {
            if active[t] && below(&begun[t], &time) {
                return Some(op_idx);
            }
            join(&mut now[t], &time);
        }
        match op.kind {
            OpKind::Read(variable, _) => drop(reads.insert((op.thread, variable), now[t].clone())),
            OpKind::Write(variable, _) => drop(writes.insert(variable, (op.thread, now[t].clone()))),
            _ => {}
        }
        if block.is_none_or(|block| block.last == op_idx) {
            let (begin, end) = (begun[t].clone(), now[t].clone());
            for u in (0..n_threads).filter(|&u| u != t) {
                if below(&begin, &now[u]) {
                    if active[u] && below(&begun[u], &end) {
                        return Some(op_idx);
                    }
                    join(&mut now[u], &end);
                }
            }
            for time in writes.values_mut().map(|write| &mut write.1).chain(reads.values_mut()) {
                if below(&begin, time) {
                    join(time, &end);
                }
            }
            active[t] = false;
        }
    }
    None
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn unserialisable_blocks_are_those_of_the_definition(
        execution in any::<bool>().prop_flat_map(|messages| executions(Shape { messages, ..Shape::rich(4, 24) })),
        seed: u64,
    ) {
        let history = execution.history();
        let blocks = cut(&history, seed);
        let found = find(&history, &blocks);
        let of: BTreeSet<u32> = found.violations.iter().flat_map(|violation| violation.blocks.clone()).collect();
        prop_assert_eq!(of, by_definition(&history, &blocks), "{:?}", blocks);
    }

    #[test]
    fn the_verdict_is_that_of_aerodrome_and_comes_no_later(
        execution in executions(Shape { forks: false, variables: 3, ..Shape::plain(4, 24) }),
        seed: u64,
    ) {
        let history = execution.history();
        let blocks = cut(&history, seed);
        let found = find(&history, &blocks);
        let stops = aerodrome(&history, &blocks);
        prop_assert_eq!(!found.violations.is_empty(), stops.is_some(), "{:?}", blocks);
        for violation in &found.violations {
            prop_assert!(is_cycle(&history, &blocks, &violation.cycle), "{:?}", violation);
        }
        if let (Some(first), Some(stops)) = (found.violations.first(), stops) {
            prop_assert!(first.cycle.last().is_some_and(|&(_, closes)| closes <= stops), "{:?} {}", first, stops);
        }
    }
}
