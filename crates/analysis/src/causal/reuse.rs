//! One OS thread that served two contexts one after the other orders them.

use hashbrown::HashMap;

use super::contexts::ThreadIdx;
use super::nodes::NodeIdx;
use super::raw_edges::RawEdges;
use crate::history::EdgeReason;

/// Edges that a context may have to earlier ones of its thread that overlap each other.
const MOST_PREDECESSORS: usize = 64;

/// When a context lived, and its ends.
#[derive(Debug, Clone, Copy)]
struct Life {
    begin: i64,
    end: i64,
    first: NodeIdx,
    last: NodeIdx,
}

/// Orders contexts of one scope and thread id whose lifetimes do not overlap: last event before first.
/// Those that overlap are tasks, and stay unordered. O(C log C) in contexts.
pub(super) fn add_edges(edges: &mut RawEdges<'_>) {
    let mut lives: Vec<Option<Life>> = vec![None; edges.contexts.contexts.len()];
    for thread in 0..edges.nodes.n_threads() as ThreadIdx {
        let context = edges.contexts.threads[thread as usize].context;
        let life = life_of(edges, thread);
        let joined = lives[context as usize].map_or(life, |known| Life {
            begin: known.begin.min(life.begin),
            end: known.end.max(life.end),
            first: if life.begin < known.begin { life.first } else { known.first },
            last: if life.end > known.end { life.last } else { known.last },
        });
        lives[context as usize] = Some(joined);
    }
    let mut by_thread: HashMap<(u32, u32), Vec<Life>> = HashMap::new();
    for (context, life) in edges.contexts.contexts.iter().zip(lives) {
        if let (false, Some(life)) = (context.thread.is_none(), life) {
            by_thread.entry((context.scope, context.thread.0)).or_default().push(life);
        }
    }
    for lives in by_thread.into_values() {
        order(edges, lives);
    }
}

fn life_of(edges: &RawEdges<'_>, thread: ThreadIdx) -> Life {
    let (first, last) = edges.nodes.ends(thread);
    let rows = (first..=last).map(|node| edges.contexts.row(edges.nodes.all[node as usize].event));
    let (begin, end) =
        rows.fold((i64::MAX, i64::MIN), |(begin, end), row| (begin.min(row.start.0), end.max(row.end.0)));
    Life { begin, end, first, last }
}

fn order(edges: &mut RawEdges<'_>, mut lives: Vec<Life>) {
    lives.sort_unstable_by_key(|life| (life.begin, life.end, life.first));
    let mut by_end = lives.clone();
    by_end.sort_unstable_by_key(|life| (life.end, life.begin, life.first));
    let mut n_ended = 0;
    // The latest beginning among those that ended: whoever ended before it is ordered through it.
    let mut latest_begin = i64::MIN;
    for life in &lives {
        // Of two that lived at one same instant only, neither is before the other.
        let is_before = |other: &&Life| other.end < life.begin || other.end == life.begin && other.begin < life.begin;
        while let Some(ended) = by_end.get(n_ended).filter(is_before) {
            latest_begin = latest_begin.max(ended.begin);
            n_ended += 1;
        }
        let before = by_end[..n_ended].iter().rev();
        let uncovered = before.take_while(|ended| ended.end > latest_begin || ended.begin == latest_begin);
        for ended in uncovered.take(MOST_PREDECESSORS) {
            edges.push(ended.last, life.first, EdgeReason::SameThread, false);
        }
    }
}
