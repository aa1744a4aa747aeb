//! Threads that can only run one after the other, taken for one.
//!
//! What the engines keep of a thread they keep of every thread, so that a trace of forty thousand requests costs them
//! forty thousand numbers at each of forty thousand joins, even if no two of them ever ran at once. A thread that
//! begins, in every execution, after another one has ended can continue that one's place in all clocks (chain clocks:
//! Agarwal and Garg, "Efficient dependency tracking for relevant events in concurrent systems", PODC 2005).
//!
//! Invariant: the merged history has the same operations at the same numbers, the same edges but for those inside a
//! chain, and the same critical sections: a thread that ends inside of one is the last of its chain. So every correct
//! reordering of one is a correct reordering of the other, and a pair of operations of one chain is ordered.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, HistoryBuilder, OpKind, ThreadIdx};
use crate::races::clock::{Clock, VectorClock};
use crate::races::synchronisation::EdgeClocks;
use crate::sections::Sections;
use crate::witness::{Segments, Witness};

/// A history whose threads are chains of the threads of another.
#[derive(Debug)]
pub struct Chains<'h> {
    merged: Cow<'h, History>,
    original: &'h History,
    /// By chain: its threads, in their order.
    threads: Vec<Vec<ThreadIdx>>,
}

impl<'h> Chains<'h> {
    /// O(N log N + (threads + edges) · chains); memory of the merged history, none when nothing is merged, and while
    /// it is made O(open edges · chains).
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn of(history: &'h History, cancel: &Cancel) -> Result<Self, Cancelled> {
        let threads = chains(history, cancel)?;
        let merged = if threads.len() == history.threads.len() {
            Cow::Borrowed(history)
        } else {
            Cow::Owned(merge(history, &threads))
        };
        Ok(Self { merged, original: history, threads })
    }

    /// What engines work on. Its threads are named after the first of each chain.
    pub fn history(&self) -> &History {
        &self.merged
    }

    /// A witness over the merged history as one over the original. O(its length + threads of its chains).
    pub fn expand(&self, witness: Witness) -> Witness {
        if matches!(self.merged, Cow::Borrowed(_)) {
            return witness;
        }
        let chain_of: HashMap<&str, usize> =
            self.merged.threads.iter().enumerate().map(|(chain, name)| (name.as_str(), chain)).collect();
        let mut cursors: HashMap<usize, Cursor> = HashMap::new();
        let mut threads: BTreeMap<String, u32> = BTreeMap::new();
        for (name, count) in &witness.threads {
            let Some(&chain) = chain_of.get(name.as_str()) else { continue };
            Cursor::default().run(self.original, &self.threads[chain], *count, |thread, count| {
                threads.insert(self.original.threads[thread as usize].clone(), count);
            });
        }
        let segments = match witness.segments {
            Segments::Recorded(recorded) => Segments::Recorded(recorded),
            Segments::Runs(runs) => {
                let mut expanded = Vec::with_capacity(runs.len());
                for (name, count) in &runs {
                    let Some(&chain) = chain_of.get(name.as_str()) else { continue };
                    let cursor = cursors.entry(chain).or_default();
                    cursor.run(self.original, &self.threads[chain], *count, |thread, count| {
                        expanded.push((self.original.threads[thread as usize].clone(), count));
                    });
                }
                Segments::Runs(expanded)
            }
        };
        Witness { threads, segments }
    }
}

/// How many chains the threads of a history make: what every clock may come to hold. As [`Chains::of`], without the
/// merged history.
///
/// # Errors
/// [`Cancelled`].
pub fn width(history: &History, cancel: &Cancel) -> Result<usize, Cancelled> {
    chains(history, cancel).map(|chains| chains.len())
}

/// How far a chain has run.
#[derive(Default)]
struct Cursor {
    /// Threads of it that have ended, and operations of the next.
    ended: usize,
    taken: u32,
}

