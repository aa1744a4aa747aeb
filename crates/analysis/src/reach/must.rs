//! What must precede what in every correct reordering: program order, edges, and each read's writer.
//!
//! For an operation `e`, two prefix vectors. `taken(e)`: how much of every thread any reordering with `e` in it
//! holds. `enabled(e)`: how much it holds before `e` can be the next operation of its thread; the writer that a
//! read saw is no part of that, for an enabled read has not seen anything yet.
//! Every vector is closed: with a count it holds all that the operations under it need.

use crate::cancel::{Cancel, Cancelled};
use crate::history::{History, OpIdx, ThreadIdx};
use crate::reads_from::Writer;

/// How many operations of a thread.
pub type Count = (ThreadIdx, u32);

/// Vectors of all operations, those that equal their predecessor's kept once.
///
/// A row lists the other threads with a count above zero, sorted; an operation's own thread is its position.
/// Memory: 8 bytes an operation, and 8 bytes a thread known for each operation that learns of another thread.
#[derive(Debug)]
pub struct MustOrder {
    entries: Vec<Count>,
    /// Row `r` is `entries[starts[r]..starts[r + 1]]`; row 0 is empty.
    starts: Vec<usize>,
    enabled: Vec<u32>,
    taken: Vec<u32>,
}

impl MustOrder {
    /// O(N + joins · T).
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn of(history: &History, writers: &[Option<Writer>], cancel: &Cancel) -> Result<Self, Cancelled> {
        let n_ops = history.ops.len();
        let mut must = Self {
            entries: Vec::new(),
            starts: vec![0, 0],
            enabled: Vec::with_capacity(n_ops),
            taken: Vec::with_capacity(n_ops),
        };
        let mut current = vec![0_u32; history.threads.len()];
        let mut edges = history.edges.as_slice();
        for (op_idx, op) in history.ops.iter().enumerate() {
            if op_idx % 1024 == 0 {
                cancel.check()?;
            }
            let mut row = current[op.thread as usize];
            let n_edges = edges.iter().take_while(|edge| edge.to as usize == op_idx).count();
            for edge in &edges[..n_edges] {
                row = must.join(history, row, edge.from, op.thread);
            }
            edges = &edges[n_edges..];
            must.enabled.push(row);
            if let Some(Writer::Op(writer)) = writers[op_idx] {
                row = must.join(history, row, writer, op.thread);
            }
            must.taken.push(row);
            current[op.thread as usize] = row;
        }
        Ok(must)
    }

    /// The row of `thread` after it also learnt of `from`.
    fn join(&mut self, history: &History, row: u32, from: OpIdx, thread: ThreadIdx) -> u32 {
        let source = history.ops[from as usize];
        let learnt = (source.thread, source.position + 1);
        if source.thread == thread || count(self.row(row), source.thread) >= learnt.1 {
            // Closed: what the source needs is known with it.
            return row;
        }
        let mut merged = Vec::with_capacity(self.row(row).len() + 1);
        merge(self.row(row), self.row(self.taken[from as usize]), &mut merged);
        merged.retain(|&(other, _)| other != thread);
        match merged.binary_search_by_key(&learnt.0, |&(other, _)| other) {
            Ok(at) => merged[at].1 = merged[at].1.max(learnt.1),
            Err(at) => merged.insert(at, learnt),
        }
        self.entries.extend_from_slice(&merged);
        self.starts.push(self.entries.len());
        self.starts.len() as u32 - 2
    }

    fn row(&self, row: u32) -> &[Count] {
        &self.entries[self.starts[row as usize]..self.starts[row as usize + 1]]
    }

    /// Of the other threads: what is held before the operation is next.
    pub fn enabled(&self, op: OpIdx) -> &[Count] {
        self.row(self.enabled[op as usize])
    }

    /// Of the other threads: what is held with the operation.
    pub fn taken(&self, op: OpIdx) -> &[Count] {
        self.row(self.taken[op as usize])
    }

    /// How much of `thread` is held before the operation, of another thread, is next. O(log T).
    pub fn enabled_count(&self, op: OpIdx, thread: ThreadIdx) -> u32 {
        count(self.enabled(op), thread)
    }

    /// Whether `first` precedes or is `second` wherever both are. O(log T).
    pub fn precedes(&self, history: &History, first: OpIdx, second: OpIdx) -> bool {
        let (a, b) = (history.ops[first as usize], history.ops[second as usize]);
        if a.thread == b.thread {
            a.position <= b.position
        } else {
            // The observed order agrees with the must-order.
            first < second && count(self.taken(second), a.thread) > a.position
        }
    }
}

fn count(row: &[Count], thread: ThreadIdx) -> u32 {
    row.binary_search_by_key(&thread, |&(other, _)| other).map_or(0, |at| row[at].1)
}

/// The larger count of each thread, of two sorted rows.
fn merge(mut a: &[Count], mut b: &[Count], into: &mut Vec<Count>) {
    while let (Some(&(x, x_count)), Some(&(y, y_count))) = (a.first(), b.first()) {
        into.push((
            x.min(y),
            if x == y {
                x_count.max(y_count)
            } else if x < y {
                x_count
            } else {
                y_count
            },
        ));
        if x <= y {
            a = &a[1..];
        }
        if y <= x {
            b = &b[1..];
        }
    }
    into.extend_from_slice(a);
    into.extend_from_slice(b);
}

/// The operations of other threads that must come directly before another: its edges' sources, and its writer, if
/// it reads.
pub fn direct(history: &History, writers: &[Option<Writer>], op: OpIdx) -> impl Iterator<Item = OpIdx> {
    let writer = match writers[op as usize] {
        Some(Writer::Op(writer)) => Some(writer),
        _ => None,
    };
    history.edges_to(op).iter().map(|edge| edge.from).chain(writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn must(text: &str) -> (History, MustOrder) {
        let history = crate::std_file::read(text.as_bytes()).unwrap();
        let writers = crate::reads_from::reads_from(&history);
        let must = MustOrder::of(&history, &writers, &Cancel::default()).unwrap();
        (history, must)
    }

    #[test]
    fn an_enabled_read_does_not_need_its_writer_and_a_taken_one_does() {
        let (history, must) = must("A|w(x)|1\nB|r(x)|2\nB|w(y)|3\n");
        assert_eq!(must.enabled(1), []);
        assert_eq!(must.taken(1), [(0, 1)]);
        assert_eq!(must.enabled(2), [(0, 1)]);
        assert!(must.precedes(&history, 0, 2));
        assert!(!must.precedes(&history, 2, 0));
    }

    #[test]
    fn what_a_source_needs_comes_with_it() {
        let (history, must) = must("A|w(x)|1\nB|r(x)|2\nB|fork(C)|3\nA|w(z)|4\nC|w(y)|5\n");
        assert_eq!(must.enabled(4), [(0, 1), (1, 2)]);
        assert!(must.precedes(&history, 0, 4));
        assert!(!must.precedes(&history, 3, 4));
    }
}
