//! The customers of the bank, and a diary of what happened to them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cli::demo::accounts::N_ACCOUNTS;
use crate::cli::demo::gateway::Transfer;
use crate::cli::demo::service::Peer;

const N_CUSTOMERS: usize = 4;
/// A transfer that took longer met the slow fraud check.
const SLOW: Duration = Duration::from_millis(60);
/// The shortest and the longest. What is usual is known after fifty calls; they have to come in the first seconds.
const BETWEEN_VISITS: [Duration; 2] = [Duration::from_millis(30), Duration::from_millis(90)];
const STAFF_EVERY: Duration = Duration::from_millis(450);

/// Something wrong in the bank, and where it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planted {
    Race,
    LostUpdate,
    LockOrder,
    SlowDependency,
    Failure,
}

/// What is planted, in the order it is printed.
const PLANTED: [(Planted, &str); 5] = [
    (Planted::Race, "data race: two tasks of POST /payroll write `payroll.last_paid` without a lock"),
    (Planted::LostUpdate, "lost update: POST /campaign adds two bonuses to `loyalty.points` at once; one vanishes"),
    (Planted::LockOrder, "lock order: POST /rebalance takes `vault:eur` and `vault:usd` in both orders"),
    (Planted::SlowDependency, "slow dependency: the ledger's fraud check sometimes takes 40 to 150 ms"),
    (Planted::Failure, "errors: insufficient funds (409), and a ledger that fails now and then (500)"),
];

/// What the customers saw.
#[derive(Debug, Default)]
pub struct Diary {
    n_requests: u64,
    n_failed: u64,
    /// The first trace that shows each planted thing.
    examples: Vec<(Planted, String)>,
}

impl Diary {
    fn note(&mut self, planted: Option<Planted>, trace_id: &str) {
        let Some(planted) = planted else { return };
        if self.examples.iter().all(|(known, _)| *known != planted) {
            self.examples.push((planted, trace_id.into()));
        }
    }

    fn example(&self, planted: Planted) -> Option<&str> {
        self.examples.iter().find(|(known, _)| *known == planted).map(|(_, trace_id)| trace_id.as_str())
    }

    /// Says what was planted and where to look.
    pub fn print(&self, url: &str, n_audits: u64, n_events: u64, took: Duration) {
        let n_traces = self.n_requests + n_audits;
        println!(
            "Recorded {n_events} events in {n_traces} traces in {:.1} s ({} requests failed, as some should).",
            took.as_secs_f64(),
            self.n_failed,
        );
        println!("What is wrong with this bank, and a trace that shows it:");
        for (planted, text) in PLANTED {
            println!("- {text}");
            match self.example(planted) {
                Some(trace_id) => println!("    {url}/traces/{trace_id}"),
                None => println!("    did not happen this time; run it for longer"),
            }
        }
        println!("All traces: {url}/traces");
    }
}

/// Customers come until `open_until`; those inside are served.
pub async fn run(gateway: &Peer, open_until: Instant) -> Diary {
    let diary = Arc::new(Mutex::new(Diary::default()));
    let mut customers = tokio::task::JoinSet::new();
    for _ in 0..N_CUSTOMERS {
        customers.spawn(customer(gateway.clone(), Arc::clone(&diary), open_until));
    }
    customers.spawn(staff(gateway.clone(), Arc::clone(&diary), open_until));
    while customers.join_next().await.is_some() {}
    let mut diary = diary.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *diary)
}

async fn customer(gateway: Peer, diary: Arc<Mutex<Diary>>, open_until: Instant) {
    while Instant::now() < open_until {
        pause(BETWEEN_VISITS[0], BETWEEN_VISITS[1]).await;
        if rand::random_bool(0.3) {
            let path = format!("/statements/{}", rand::random_range(0..N_ACCOUNTS));
            visit(&gateway, &diary, Method::GET, &path, &Value::Null, None).await;
            continue;
        }
        let from = rand::random_range(0..N_ACCOUNTS);
        let to = (from + rand::random_range(1..N_ACCOUNTS)) % N_ACCOUNTS;
        let order = Transfer { from, to, amount: rand::random_range(10..300) };
        let asked = Instant::now();
        let answer = visit(&gateway, &diary, Method::POST, "/transfers", &json!(order), None).await;
        if let Some((_, trace_id)) = answer
            && asked.elapsed() > SLOW
        {
            note(&diary, Planted::SlowDependency, &trace_id);
        }
    }
}

/// What the bank does for itself, one after the other.
async fn staff(gateway: Peer, diary: Arc<Mutex<Diary>>, open_until: Instant) {
    let work = |path: &'static str, planted: Option<Planted>| {
        let (gateway, diary) = (gateway.clone(), Arc::clone(&diary));
        async move { visit(&gateway, &diary, Method::POST, path, &Value::Null, planted).await }
    };
    // One round of everything, however short the demo is.
    let mut rounds = 0;
    while rounds == 0 || Instant::now() < open_until {
        work("/payroll", Some(Planted::Race)).await;
        tokio::time::sleep(STAFF_EVERY).await;
        work("/campaign", Some(Planted::LostUpdate)).await;
        // The same mistake across two traces.
        tokio::join!(work("/bonus", None), work("/bonus", None));
        tokio::time::sleep(STAFF_EVERY).await;
        work("/rebalance", Some(Planted::LockOrder)).await;
        rounds += 1;
    }
}

/// One request of a customer: its status and trace, unless there was no answer.
async fn visit(
    gateway: &Peer,
    diary: &Mutex<Diary>,
    method: Method,
    path: &str,
    body: &Value,
    planted: Option<Planted>,
) -> Option<(StatusCode, String)> {
    let (status, answer) = gateway.call_from_outside(method, path, body).await.ok()?;
    let trace_id = answer.get("trace_id")?.as_str()?.to_owned();
    let mut diary = diary.lock().unwrap_or_else(PoisonError::into_inner);
    diary.n_requests += 1;
    diary.note(planted, &trace_id);
    if !status.is_success() {
        diary.n_failed += 1;
        diary.note(Some(Planted::Failure), &trace_id);
    }
    drop(diary);
    Some((status, trace_id))
}

fn note(diary: &Mutex<Diary>, planted: Planted, trace_id: &str) {
    diary.lock().unwrap_or_else(PoisonError::into_inner).note(Some(planted), trace_id);
}

async fn pause(shortest: Duration, longest: Duration) {
    tokio::time::sleep(rand::random_range(shortest..longest)).await;
}
