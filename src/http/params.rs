//! What a request names: the parts of its path, and its query parameters, read leniently.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use engine::{Freshness, Slice};
use model::list::TraceFilter;
use model::{EventId, TraceId};

use super::envelope::Failure;

/// Most items on a page; larger wishes are cut to it, and the answer says so.
const MAX_PAGE_SIZE: u64 = 200;

/// Query parameters. One that is missing, or cannot be read, has its default; of one that is repeated the
/// first counts.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Empty when missing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    pub fn whole(&self, name: &str) -> Option<u64> {
        self.get(name)?.trim().parse().ok()
    }

    /// Whether it is `true` or `1`.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "1")
    }

    /// `no_cache=true`
    pub fn freshness(&self) -> Freshness {
        if self.flag("no_cache") { Freshness::Bypass } else { Freshness::Cached }
    }

    pub fn trace_filter(&self) -> TraceFilter {
        TraceFilter {
            q: self.text("q").trim().to_owned(),
            service: self.text("service").to_owned(),
            environment: self.text("environment").to_owned(),
            min_events: self.whole("min_events").unwrap_or_default(),
        }
    }

    /// `page` and `page_size`, or `skip` and `limit` when one of these is there.
    pub fn paging(&self, default_size: u64) -> Paging {
        let size = |name| match self.whole(name) {
            None | Some(0) => default_size,
            Some(size) => size.min(MAX_PAGE_SIZE),
        };
        if self.get("skip").is_some() || self.get("limit").is_some() {
            let (skip, limit) = (self.whole("skip").unwrap_or_default(), size("limit"));
            return Paging { page: skip / limit + 1, page_size: limit, slice: Slice { skip, limit } };
        }
        let (page, page_size) = (self.whole("page").unwrap_or(1).max(1), size("page_size"));
        let skip = (page - 1).saturating_mul(page_size);
        Paging { page, page_size, slice: Slice { skip, limit: page_size } }
    }

    /// Of the browser's endless lists.
    pub fn limit(&self, default: u32) -> u32 {
        match self.whole("limit") {
            None | Some(0) => default,
            Some(limit) => limit.min(MAX_PAGE_SIZE) as u32,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// A page of a list, as echoed in the answer and as asked of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    pub page: u64,
    pub page_size: u64,
    pub slice: Slice,
}

impl Paging {
    pub const fn pages_of(&self, total: u64) -> u64 {
        total.div_ceil(self.page_size)
    }
}

/// The trace a path names (`{trace_id}`).
#[derive(Debug, Clone, Copy)]
pub struct TracePath(pub TraceId);

impl<S: Sync> FromRequestParts<S> for TracePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let id = path_param(parts, "trace_id").await.and_then(|text| text.parse().ok());
        id.map(Self).ok_or_else(|| Failure::bad_request("Invalid trace ID format"))
    }
}

/// The event a path names (`{event_id}`).
#[derive(Debug, Clone, Copy)]
pub struct EventPath(pub EventId);

impl<S: Sync> FromRequestParts<S> for EventPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let id = path_param(parts, "event_id").await.and_then(|text| text.parse().ok());
        id.map(Self).ok_or_else(|| Failure::bad_request("Invalid event ID format"))
    }
}

/// The finding a path names (`{finding}`).
#[derive(Debug)]
pub struct FindingPath(pub String);

impl<S: Sync> FromRequestParts<S> for FindingPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let is_id = |text: &String| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = path_param(parts, "finding").await.filter(is_id);
        id.map(|id| Self(id.to_ascii_lowercase())).ok_or_else(|| Failure::bad_request("Invalid finding ID format"))
    }
}

/// The variable a path names (`{variable}`), decoded: by its name, or by its index.
#[derive(Debug)]
pub struct VariablePath(pub String);

impl VariablePath {
    /// # Errors
    /// When it is no index.
    pub fn index(&self) -> Result<u32, Failure> {
        self.0.parse().map_err(|_| Failure::bad_request("Invalid variable index: it is not a number"))
    }
}

impl<S: Sync> FromRequestParts<S> for VariablePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let name = path_param(parts, "variable").await;
        name.map(Self).ok_or_else(|| Failure::bad_request("Invalid variable name: it is not UTF-8"))
    }
}

/// The service a path names (`{service}`), decoded.
#[derive(Debug)]
pub struct ServicePath(pub String);

impl<S: Sync> FromRequestParts<S> for ServicePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let name = path_param(parts, "service").await;
        name.map(Self).ok_or_else(|| Failure::bad_request("Invalid service name: it is not UTF-8"))
    }
}

async fn path_param(parts: &mut Parts, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(query: &str) -> (u64, u64, u64, u64) {
        let paging = Params::parse(query).paging(20);
        (paging.page, paging.page_size, paging.slice.skip, paging.slice.limit)
    }

    #[test]
    fn pages_are_read_leniently_and_capped() {
        for (query, expected) in [
            ("", (1, 20, 0, 20)),
            ("page=3&page_size=10", (3, 10, 20, 10)),
            ("page=0", (1, 20, 0, 20)),
            ("page=-5&page_size=-1", (1, 20, 0, 20)),
            ("page=x&page_size=1e3", (1, 20, 0, 20)),
            ("page_size=0", (1, 20, 0, 20)),
            ("page_size=100000", (1, 200, 0, 200)),
            ("page=18446744073709551615&page_size=200", (u64::MAX, 200, u64::MAX, 200)),
            ("skip=40", (3, 20, 40, 20)),
            ("skip=45&limit=10", (5, 10, 45, 10)),
            ("limit=0", (1, 20, 0, 20)),
            ("limit=1000&page=7", (1, 200, 0, 200)),
            ("%ff=%&&=", (1, 20, 0, 20)),
        ] {
            assert_eq!(page(query), expected, "{query}");
        }
    }

    #[test]
    fn a_filter_is_what_the_query_says() {
        let params = Params::parse("q=+POST%20%2Ftransfer&service=a%26b&min_events=x&environment=&no_cache=true&q=2");
        let filter = TraceFilter { q: "POST /transfer".into(), service: "a&b".into(), ..TraceFilter::default() };
        assert_eq!(params.trace_filter(), filter);
        assert_eq!(params.freshness(), Freshness::Bypass);
    }

    proptest! {
        #[test]
        fn every_query_has_a_page(query in "\\PC{0,60}") {
            let (page, page_size, _, limit) = page(&query);
            prop_assert!(page >= 1 && (1..=200).contains(&page_size) && limit == page_size);
        }
    }
}
