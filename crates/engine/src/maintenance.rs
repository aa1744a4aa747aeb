//! What the store needs beside commits: compaction, and giving space back.
//!
//! It never waits for a quiet hour, and never takes more than its share: after a round it rests three
//! times as long as the round took, unless nothing is being ingested.

use std::time::{Duration, Instant};

use model::Nanos;
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::ingest::{Ingest, now};

/// Fresh events that make a round worth while.
const EVENTS_WORTH_A_ROUND: u64 = 32_768;
/// Fresh blocks are compacted when the oldest is this old, however few.
const OLD: Duration = Duration::from_secs(20);
/// Halves of calls are matched within this time.
const SPANS_REMEMBERED: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Runs until `stop`.
pub(crate) async fn run(store: Store, ingest: Ingest, stop: CancellationToken) {
    let mut rest = LOOK_EVERY;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
        let began = Instant::now();
        let seq_before = ingest.counters().head.seq;
        let compacted = match compact_once(&store, &ingest).await {
            Ok(compacted) => compacted,
            Err(cause) => {
                tracing::error!(cause, "compaction failed; it is tried again");
                rest = LOOK_EVERY * 10;
                continue;
            }
        };
        let more_to_tidy = match ingest.tidy(past(SPANS_REMEMBERED)).await {
            Some(Ok(more)) => more,
            Some(Err(cause)) => {
                tracing::error!(%cause, "tidying the store failed; it is tried again");
                false
            }
            None => return,
        };
        let busy = ingest.counters().head.seq != seq_before;
        rest = match (compacted || more_to_tidy, busy) {
            (false, _) => LOOK_EVERY,
            (true, true) => (began.elapsed() * 3).max(Duration::from_millis(50)),
            (true, false) => Duration::from_millis(20),
        };
    }
}

/// True when something was compacted.
async fn compact_once(store: &Store, ingest: &Ingest) -> Result<bool, String> {
    let (events, oldest) = store.uncompacted().await.map_err(|cause| cause.to_string())?;
    let due = events >= EVENTS_WORTH_A_ROUND || oldest.is_some_and(|oldest| oldest < past(OLD));
    if !due {
        return Ok(false);
    }
    let Some(plan) = store.plan_compaction().await.map_err(|cause| cause.to_string())? else { return Ok(false) };
    let packed = tokio::task::spawn_blocking(move || plan.pack()).await.map_err(|cause| cause.to_string())?;
    let packed = packed.map_err(|cause| cause.to_string())?;
    match ingest.exchange(packed).await {
        Some(Ok(exchanged)) => Ok(exchanged),
        Some(Err(cause)) => Err(cause.to_string()),
        None => Ok(false),
    }
}

fn past(age: Duration) -> Nanos {
    now().saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX))
}