impl Cursor {
    /// Runs on by so many operations: tells how many each thread takes of them.
    fn run(&mut self, history: &History, threads: &[ThreadIdx], count: u32, mut tell: impl FnMut(ThreadIdx, u32)) {
        let mut left = count;
        while left > 0
            && let Some(&thread) = threads.get(self.ended)
        {
            let len = history.of_thread(thread).len() as u32;
            let now = left.min(len - self.taken);
            if now > 0 {
                tell(thread, now);
            }
            left -= now;
            self.taken += now;
            if self.taken == len {
                (self.ended, self.taken) = (self.ended + 1, 0);
            }
        }
    }
}

/// The threads of each chain. Every thread is on one.
fn chains(history: &History, cancel: &Cancel) -> Result<Vec<Vec<ThreadIdx>>, Cancelled> {
    let ends_inside = ends_inside(history);
    let mut edges = EdgeClocks::<VectorClock>::new(history);
    // By chain: its threads, how many operations they have, and whether another thread may follow.
    let mut threads: Vec<Vec<ThreadIdx>> = Vec::new();
    let mut taken: Vec<u32> = Vec::new();
    let mut is_free: Vec<bool> = Vec::new();
    // By thread: its chain. By chain: what its last thread knows of the others.
    let mut chain_of: Vec<Option<u32>> = vec![None; history.threads.len()];
    let mut clocks: Vec<VectorClock> = Vec::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        if op_idx % 1024 == 0 {
            cancel.check()?;
        }
        let op_idx = op_idx as u32;
        let chain = match chain_of[op.thread as usize] {
            Some(chain) => {
                edges.arrive(op_idx, &mut clocks[chain as usize]);
                chain
            }
            None => {
                // Of no chain as yet: what it knows tells which it can continue.
                let mut clock = VectorClock::new(ThreadIdx::MAX);
                edges.arrive(op_idx, &mut clock);
                let known = |&chain: &u32| clock.known(chain) == taken[chain as usize];
                let chain = (0..clock.width() as u32).filter(|&chain| is_free[chain as usize]).find(known);
                let chain = chain.unwrap_or_else(|| {
                    threads.push(Vec::new());
                    taken.push(0);
                    is_free.push(false);
                    clocks.push(VectorClock::new(0));
                    threads.len() as u32 - 1
                });
                is_free[chain as usize] = false;
                threads[chain as usize].push(op.thread);
                chain_of[op.thread as usize] = Some(chain);
                clocks[chain as usize] = clock.on(chain, taken[chain as usize]);
                chain
            }
        };
        let at = chain as usize;
        taken[at] += 1;
        clocks[at].advance(taken[at]);
        edges.depart(op_idx, &clocks[at]);
        if op.position as usize + 1 == history.of_thread(op.thread).len() {
            is_free[at] = !ends_inside[op.thread as usize];
            clocks[at] = VectorClock::new(chain);
        }
    }
    // A thread that only somebody else names has nothing to be merged.
    let idle = (0..history.threads.len() as ThreadIdx).filter(|&thread| chain_of[thread as usize].is_none());
    threads.extend(idle.map(|thread| vec![thread]));
    Ok(threads)
}

/// By thread, whether it ends inside a critical section.
fn ends_inside(history: &History) -> Vec<bool> {
    let mut inside = vec![false; history.threads.len()];
    for section in Sections::of(history).all.iter().filter(|section| section.release.is_none()) {
        inside[section.thread as usize] = true;
    }
    inside
}

