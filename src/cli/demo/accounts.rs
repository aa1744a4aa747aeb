//! The accounts service: balances under locks, and three things that go wrong.
//!
//! - `payroll.last_paid` is written by two tasks of one request, and no lock protects it.
//! - `loyalty.points` is read, then written a while later: of two overlapping bonuses one is lost.
//! - `vault:eur` and `vault:usd` are taken in both orders. The two tasks miss each other in time, so
//!   nothing hangs here; under another schedule both wait for ever.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use raceway_client::{Client, Context, Mutex, Shared};
use serde::Deserialize;

use crate::cli::demo::service::{Reply, query, reply};

pub const N_ACCOUNTS: usize = 8;
const DATABASE: &str = "accounts";
/// Should the locks of the vaults ever meet, the later task gives up instead of hanging.
const VAULT_PATIENCE: Duration = Duration::from_secs(1);

struct Account {
    lock: Mutex<()>,
    balance: Shared<i64>,
}

struct Accounts {
    client: Client,
    accounts: Vec<Account>,
    last_paid: Shared<String>,
    points: Shared<i64>,
    vaults: [Vault; 2],
}

struct Vault {
    lock: Mutex<()>,
    reserve: Shared<i64>,
}

#[derive(Debug, Deserialize)]
struct Transfer {
    from: usize,
    to: usize,
    amount: i64,
}

#[derive(Debug, Deserialize)]
struct Bonus {
    points: i64,
}

pub fn router(client: Client) -> Router {
    let account = |number| Account {
        lock: Mutex::new(format!("account:{number}"), ()),
        balance: Shared::new(format!("account:{number}.balance"), 400),
    };
    let vault = |currency: &str| Vault {
        lock: Mutex::new(format!("vault:{currency}"), ()),
        reserve: Shared::new(format!("vault:{currency}.reserve"), 1_000_000),
    };
    let accounts = Accounts {
        client,
        accounts: (0..N_ACCOUNTS).map(account).collect(),
        last_paid: Shared::new("payroll.last_paid", String::new()),
        points: Shared::new("loyalty.points", 0),
        vaults: [vault("eur"), vault("usd")],
    };
    Router::new()
        .route("/transfers", post(transfer))
        .route("/accounts/{number}", get(balance))
        .route("/payroll", post(payroll))
        .route("/loyalty/bonus", post(bonus))
        .route("/vaults/rebalance", post(rebalance))
        .with_state(Arc::new(accounts))
}

