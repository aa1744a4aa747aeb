//! The signals that ask the process to end.

use std::io;

/// Listens from this call on, so that a signal between it and the first poll is not lost. The future
/// gives the name of the first signal.
///
/// # Errors
/// When the handlers cannot be installed.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// As on Unix, with the one signal there is.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = &'static str>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        "CTRL-C"
    })
}
