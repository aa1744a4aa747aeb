//! Accesses by variable, thread and kind, and the windows of conflicting ones that nothing orders.

use crate::history::{Access, History, OpIdx, OpKind, ThreadIdx, VarId};
use crate::reach::must::MustOrder;

/// Plain read, plain write, atomic read, atomic write.
pub const KINDS: usize = 4;

/// One thread's accesses of one variable.
#[derive(Debug, Default)]
pub struct InThread {
    pub thread: ThreadIdx,
    /// By kind, in program order.
    pub of_kind: [Vec<OpIdx>; KINDS],
    /// By kind of another thread's access: those that conflict with it, in program order.
    pub partners_of: [Vec<OpIdx>; KINDS],
}

/// The accesses of the variables that more than one thread uses and somebody writes.
#[derive(Debug)]
pub struct SharedAccesses {
    pub variables: Vec<(VarId, Vec<InThread>)>,
    /// By variable: its place in `variables`, if it is there.
    places: Vec<Option<u32>>,
}

const fn kind(writes: bool, access: Access) -> usize {
    access.atomic as usize * 2 + writes as usize
}

const fn conflict(a: usize, b: usize) -> bool {
    (a % 2 == 1 || b % 2 == 1) && !(a >= 2 && b >= 2)
}

impl SharedAccesses {
    /// O(N log N). Memory: 16 bytes an access.
    pub fn of(history: &History) -> Self {
        let mut all: Vec<(VarId, ThreadIdx, OpIdx, usize)> = Vec::new();
        for (op_idx, op) in history.ops.iter().enumerate() {
            if let Some((variable, writes, access)) = op.kind.access() {
                all.push((variable, op.thread, op_idx as OpIdx, kind(writes, access)));
            }
        }
        all.sort_unstable();
        let mut variables = Vec::new();
        let mut places = vec![None; history.variables.len()];
        for of_variable in all.chunk_by(|a, b| a.0 == b.0) {
            let one_thread = of_variable.first().map(|first| first.1) == of_variable.last().map(|last| last.1);
            if one_thread || of_variable.iter().all(|access| access.3 % 2 == 0) {
                continue;
            }
            let threads = of_variable.chunk_by(|a, b| a.1 == b.1).map(InThread::of).collect();
            places[of_variable[0].0 as usize] = Some(variables.len() as u32);
            variables.push((of_variable[0].0, threads));
        }
        Self { variables, places }
    }

    /// If an operation accesses one of the variables: its place, and the kind of access.
    pub fn place(&self, kind_of_op: OpKind) -> Option<(u32, usize)> {
        let (variable, writes, access) = kind_of_op.access()?;
        Some((self.places[variable as usize]?, kind(writes, access)))
    }
}

impl InThread {
    fn of(accesses: &[(VarId, ThreadIdx, OpIdx, usize)]) -> Self {
        let mut own = Self { thread: accesses.first().map_or(0, |access| access.1), ..Self::default() };
        for &(_, _, op, kind) in accesses {
            own.of_kind[kind].push(op);
            for other in (0..KINDS).filter(|&other| conflict(kind, other)) {
                own.partners_of[other].push(op);
            }
        }
        own
    }

    /// Those of this thread's accesses that conflict with `second`, an access of `kind` in another thread, come
    /// before it in the observed order, and are not ordered before it in every reordering. O(log N + log T).
    pub fn unordered_before(&self, history: &History, must: &MustOrder, second: OpIdx, kind: usize) -> &[OpIdx] {
        let partners = &self.partners_of[kind];
        let known = must.enabled_count(second, self.thread);
        let begin = partners.partition_point(|&first| history.ops[first as usize].position < known);
        let end = partners.partition_point(|&first| first < second);
        partners.get(begin..end).unwrap_or(&[])
    }
}
