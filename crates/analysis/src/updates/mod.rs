//! Lost updates: a write that rests on a value which another thread has replaced meanwhile.
//!
//! Thread A reads a variable, B writes another value to it, and A writes without having looked again. The
//! accesses need not race: each may be under the lock, as long as A lets go of it in between.
//!
//! | evidence | what it takes |
//! |---|---|
//! | proven | A's write recorded the value it replaced, and that is the one A read: B's was never seen |
//! | possible | the order alone, in the recorded execution |
//! | predicted | the same in another correct reordering ([`predicted`]) |
//!
//! Invariant: every instance comes with its three operations, and with a schedule that contains A's read and then
//! B's write and enables A's write, unless a read of unknown origin stands in the way.

pub mod predicted;

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::history::{Access, History, LocationId, OpIdx, OpKind, ThreadIdx, VarId};
use crate::races::Input;
use crate::races::shb::{self, Goal};
use crate::witness::Witness;

/// How much is known of a lost update, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    Proven,
    Possible,
    Predicted,
}

/// `read` and `write` are of one thread, `other` is the write of another that gets lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LostUpdate {
    pub read: OpIdx,
    pub other: OpIdx,
    pub write: OpIdx,
}

/// Where the read, the lost write and the write that loses it are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Places {
    pub read: LocationId,
    pub other: LocationId,
    pub write: LocationId,
}

/// Lost updates of a variable between the same places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub evidence: Evidence,
    pub variable: VarId,
    pub places: Places,
    /// Lost writes; of predicted ones only that there is one.
    pub count: u64,
    /// The one that is overwritten first.
    pub instance: LostUpdate,
    /// [`None`] when a read of unknown origin precedes it: then no schedule proves it.
    pub witness: Option<Witness>,
}

/// Lost updates by evidence, then by instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LostUpdates {
    pub findings: Vec<Finding>,
    /// How many findings there are, listed or not.
    pub totals: Totals,
    /// False when there are more findings than are listed.
    pub complete: bool,
    /// Where something was recorded, listed or not.
    recorded: HashSet<(VarId, Places)>,
}

/// Findings by evidence: at least so many, when more places lose updates than are counted (a million).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub proven: u64,
    pub possible: u64,
    pub predicted: u64,
}

/// Findings counted, listed or not.
const MAX_COUNTED: usize = 1_000_000;

/// The lost updates of the recorded execution, at most `limit` of them listed. Each lost write counts once for each
/// thread that overwrites it.
///
/// `input` is of the history itself, or of its chains ([`crate::chains`]); the schedules are then of those.
///
/// O(N · threads + findings · log findings + listed · threads), threads being those of `input`; memory: two numbers for
/// each (thread, variable), one for each write, some for each finding, and the schedules of those that are listed.
///
/// # Errors
/// [`Cancelled`].
pub fn find(history: &History, input: Input<'_>, limit: usize, cancel: &Cancel) -> Result<LostUpdates, Cancelled> {
    let mut counted = Counted { complete: true, ..Counted::default() };
    each(history, cancel, |evidence, variable, lost| {
        counted.add((evidence, variable, places(history, lost)), lost);
    })?;
    let recorded = counted.findings.keys().map(|&(_, variable, places)| (variable, places)).collect();
    let n_of = |wanted| counted.findings.keys().filter(|(evidence, ..)| *evidence == wanted).count() as u64;
    let totals = Totals { proven: n_of(Evidence::Proven), possible: n_of(Evidence::Possible), predicted: 0 };
    let mut findings: Vec<Finding> = counted
        .findings
        .into_iter()
        .map(|((evidence, variable, places), (count, instance))| Finding {
            evidence,
            variable,
            places,
            count,
            instance,
            witness: None,
        })
        .collect();
    findings
        .sort_unstable_by_key(|finding| (finding.evidence, finding.instance.write, finding.instance, finding.places));
    let complete = counted.complete && findings.len() <= limit;
    findings.truncate(limit);

    let ops: Vec<[[OpIdx; 1]; 2]> =
        findings.iter().map(|finding| [[finding.instance.write], [finding.instance.other]]).collect();
    let goals: Vec<Goal<'_>> = ops.iter().map(|[write, other]| Goal { enabled: write, taken: other }).collect();
    for (finding, witness) in findings.iter_mut().zip(shb::schedules(input, &goals, cancel)?) {
        finding.witness = witness;
    }
    Ok(LostUpdates { findings, totals, complete, recorded })
}

