//! Names that many rows share, and their numbers.

use std::num::NonZeroUsize;

use hashbrown::HashMap;
use lru::LruCache;
use model::table::{StrId, Strings};
use sqlx::{Row, SqliteConnection};

use crate::StoreError;

/// What a name names; the numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum NameKind {
    Service = 1,
    Environment = 2,
    Operation = 3,
    Variable = 4,
}

/// The number of a name.
pub(super) type NameId = i64;

/// Names the writer remembers, so that most commits look none up.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(50_000).expect("not zero");

pub(super) struct Names {
    known: LruCache<(NameKind, Box<str>), NameId>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { known: LruCache::new(REMEMBERED) }
    }

    /// After a failed commit: it may have taken names back.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// The numbers of `wanted`, given out as needed. Two statements at most.
    pub(super) async fn resolve(
        &mut self,
        connection: &mut SqliteConnection,
        strings: &Strings,
        wanted: impl Iterator<Item = (NameKind, StrId)>,
    ) -> Result<HashMap<(NameKind, StrId), NameId>, StoreError> {
        let mut resolved = HashMap::new();
        let mut missing = Vec::new();
        for (kind, text) in wanted {
            match self.known.get(&(kind, strings.get(text).into())) {
                Some(&id) => {
                    resolved.insert((kind, text), id);
                }
                None => missing.push((kind, text)),
            }
        }
        if missing.is_empty() {
            return Ok(resolved);
        }
        let rows: Vec<(i64, &str)> = missing.iter().map(|&(kind, text)| (kind as i64, strings.get(text))).collect();
        let rows = json(&rows);
        sqlx::query(include_str!("sql/name/insert.sql")).bind(&rows).execute(&mut *connection).await?;
        for found in sqlx::query(include_str!("sql/name/find.sql")).bind(&rows).fetch_all(&mut *connection).await? {
            let (index, id): (i64, i64) = (found.try_get(0)?, found.try_get(1)?);
            let Some(&(kind, text)) = usize::try_from(index).ok().and_then(|index| missing.get(index)) else {
                continue;
            };
            self.known.put((kind, strings.get(text).into()), id);
            resolved.insert((kind, text), id);
        }
        Ok(resolved)
    }
}

/// Rows for `json_each`: tuples of numbers and texts.
pub(super) fn json<T: serde::Serialize>(rows: &T) -> String {
    // Numbers, texts and arrays of them always serialise.
    serde_json::to_string(rows).unwrap_or_default()
}
