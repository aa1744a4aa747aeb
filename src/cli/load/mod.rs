//! `raceway load`: sends generated events to a server and measures what it acknowledges.
//!
//! Every body exists before the clock starts, so that the generator, which shares the machine with the
//! server, costs as little as possible while it is measured.

mod acked;
mod bodies;
mod connection;
mod drive;
mod event;
mod generate;
mod report;
mod vocabulary;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use model::Nanos;

use acked::AckedFile;
use bodies::Bodies;
use connection::Target;
use drive::{Drive, Tally};
use generate::Shape;
use report::Report;

/// Exit code when the server went away before everything was sent.
const EXIT_SERVER_GONE: i32 = 3;

/// Send generated events to a server and measure it.
#[derive(Debug, Clone, clap::Args)]
pub struct LoadArgs {
    /// The server to load.
    #[arg(long, env = "RACEWAY_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// Events to send.
    #[arg(long, env = "RACEWAY_LOAD_EVENTS", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub events: u64,
    /// Events in one request.
    #[arg(long, env = "RACEWAY_LOAD_BATCH", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    pub batch: u64,
    /// Connections that send at the same time.
    #[arg(long, env = "RACEWAY_LOAD_CONNECTIONS", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub connections: u64,
    /// Traces that begin in one request, about; a few go on in the next one.
    #[arg(long, env = "RACEWAY_LOAD_TRACES_PER_BATCH", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub traces_per_batch: u64,
    /// Traces in all, instead of what --traces-per-batch gives; 1 makes one huge trace.
    #[arg(long, env = "RACEWAY_LOAD_TRACES", value_parser = clap::value_parser!(u64).range(1..))]
    pub traces: Option<u64>,
    /// Events a second at most; latency then counts from when a request was due. Default: as fast as it goes.
    #[arg(long, env = "RACEWAY_LOAD_RATE", value_parser = clap::value_parser!(u64).range(1..))]
    pub rate: Option<u64>,
    /// The same seed makes the same ids, so a second run sends only duplicates. Default: random.
    #[arg(long, env = "RACEWAY_LOAD_SEED")]
    pub seed: Option<u64>,
    /// Other events of the traces that the same seed makes without this: they are late.
    #[arg(long, env = "RACEWAY_LOAD_LATE", requires = "seed")]
    pub late: bool,
    /// Append `trace_id event_id` of every event to this file once it was acknowledged, and stop at the
    /// first broken connection.
    #[arg(long, env = "RACEWAY_LOAD_ACKED", value_name = "FILE")]
    pub acked: Option<PathBuf>,
    /// Send everything a second time, which must change nothing.
    #[arg(long, env = "RACEWAY_LOAD_RESEND")]
    pub resend: bool,
    /// Print one JSON object.
    #[arg(long, env = "RACEWAY_LOAD_JSON")]
    pub json: bool,
}

/// Generates, sends, and prints what came of it.
///
/// # Errors
/// When the server cannot be reached, refused events, or lost some. When it goes away meanwhile, the
/// process exits with code 3 after printing.
pub async fn run(args: LoadArgs) -> anyhow::Result<()> {
    let target = Target::parse(&args.url)?;
    let captured_before = target.events_captured().await.with_context(|| {
        format!("no server can be reached at {}; start one with `raceway serve`, or give its --url", args.url)
    })?;
    let acked = args.acked.as_deref().map(AckedFile::open).transpose()?;

    let seed = args.seed.unwrap_or_else(rand::random);
    let shape = Shape::new(seed, &args, now());
    eprintln!("making {} events in {} traces (seed {seed}) ...", args.events, shape.n_traces);
    let began = Instant::now();
    let with_ids = acked.is_some();
    let bodies = Arc::new(tokio::task::spawn_blocking(move || Bodies::generate(shape, with_ids)).await??);
    let (n_batches, mib) = (bodies.len(), bodies.bytes() >> 20);
    eprintln!("made {mib} MiB in {n_batches} bodies in {:.1} s; sending ...", began.elapsed().as_secs_f64());

    let drive = Drive::new(target.clone(), bodies, acked, &args);
    let first = drive.pass().await?;
    let second = if args.resend && !first.server_gone { Some(drive.pass().await?) } else { None };

    let server_gone = first.server_gone || second.as_ref().is_some_and(|tally| tally.server_gone);
    let captured_after = if server_gone { None } else { Some(target.events_captured().await?) };
    let captured = captured_after.map(|after| after.saturating_sub(captured_before));
    let report = Report::new(seed, &args, &first, second.as_ref(), captured);
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    if server_gone {
        eprintln!("raceway: the server went away: {}", first_error(&first, second.as_ref()));
        std::process::exit(EXIT_SERVER_GONE);
    }
    if report.errors() > 0 {
        bail!("{} events were not taken: {}", report.errors(), first_error(&first, second.as_ref()));
    }
    if report.lost() > 0 {
        bail!("{} acknowledged events are missing from the server's count", report.lost());
    }
    Ok(())
}

fn first_error<'a>(first: &'a Tally, second: Option<&'a Tally>) -> &'a str {
    let errors = [Some(first), second].into_iter().flatten().filter_map(|tally| tally.first_error.as_deref());
    errors.into_iter().next().unwrap_or("no reason was given")
}

fn now() -> Nanos {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Nanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
}
