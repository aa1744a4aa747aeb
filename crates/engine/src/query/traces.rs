//! Lists of traces.

use std::sync::Arc;

use model::Head;
use model::list::{FilterNames, Total, TraceFilter, TracePage, TraceSummary};
use store::cache::Freshness;
use store::{Cursor, ListOrder, ListPage};

use crate::caches::ListPosition;
use crate::error::QueryError;
use crate::handle::Engine;

/// Names offered by the filters; more are found by typing.
const NAMES_OFFERED: u32 = 1_000;

/// A REST page: page and page_size, or skip and limit, resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slice {
    pub skip: u64,
    pub limit: u64,
}

/// A REST page of traces, latest end first.
#[derive(Debug, Clone)]
pub struct TraceSlice {
    pub traces: Vec<TraceSummary>,
    pub total: Total,
    pub head: Head,
}

impl Engine {
    /// The browser's list: newest ingest first. `cursor` is a [`TracePage::next`].
    ///
    /// # Errors
    /// [`QueryError::BadCursor`], or when the store fails.
    pub async fn trace_page(
        &self,
        filter: &TraceFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<TracePage, QueryError> {
        let cursor = match cursor {
            Some(text) => Some(text.parse::<Cursor>().map_err(|()| QueryError::BadCursor)?),
            None => None,
        };
        let page = self.list(filter, ListOrder::NewestIngest { cursor }, limit).await?;
        Ok(TracePage {
            traces: page.traces.clone(),
            total: page.total,
            next: page.next.map(|cursor| cursor.to_string()),
            head: page.head,
        })
    }

    /// The REST list: latest end first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn trace_slice(&self, filter: &TraceFilter, slice: Slice) -> Result<TraceSlice, QueryError> {
        let limit = u32::try_from(slice.limit).unwrap_or(u32::MAX);
        let page = self.list(filter, ListOrder::NewestEnd { skip: slice.skip }, limit).await?;
        Ok(TraceSlice { traces: page.traces.clone(), total: page.total, head: page.head })
    }

    /// The names that filters of the list offer, at most 1,000 of each.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn filter_names(&self) -> Result<FilterNames, QueryError> {
        let (services, environments) = self.shared.store.filter_names(NAMES_OFFERED).await?;
        Ok(FilterNames { services, environments })
    }

    async fn list(&self, filter: &TraceFilter, order: ListOrder, limit: u32) -> Result<Arc<ListPage>, QueryError> {
        let key = (self.head(), filter.clone(), ListPosition::from(&order), limit);
        let (store, filter) = (self.shared.store.clone(), filter.clone());
        let compute = move || async move {
            match store.list_traces(&filter, order, limit).await? {
                Some(page) => Ok(Arc::new(page)),
                None => Err(QueryError::BadCursor),
            }
        };
        Ok(self.shared.caches.lists.get(key, Freshness::Cached, compute).await?.value)
    }
}
