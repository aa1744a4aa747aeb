//! `GET /api/traces/{trace_id}`: a trace with its events, as the contract's clients read it.
//!
//! At most [`MAX_EVENTS`] events, sent as they are written; `events_total` and `truncated` say how many
//! there are. Analyses are those of the near-linear engines, of the whole trace.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use engine::{QueryError, TraceEvents};
use futures_util::stream::{self, Stream, StreamExt as _};
use model::TraceId;
use model::wire::{CriticalPath, TraceAnalysis, TraceDependencies, VariableAccess, WireAnomaly, write_event};
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc};

use super::trace;
use crate::http::conditional::{Known, Version};
use crate::http::envelope::{Answer, Failure, JSON};
use crate::http::params::TracePath;
use crate::http::state::AppState;

/// Events in one answer; windows reach the others.
const MAX_EVENTS: usize = 20_000;

/// Bytes in one piece of the answer, about.
const PIECE_BYTES: usize = 128 << 10;

/// Pieces that are ready before the client has read them.
const PIECES_AHEAD: usize = 2;

/// A client that reads nothing for this long is given up.
const STALL_TIME: Duration = Duration::from_secs(30);

pub async fn full_trace(
    State(AppState { engine, limits }): State<AppState>,
    TracePath(trace): TracePath,
    known: Known,
) -> Answer {
    let failed = Failure::query("Failed to fetch trace");
    let version = trace::version(&engine, trace).await.map_err(&failed)?;
    if let Some(unchanged) = known.unchanged(&version, "application/json") {
        return Ok(unchanged);
    }
    let analysis = engine.trace_analysis(trace).await.map_err(&failed)?;
    let anomalies = engine.trace_anomalies(trace).await.map_err(&failed)?.anomalies;
    let trails = unless_too_large(engine.contract_trails(trace).await).map_err(&failed)?.unwrap_or_default();
    let critical_path = unless_too_large(engine.critical_path(trace).await).map_err(&failed)?;
    let critical_path = critical_path.filter(|path| path.path_events > 0);
    // Not before: what waits for an analysis must not keep others from their traces.
    let slot = Arc::clone(&limits.whole_traces).acquire_owned().await.map_err(|_| Failure::internal())?;
    let events = engine.trace_events(trace, MAX_EVENTS).await.map_err(&failed)?;
    let dependencies = engine.trace_dependencies(trace).await.map_err(&failed)?;
    let version = Version::of_trace(engine.head(), events.version);
    let rest = Rest {
        events_total: events.events_total,
        truncated: events.truncated,
        audit_trails: trails.audit_trails,
        audit_trails_total: trails.audit_trails_total,
        audit_trails_truncated: trails.audit_trails_truncated,
        analysis,
        critical_path,
        anomalies,
        dependencies,
    };

    let pieces = Arc::clone(&limits.pieces);
    let (sender, ready) = mpsc::channel(PIECES_AHEAD);
    tokio::spawn(async move {
        send_pieces(sender, trace, &events, &rest, pieces).await;
        drop(slot);
    });
    Ok(version.mark(([(CONTENT_TYPE, JSON)], Body::from_stream(body(ready))).into_response()))
}

/// A trace that is too large to be analysed has events all the same.
fn unless_too_large<T>(answer: Result<T, QueryError>) -> Result<Option<T>, QueryError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(QueryError::TooLarge(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A piece of the answer.
struct Piece {
    bytes: Bytes,
    is_last: bool,
}

/// Fails, so that the connection breaks, when the pieces end before the last one: half an answer must not
/// look like a whole one.
fn body(pieces: mpsc::Receiver<Piece>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece { bytes, is_last }) => Some((Ok(bytes), (!is_last).then_some(pieces))),
            None => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    })
    // Compression asks again after the end.
    .fuse()
}

/// Ends when all is sent, or when nobody reads any more.
async fn send_pieces(
    sender: mpsc::Sender<Piece>,
    trace: TraceId,
    events: &TraceEvents,
    rest: &Rest,
    pieces: Arc<Semaphore>,
) {
    let mut bytes = format!(r#"{{"success":true,"data":{{"trace_id":"{trace}","events":["#).into_bytes();
    let mut rows = events.table.rows.iter().enumerate();
    let mut is_last = false;
    while !is_last {
        // Held while a piece is written, and never while somebody reads it.
        let Ok(turn) = pieces.acquire().await else { return };
        for (row_idx, row) in rows.by_ref() {
            if row_idx > 0 {
                bytes.push(b',');
            }
            write_event(&mut bytes, &events.table, row);
            if bytes.len() >= PIECE_BYTES {
                break;
            }
        }
        is_last = rows.len() == 0;
        if is_last {
            bytes.extend_from_slice(closing(rest).as_bytes());
        }
        drop(turn);
        let piece = Piece { bytes: std::mem::take(&mut bytes).into(), is_last };
        // Nobody is left to tell when it cannot be sent.
        if sender.send_timeout(piece, STALL_TIME).await.is_err() {
            return;
        }
    }
}

/// What follows the events.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Rest {
    events_total: u64,
    truncated: bool,
    audit_trails: BTreeMap<String, Vec<VariableAccess>>,
    /// Variables, listed or not.
    audit_trails_total: u64,
    audit_trails_truncated: bool,
    analysis: TraceAnalysis,
    critical_path: Option<CriticalPath>,
    anomalies: Vec<WireAnomaly>,
    dependencies: TraceDependencies,
}

/// As JSON, up to the end of the envelope.
fn closing(rest: &Rest) -> String {
    let rest = serde_json::to_string(rest).unwrap_or_default();
    // The object's opening brace is where the events were.
    format!(r#"],{},"error":null}}"#, rest.strip_prefix('{').unwrap_or(&rest))
}
