//! The task that follows the log and feeds the state.
//!
//! It works in small bites, each on a thread that may be busy, and one at a time. While events come in it rests
//! three times as long as it worked, so that ingest keeps three quarters of a core of what it would take.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::findings::{self, Options};
use analysis::global::{Global, Inside, Limits, TraceAccesses};
use analysis::{Cancel, causal};
use hashbrown::HashSet;
use model::table::EventTable;
use model::{Head, Kind, TraceId};
use store::{Changed, DecodedTraces, Mark, Store, StoreError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{FollowerEnd, Snapshot};
use crate::ingest::now;

/// Larger traces are not looked at here: their page does it when somebody opens it.
pub(super) const MOST_EVENTS: u64 = 20_000;
/// Payload of a bite; a bite that has more is divided, and a single trace that has more is too large.
const MOST_PAYLOAD: usize = 32 << 20;
/// Events and traces of a bite.
const EVENTS_A_BITE: u64 = 8_192;
const TRACES_A_BITE: usize = 512;
/// Traces asked of the store at once.
const TRACES_A_LOOK: u32 = 8_192;
/// After a failure of the store.
const PAUSE: Duration = Duration::from_secs(5);
/// While there is always something new, findings are told this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Runs until `stop`.
pub(crate) async fn run(store: Store, heads: watch::Receiver<Head>, end: FollowerEnd, stop: CancellationToken) {
    let mut follower = Follower::new(store, heads, end);
    loop {
        let step = tokio::select! {
            () = stop.cancelled() => return,
            step = follower.step() => step,
        };
        if let Err(cause) = step {
            tracing::error!(%cause, "following the log for findings failed; it is tried again");
            follower.mend();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
}

struct Follower {
    store: Store,
    heads: watch::Receiver<Head>,
    end: FollowerEnd,
    cancel: Cancel,
    /// [`None`] only while a bite is worked on.
    state: Option<Box<Global>>,
    /// Everything up to here was looked at.
    mark: Option<Mark>,
    head: Head,
    /// Changes read from the store and not yet looked at, the next one last; whether they are all there are.
    waiting: Vec<Changed>,
    waiting_until: Option<Head>,
    backlog: Backlog,
    too_large: HashSet<TraceId>,
    /// To be looked at again.
    unshown: Vec<TraceId>,
    /// The state has changed since it was told.
    untold: bool,
    told: Instant,
    /// What telling took last.
    telling: Duration,
    number: u64,
}

/// What was there at the start.
#[derive(Default)]
struct Backlog {
    /// Traces older than this one are left; [`None`]: none is.
    before: Option<i64>,
    looked: u64,
    of: u64,
}

/// Cancels the bite that is worked on when its follower ends.
impl Drop for Follower {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Follower {
    fn new(store: Store, heads: watch::Receiver<Head>, end: FollowerEnd) -> Self {
        Self {
            store,
            heads,
            end,
            cancel: Cancel::default(),
            state: Some(Box::new(Global::new(Limits::default()))),
            mark: None,
            head: Head::default(),
            waiting: Vec::new(),
            waiting_until: None,
            backlog: Backlog::default(),
            too_large: HashSet::new(),
            unshown: Vec::new(),
            untold: false,
            told: Instant::now(),
            telling: Duration::ZERO,
            number: 0,
        }
    }

    /// After a failure: what was being worked on is lost only if it was an engine that failed.
    fn mend(&mut self) {
        self.waiting.clear();
        if self.state.is_none() {
            self.state = Some(Box::new(Global::new(Limits::default())));
            self.mark = None;
        }
    }

    /// One bite of work, or a wait for some.
    async fn step(&mut self) -> Result<(), StoreError> {
        let Some(mark) = self.mark else { return self.begin().await };
        let began = Instant::now();
        let head_before = *self.heads.borrow_and_update();
        self.forget_removed().await?;
        if self.waiting.is_empty() && head_before.seq > mark.seq {
            self.look_for_changes(mark).await?;
        }
        let worked =
            if self.waiting.is_empty() { self.bite_of_backlog().await? } else { self.bite_of_changes().await? };
        let is_calm = self.waiting.is_empty() && self.backlog.before.is_none();
        let is_due = self.told.elapsed() > TELL_EVERY.max(self.telling * 3);
        if self.untold && (is_calm || is_due) {
            self.look_again().await?;
            self.tell().await?;
        }
        if worked || began.elapsed() > Duration::from_millis(20) {
            // Short rests even in quiet hours: the cores are others' too.
            let is_busy = self.heads.has_changed().unwrap_or(false);
            let rest = if is_busy { began.elapsed() * 3 } else { began.elapsed() / 4 };
            tokio::time::sleep(rest.clamp(Duration::from_millis(1), TELL_EVERY)).await;
        }
        if !worked {
            let removed = Arc::clone(&self.end.removed);
            tokio::select! {
                changed = self.heads.changed() => if changed.is_err() {
                    // The engine is stopping.
                    std::future::pending::<()>().await;
                },
                () = removed.told.notified() => {}
            }
        }
        Ok(())
    }

    /// From now on every change is followed; what is there already is the backlog.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let counters = self.store.counters().await?;
        self.head = counters.head;
        self.mark = Some(Mark::after(counters.head.seq));
        self.backlog = Backlog { before: (counters.traces > 0).then_some(i64::MAX), looked: 0, of: counters.traces };
        self.untold = true;
        Ok(())
    }

    async fn look_for_changes(&mut self, mark: Mark) -> Result<(), StoreError> {
        let (mut changed, head) = self.store.changed_since(mark, TRACES_A_LOOK).await?;
        let are_all = changed.len() < TRACES_A_LOOK as usize;
        if are_all && changed.is_empty() {
            self.mark = Some(Mark::after(head.seq));
            self.head = head;
            self.untold = true;
            return Ok(());
        }
        changed.reverse();
        self.waiting = changed;
        self.waiting_until = are_all.then_some(head);
        Ok(())
    }

    async fn bite_of_changes(&mut self) -> Result<bool, StoreError> {
        let bite = take_bite(&mut self.waiting);
        let mark = bite.last().map(Changed::mark);
        self.work(&bite).await?;
        self.mark = mark.or(self.mark);
        if self.waiting.is_empty()
            && let Some(head) = self.waiting_until.take()
        {
            self.mark = Some(Mark::after(head.seq));
            self.head = head;
        }
        Ok(true)
    }

    async fn bite_of_backlog(&mut self) -> Result<bool, StoreError> {
        let Some(before) = self.backlog.before else { return Ok(false) };
        let mut older = self.store.older_traces(before, TRACES_A_BITE as u32).await?;
        let is_end = older.len() < TRACES_A_BITE;
        older.reverse();
        let bite = take_bite(&mut older);
        self.work(&bite).await?;
        self.backlog.looked += bite.len() as u64;
        self.backlog.before = match bite.last() {
            Some(last) if !(is_end && older.is_empty()) => Some(last.key()),
            _ => None,
        };
        self.untold = true;
        Ok(true)
    }

    async fn forget_removed(&mut self) -> Result<(), StoreError> {
        for trace in self.end.removed.take() {
            // It may have come again: then it is among the changes.
            if self.store.trace_version(trace).await?.is_none()
                && let Some(state) = &mut self.state
            {
                state.remove(trace);
                self.too_large.remove(&trace);
                self.untold = true;
            }
        }
        Ok(())
    }

    /// Looks again at traces whose findings could not be told otherwise, after others that had them went away.
    async fn look_again(&mut self) -> Result<(), StoreError> {
        if let Some(state) = &mut self.state {
            self.unshown.extend(state.take_unshown());
        }
        // Taken off the list when it is done: a failure of the store is tried again.
        while !self.unshown.is_empty() {
            let some = self.unshown.len().saturating_sub(TRACES_A_BITE);
            let mut traces = self.store.as_they_are(&self.unshown[some..]).await?;
            while !traces.is_empty() {
                let bite = take_bite(&mut traces);
                self.work(&bite).await?;
            }
            self.unshown.truncate(some);
        }
        Ok(())
    }

    /// Looks at some traces, on a thread that may be busy.
    async fn work(&mut self, bite: &[Changed]) -> Result<(), StoreError> {
        self.untold = true;
        for trace in bite {
            self.too_large.remove(&trace.trace);
        }
        let (small, large): (Vec<Changed>, Vec<Changed>) =
            bite.iter().copied().partition(|trace| trace.events <= MOST_EVENTS);
        for trace in large {
            self.leave_out(trace.trace);
        }
        // A bite with large payloads is divided until it is small, or a single trace.
        let mut pieces = vec![small];
        while let Some(piece) = pieces.pop() {
            if piece.is_empty() {
                continue;
            }
            let stored = self.store.read_traces(&piece).await?;
            let decoded = blocking(move || stored.decode(MOST_PAYLOAD)).await??;
            match decoded {
                Some(decoded) => self.feed(decoded, &piece).await?,
                None if piece.len() == 1 => self.leave_out(piece[0].trace),
                None => {
                    let (one, other) = piece.split_at(piece.len() / 2);
                    pieces.extend([other.to_vec(), one.to_vec()]);
                }
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, trace: TraceId) {
        if let Some(state) = &mut self.state {
            state.remove(trace);
        }
        if self.too_large.len() < WATCHED_LARGE {
            self.too_large.insert(trace);
        }
    }

    async fn feed(&mut self, decoded: DecodedTraces, piece: &[Changed]) -> Result<(), StoreError> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let traces: Vec<TraceId> = piece.iter().map(|changed| changed.trace).collect();
        let cancel = self.cancel.clone();
        let fed = blocking(move || {
            let left_out: Vec<TraceId> =
                traces.into_iter().filter(|&trace| !add(&mut state, trace, &decoded, &cancel)).collect();
            (state, left_out)
        });
        let (state, left_out) = fed.await?;
        self.state = Some(state);
        left_out.into_iter().for_each(|trace| self.leave_out(trace));
        Ok(())
    }

    /// Judges what changed and publishes it.
    async fn tell(&mut self) -> Result<(), StoreError> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let began = Instant::now();
        let (state, picture) = blocking(move || {
            state.refresh();
            let picture = state.picture();
            (state, picture)
        })
        .await?;
        self.state = Some(state);
        self.telling = began.elapsed();
        self.number += 1;
        self.untold = false;
        self.told = Instant::now();
        let catching_up = self.backlog.before.map(|_| (self.backlog.looked, self.backlog.of));
        let mut summary = picture.summary();
        summary.as_of = self.head;
        summary.at = now();
        summary.complete &= catching_up.is_none() && self.too_large.is_empty();
        self.end.publish.send_replace(Arc::new(Snapshot {
            picture: Arc::new(picture),
            summary,
            number: self.number,
            made: self.told,
            catching_up,
            too_large: self.too_large.len() as u64,
        }));
        Ok(())
    }
}

/// Traces that are too large, remembered to be counted.
const WATCHED_LARGE: usize = 100_000;

/// The next traces, from the end of a list: at least one.
fn take_bite(waiting: &mut Vec<Changed>) -> Vec<Changed> {
    let mut events = 0;
    let mut bite = Vec::new();
    while let Some(next) = waiting.pop_if(|next| {
        bite.is_empty() || bite.len() < TRACES_A_BITE && events + next.events.min(MOST_EVENTS) <= EVENTS_A_BITE
    }) {
        events += next.events.min(MOST_EVENTS);
        bite.push(next);
    }
    bite
}

/// Takes one trace in, as it is in the store, or is no more. False: it could not be looked at.
fn add(state: &mut Global, trace: TraceId, decoded: &DecodedTraces, cancel: &Cancel) -> bool {
    let Some(rows) = decoded.rows.get(&trace) else {
        state.remove(trace);
        return true;
    };
    // One trace that an engine cannot bear must not end what is said of all others.
    let looked = catch_unwind(AssertUnwindSafe(|| look_at(trace, &decoded.table, rows, cancel)));
    let Ok(Some((accesses, inside))) = looked else {
        state.remove(trace);
        return false;
    };
    state.add(&accesses);
    state.add_inside(trace, inside);
    true
}

/// [`None`] when it is cancelled, or too large to be numbered.
fn look_at(trace: TraceId, table: &EventTable, rows: &[u32], cancel: &Cancel) -> Option<(TraceAccesses, Vec<Inside>)> {
    // Most traces have neither variables nor locks: there is nothing to compare.
    let matters = |row: &u32| {
        let row = &table.rows[*row as usize];
        row.kind.is_access() || row.kind == Kind::Acquire || row.lock_set.len > 0
    };
    if !rows.iter().any(matters) {
        return Some((TraceAccesses::none(trace), Vec::new()));
    }
    let recorded = causal::history_of(table, rows, cancel).ok()?;
    let accesses = TraceAccesses::of(trace, &recorded, table);
    let answer = findings::find(&recorded, table, Options::LINEAR, &|_| {}, cancel).ok()?;
    Some((accesses, Inside::of(&answer, &recorded, table)))
}

/// Work that may take long runs beside the async workers.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        // A panic has been told by its hook; the state that it had is gone.
        Err(_) => Err(StoreError::Corrupt("an engine failed, or the runtime is stopping")),
    }
}
