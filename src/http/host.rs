//! Whom a request is addressed to: on loopback the `Host` header must name loopback.
//!
//! Otherwise any web page could point a name of its own at 127.0.0.1 and read, as its own origin, what
//! only this machine should see (DNS rebinding).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::envelope::Failure;

/// Which names are answered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPolicy {
    Any,
    /// In lower case, without ports.
    Only(Vec<String>),
}

impl HostPolicy {
    /// Checks when `bound` is loopback, or when there are `configured` names.
    pub fn new(bound: IpAddr, configured: &[String]) -> Self {
        if !bound.is_loopback() && configured.is_empty() {
            return Self::Any;
        }
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
        names.push(if bound.is_ipv6() { format!("[{bound}]") } else { bound.to_string() });
        names.extend(configured.iter().map(|name| name.to_ascii_lowercase()));
        Self::Only(names)
    }

    fn admits(&self, authority: Option<&str>) -> bool {
        match (self, authority) {
            (Self::Any, _) => true,
            (Self::Only(names), Some(authority)) => {
                let name = without_port(authority).trim_end_matches('.').to_ascii_lowercase();
                names.contains(&name)
            }
            (Self::Only(_), None) => false,
        }
    }
}

/// The layer.
pub async fn check_host(State(policy): State<Arc<HostPolicy>>, request: Request, next: Next) -> Response {
    if policy.admits(authority(request.uri(), request.headers())) {
        return next.run(request).await;
    }
    let text = "This server does not answer for that host name; add it to server.allowed_hosts";
    Failure::new(StatusCode::MISDIRECTED_REQUEST, text).into_response()
}

/// HTTP/2 has it in the URI, HTTP/1.1 in the header.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority().map(|authority| authority.as_str()).or_else(|| headers.get(HOST)?.to_str().ok())
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn loopback_answers_for_loopback_and_what_is_configured() {
        let policy = HostPolicy::new(Ipv4Addr::LOCALHOST.into(), &["Raceway.Example.org".into()]);
        for good in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]:8080",
            "[::1]",
            "raceway.example.org:443",
            "localhost.:80",
        ] {
            assert!(policy.admits(Some(good)), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8080",
            "",
            "[::2]",
            "localhost:80@evil.example",
        ] {
            assert!(!policy.admits(Some(bad)), "{bad}");
        }
        assert!(!policy.admits(None));
    }

    #[test]
    fn another_address_answers_for_every_name_until_some_are_configured() {
        assert_eq!(HostPolicy::new(Ipv4Addr::UNSPECIFIED.into(), &[]), HostPolicy::Any);
        let policy = HostPolicy::new(Ipv6Addr::UNSPECIFIED.into(), &["a.example".into()]);
        assert!(policy.admits(Some("a.example")) && !policy.admits(Some("b.example")));
    }
}
