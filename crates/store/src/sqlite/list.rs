//! Lists of traces. Nothing here reads a block.

use std::fmt;
use std::str::FromStr;

use model::list::{Root, Total, TraceFilter, TraceSummary};
use model::{Head, Nanos, Seq, TraceId};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row};

use super::Store;
use super::names::{NameKind, json};
use crate::StoreError;

/// Counting stops here.
const COUNT_CAP: u64 = 10_000;
/// A condition that at most so many traces meet is looked up first; others are checked trace by trace, newest first.
const FEW: i64 = 20_000;
/// Names that a part of a name may match.
const NAMES_MATCHED: i64 = 500;

/// A place in the browser's list: after the trace with key `after`, of those that were there when the
/// first page was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    epoch: u64,
    newest: i64,
    after: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}-{:x}", self.epoch, self.newest, self.after)
    }
}

impl FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '-').map(|part| i64::from_str_radix(part, 16));
        let mut next = || parts.next().and_then(Result::ok).filter(|&part| part >= 0).ok_or(());
        Ok(Self { epoch: next()? as u64, newest: next()?, after: next()? })
    }
}

/// In which order, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOrder {
    /// First seen last; positions never shift.
    NewestIngest { cursor: Option<Cursor> },
    /// Latest end first.
    NewestEnd { skip: u64 },
}

#[derive(Debug, Clone)]
pub struct ListPage {
    pub traces: Vec<TraceSummary>,
    pub total: Total,
    pub next: Option<Cursor>,
    pub head: Head,
}

const SUMMARY: &str = "SELECT t.key, t.trace_id, t.version, t.ingested, t.events, t.errors, t.started, t.ended, t.services, \
     root_service.text, root_operation.text, environment.text FROM trace AS t \
     LEFT JOIN name AS root_service ON root_service.id = t.root_service \
     LEFT JOIN name AS root_operation ON root_operation.id = t.root_operation \
     LEFT JOIN name AS environment ON environment.id = t.environment";

impl Store {
    /// A page of at most `limit` traces. `None` when the cursor is of another store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_traces(
        &self,
        filter: &TraceFilter,
        order: ListOrder,
        limit: u32,
    ) -> Result<Option<ListPage>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let (epoch, seq, traces): (i64, i64, i64) =
            sqlx::query_as("SELECT epoch, seq, traces FROM log_head").fetch_one(&mut *transaction).await?;
        let head = Head { epoch: epoch as u64, seq: Seq(seq as u64) };
        let cursor = match order {
            ListOrder::NewestIngest { cursor } => cursor,
            ListOrder::NewestEnd { .. } => None,
        };
        if cursor.is_some_and(|cursor| cursor.epoch != head.epoch) {
            return Ok(None);
        }
        let Some(conditions) = Conditions::resolve(&mut transaction, filter).await? else {
            return Ok(Some(ListPage { traces: Vec::new(), total: Total::exact(0), next: None, head }));
        };

        let mut query = QueryBuilder::<Sqlite>::new(SUMMARY);
        conditions.push(&mut query);
        match order {
            ListOrder::NewestIngest { .. } => {
                if let Some(cursor) = cursor {
                    query.push(" AND t.key < ").push_bind(cursor.after);
                }
                query.push(" ORDER BY t.key DESC LIMIT ").push_bind(i64::from(limit) + 1);
            }
            ListOrder::NewestEnd { skip } => {
                query.push(" ORDER BY t.ended DESC, t.key DESC LIMIT ").push_bind(i64::from(limit) + 1);
                query.push(" OFFSET ").push_bind(i64::try_from(skip).unwrap_or(i64::MAX));
            }
        }
        let mut rows = query.build().fetch_all(&mut *transaction).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let keys: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let newest = match cursor {
            Some(cursor) => cursor.newest,
            None => sqlx::query_scalar("SELECT coalesce(max(key), 0) FROM trace").fetch_one(&mut *transaction).await?,
        };
        let next = keys.last().filter(|_| more).map(|&after| Cursor { epoch: head.epoch, newest, after });

        let total = if filter.is_empty() {
            let later: i64 = match order {
                ListOrder::NewestEnd { .. } => 0,
                ListOrder::NewestIngest { .. } => {
                    sqlx::query_scalar("SELECT count(*) FROM trace WHERE key > ?")
                        .bind(newest)
                        .fetch_one(&mut *transaction)
                        .await?
                }
            };
            Total::exact((traces - later) as u64)
        } else {
            let mut count = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM (SELECT 1 FROM trace AS t");
            conditions.push(&mut count);
            count.push(" AND t.key <= ").push_bind(newest);
            count.push(" LIMIT ").push_bind(COUNT_CAP as i64).push(")");
            let counted: i64 = count.build_query_scalar().fetch_one(&mut *transaction).await?;
            Total::capped(counted as u64, COUNT_CAP)
        };
        let traces = rows.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(Some(ListPage { traces, total, next, head }))
    }

    /// One trace's summary, and how new it is. O(log traces).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trace_summary(&self, trace: TraceId) -> Result<Option<TraceSummary>, StoreError> {
        let id = trace.to_bytes();
        let mut query = QueryBuilder::<Sqlite>::new(SUMMARY);
        query.push(" WHERE t.trace_id = ").push_bind(id.to_vec());
        query.build().fetch_optional(&self.pool).await?.as_ref().map(summary).transpose()
    }

    /// Names of services and environments, at most `limit` of each, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn filter_names(&self, limit: u32) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let services = sqlx::query_scalar(
            "SELECT text FROM service JOIN name ON name.id = service.name WHERE events > 0 ORDER BY text LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        let environments = sqlx::query_scalar("SELECT text FROM name WHERE kind = ? ORDER BY text LIMIT ?")
            .bind(NameKind::Environment as i64)
            .bind(limit)
            .fetch_all(&mut *transaction)
            .await?;
        Ok((services, environments))
    }
}

