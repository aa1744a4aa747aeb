//! A trace's summary as the writer carries it from commit to commit.

use model::{EventId, Nanos};
use sqlx::Sqlite;
use sqlx::query_builder::Separated;

use super::names::{NameId, json};
use super::recent::KnownIds;

/// Spans remembered a trace, so that only new ones are looked up.
const SPANS_REMEMBERED: usize = 64;

#[derive(Debug)]
pub(super) struct TraceState {
    pub key: i64,
    /// Not in the store yet.
    pub is_new: bool,
    pub events: u64,
    pub errors: u64,
    pub start: Nanos,
    pub end: Nanos,
    /// Wall time of the commit that had its first event.
    pub received: Nanos,
    pub root: Option<RootState>,
    pub environment: NameId,
    /// Sorted.
    pub services: Vec<String>,
    /// Hashes of spans whose row is written.
    pub spans: Vec<u64>,
    /// Whether those are all there are.
    pub knows_spans: bool,
    pub ids: KnownIds,
}

/// The earliest event without a parent in the trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct RootState {
    pub start: Nanos,
    pub service: NameId,
    pub operation: NameId,
}

impl TraceState {
    pub(super) fn new(key: i64, received: Nanos) -> Self {
        Self {
            key,
            is_new: true,
            events: 0,
            errors: 0,
            start: Nanos(i64::MAX),
            end: Nanos(i64::MIN),
            received,
            root: None,
            environment: 0,
            services: Vec::new(),
            spans: Vec::new(),
            knows_spans: true,
            ids: KnownIds::All(Default::default()),
        }
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let ids = match &self.ids {
            KnownIds::All(ids) => ids.allocation_size(),
            KnownIds::Cold { .. } => 0,
        };
        let services: usize = self.services.iter().map(|name| size_of::<String>() + name.capacity()).sum();
        // The map's entry and its links.
        size_of::<Self>() + 64 + ids + services + self.spans.capacity() * 8
    }

    /// Whether this event is known, as far as memory tells. None: the ids are in the store only.
    pub(super) fn knows(&self, id: EventId) -> Option<bool> {
        match &self.ids {
            KnownIds::All(ids) => Some(ids.contains(&id)),
            KnownIds::Cold { .. } => None,
        }
    }

    pub(super) fn knows_all(&self) -> bool {
        matches!(self.ids, KnownIds::All(_))
    }

    /// True when the service is new to the trace.
    pub(super) fn add_service(&mut self, name: &str) -> bool {
        match self.services.binary_search_by(|known| known.as_str().cmp(name)) {
            Ok(_) => false,
            Err(at) => {
                self.services.insert(at, name.to_owned());
                true
            }
        }
    }

    /// [`None`] when the span is known to be written; else whether it is certain that it is not.
    pub(super) fn add_span(&mut self, span: u64) -> Option<bool> {
        if self.spans.contains(&span) {
            return None;
        }
        let is_surely_new = self.knows_spans;
        if self.spans.len() < SPANS_REMEMBERED {
            self.spans.push(span);
        } else {
            self.knows_spans = false;
        }
        Some(is_surely_new)
    }

    /// The values of a row of `trace` after its key, id, version and time, in the order of `trace/upsert.sql`.
    pub(super) fn bind(&self, values: &mut Separated<'_, Sqlite, &'static str>) {
        let root = self.root;
        values.push_bind(self.events as i64).push_bind(self.errors as i64);
        values.push_bind(self.start.0).push_bind(self.end.0);
        values.push_bind(root.map(|root| root.start.0));
        values.push_bind(root.map(|root| root.service)).push_bind(root.map(|root| root.operation));
        values.push_bind(self.environment).push_bind(json(&self.services)).push_bind(self.received.0);
    }
}
