//! Windows of a trace's events: fetched in the compact binary form, given up when dropped.

use std::future::Future;

use gloo_net::http::{Request, Response};
use model::window::{CONTENT_TYPE, Window, WindowQuery};
use model::{Seq, TraceId};
use web_sys::AbortController;

use crate::error::AppError;
use crate::urls;

/// Aborts its request when dropped; a request that is done is not affected.
pub struct GiveUp(AbortController);

impl GiveUp {
    /// `None` in browsers without the interface: requests then run to their end.
    pub fn new() -> Option<Self> {
        AbortController::new().ok().map(Self)
    }
}

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// # Errors
/// [`AppError::Changed`] with the version to ask for, when the trace has another one than `query` wants.
pub fn fetch(
    trace: TraceId,
    query: WindowQuery,
    give_up: Option<&GiveUp>,
) -> impl Future<Output = Result<Window, AppError>> + use<> {
    let signal = give_up.map(|give_up| give_up.0.signal());
    let request = Request::get(&url(trace, &query)).header("Accept", CONTENT_TYPE).abort_signal(signal.as_ref());
    async move { read(request.send().await.map_err(|_| AppError::Unreachable)?).await }
}

async fn read(response: Response) -> Result<Window, AppError> {
    match response.status() {
        200 => {
            let bytes = response.binary().await.map_err(|_| AppError::Unreachable)?;
            Window::from_bytes(&bytes).map_err(|_| AppError::Server)
        }
        400 => Err(AppError::BadRequest),
        404 => Err(AppError::TraceNotFound),
        409 => {
            let text = response.text().await.map_err(|_| AppError::Unreachable)?;
            Err(moved_to(&text).map_or(AppError::Server, |version| AppError::Changed { version }))
        }
        _ => Err(AppError::Server),
    }
}

/// The version that the trace has now, out of the refusal. The browser's own reader of JSON is at hand.
fn moved_to(refusal: &str) -> Option<Seq> {
    let refusal = js_sys::JSON::parse(refusal).ok()?;
    let version = js_sys::Reflect::get(&refusal, &"version".into()).ok()?.as_f64()?;
    Some(Seq(version as u64))
}

fn url(trace: TraceId, query: &WindowQuery) -> String {
    let mut url = format!("/api/traces/{trace}/window?offset={}&count={}", query.offset, query.count);
    if !query.filter.is_empty() {
        url.push_str("&filter=");
        url.push_str(&urls::encode(&query.filter));
    }
    if let Some(version) = query.version {
        url.push_str(&format!("&version={version}"));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_addressed_by_everything_that_makes_it() {
        let trace: TraceId = "00f067aa0ba902b7".parse().expect("an id");
        let query = WindowQuery { offset: 200, count: 100, filter: "a&b".into(), version: Some(Seq(7)) };
        let expected = format!("/api/traces/{trace}/window?offset=200&count=100&filter=a%26b&version=7");
        assert_eq!(url(trace, &query), expected);
    }
}
