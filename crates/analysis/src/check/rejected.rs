//! Why a claim is not believed.

use crate::history::OpIdx;

/// The first thing that is wrong with a claim. Operations are indices; messages number them from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    // The schedule cannot be read.
    #[error("there is no operation {}", number(*.0))]
    NoSuchOperation(OpIdx),
    #[error("no thread is called {0:?}")]
    NoSuchThread(String),
    #[error("more than one thread is called {0:?}")]
    AmbiguousThread(String),
    #[error("thread {thread:?} has {has} operations, and the schedule takes more")]
    TooMany { thread: String, has: u32 },
    #[error("the runs of thread {thread:?} take {runs} operations, and {said} were announced")]
    Count { thread: String, said: u32, runs: u32 },

    // It is no correct reordering.
    #[error("operation {} is taken twice", number(*.0))]
    Twice(OpIdx),
    #[error("operation {} is taken before {} of its own thread", number(*.op), number(*.missing))]
    Gap { op: OpIdx, missing: OpIdx },
    #[error("operation {} is taken before {}, which precedes it in every execution", number(*.op), number(*.missing))]
    Edge { op: OpIdx, missing: OpIdx },
    #[error("read {} sees {} instead of {}", number(*.read), writer(*.sees), writer(*.saw))]
    OtherWrite {
        read: OpIdx,
        /// What it sees in the schedule; [`None`]: the initial value.
        sees: Option<OpIdx>,
        /// What it saw when it was recorded.
        saw: Option<OpIdx>,
    },
    #[error("read {} saw a value that no recorded write wrote", number(*.0))]
    UnknownWriter(OpIdx),
    #[error("acquire {} takes a lock that another thread holds", number(*.0))]
    LockTaken(OpIdx),

    // It does not prove the claim.
    #[error("operation {} is inside the schedule instead of enabled after it", number(*.0))]
    Inside(OpIdx),
    #[error("operation {} is not enabled after the schedule: {} comes first", number(*.op), number(*.missing))]
    NotEnabled { op: OpIdx, missing: OpIdx },
    #[error("operations {} and {} do not conflict", number(*.0), number(*.1))]
    NoConflict(OpIdx, OpIdx),
    #[error("a deadlock needs two operations at least")]
    TooFew,
    #[error("operation {} is no acquire", number(*.0))]
    NotAcquire(OpIdx),
    #[error("operations {} and {} are of one thread", number(*.0), number(*.1))]
    SameThread(OpIdx, OpIdx),
    #[error("acquire {} waits for none of the others", number(*.0))]
    NotWaiting(OpIdx),
    #[error("the acquires wait for each other in more than one circle")]
    NotOneCircle,
    #[error("no update is lost: {0}")]
    NotLost(&'static str),
}

fn number(op: OpIdx) -> u64 {
    u64::from(op) + 1
}

fn writer(op: Option<OpIdx>) -> String {
    op.map_or_else(|| "the initial value".to_owned(), |op| format!("write {}", number(op)))
}
