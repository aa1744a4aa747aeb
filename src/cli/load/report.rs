//! What a run came to, for people and for programs.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::cli::load::LoadArgs;
use crate::cli::load::drive::Tally;

/// A whole run. `--json` prints it as it is.
#[derive(Debug, Serialize)]
pub struct Report {
    seed: u64,
    events: u64,
    batch: u64,
    connections: u64,
    #[serde(flatten)]
    first: PassReport,
    /// The second time everything was sent.
    resend: Option<PassReport>,
    /// By how much the server's own count grew; unknown when it went away.
    captured: Option<u64>,
    /// Acknowledged for the first time, and yet not in the server's count.
    lost: Option<i64>,
    server_gone: bool,
}

#[derive(Debug, Serialize)]
struct PassReport {
    acknowledged: u64,
    duplicates: u64,
    errors: u64,
    retries: u64,
    bytes_sent: u64,
    seconds: f64,
    events_per_second: f64,
    latency_ms: Option<Latency>,
}

/// Milliseconds.
#[derive(Debug, Serialize)]
struct Latency {
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl Report {
    pub fn new(seed: u64, args: &LoadArgs, first: &Tally, second: Option<&Tally>, captured: Option<u64>) -> Self {
        let tallies = || std::iter::once(first).chain(second);
        let fresh: u64 = tallies().map(|tally| tally.acked.saturating_sub(tally.duplicates)).sum();
        let lost = captured.map(|captured| fresh as i64 - captured as i64);
        Self {
            seed,
            events: args.events,
            batch: args.batch,
            connections: args.connections,
            first: PassReport::new(first),
            resend: second.map(PassReport::new),
            captured,
            lost,
            server_gone: tallies().any(|tally| tally.server_gone),
        }
    }

    /// Events refused in any pass.
    pub fn errors(&self) -> u64 {
        self.first.errors + self.resend.as_ref().map_or(0, |resend| resend.errors)
    }

    /// Negative when somebody else sent events meanwhile.
    pub fn lost(&self) -> i64 {
        self.lost.unwrap_or_default()
    }
}

impl PassReport {
    fn new(tally: &Tally) -> Self {
        let seconds = tally.took.max(Duration::from_nanos(1)).as_secs_f64();
        let latency_ms = tally.latency.as_ref().filter(|latency| !latency.is_empty()).map(|latency| {
            let at = |quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
            Latency { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: latency.max() as f64 / 1e3 }
        });
        Self {
            acknowledged: tally.acked,
            duplicates: tally.duplicates,
            errors: tally.errors,
            retries: tally.retries,
            bytes_sent: tally.bytes,
            seconds,
            events_per_second: tally.acked as f64 / seconds,
            latency_ms,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:.0} events/s acknowledged", self.first.events_per_second)?;
        write!(f, "{}", self.first)?;
        if let Some(resend) = &self.resend {
            writeln!(f, "sent again: {:.0} events/s acknowledged", resend.events_per_second)?;
            write!(f, "{resend}")?;
        }
        match (self.captured, self.lost) {
            (Some(captured), Some(lost)) if lost >= 0 => {
                writeln!(f, "  lost     {lost} (the server counts {captured} more)")
            }
            (Some(captured), _) => {
                writeln!(f, "  lost     unknown: somebody else sends too (the server counts {captured} more)")
            }
            _ => writeln!(f, "  lost     unknown: the server went away"),
        }
    }
}

impl fmt::Display for PassReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  events   {} acknowledged in {:.2} s, {} of them duplicates; {} errors, {} retries",
            self.acknowledged, self.seconds, self.duplicates, self.errors, self.retries
        )?;
        if let Some(latency) = &self.latency_ms {
            let Latency { p50, p95, p99, max } = latency;
            writeln!(f, "  latency  p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms, max {max:.1} ms")?;
        }
        let mib = self.bytes_sent as f64 / f64::from(1 << 20);
        writeln!(f, "  sent     {mib:.1} MiB, {:.1} MiB/s", mib / self.seconds)
    }
}
