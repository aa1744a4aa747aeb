//! Sockets: bind, accept, serve, and end in order.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long running requests may go on once the server is asked to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Connections beyond these wait in the system's queue.
const MAX_CONNECTIONS: usize = 4096;

/// A client that does not finish its headers in this time is cut off.
const HEADER_TIME: Duration = Duration::from_secs(30);

/// # Errors
/// When the name is not known, or the address is in use or not this machine's: one line that says so.
pub async fn bind(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    let shown = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("{shown} is in use by another program; stop it, or choose another address with --listen")
        }
        io::ErrorKind::PermissionDenied => anyhow::anyhow!("{shown} may not be listened on without more rights"),
        _ => anyhow::Error::new(error).context(format!("{shown} cannot be listened on")),
    })
}

/// Serves until `stop`; then takes no more connections, and gives running requests [`DRAIN_TIME`].
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let cut_off = CancellationToken::new();
    while let Some((stream, slot)) = accept(&listener, &slots, &stop).await {
        let (router, stop, cut_off) = (router.clone(), stop.clone(), cut_off.clone());
        connections.spawn(async move {
            tokio::select! {
                () = serve_connection(stream, router, stop) => {}
                () = cut_off.cancelled() => {}
            }
            drop(slot);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN_TIME, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "cutting off requests that did not finish in time");
        cut_off.cancel();
        connections.wait().await;
    }
}

/// The next connection, and the slot it takes; `None` once `stop` is cancelled.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accepted = async {
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return Some((stream, slot)),
                Err(error) => {
                    // Out of file descriptors, or a connection that was gone again: neither ends the server.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accepted => accepted,
    }
}

async fn serve_connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are written in one piece; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    // The time limit on headers begins with their first byte; this one is for clients that send none.
    tokio::select! {
        first = tokio::time::timeout(HEADER_TIME, stream.readable()) => {
            if !matches!(first, Ok(Ok(()))) {
                return;
            }
        }
        () = stop.cancelled() => return,
    }
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    builder.http2().timer(TokioTimer::new());
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
