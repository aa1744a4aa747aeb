//! `raceway serve`: from a configuration to a listening server, and back down in order.

use std::io::IsTerminal as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use engine::Engine;
use tokio_util::sync::CancellationToken;

use crate::cli::demo;
use crate::cli::signal::stop_signal;
use crate::config::{Config, ConfigArgs};
use crate::http::{self, HttpSettings};

/// Long enough for every planted bug to show.
const DEMO_SECONDS: u64 = 5;

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Fill an empty store with the demo, so that the first page shows something real.
    #[arg(long, env = "RACEWAY_DEMO_IF_EMPTY", value_parser = clap::builder::FalseyValueParser::new())]
    demo_if_empty: bool,
}

/// Serves until SIGINT or SIGTERM. What was acknowledged is on disk; requests that are running get
/// [`http::DRAIN_TIME`] to finish.
///
/// # Errors
/// A bad configuration, a busy address, a data folder that is in use or newer than this binary.
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let config = Config::load(&args.config)?;
    start_log(&config.log.filter);
    // The address first: a second server on the same address and folder should hear of the address.
    let listener = http::bind(&config.server.host, config.server.port).await?;
    let address = listener.local_addr().context("the listening socket has no address")?;
    let engine = Engine::open(config.engine()).await?;

    let stop = CancellationToken::new();
    let router = http::router(engine.clone(), HttpSettings::new(&config.server, address));
    let mut server = tokio::spawn(http::serve(listener, router, stop.clone()));
    let signal = stop_signal().context("signals cannot be listened for")?;
    println!("listening on http://{address}");
    let demo = args.demo_if_empty.then(|| tokio::spawn(run_demo_if_empty(engine.clone(), address)));

    let ended = tokio::select! {
        signal = signal => {
            tracing::info!(signal, "stopping");
            stop.cancel();
            (&mut server).await
        }
        ended = &mut server => ended,
    };
    if let Some(demo) = demo {
        demo.abort();
    }
    engine.shutdown().await;
    ended.context("the server ended by itself")
}

fn start_log(filter: &str) {
    // The filter was checked with the rest of the configuration; a subscriber that is there already stays.
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let stderr = std::io::stderr;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    let _ = log.try_init();
}

/// A failed demo is a line in the log: the server is worth having without it.
async fn run_demo_if_empty(engine: Engine, address: SocketAddr) {
    if engine.head().seq.0 > 0 {
        return;
    }
    tracing::info!("the store is empty: running the demo");
    let args = demo::DemoArgs { url: format!("http://{address}"), seconds: DEMO_SECONDS };
    if let Err(error) = demo::run(args).await {
        tracing::warn!("the demo failed: {error:#}");
    }
}
