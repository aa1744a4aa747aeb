//! Which write each read saw.

use crate::history::{History, OpIdx, OpKind};

/// What a read saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The value that was there before any write of the execution: no write may come before the read.
    Initial,
    Op(OpIdx),
    /// No recorded write wrote what it saw: a witness that contains the read proves nothing.
    Unknown,
}

/// The writer of each operation; [`None`] for those that read nothing. O(N) without values.
///
/// By value when both sides carry one: the latest matching write before the read in the linearisation. A
/// value that nobody wrote is the initial one while no write of the variable came before the read, and
/// unknown after. Without values: the last write.
pub fn reads_from(history: &History) -> Vec<Option<Writer>> {
    let mut last: Vec<Option<OpIdx>> = vec![None; history.variables.len()];
    let mut by_value: hashbrown::HashMap<(u32, u64), OpIdx> = hashbrown::HashMap::new();
    let mut writers = Vec::with_capacity(history.ops.len());
    for (op_idx, op) in history.ops.iter().enumerate() {
        let seen = match op.kind {
            OpKind::Read(var, access) | OpKind::Update(var, access) => Some((var, access.old)),
            _ => None,
        };
        writers.push(seen.map(|(var, value)| writer(history, last[var as usize], &by_value, var, value)));
        if let OpKind::Write(var, access) | OpKind::Update(var, access) = op.kind {
            last[var as usize] = Some(op_idx as OpIdx);
            if access.new != 0 {
                by_value.insert((var, access.new), op_idx as OpIdx);
            }
        }
    }
    writers
}

fn writer(
    history: &History,
    last: Option<OpIdx>,
    by_value: &hashbrown::HashMap<(u32, u64), OpIdx>,
    var: u32,
    value: u64,
) -> Writer {
    let Some(last) = last else { return Writer::Initial };
    let last_value = history.ops[last as usize].kind.access().map_or(0, |(_, _, access)| access.new);
    if value == 0 || last_value == 0 {
        return Writer::Op(last);
    }
    by_value.get(&(var, value)).map_or(Writer::Unknown, |&op| Writer::Op(op))
}
