//! `raceway demo`: a small bank that really runs, and records what it does.
//!
//! Three services on loopback (gateway, accounts, ledger), each with a client of its own, move money
//! for some customers. Most of it is right. What is wrong is wrong in the program itself, so the
//! findings come from events of a real run: see [`traffic::PLANTED`].

mod accounts;
mod gateway;
mod ledger;
mod service;
mod traffic;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use raceway_client::{Client, Report};
use tokio_util::sync::CancellationToken;

use service::Peer;

const SHUTDOWN: Duration = Duration::from_secs(10);
const REACHABLE_WITHIN: Duration = Duration::from_secs(5);

/// Run a small bank with planted bugs against a server.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// The server that records it.
    #[arg(long, env = "RACEWAY_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// How long customers come.
    #[arg(long, env = "RACEWAY_DEMO_SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
}

/// Runs the demo and says what to look for.
///
/// # Errors
/// When the server cannot be reached, or did not take everything.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let url = args.url.trim_end_matches('/');
    check_reachable(url).await?;
    println!("The demo bank runs for {} s and records to {url} ...", args.seconds);

    let began = Instant::now();
    let clients = [start_client(url, "ledger")?, start_client(url, "accounts")?, start_client(url, "gateway")?];
    let [ledger_client, accounts_client, gateway_client] = &clients;
    let stop = CancellationToken::new();
    // Whatever ends this function ends the services and the auditor too.
    let _stop_on_return = stop.clone().drop_guard();

    let ledger = ledger::Ledger::new(ledger_client.clone());
    let ledger_peer = Peer::start("ledger", ledger::router(&ledger), &stop).await?;
    let accounts_peer = Peer::start("accounts", accounts::router(accounts_client.clone()), &stop).await?;
    let gateway_router = gateway::router(gateway_client.clone(), accounts_peer, ledger_peer);
    let gateway_peer = Peer::start("gateway", gateway_router, &stop).await?;

    let auditor = ledger::start_audits(&ledger, stop.clone())?;
    let open_until = Instant::now() + Duration::from_secs(args.seconds);
    let diary = tokio::select! {
        diary = traffic::run(&gateway_peer, open_until) => Some(diary),
        _ = tokio::signal::ctrl_c() => None,
    };
    stop.cancel();
    let n_audits = tokio::task::spawn_blocking(move || auditor.join()).await?.unwrap_or_default();

    let mut total = Report::default();
    for client in &clients {
        let report = client.shutdown(SHUTDOWN).await;
        total.sent += report.sent;
        total.dropped += report.dropped;
        total.rejected += report.rejected;
    }
    let Some(diary) = diary else { bail!("interrupted; {} events were recorded", total.sent) };
    diary.print(url, n_audits, total.sent, began.elapsed());
    if total.dropped + total.rejected > 0 {
        bail!("{} events were dropped and {} refused by the server", total.dropped, total.rejected);
    }
    Ok(())
}

async fn check_reachable(url: &str) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().timeout(REACHABLE_WITHIN).build()?;
    let answer = http.get(format!("{url}/health")).send().await;
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => bail!("the server at {url} is not healthy: it answered {}", answer.status()),
        Err(_) => bail!("no server can be reached at {url}; start one with `raceway serve`, or give its --url"),
    }
}

fn start_client(url: &str, service: &str) -> anyhow::Result<Client> {
    let builder = Client::builder(url, service).instance(format!("{service}-1")).environment("demo");
    builder.start().with_context(|| format!("cannot record for {service} to {url}"))
}