/// Findings so far: how many lost writes, and the first.
#[derive(Default)]
struct Counted {
    findings: HashMap<(Evidence, VarId, Places), (u64, LostUpdate)>,
    complete: bool,
}

impl Counted {
    fn add(&mut self, key: (Evidence, VarId, Places), lost: LostUpdate) {
        if let Some((count, _)) = self.findings.get_mut(&key) {
            *count += 1;
        } else if self.findings.len() < MAX_COUNTED {
            self.findings.insert(key, (1, lost));
        } else {
            self.complete = false;
        }
    }
}

/// Reports every lost write with the first write of each thread that overwrites it.
fn each(
    history: &History,
    cancel: &Cancel,
    mut report: impl FnMut(Evidence, VarId, LostUpdate),
) -> Result<(), Cancelled> {
    let mut writes: Vec<Vec<OpIdx>> = vec![Vec::new(); history.variables.len()];
    let mut own: HashMap<(ThreadIdx, VarId), Own> = HashMap::new();
    for (op_idx, op) in history.ops.iter().enumerate() {
        if op_idx % 1024 == 0 {
            cancel.check()?;
        }
        let op_idx = op_idx as OpIdx;
        let Some((variable, is_write, access)) = op.kind.access() else { continue };
        let writes = &mut writes[variable as usize];
        let own = own.entry((op.thread, variable)).or_default();
        if let (OpKind::Write(..), Some(read), Some(latest)) = (op.kind, own.read, own.latest) {
            let since = writes.partition_point(|&write| write <= latest);
            // All of them are by others: its own last write is not after its own last access.
            let others = &writes[since..];
            // When the last of them put the value back, nobody can tell that it was away.
            let replaced = others.last().is_some_and(|&last| changes(history, read, last) == Some(true));
            for &other in others.iter().filter(|&&other| changes(history, read, other) != Some(false)) {
                let lost = LostUpdate { read, other, write: op_idx };
                let proven = replaced && is_proof(history, lost, access);
                report(if proven { Evidence::Proven } else { Evidence::Possible }, variable, lost);
            }
        }
        own.latest = Some(op_idx);
        if op.kind.reads().is_some() {
            own.read = Some(op_idx);
        }
        if is_write {
            writes.push(op_idx);
        }
    }
    Ok(())
}

/// What a thread last did with a variable.
#[derive(Default)]
struct Own {
    read: Option<OpIdx>,
    /// Its last access, of either kind: earlier writes of others are lost already.
    latest: Option<OpIdx>,
}

fn access_of(history: &History, op: OpIdx) -> Access {
    history.ops[op as usize].kind.access().map_or_else(Access::default, |(.., access)| access)
}

/// Whether a write left another value than a read saw; [`None`] when one of the values is not recorded.
fn changes(history: &History, read: OpIdx, write: OpIdx) -> Option<bool> {
    let (saw, wrote) = (access_of(history, read), access_of(history, write).new);
    // An atomic update knows the value it left, not only the one it saw.
    let knows = if saw.new != 0 { saw.new } else { saw.old };
    (saw.old != 0 && wrote != 0).then_some(wrote != knows && wrote != saw.old)
}

/// Whether the overwriting write itself recorded that it replaced the value its thread had read.
fn is_proof(history: &History, lost: LostUpdate, write: Access) -> bool {
    let read = access_of(history, lost.read);
    let stale = read.old != 0 && write.old == read.old;
    stale && changes(history, lost.read, lost.other) == Some(true)
}

fn places(history: &History, lost: LostUpdate) -> Places {
    let location = |op: OpIdx| history.ops[op as usize].location;
    Places { read: location(lost.read), other: location(lost.other), write: location(lost.write) }
}
