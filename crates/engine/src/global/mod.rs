//! Findings of the whole store, kept up to date beside ingest: who asks reads a snapshot and starts nothing.
//!
//! One task follows the log from its own mark ([`follow`]). The state is derived and in memory only: after a start
//! the newest traces come first, then the older ones.

mod follow;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use analysis::global::Picture;
use model::analysis::{GlobalFinding, GlobalSummary, RaceFilter};
use model::{Head, TraceId};
use tokio::sync::{Notify, watch};

pub(crate) use follow::run;

/// Deleted traces that wait to be forgotten; more make deleting wait for nobody, but are looked up all at once.
const WAITING_REMOVALS: usize = 65_536;

/// What was found, as of one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub picture: Arc<Picture>,
    pub summary: GlobalSummary,
    /// Another one for each snapshot with other findings.
    pub number: u64,
    pub made: Instant,
    /// Traces still to be looked at after a start: how many were, of how many. [`None`]: none is left.
    pub catching_up: Option<(u64, u64)>,
    /// Traces too large to be looked at here.
    pub too_large: u64,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            picture: Arc::default(),
            summary: GlobalSummary::default(),
            number: 0,
            made: Instant::now(),
            catching_up: Some((0, 0)),
            too_large: 0,
        }
    }
}

/// Sentences on what may be missing.
pub(crate) fn notes(snapshot: &Snapshot) -> Vec<String> {
    let picture = &snapshot.picture;
    let mut notes = Vec::new();
    if let Some((looked, of)) = snapshot.catching_up {
        notes.push(format!("still catching up after the start: {looked} of {of} traces looked at, the newest first"));
    }
    match snapshot.too_large {
        0 => {}
        1 => notes.push(format!(
            "1 trace has more than {} events and is not looked at here; open it to see what it holds",
            follow::MOST_EVENTS
        )),
        n => notes.push(format!(
            "{n} traces have more than {} events each and are not looked at here; open them to see what they hold",
            follow::MOST_EVENTS
        )),
    }
    if picture.forgotten > 0 {
        notes.push(format!(
            "{} older traces were let go to bound memory: counts are of the newest {}",
            picture.forgotten, picture.traces
        ));
    }
    if picture.capped {
        notes.push(
            "some variables have too many places, locks or threads to compare them all: their counts are at least"
                .to_owned(),
        );
    }
    if picture.linked > 0 {
        notes.push(format!(
            "{} traces call another trace, or are called by one: they are not compared with it",
            picture.linked
        ));
    }
    if picture.skew_nanos > 0 {
        notes.push(format!(
            "clocks of processes differ by {:.1} ms at least: what spans processes must overlap by more",
            picture.skew_nanos as f64 / 1e6
        ));
    }
    notes
}

/// The way to the follower; clones share it.
#[derive(Clone)]
pub(crate) struct Global {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    removed: Arc<Removed>,
}

/// Traces that were deleted, on their way to the follower.
#[derive(Default)]
struct Removed {
    traces: Mutex<Vec<TraceId>>,
    told: Notify,
}

impl Removed {
    fn take(&self) -> Vec<TraceId> {
        std::mem::take(&mut *self.traces.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Global {
    /// The handle, and the follower's end of it.
    pub fn new() -> (Self, FollowerEnd) {
        let (publish, snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let removed = Arc::new(Removed::default());
        (Self { snapshots, removed: Arc::clone(&removed) }, FollowerEnd { publish, removed })
    }

    /// The newest snapshot; from memory.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The first snapshot of everything up to `head`, or after `patience` the newest there is.
    pub async fn snapshot_of(&self, head: Head, patience: Duration) -> Arc<Snapshot> {
        let mut snapshots = self.snapshots.clone();
        let is_new =
            |snapshot: &Arc<Snapshot>| snapshot.catching_up.is_none() && snapshot.summary.as_of.seq >= head.seq;
        // It fails when the follower has ended or time is up: then the newest has to do.
        let _ = tokio::time::timeout(patience, snapshots.wait_for(is_new)).await;
        self.snapshot()
    }

    /// A trace was deleted. The follower learns of it even when it read the trace a moment ago.
    pub fn forget(&self, trace: TraceId) {
        let mut traces = self.removed.traces.lock().unwrap_or_else(PoisonError::into_inner);
        if traces.len() < WAITING_REMOVALS {
            traces.push(trace);
        }
        drop(traces);
        self.removed.told.notify_one();
    }
}

/// What the follower holds of the handle.
pub(crate) struct FollowerEnd {
    publish: watch::Sender<Arc<Snapshot>>,
    removed: Arc<Removed>,
}

impl Snapshot {
    /// The worst findings that a filter lets through. O(findings).
    pub fn select(&self, filter: &RaceFilter, limit: usize) -> (Vec<GlobalFinding>, u64) {
        self.picture.select(filter, limit)
    }
}
