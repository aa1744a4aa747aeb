//! What the routes and their layers need to know of the configuration.

use std::net::SocketAddr;
use std::time::Duration;

use super::host::HostPolicy;
use crate::config::Server;

#[derive(Debug, Clone)]
pub struct HttpSettings {
    pub request_timeout: Duration,
    /// Bytes of one request's body, decompressed.
    pub body_limit: usize,
    /// Origins whose pages may read answers; `*` for all.
    pub allowed_origins: Vec<String>,
    pub hosts: HostPolicy,
}

impl HttpSettings {
    /// `address` is the one that is listened on: on loopback the `Host` header is checked.
    pub fn new(server: &Server, address: SocketAddr) -> Self {
        Self {
            request_timeout: server.request_timeout,
            body_limit: server.body_limit_bytes,
            allowed_origins: server.allowed_origins.clone(),
            hosts: HostPolicy::new(address.ip(), &server.allowed_hosts),
        }
    }
}