fn merge(history: &History, threads: &[Vec<ThreadIdx>]) -> History {
    let mut chain_of = vec![0; history.threads.len()];
    let mut builder = HistoryBuilder::default();
    for (chain, threads) in (0..).zip(threads) {
        for &thread in threads {
            chain_of[thread as usize] = chain;
        }
        // Names of threads differ: each gets the number of its chain.
        let name = threads.first().map_or("", |&thread| history.threads[thread as usize].as_str());
        builder.threads.fresh(name);
    }
    let chain = |thread: ThreadIdx| chain_of.get(thread as usize).copied().unwrap_or_default();
    for op in &history.ops {
        let kind = match op.kind {
            OpKind::Fork(thread) => OpKind::Fork(chain(thread)),
            OpKind::Join(thread) => OpKind::Join(chain(thread)),
            kind => kind,
        };
        builder.push(chain(op.thread), kind, op.location);
    }
    for edge in &history.edges {
        builder.edge(edge.from, edge.to, edge.reason, edge.inferred);
    }
    for (names, into) in [
        (&history.locks, &mut builder.locks),
        (&history.variables, &mut builder.variables),
        (&history.locations, &mut builder.locations),
    ] {
        names.iter().for_each(|name| {
            into.fresh(name);
        });
    }
    builder.finish(history.sources.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::std_file;
    use crate::witness::Recorded;

    fn chains_of(text: &str) -> (History, Vec<Vec<String>>) {
        let history = std_file::read(text.as_bytes()).unwrap();
        let threads = chains(&history, &Cancel::default()).unwrap();
        let name = |&thread: &ThreadIdx| history.threads[thread as usize].clone();
        let names = threads.iter().map(|threads| threads.iter().map(name).collect()).collect();
        (history, names)
    }

    #[test]
    fn workers_that_are_joined_before_the_next_is_forked_are_one_chain() {
        let (_, chains) = chains_of(
            "main|fork(a)|1\na|w(x)|2\nmain|join(a)|3\nmain|fork(b)|4\nb|w(x)|5\nmain|join(b)|6\nmain|fork(c)|7\nc|w(x)|8\nmain|w(z)|9\n",
        );
        assert_eq!(chains, [vec!["main"], vec!["a", "b", "c"]]);
    }

    #[test]
    fn what_a_thread_forks_last_continues_it() {
        let (_, chains) = chains_of("main|fork(a)|1\na|fork(b)|2\nb|w(x)|3\n");
        assert_eq!(chains, [vec!["main", "a", "b"]]);
    }

    #[test]
    fn workers_that_may_run_at_once_are_chains_of_their_own() {
        let (_, chains) = chains_of(
            "main|fork(a)|1\na|w(x)|2\nmain|fork(b)|4\nb|w(x)|5\nmain|join(a)|3\nmain|fork(c)|7\nc|w(x)|8\nmain|w(z)|9\n",
        );
        assert_eq!(chains, [vec!["main"], vec!["a", "c"], vec!["b"]]);
    }

    #[test]
    fn a_thread_that_ends_inside_a_section_is_the_last_of_its_chain() {
        let (_, chains) =
            chains_of("main|fork(a)|1\na|acq(l)|2\nmain|join(a)|3\nmain|fork(b)|4\nb|w(x)|5\nmain|w(z)|9\n");
        assert_eq!(chains, [vec!["main"], vec!["a"], vec!["b"]]);
    }

    #[test]
    fn a_witness_is_told_by_the_threads_that_were_recorded() {
        let text =
            "main|fork(a)|1\na|w(x)|2\na|w(y)|3\nmain|join(a)|4\nmain|fork(b)|5\nb|w(x)|6\nb|w(y)|7\nmain|w(z)|8\n";
        let history = std_file::read(text.as_bytes()).unwrap();
        let chains = Chains::of(&history, &Cancel::default()).unwrap();
        assert_eq!(chains.history().threads, ["main", "a"]);
        assert_eq!(chains.history().ops.len(), history.ops.len());
        let prefixes = |of: &[(&str, u32)]| of.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        let segments = Segments::Runs(vec![("main".into(), 1), ("a".into(), 2), ("main".into(), 2), ("a".into(), 1)]);
        let witness = Witness { threads: prefixes(&[("main", 3), ("a", 3)]), segments };
        let expanded = chains.expand(witness);
        assert_eq!(expanded.threads, prefixes(&[("main", 3), ("a", 2), ("b", 1)]));
        let runs = [("main", 1), ("a", 2), ("main", 2), ("b", 1)].map(|(name, count)| (name.to_owned(), count));
        assert_eq!(expanded.segments, Segments::Runs(runs.to_vec()));
        let recorded = Segments::Recorded(Recorded::Recorded);
        let whole = Witness { threads: prefixes(&[("a", 2)]), segments: recorded };
        assert_eq!(chains.expand(whole.clone()), whole);
    }
}