async fn transfer(State(bank): State<Arc<Accounts>>, headers: HeaderMap, Json(order): Json<Transfer>) -> Reply {
    let ctx = bank.client.extract(&headers);
    let exchange = ctx.received("POST", "/transfers");
    let status = bank.transfer(&ctx, &order).await;
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

async fn balance(State(bank): State<Arc<Accounts>>, headers: HeaderMap, Path(number): Path<usize>) -> Reply {
    let ctx = bank.client.extract(&headers);
    let exchange = ctx.received("GET", &format!("/accounts/{number}"));
    let status = match bank.accounts.get(number) {
        Some(account) => {
            let _call = ctx.call("accounts::balance", &number);
            let _held = account.lock.lock(&ctx).await;
            account.balance.read(&ctx);
            StatusCode::OK
        }
        None => StatusCode::NOT_FOUND,
    };
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

async fn payroll(State(bank): State<Arc<Accounts>>, headers: HeaderMap) -> Reply {
    let ctx = bank.client.extract(&headers);
    let exchange = ctx.received("POST", "/payroll");
    {
        let _call = ctx.call("accounts::payroll", &N_ACCOUNTS);
        let halves = [0, 1].map(|half| {
            let bank = Arc::clone(&bank);
            ctx.spawn(move |ctx| async move { bank.pay_every_second(&ctx, half).await })
        });
        for half in halves {
            if let Err(error) = half.join(&ctx).await {
                ctx.error("PayrollFailed", &error.to_string());
            }
        }
        bank.last_paid.read(&ctx);
    }
    exchange.finish(200);
    reply(&ctx, StatusCode::OK)
}

async fn bonus(State(bank): State<Arc<Accounts>>, headers: HeaderMap, Json(order): Json<Bonus>) -> Reply {
    let ctx = bank.client.extract(&headers);
    let exchange = ctx.received("POST", "/loyalty/bonus");
    {
        let _call = ctx.call("accounts::add_bonus", &order.points);
        let seen = bank.points.read(&ctx);
        query(&ctx, DATABASE, "SELECT factor FROM loyalty_rules WHERE active", Duration::from_millis(15)).await;
        bank.points.write_from(&ctx, &seen, seen + order.points);
    }
    exchange.finish(200);
    reply(&ctx, StatusCode::OK)
}

async fn rebalance(State(bank): State<Arc<Accounts>>, headers: HeaderMap) -> Reply {
    let ctx = bank.client.extract(&headers);
    let exchange = ctx.received("POST", "/vaults/rebalance");
    let mut moved = true;
    {
        let _call = ctx.call("accounts::rebalance", &["eur", "usd"]);
        let (there, back) = (Arc::clone(&bank), Arc::clone(&bank));
        let there = ctx.spawn(move |ctx| async move { there.move_reserve(&ctx, [0, 1]).await });
        let back = ctx.spawn(move |ctx| async move {
            tokio::time::sleep(Duration::from_millis(25)).await;
            back.move_reserve(&ctx, [1, 0]).await
        });
        for task in [there, back] {
            moved &= task.join(&ctx).await.unwrap_or(false);
        }
    }
    let status = if moved { StatusCode::OK } else { StatusCode::CONFLICT };
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

impl Accounts {
    /// Correct: both locks, always in the order of the account numbers.
    async fn transfer(&self, ctx: &Context, order: &Transfer) -> StatusCode {
        let _call = ctx.call("accounts::transfer", &(order.from, order.to, order.amount));
        let first_and_second =
            (self.accounts.get(order.from.min(order.to)), self.accounts.get(order.from.max(order.to)));
        let (Some(first), Some(second)) = first_and_second else { return StatusCode::NOT_FOUND };
        if order.from == order.to {
            return StatusCode::BAD_REQUEST;
        }
        let (source, target) = if order.from < order.to { (first, second) } else { (second, first) };

        let _first_held = first.lock.lock(ctx).await;
        let _second_held = second.lock.lock(ctx).await;
        let available = source.balance.read(ctx);
        if available < order.amount {
            let message = format!("account {} has {available}, {} were asked for", order.from, order.amount);
            ctx.error("InsufficientFunds", &message);
            return StatusCode::CONFLICT;
        }
        let before = target.balance.read(ctx);
        source.balance.write(ctx, available - order.amount);
        target.balance.write(ctx, before + order.amount);
        let sql = "UPDATE accounts SET balance = balance + ? WHERE number = ?";
        query(ctx, DATABASE, sql, Duration::from_millis(2)).await;
        ctx.query_result(2);
        StatusCode::OK
    }

    /// The salaries are safe; the note about who was paid last is not.
    async fn pay_every_second(&self, ctx: &Context, half: usize) {
        for (number, account) in self.accounts.iter().enumerate().skip(half).step_by(2) {
            {
                let _held = account.lock.lock(ctx).await;
                let before = account.balance.read(ctx);
                account.balance.write(ctx, before + 50);
            }
            tokio::time::sleep(Duration::from_micros(rand::random_range(200..1_500))).await;
            self.last_paid.write(ctx, format!("account:{number}"));
        }
    }

    /// Whether both locks could be had.
    async fn move_reserve(&self, ctx: &Context, [from, to]: [usize; 2]) -> bool {
        let (from, to) = (&self.vaults[from], &self.vaults[to]);
        let _from_held = from.lock.lock(ctx).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        let Some(_to_held) = to.lock.try_lock_for(ctx, VAULT_PATIENCE).await else {
            ctx.error("VaultsBusy", "the second vault was not free in time");
            return false;
        };
        let (available, before) = (from.reserve.read(ctx), to.reserve.read(ctx));
        from.reserve.write(ctx, available - 10);
        to.reserve.write(ctx, before + 10);
        true
    }
}
