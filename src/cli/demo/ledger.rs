//! The ledger service: a journal under a read-write lock, the fraud check, and a thread that audits.
//!
//! The fraud check is the slow dependency: now and then it takes 40 to 150 ms. The journal's
//! database times out once in a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use raceway_client::{Client, Context, Shared, blocking};
use tokio_util::sync::CancellationToken;

use crate::cli::demo::service::{Reply, query, reply};

const DATABASE: &str = "ledger";
/// One fraud check in so many is slow: often enough to be met by every run, after enough quick ones for the server
/// to know what is usual.
const SLOW_CHECK_EVERY: u64 = 12;
const AUDIT_EVERY: Duration = Duration::from_millis(700);

/// State of the service; the auditing thread shares it.
pub struct Ledger {
    client: Client,
    journal_lock: blocking::RwLock<()>,
    n_entries: Shared<u64>,
    n_audited: Shared<u64>,
    /// Of the program itself, not of what it shows: nobody records it.
    n_checks: AtomicU64,
}

impl Ledger {
    pub fn new(client: Client) -> Arc<Self> {
        Arc::new(Self {
            client,
            journal_lock: blocking::RwLock::new("journal", ()),
            n_entries: Shared::new("journal.entries", 0),
            n_audited: Shared::new("audit.entries_seen", 0),
            n_checks: AtomicU64::new(0),
        })
    }

    fn count_entry(&self, ctx: &Context) {
        let _held = self.journal_lock.write(ctx);
        let n_entries = self.n_entries.read(ctx);
        self.n_entries.write(ctx, n_entries + 1);
    }

    fn entries(&self, ctx: &Context) -> u64 {
        let _held = self.journal_lock.read(ctx);
        self.n_entries.read(ctx)
    }
}

pub fn router(ledger: &Arc<Ledger>) -> Router {
    Router::new()
        .route("/entries", post(append).get(list))
        .route("/fraud-check", post(check_fraud))
        .with_state(Arc::clone(ledger))
}

async fn append(State(ledger): State<Arc<Ledger>>, headers: HeaderMap) -> Reply {
    let ctx = ledger.client.extract(&headers);
    let exchange = ctx.received("POST", "/entries");
    let status = {
        let _call = ctx.call("ledger::append", "transfer");
        query(&ctx, DATABASE, "INSERT INTO journal (entry) VALUES (?)", Duration::from_millis(1)).await;
        if rand::random_bool(0.02) {
            ctx.error("StorageTimeout", "the journal's database did not confirm the entry");
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            ctx.query_result(1);
            ledger.count_entry(&ctx);
            StatusCode::CREATED
        }
    };
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

async fn list(State(ledger): State<Arc<Ledger>>, headers: HeaderMap) -> Reply {
    let ctx = ledger.client.extract(&headers);
    let exchange = ctx.received("GET", "/entries");
    {
        let _call = ctx.call("ledger::list", &10);
        ledger.entries(&ctx);
        let sql = "SELECT entry FROM journal ORDER BY id DESC LIMIT 10";
        query(&ctx, DATABASE, sql, Duration::from_millis(2)).await;
    }
    exchange.finish(200);
    reply(&ctx, StatusCode::OK)
}

async fn check_fraud(State(ledger): State<Arc<Ledger>>, headers: HeaderMap) -> Reply {
    let ctx = ledger.client.extract(&headers);
    let exchange = ctx.received("POST", "/fraud-check");
    {
        let _call = ctx.call("ledger::check_fraud", "transfer");
        let n_checks = ledger.n_checks.fetch_add(1, Ordering::Relaxed) + 1;
        let millis = if n_checks.is_multiple_of(SLOW_CHECK_EVERY) {
            rand::random_range(65..95)
        } else {
            rand::random_range(1..3)
        };
        let sql = "SELECT score FROM fraud_models WHERE account = ?";
        query(&ctx, DATABASE, sql, Duration::from_millis(millis)).await;
    }
    exchange.finish(200);
    reply(&ctx, StatusCode::OK)
}

/// Starts the thread that audits the journal now and then until `stop`; it gives the number of audits.
///
/// # Errors
/// When the operating system refuses a thread.
pub fn start_audits(ledger: &Arc<Ledger>, stop: CancellationToken) -> anyhow::Result<JoinHandle<u64>> {
    let ledger = Arc::clone(ledger);
    let audits = move || {
        let mut n_audits = 0;
        while !stop.is_cancelled() {
            audit(&ledger);
            n_audits += 1;
            std::thread::sleep(AUDIT_EVERY);
        }
        n_audits
    };
    std::thread::Builder::new().name("audit".into()).spawn(audits).context("the auditing thread did not start")
}

/// Two threads look at the journal at the same time; the counter they share is atomic.
fn audit(ledger: &Arc<Ledger>) {
    let ctx = ledger.client.context();
    let _call = ctx.call("audit::run", "journal");
    let auditors = ["debit", "credit"].map(|side| {
        let ledger = Arc::clone(ledger);
        ctx.spawn_thread(move |ctx| {
            let _call = ctx.call("audit::check_side", side);
            let n_entries = ledger.entries(&ctx);
            std::thread::sleep(Duration::from_millis(rand::random_range(2..8)));
            ledger.n_audited.update(&ctx, |seen| seen + n_entries);
        })
    });
    for auditor in auditors {
        if let Err(error) = auditor.join(&ctx) {
            ctx.error("AuditFailed", &error.to_string());
        }
    }
    ledger.n_audited.load(&ctx);
}
