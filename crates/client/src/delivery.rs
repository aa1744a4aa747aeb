//! One request to the server, and what its answer means for the batch.

use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Deserialize;

/// An answer lists at most 100 refused events.
const LONGEST_ANSWER: usize = 256 << 10;

/// What became of the events of a client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Acknowledged by the server, those it already knew included.
    pub sent: u64,
    /// Of those sent, the ones the server already knew (an answer was lost and the batch sent again).
    pub duplicates: u64,
    /// Refused by the server: sending them again would change nothing.
    pub rejected: u64,
    /// Never acknowledged: no room in the buffer, or no time left at shutdown.
    pub dropped: u64,
    /// Requests that had to be repeated.
    pub retries: u64,
}

/// What to do with a batch after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Taken {
        duplicates: u64,
        rejected: u64,
        reason: Option<String>,
    },
    /// The server is not there, or overloaded: it will take the batch later.
    Later {
        asked: Option<Duration>,
    },
    /// The server failed on this batch; perhaps it always will.
    Failed {
        status: StatusCode,
    },
    TooLarge,
    Refused {
        status: StatusCode,
    },
}

/// Where and how batches are sent.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub http: reqwest::Client,
    /// `.../events`
    pub url: reqwest::Url,
    pub api_key: Option<String>,
}

/// The part of the answer that says what became of the batch; older servers only have `data`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    duplicates: u64,
    rejected_total: u64,
    rejected: Vec<Rejected>,
}

#[derive(Debug, Deserialize)]
struct Rejected {
    #[serde(default)]
    reason: String,
}

impl Endpoint {
    pub(crate) async fn send(&self, events: &[Box<str>]) -> Outcome {
        let mut request =
            self.http.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(batch_body(events));
        if let Some(key) = &self.api_key {
            request = request.bearer_auth(key).header("x-raceway-key", key);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                tracing::debug!(%error, "the Raceway server did not answer");
                return Outcome::Later { asked: None };
            }
        };
        let status = response.status();
        if status.is_success() {
            // A body that cannot be read changes nothing: the status says that the batch was taken.
            let answer: Answer = serde_json::from_slice(&start_of(response).await).unwrap_or_default();
            let rejected = answer.rejected_total.max(answer.rejected.len() as u64).min(events.len() as u64);
            let reason = answer.rejected.into_iter().next().map(|first| first.reason);
            return Outcome::Taken { duplicates: answer.duplicates, rejected, reason };
        }
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        judge(status, seconds.map(Duration::from_secs))
    }
}

/// The body, as far as anything in it is of interest.
async fn start_of(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < LONGEST_ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body
}

fn judge(status: StatusCode, asked: Option<Duration>) -> Outcome {
    match status {
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Outcome::Later { asked },
        StatusCode::PAYLOAD_TOO_LARGE => Outcome::TooLarge,
        status if status.is_server_error() => Outcome::Failed { status },
        status => Outcome::Refused { status },
    }
}

fn batch_body(events: &[Box<str>]) -> String {
    let bytes: usize = events.iter().map(|event| event.len() + 1).sum();
    let mut body = String::with_capacity(bytes + 16);
    body.push_str("{\"events\":[");
    for (event_idx, event) in events.iter().enumerate() {
        if event_idx > 0 {
            body.push(',');
        }
        body.push_str(event);
    }
    body.push_str("]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_one_json_object() {
        assert_eq!(batch_body(&["{}".into(), "{\"a\":1}".into()]), "{\"events\":[{},{\"a\":1}]}");
        assert_eq!(batch_body(&[]), "{\"events\":[]}");
    }

    #[test]
    fn every_status_has_one_meaning() {
        let asked = Some(Duration::from_secs(3));
        for (status, outcome) in [
            (503, Outcome::Later { asked }),
            (429, Outcome::Later { asked }),
            (500, Outcome::Failed { status: StatusCode::INTERNAL_SERVER_ERROR }),
            (413, Outcome::TooLarge),
            (401, Outcome::Refused { status: StatusCode::UNAUTHORIZED }),
            (302, Outcome::Refused { status: StatusCode::FOUND }),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(judge(status, asked), outcome);
        }
    }
}
