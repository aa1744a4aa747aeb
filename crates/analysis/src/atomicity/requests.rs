//! The blocks that recorded events name: requests.

use model::table::EventTable;
use model::{Kind, Mode};

use super::Block;
use crate::causal::Recorded;
use crate::history::OpIdx;

/// From every request that comes in to its answer, or to the end of its thread; `table` is what the history was
/// made of. O(N log N).
pub fn requests(recorded: &Recorded, table: &EventTable) -> Vec<Block> {
    let history = &recorded.history;
    let mut blocks = Vec::new();
    for (op_idx, (op, &row)) in history.ops.iter().zip(&recorded.rows).enumerate() {
        let Some(row) = table.rows.get(row as usize) else { continue };
        if row.kind != Kind::Request || row.mode != Mode::In {
            continue;
        }
        let first = op_idx as OpIdx;
        let answer = recorded.response_to(first);
        let answer = answer.filter(|&answer| history.ops[answer as usize].thread == op.thread && answer >= first);
        let last = answer.or_else(|| history.of_thread(op.thread).last().copied()).unwrap_or(first);
        blocks.push(Block { thread: op.thread, first, last });
    }
    blocks
}
