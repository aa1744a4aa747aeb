//! Which service calls which, and how often.
//!
//! One call counts once, however many events it left: from spans ([`Dependencies::add_spans`]) one a span
//! whose parent belongs to another service, from recorded operations ([`Dependencies::add_messages`]) one a
//! context that another service's context opened. A trace recorded both ways is added one way only.

mod messages;
mod spans;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The calls from one service to another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    pub calls: u64,
    /// Those known to have ended with an error. Messages do not tell.
    pub failed: u64,
    /// Those told from times alone.
    pub inferred: u64,
}

/// Call edges between services, by name: (caller, callee). A service's calls of itself are not among them.
///
/// What is added in any order, or added apart and merged, gives the same. Memory in proportion to the pairs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependencies {
    pub edges: BTreeMap<(String, String), Calls>,
}

impl Dependencies {
    pub fn merge(&mut self, other: &Self) {
        for (edge, calls) in &other.edges {
            self.edges.entry(edge.clone()).or_default().add(*calls);
        }
    }

    /// The services, and whom each calls, as a table would list them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Calls)> {
        self.edges.iter().map(|((caller, callee), calls)| (caller.as_str(), callee.as_str(), *calls))
    }

    fn add(&mut self, caller: &str, callee: &str, calls: Calls) {
        self.edges.entry((caller.to_owned(), callee.to_owned())).or_default().add(calls);
    }
}

impl Calls {
    fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.inferred = self.inferred.saturating_add(other.inferred);
    }
}
