//! What the services of the bank have in common: a socket, calls to each other, a database.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::http::{Method, StatusCode};
use axum::{Json, Router};
use raceway_client::Context;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// What every handler answers.
pub type Reply = (StatusCode, Json<Value>);

/// An answer that names its trace, so that a customer can complain about it.
pub fn reply(ctx: &Context, status: StatusCode) -> Reply {
    (status, Json(json!({"trace_id": ctx.trace_id().to_string()})))
}

/// A service of the bank as the others see it.
#[derive(Debug, Clone)]
pub struct Peer {
    name: &'static str,
    base: String,
    http: reqwest::Client,
}

impl Peer {
    /// Serves `router` on a free port of the loopback interface until `stop`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(name: &'static str, router: Router, stop: &CancellationToken) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("no free port on 127.0.0.1")?;
        let base = format!("http://{}", listener.local_addr()?);
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        let http = reqwest::Client::builder().no_proxy().timeout(CALL_TIMEOUT).build()?;
        Ok(Self { name, base, http })
    }

    /// Calls the service within a request: recorded on both sides, under the service's name instead of
    /// its port. A service that does not answer is a 502.
    pub async fn call(&self, ctx: &Context, method: Method, path: &str, body: &Value) -> StatusCode {
        let exchange = ctx.request(method.as_str(), &format!("http://{}{path}", self.name));
        let request = self.http.request(method, format!("{}{path}", self.base)).headers(exchange.headers().clone());
        let status = match request.json(body).send().await {
            Ok(response) => response.status(),
            Err(error) => {
                ctx.error("ServiceUnavailable", &format!("{} does not answer: {error}", self.name));
                StatusCode::BAD_GATEWAY
            }
        };
        exchange.finish(status.as_u16());
        status
    }

    /// Calls the service as a customer, who records nothing.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call_from_outside(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> reqwest::Result<(StatusCode, Value)> {
        let request = self.http.request(method, format!("{}{path}", self.base)).json(body);
        let response = request.send().await?;
        let status = response.status();
        Ok((status, response.json().await?))
    }
}

/// A query that takes about `typical`, and is recorded with the time it really took.
pub async fn query(ctx: &Context, database: &str, sql: &str, typical: Duration) {
    let began = Instant::now();
    tokio::time::sleep(typical.mul_f64(rand::random_range(0.6..1.6))).await;
    ctx.query(sql, database, began.elapsed());
}