fn summary(row: &SqliteRow) -> Result<TraceSummary, StoreError> {
    let id: &[u8] = row.try_get(1)?;
    let services: &str = row.try_get(8)?;
    let root = match (row.try_get(9)?, row.try_get(10)?) {
        (Some(service), Some(operation)) => Some(Root { service, operation }),
        _ => None,
    };
    Ok(TraceSummary {
        trace_id: id.try_into().ok().and_then(TraceId::from_bytes).ok_or(StoreError::Corrupt("a trace id"))?,
        root,
        services: serde_json::from_str(services).map_err(|_| StoreError::Corrupt("a trace's services"))?,
        environment: row.try_get::<Option<String>, _>(11)?.unwrap_or_default(),
        event_count: row.try_get::<i64, _>(4)? as u64,
        error_count: row.try_get::<i64, _>(5)? as u64,
        start: Nanos(row.try_get(6)?),
        end: Nanos(row.try_get(7)?),
        version: Seq(row.try_get::<i64, _>(2)? as u64),
        ingested_at: Nanos(row.try_get(3)?),
    })
}

/// A filter with its names resolved to numbers.
#[derive(Default)]
struct Conditions {
    /// Each must be met; with whether few traces have it.
    facets: Vec<(i64, bool)>,
    min_events: i64,
    search: Option<Search>,
}

struct Search {
    /// Bounds of the trace ids with the searched prefix.
    ids: Option<([u8; 16], [u8; 16])>,
    /// JSON arrays of name ids.
    services: String,
    operations: String,
    few: bool,
}

impl Conditions {
    /// `None` when nothing can match.
    async fn resolve(connection: &mut SqliteConnection, filter: &TraceFilter) -> Result<Option<Self>, StoreError> {
        let mut conditions =
            Self { min_events: i64::try_from(filter.min_events).unwrap_or(i64::MAX), ..Self::default() };
        for (kind, text) in [(NameKind::Service, &filter.service), (NameKind::Environment, &filter.environment)] {
            if text.is_empty() {
                continue;
            }
            let id: Option<i64> = sqlx::query_scalar("SELECT id FROM name WHERE kind = ? AND text = ?")
                .bind(kind as i64)
                .bind(text)
                .fetch_optional(&mut *connection)
                .await?;
            let Some(id) = id else { return Ok(None) };
            let counted = count_few(connection, "SELECT count(*) FROM (SELECT 1 FROM trace_facet WHERE facet IN (SELECT value FROM json_each(?)) LIMIT ?)", &json(&[id])).await?;
            conditions.facets.push((id, counted <= FEW));
        }
        if !filter.q.is_empty() {
            let search = Search::resolve(connection, &filter.q).await?;
            if search.ids.is_none() && search.services == "[]" && search.operations == "[]" {
                return Ok(None);
            }
            conditions.search = Some(search);
        }
        Ok(Some(conditions))
    }

    fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        query.push(" WHERE 1");
        if self.min_events > 0 {
            query.push(" AND t.events >= ").push_bind(self.min_events);
        }
        for &(facet, few) in &self.facets {
            if few {
                query.push(" AND t.key IN (SELECT trace FROM trace_facet WHERE facet = ").push_bind(facet).push(")");
            } else {
                query.push(" AND EXISTS (SELECT 1 FROM trace_facet AS f WHERE f.trace = t.key AND f.facet = ");
                query.push_bind(facet).push(")");
            }
        }
        let Some(search) = &self.search else { return };
        let (low, high) = search.ids.map_or((vec![1], vec![0]), |(low, high)| (low.to_vec(), high.to_vec()));
        let (services, operations) = (search.services.clone(), search.operations.clone());
        if search.few {
            query.push(" AND t.key IN (SELECT key FROM trace WHERE trace_id BETWEEN ").push_bind(low).push(" AND ");
            query
                .push_bind(high)
                .push(" UNION ALL SELECT key FROM trace WHERE root_operation IN (SELECT value FROM json_each(");
            query
                .push_bind(operations)
                .push(")) UNION ALL SELECT trace FROM trace_facet WHERE facet IN (SELECT value FROM json_each(");
            query.push_bind(services).push(")))");
        } else {
            query.push(" AND (t.trace_id BETWEEN ").push_bind(low).push(" AND ").push_bind(high);
            query.push(" OR t.root_operation IN (SELECT value FROM json_each(").push_bind(operations);
            query.push(")) OR EXISTS (SELECT 1 FROM trace_facet AS f WHERE f.trace = t.key AND f.facet IN (SELECT value FROM json_each(");
            query.push_bind(services).push("))))");
        }
    }
}

impl Search {
    async fn resolve(connection: &mut SqliteConnection, q: &str) -> Result<Self, StoreError> {
        let escaped = q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let mut matched = [Vec::new(), Vec::new()];
        for (ids, kind) in matched.iter_mut().zip([NameKind::Service, NameKind::Operation]) {
            *ids = sqlx::query_scalar::<_, i64>(
                "SELECT id FROM name WHERE kind = ? AND text LIKE '%' || ? || '%' ESCAPE '\\' LIMIT ?",
            )
            .bind(kind as i64)
            .bind(&escaped)
            .bind(NAMES_MATCHED)
            .fetch_all(&mut *connection)
            .await?;
        }
        let [services, operations] = matched.map(|ids| json(&ids));
        let of_services = count_few(
            connection,
            "SELECT count(*) FROM (SELECT 1 FROM trace_facet WHERE facet IN (SELECT value FROM json_each(?)) LIMIT ?)",
            &services,
        )
        .await?;
        let of_operations = count_few(connection, "SELECT count(*) FROM (SELECT 1 FROM trace WHERE root_operation IN (SELECT value FROM json_each(?)) LIMIT ?)", &operations).await?;
        Ok(Self { ids: id_bounds(q), services, operations, few: of_services + of_operations <= FEW })
    }
}

/// How many rows, counted no further than one more than [`FEW`].
async fn count_few(connection: &mut SqliteConnection, sql: &'static str, ids: &str) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(sql).bind(ids).bind(FEW + 1).fetch_one(connection).await?)
}

/// The least and the greatest id that begin with these hex digits (hyphens are skipped).
fn id_bounds(prefix: &str) -> Option<([u8; 16], [u8; 16])> {
    let digits: Vec<u32> = prefix.chars().filter(|&c| c != '-').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    let known = digits.iter().fold(0_u128, |bits, &digit| bits << 4 | u128::from(digit));
    let open = 128 - 4 * digits.len() as u32;
    let low = known.checked_shl(open).unwrap_or(0);
    let rest = 1_u128.checked_shl(open).map_or(u128::MAX, |bit| bit - 1);
    Some((low.to_be_bytes(), (low | rest).to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_survives_its_text(epoch in 0..i64::MAX as u64, newest in 0..i64::MAX, after in 0..i64::MAX) {
            let cursor = Cursor { epoch, newest, after };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn the_bounds_of_a_prefix_hold_exactly_the_ids_that_begin_with_it(bits in 1u128.., digits in 1usize..=32, other in 1u128..) {
            let text = format!("{bits:032x}");
            let prefix = &text[..digits];
            let (low, high) = id_bounds(prefix).expect("hex digits");
            prop_assert!((low..=high).contains(&bits.to_be_bytes()));
            prop_assert_eq!((low..=high).contains(&other.to_be_bytes()), format!("{other:032x}").starts_with(prefix));
        }
    }

    #[test]
    fn what_is_no_hex_has_no_bounds() {
        assert_eq!(id_bounds("checkout"), None);
        assert_eq!(id_bounds(""), None);
        assert_eq!(id_bounds("-"), None);
    }
}
