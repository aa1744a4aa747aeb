//! `POST /events`: a batch in, its acknowledgement out once it is on disk.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use model::Seq;
use model::wire::{BatchError, Decoded, Rejected, decode_batch};
use serde::Serialize;

use crate::http::body::JsonBody;
use crate::http::envelope::{Answer, Failure, json_body};
use crate::http::limits::BodyShare;
use crate::http::state::AppState;

/// The envelope, and what ours says beside it.
#[derive(Serialize)]
struct Ingested<'a> {
    success: bool,
    data: String,
    error: Option<&'static str>,
    /// The first hundred.
    rejected: &'a [Rejected],
    rejected_total: usize,
    duplicates: u64,
    seq: Seq,
}

pub async fn ingest(State(AppState { engine, limits }): State<AppState>, request: Request) -> Answer {
    let body = JsonBody::read(request, &limits).await?;
    let slot = Arc::clone(&limits.decoding).acquire_owned().await.map_err(|_| Failure::internal())?;
    let decoding = tokio::task::spawn_blocking(move || {
        // Held by the work, not by the request: giving up a request does not stop its decoding.
        let _slot = slot;
        decode(body)
    });
    // The share outlives the commit: events that wait for the queue count as memory for bodies.
    let (decoded, _share) = decoding.await.map_err(|error| {
        tracing::error!(%error, "decoding a batch failed");
        Failure::internal()
    })??;

    let Decoded { table, rejected, rejected_total } = decoded;
    let (stored, duplicates, seq) = if table.rows.is_empty() {
        (0, 0, engine.head().seq)
    } else {
        let receipt = engine.ingest(table).await?;
        (receipt.stored, receipt.duplicates, receipt.head.seq)
    };
    let data = format!("Ingested {} events", stored + duplicates);
    json_body(&Ingested { success: true, data, error: None, rejected: &rejected, rejected_total, duplicates, seq })
}

fn decode(body: JsonBody) -> Result<(Decoded, BodyShare), Failure> {
    let (bytes, share) = body.inflate()?;
    let decoded = decode_batch(&bytes).map_err(|error| {
        let status = match error {
            BatchError::Syntax(_) => StatusCode::BAD_REQUEST,
            BatchError::NoEvents(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Failure::new(status, error.to_string())
    })?;
    Ok((decoded, share))
}
