//! Sends every body once, over several connections, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::cli::load::LoadArgs;
use crate::cli::load::acked::AckedFile;
use crate::cli::load::bodies::Bodies;
use crate::cli::load::connection::{Answer, Connection, Taken, Target};

/// A server that refuses connections for this long has gone away.
const GONE_AFTER: Duration = Duration::from_secs(5);
const RECONNECT_EVERY: Duration = Duration::from_millis(100);
/// When an overloaded server does not say how long to wait.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_millis(500);
const LONGEST_LATENCY_US: u64 = 600_000_000;

/// What a pass over all bodies came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Events acknowledged, duplicates included.
    pub acked: u64,
    pub duplicates: u64,
    /// Events refused for good.
    pub errors: u64,
    /// Requests repeated because the server asked for it, or the connection broke.
    pub retries: u64,
    pub bytes: u64,
    pub took: Duration,
    /// Microseconds from sending a request (or, at a given rate, from when it was due) to its 200.
    pub latency: Option<Histogram<u64>>,
    pub server_gone: bool,
    pub first_error: Option<String>,
}

/// A run that can be repeated.
pub struct Drive {
    run: Arc<Run>,
    n_connections: u64,
}

struct Run {
    target: Target,
    bodies: Arc<Bodies>,
    acked: Option<AckedFile>,
    /// Time from one request to the next, over all connections.
    interval: Option<Duration>,
}

/// What the connections of one pass share.
struct Pass {
    next_body: AtomicUsize,
    stop: AtomicBool,
    began: Instant,
}

impl Drive {
    pub fn new(target: Target, bodies: Arc<Bodies>, acked: Option<AckedFile>, args: &LoadArgs) -> Self {
        let interval = args.rate.map(|rate| Duration::from_secs_f64(args.batch as f64 / rate as f64));
        Self { run: Arc::new(Run { target, bodies, acked, interval }), n_connections: args.connections }
    }

    /// Sends everything once.
    ///
    /// # Errors
    /// When this machine fails: a body cannot be read, the file of acknowledged events not written.
    pub async fn pass(&self) -> anyhow::Result<Tally> {
        let pass =
            Arc::new(Pass { next_body: AtomicUsize::new(0), stop: AtomicBool::new(false), began: Instant::now() });
        let mut connections = JoinSet::new();
        for _ in 0..self.n_connections {
            connections.spawn(Worker::new(&self.run, &pass)?.send_all());
        }
        let mut total = Tally::default();
        while let Some(tally) = connections.join_next().await {
            total.add(tally??);
        }
        Ok(total)
    }
}

struct Worker {
    run: Arc<Run>,
    pass: Arc<Pass>,
    connection: Option<Connection>,
    tally: Tally,
    latency: Histogram<u64>,
}

impl Worker {
    fn new(run: &Arc<Run>, pass: &Arc<Pass>) -> anyhow::Result<Self> {
        let latency = Histogram::new_with_bounds(1, LONGEST_LATENCY_US, 3)?;
        let (run, pass) = (Arc::clone(run), Arc::clone(pass));
        Ok(Self { run, pass, connection: None, tally: Tally::default(), latency })
    }

    async fn send_all(mut self) -> anyhow::Result<Tally> {
        while !self.pass.stop.load(Ordering::Relaxed) {
            let body_idx = self.pass.next_body.fetch_add(1, Ordering::Relaxed);
            if body_idx >= self.run.bodies.len() {
                break;
            }
            self.send(body_idx).await?;
        }
        self.tally.latency = Some(self.latency);
        Ok(self.tally)
    }

    /// Sends one body until it is answered for good, or the server is gone.
    async fn send(&mut self, body_idx: usize) -> anyhow::Result<()> {
        let run = Arc::clone(&self.run);
        let body = run.bodies.get(body_idx)?;
        let n_events = run.bodies.n_events(body_idx);
        let mut asked = Instant::now();
        if let Some(interval) = run.interval {
            asked = self.pass.began + interval.mul_f64(body_idx as f64);
            tokio::time::sleep_until(asked.into()).await;
        }
        loop {
            let Some(answer) = self.attempt(&body).await else { return Ok(()) };
            self.tally.bytes += body.len() as u64;
            match answer.status {
                StatusCode::OK => {
                    let micros = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
                    self.latency.saturating_record(micros);
                    self.tally.took = self.pass.began.elapsed();
                    return self.count_taken(&run, body_idx, n_events, &answer);
                }
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                    self.tally.retries += 1;
                    tokio::time::sleep(answer.retry_after.unwrap_or(DEFAULT_RETRY_AFTER)).await;
                }
                status => {
                    self.tally.errors += n_events;
                    self.note_error(|| format!("{status}: {}", String::from_utf8_lossy(&answer.body)));
                    return Ok(());
                }
            }
            if self.pass.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }

    /// An answer, over a new connection when the old one broke; `None` when the server is gone. With a
    /// file of acknowledged events the first broken connection ends the run: its reader wants to know
    /// what was acknowledged until then.
    async fn attempt(&mut self, body: &bytes::Bytes) -> Option<Answer> {
        let began = Instant::now();
        loop {
            match self.attempt_once(body).await {
                Ok(answer) => return Some(answer),
                Err(error) => {
                    self.connection = None;
                    self.note_error(|| format!("{error:#}"));
                    let give_up = self.run.acked.is_some() || began.elapsed() > GONE_AFTER;
                    if give_up || self.pass.stop.load(Ordering::Relaxed) {
                        self.tally.server_gone = true;
                        self.pass.stop.store(true, Ordering::Relaxed);
                        return None;
                    }
                    self.tally.retries += 1;
                    tokio::time::sleep(RECONNECT_EVERY).await;
                }
            }
        }
    }

    async fn attempt_once(&mut self, body: &bytes::Bytes) -> anyhow::Result<Answer> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.run.target.connect().await?),
        };
        connection.send(&self.run.target, body.clone()).await
    }

    fn count_taken(&mut self, run: &Run, body_idx: usize, n_events: u64, answer: &Answer) -> anyhow::Result<()> {
        let taken: Taken = serde_json::from_slice(&answer.body).unwrap_or_default();
        let n_rejected = taken.rejected_total.max(taken.rejected.len() as u64).min(n_events);
        self.tally.acked += n_events - n_rejected;
        self.tally.duplicates += taken.duplicates;
        self.tally.errors += n_rejected;
        if let Some(rejected) = taken.rejected.first() {
            self.note_error(|| format!("event {} of a batch was refused: {}", rejected.index, rejected.reason));
        }
        // The list of refused events may be cut: then it is not known which were taken.
        if let Some(file) = &run.acked
            && n_rejected == taken.rejected.len() as u64
        {
            let rejected: Vec<usize> = taken.rejected.iter().map(|rejected| rejected.index).collect();
            file.append(run.bodies.ids(body_idx), &rejected)?;
        }
        Ok(())
    }

    fn note_error(&mut self, text: impl FnOnce() -> String) {
        self.tally.first_error.get_or_insert_with(text);
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.acked += other.acked;
        self.duplicates += other.duplicates;
        self.errors += other.errors;
        self.retries += other.retries;
        self.bytes += other.bytes;
        self.took = self.took.max(other.took);
        self.server_gone |= other.server_gone;
        if let Some(error) = other.first_error {
            self.first_error.get_or_insert(error);
        }
        match (&mut self.latency, other.latency) {
            (Some(all), Some(more)) => {
                // Both have the same bounds, so there is always room.
                let _ = all.add(more);
            }
            (all, more) => *all = more,
        }
    }
}

#[cfg(test)]
#[path = "drive_tests.rs"]
mod tests;
