//! What fixes the order of operations of different blocks.

use crate::history::{History, OpIdx, ThreadIdx};

/// Edges between operations, each from the earlier to the later one.
pub(super) struct Order {
    /// Program order and [`History::edges`]: the structure of the program.
    pub structure: Vec<(OpIdx, OpIdx)>,
    /// Accesses of a variable by different threads, of which at least one writes. Those that follow from others
    /// are left out.
    pub conflicts: Vec<(OpIdx, OpIdx)>,
}

#[derive(Default)]
struct Variable {
    write: Option<(ThreadIdx, OpIdx)>,
    /// The last read of each thread since that write.
    reads: Vec<(ThreadIdx, OpIdx)>,
}

impl Order {
    /// O(N · threads that read a variable between two writes); at most two conflicts an access on average.
    pub fn of(history: &History) -> Self {
        let program = (0..history.ops.len() as OpIdx).filter_map(|op| Some((history.before(op)?, op)));
        let structure = program.chain(history.edges.iter().map(|edge| (edge.from, edge.to))).collect();
        let mut variables: Vec<Variable> = history.variables.iter().map(|_| Variable::default()).collect();
        let mut conflicts = Vec::new();
        for (op_idx, op) in history.ops.iter().enumerate() {
            let op_idx = op_idx as OpIdx;
            let Some((variable, is_write, _)) = op.kind.access() else { continue };
            let Variable { write, reads } = &mut variables[variable as usize];
            let mut follows = |&(thread, earlier): &(ThreadIdx, OpIdx)| {
                if thread != op.thread {
                    conflicts.push((earlier, op_idx));
                }
            };
            write.iter().for_each(&mut follows);
            if is_write {
                reads.iter().for_each(&mut follows);
                reads.clear();
                *write = Some((op.thread, op_idx));
            } else {
                match reads.iter_mut().find(|(thread, _)| *thread == op.thread) {
                    Some(read) => read.1 = op_idx,
                    None => reads.push((op.thread, op_idx)),
                }
            }
        }
        Self { structure, conflicts }
    }
}
