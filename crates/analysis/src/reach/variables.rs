//! By variable: its writes, and the reads of each.

use crate::history::{History, OpIdx, VarId};
use crate::reads_from::Writer;

/// Memory: 4 bytes a read, a write and an operation, 8 a variable.
#[derive(Debug)]
pub struct Variables {
    /// By variable, in the observed order.
    writes: Vec<Vec<OpIdx>>,
    /// By writer, in the observed order.
    reads: Vec<OpIdx>,
    /// Of operation `w`: `reads[of_write[w]..of_write[w + 1]]`; of variable `x`'s initial value the same after all
    /// operations.
    starts: Vec<u32>,
    n_ops: usize,
}

impl Variables {
    /// O(N).
    pub fn of(history: &History, writers: &[Option<Writer>]) -> Self {
        let n_ops = history.ops.len();
        let slot = |read: usize| match (writers[read], history.ops[read].kind.reads()) {
            (Some(Writer::Op(writer)), _) => Some(writer as usize),
            (Some(Writer::Initial), Some(variable)) => Some(n_ops + variable as usize),
            _ => None,
        };
        let mut starts = vec![0_u32; n_ops + history.variables.len() + 1];
        for slot in (0..n_ops).filter_map(slot) {
            starts[slot + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut reads = vec![0; starts.last().map_or(0, |&len| len as usize)];
        for read in 0..n_ops {
            if let Some(slot) = slot(read) {
                reads[next[slot] as usize] = read as OpIdx;
                next[slot] += 1;
            }
        }
        let mut writes = vec![Vec::new(); history.variables.len()];
        for (op_idx, op) in history.ops.iter().enumerate() {
            if let Some(variable) = op.kind.writes() {
                writes[variable as usize].push(op_idx as OpIdx);
            }
        }
        Self { writes, reads, starts, n_ops }
    }

    /// In the observed order.
    pub fn writes(&self, variable: VarId) -> &[OpIdx] {
        &self.writes[variable as usize]
    }

    /// The reads that saw this write, or, without one, the variable's initial value.
    pub fn reads_of(&self, variable: VarId, writer: Option<OpIdx>) -> &[OpIdx] {
        let slot = writer.map_or(self.n_ops + variable as usize, |writer| writer as usize);
        &self.reads[self.starts[slot] as usize..self.starts[slot + 1] as usize]
    }
}
