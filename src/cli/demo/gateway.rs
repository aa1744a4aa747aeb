//! The gateway: what customers call. It calls accounts and ledger, some of them in parallel.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use raceway_client::{Client, Context, Shared};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::demo::service::{Peer, Reply, reply};

struct Gateway {
    client: Client,
    accounts: Peer,
    ledger: Peer,
    n_served: Shared<u64>,
}

/// An order of a customer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub from: usize,
    pub to: usize,
    pub amount: i64,
}

pub fn router(client: Client, accounts: Peer, ledger: Peer) -> Router {
    let n_served = Shared::new("gateway.requests_served", 0);
    Router::new()
        .route("/transfers", post(transfer))
        .route("/statements/{number}", get(statement))
        .route("/payroll", post(payroll))
        .route("/bonus", post(bonus))
        .route("/campaign", post(campaign))
        .route("/rebalance", post(rebalance))
        .with_state(Arc::new(Gateway { client, accounts, ledger, n_served }))
}

async fn transfer(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, Json(order): Json<Transfer>) -> Reply {
    let ctx = gateway.client.extract(&headers);
    let exchange = ctx.received("POST", "/transfers");
    let status = gateway.transfer(&ctx, &order).await;
    gateway.n_served.update(&ctx, |n_served| n_served + 1);
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

async fn statement(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, Path(number): Path<usize>) -> Reply {
    let ctx = gateway.client.extract(&headers);
    let exchange = ctx.received("GET", &format!("/statements/{number}"));
    let status = {
        let _call = ctx.call("gateway::statement", &number);
        let (peer, path) = (gateway.accounts.clone(), format!("/accounts/{number}"));
        let balance = ctx.spawn(move |ctx| async move { peer.call(&ctx, Method::GET, &path, &Value::Null).await });
        let peer = gateway.ledger.clone();
        let entries = ctx.spawn(move |ctx| async move { peer.call(&ctx, Method::GET, "/entries", &Value::Null).await });
        let (balance, entries) = (balance.join(&ctx).await, entries.join(&ctx).await);
        worst(&[balance.unwrap_or(StatusCode::BAD_GATEWAY), entries.unwrap_or(StatusCode::BAD_GATEWAY)])
    };
    gateway.n_served.update(&ctx, |n_served| n_served + 1);
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

async fn payroll(state: State<Arc<Gateway>>, headers: HeaderMap) -> Reply {
    pass_on(state, headers, "/payroll", "/payroll", &Value::Null).await
}

async fn bonus(state: State<Arc<Gateway>>, headers: HeaderMap) -> Reply {
    pass_on(state, headers, "/bonus", "/loyalty/bonus", &json!({"points": 10})).await
}

async fn rebalance(state: State<Arc<Gateway>>, headers: HeaderMap) -> Reply {
    pass_on(state, headers, "/rebalance", "/vaults/rebalance", &Value::Null).await
}

/// Two bonuses at the same time within one trace.
async fn campaign(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Reply {
    let ctx = gateway.client.extract(&headers);
    let exchange = ctx.received("POST", "/campaign");
    let status = {
        let _call = ctx.call("gateway::campaign", "double points");
        let bonuses = [100, 250].map(|points| {
            let peer = gateway.accounts.clone();
            ctx.spawn(move |ctx| async move {
                peer.call(&ctx, Method::POST, "/loyalty/bonus", &json!({"points": points})).await
            })
        });
        let mut statuses = Vec::new();
        for bonus in bonuses {
            statuses.push(bonus.join(&ctx).await.unwrap_or(StatusCode::BAD_GATEWAY));
        }
        worst(&statuses)
    };
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

async fn pass_on(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    path: &str,
    onward: &str,
    body: &Value,
) -> Reply {
    let ctx = gateway.client.extract(&headers);
    let exchange = ctx.received("POST", path);
    let status = gateway.accounts.call(&ctx, Method::POST, onward, body).await;
    exchange.finish(status.as_u16());
    reply(&ctx, status)
}

impl Gateway {
    async fn transfer(&self, ctx: &Context, order: &Transfer) -> StatusCode {
        let _call = ctx.call("gateway::transfer", order);
        let body = json!(order);
        self.ledger.call(ctx, Method::POST, "/fraud-check", &body).await;
        let moved = self.accounts.call(ctx, Method::POST, "/transfers", &body).await;
        if !moved.is_success() {
            return moved;
        }
        let noted = self.ledger.call(ctx, Method::POST, "/entries", &body).await;
        if noted.is_server_error() {
            ctx.error("LedgerFailed", "the money was moved, but the ledger has no entry");
        }
        noted
    }
}

fn worst(statuses: &[StatusCode]) -> StatusCode {
    statuses.iter().copied().max().unwrap_or(StatusCode::OK)
}
