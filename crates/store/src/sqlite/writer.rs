//! The writing half of a store: one commit is one block, the small rows beside it, and the step of the
//! log as its last statement, all in one synced transaction.

use hashbrown::HashMap;
use model::table::EventTable;
use model::{Head, Nanos, Seq, TraceId};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};

use super::Counters;
use super::digest::{self, Digest};
use super::hot;
use super::names::{NameId, NameKind, Names, json};
use super::open::{FolderLock, StoreOptions};
use super::recent::{Recent, find_stored, load_states};
use super::rows;
use super::statistics::{Statistics, minute_of};
use super::summary::TraceState;
use super::tally::{self, Place, SpanSeen, Tally};
use crate::StoreError;
use crate::block::{self, Effort};

/// What became of one batch of a commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Events that are new.
    pub stored: u64,
    /// Events that were known, or came twice.
    pub duplicates: u64,
}

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// One a batch, in their order.
    pub batches: Vec<Counted>,
    /// Unchanged when nothing was new.
    pub counters: Counters,
}

/// The writing half. It owns the data folder until it is dropped.
pub struct Writer {
    pub(super) connection: SqliteConnection,
    pub(super) counters: Counters,
    pub(super) next_block: i64,
    next_trace: i64,
    names: Names,
    pub(super) recent: Recent,
    statistics: Statistics,
    pub(super) written: hot::Written,
    _lock: FolderLock,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("counters", &self.counters).finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) async fn new(
        mut connection: SqliteConnection,
        lock: FolderLock,
        counters: Counters,
        options: &StoreOptions,
    ) -> Result<Self, sqlx::Error> {
        let (last_block, last_trace): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT coalesce(max(id), 0) FROM block), (SELECT coalesce(max(key), 0) FROM trace)",
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(Self {
            connection,
            counters,
            next_block: last_block + 1,
            next_trace: last_trace + 1,
            names: Names::new(),
            recent: Recent::new(options.dedup_bytes),
            statistics: Statistics::new(options.thresholds),
            written: hot::Written::default(),
            _lock: lock,
        })
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Stores what is new in `batches`. When it returns, that is on disk.
    ///
    /// O(events), and for traces that were forgotten the reading of their ids.
    ///
    /// # Errors
    /// When the database fails; then nothing was stored.
    pub async fn commit(&mut self, batches: &[EventTable], now: Nanos) -> Result<Commit, StoreError> {
        let outcome = self.try_commit(batches, now).await;
        if outcome.is_err() {
            self.recent.clear();
            self.names.forget();
            self.statistics.forget();
            self.written.forget();
        }
        outcome
    }

    /// Ends the connection after moving the log into the database.
    ///
    /// # Errors
    /// When the database fails; what was committed is safe in the log.
    pub async fn close(mut self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.connection).await?;
        self.connection.close().await?;
        Ok(())
    }

    async fn try_commit(&mut self, batches: &[EventTable], now: Nanos) -> Result<Commit, StoreError> {
        let mut states = HashMap::new();
        let seq = Seq(self.counters.head.seq.0 + 1);
        let digest = self.digest(batches, &mut states, seq, now).await?;
        if digest.order.is_empty() {
            for (trace, state) in states.drain().filter(|(_, state)| !state.is_new) {
                self.recent.put(trace, state);
            }
            return Ok(Commit { batches: digest.counted, counters: self.counters });
        }
        let block = block::encode(&digest.table, &digest.order, Effort::Fast);

        let block_id = self.next_block;
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        let roots = tally::root_candidates(&digest, &states);
        let root_names = roots
            .iter()
            .flatten()
            .flat_map(|row| [(NameKind::Operation, row.operation), (NameKind::Service, row.service)]);
        let wanted: hashbrown::HashSet<(NameKind, _)> =
            tally::names_of(&digest.table).into_iter().chain(root_names).collect();
        let names = self.names.resolve(&mut transaction, &digest.table.strings, wanted.into_iter()).await?;
        let tally = tally::tally(&digest, &roots, &mut states, &names);

        sqlx::query(include_str!("sql/block/insert.sql"))
            .bind(block_id)
            .bind(0)
            .bind(seq.0 as i64)
            .bind(digest.order.len() as i64)
            .bind(now.0)
            .bind(block.ids)
            .bind(block.columns)
            .bind(block.payload)
            .execute(&mut *transaction)
            .await?;
        hot::write(&mut transaction, &tally, &mut self.written).await?;
        write_traces(&mut transaction, &digest, &states, &tally, block_id, seq, now).await?;
        write_services(&mut transaction, &tally, now).await?;
        write_calls(&mut transaction, &tally.spans, now).await?;
        self.statistics.commit(&mut transaction, &digest, &states, &names, now).await?;
        sqlx::query(include_str!("sql/log/advance.sql"))
            .bind(seq.0 as i64)
            .bind(tally.events as i64)
            .bind(tally.new_traces as i64)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;

        self.next_block += 1;
        self.counters.head = Head { seq, ..self.counters.head };
        self.counters.events += tally.events;
        self.counters.traces += tally.new_traces;
        for (trace, mut state) in states {
            state.is_new = false;
            self.recent.put(trace, state);
        }
        Ok(Commit { batches: digest.counted, counters: self.counters })
    }

    /// Brings the summaries of all traces concerned into `states` and tells new events from known ones.
    async fn digest(
        &mut self,
        batches: &[EventTable],
        states: &mut HashMap<TraceId, TraceState>,
        seq: Seq,
        now: Nanos,
    ) -> Result<Digest, StoreError> {
        let arriving = digest::arriving(batches);
        let mut unknown = Vec::new();
        for &trace in arriving.keys() {
            match self.recent.take(trace) {
                Some(state) => {
                    states.insert(trace, state);
                }
                None => unknown.push(trace),
            }
        }
        states.extend(load_states(&mut self.connection, &unknown).await?);
        for trace in unknown {
            states.entry(trace).or_insert_with(|| {
                let key = self.next_trace;
                self.next_trace += 1;
                TraceState::new(key, now)
            });
        }
        let stored = find_stored(&mut self.connection, states, &arriving).await?;
        Ok(digest::digest(batches, states, &stored, seq))
    }
}

async fn write_traces(
    transaction: &mut SqliteConnection,
    digest: &Digest,
    states: &HashMap<TraceId, TraceState>,
    tally: &Tally,
    block: i64,
    seq: Seq,
    now: Nanos,
) -> Result<(), StoreError> {
    let traces: Vec<_> =
        digest.groups.iter().filter_map(|group| Some((group.trace, states.get(&group.trace)?))).collect();
    let (head, tail) = (include_str!("sql/trace/upsert.sql"), include_str!("sql/trace/upsert_again.sql"));
    rows::write(transaction, head, tail, &traces, |values, (trace, state)| {
        values.push_bind(state.key).push_bind(trace.to_bytes().to_vec()).push_bind(seq.0 as i64).push_bind(now.0);
        state.bind(values);
    })
    .await?;
    write_places(transaction, block, &tally.places).await?;
    let facets: Vec<_> = tally.facets.iter().collect();
    let (head, tail) = (include_str!("sql/trace/facets.sql"), include_str!("sql/trace/facets_again.sql"));
    rows::write(transaction, head, tail, &facets, |values, &(&(facet, trace), &(events, errors))| {
        values.push_bind(facet).push_bind(trace).push_bind(events as i64).push_bind(errors as i64);
    })
    .await?;
    let uses: Vec<_> = tally.variables.iter().collect();
    let (head, tail) = (include_str!("sql/trace/variables.sql"), include_str!("sql/trace/variables_again.sql"));
    rows::write(transaction, head, tail, &uses, |values, &(&(variable, trace), &(reads, writes))| {
        values.push_bind(variable).push_bind(trace).push_bind(reads as i64).push_bind(writes as i64);
    })
    .await?;
    Ok(())
}

/// Where a block has the events of each trace.
pub(super) async fn write_places(
    transaction: &mut SqliteConnection,
    block: i64,
    places: &[Place],
) -> Result<(), sqlx::Error> {
    rows::write(transaction, include_str!("sql/trace/place.sql"), "", places, |values, place| {
        values.push_bind(place.trace).push_bind(block).push_bind(place.first as i64).push_bind(place.count as i64);
        values.push_bind(place.min_start).push_bind(place.max_end);
    })
    .await
}

async fn write_services(transaction: &mut SqliteConnection, tally: &Tally, now: Nanos) -> Result<(), StoreError> {
    let services: Vec<_> =
        tally.services.iter().map(|(&name, counts)| (name, counts.events, counts.errors, counts.new_traces)).collect();
    let services = json(&services);
    sqlx::query(include_str!("sql/service/upsert.sql")).bind(&services).bind(now.0).execute(&mut *transaction).await?;
    sqlx::query(include_str!("sql/service/minute.sql"))
        .bind(&services)
        .bind(minute_of(now))
        .execute(&mut *transaction)
        .await?;
    if tally.new_traces > 0 {
        sqlx::query(include_str!("sql/trace/minute.sql"))
            .bind(minute_of(now))
            .bind(tally.new_traces as i64)
            .execute(&mut *transaction)
            .await?;
    }
    tally.latency.write(transaction).await?;
    Ok(())
}

/// Matches the spans of this commit with their callers and callees, whichever came first.
async fn write_calls(transaction: &mut SqliteConnection, spans: &[SpanSeen], now: Nanos) -> Result<(), StoreError> {
    if spans.is_empty() {
        return Ok(());
    }
    let fresh = insert_spans(transaction, spans, now).await?;

    // (trace, from, to, link) -> calls
    let mut calls: HashMap<(i64, NameId, NameId, i64), u64> = HashMap::new();
    let (mut asked, mut waiting) = (Vec::new(), Vec::new());
    for seen in fresh.values().copied().filter(|seen| seen.upstream != 0) {
        match fresh.get(&(seen.trace, seen.upstream as i64)) {
            Some(caller) => {
                *calls.entry((seen.trace, caller.service, seen.service, seen.link as i64)).or_default() += 1
            }
            // Nothing of a new trace was written before.
            None if seen.is_trace_new => waiting.push(seen),
            None => asked.push(seen),
        }
    }
    if !asked.is_empty() {
        let rows: Vec<_> = asked.iter().map(|seen| (seen.trace, seen.upstream as i64)).collect();
        let found =
            sqlx::query(include_str!("sql/span/callers.sql")).bind(json(&rows)).fetch_all(&mut *transaction).await?;
        let mut answered = vec![false; asked.len()];
        for row in found {
            let (index, from): (i64, NameId) = (row.try_get(0)?, row.try_get(1)?);
            let Some(seen) = asked.get(index as usize) else { continue };
            answered[index as usize] = true;
            *calls.entry((seen.trace, from, seen.service, seen.link as i64)).or_default() += 1;
        }
        waiting.extend(asked.iter().zip(&answered).filter(|(_, answered)| !**answered).map(|(&seen, _)| seen));
    }
    rows::write(transaction, include_str!("sql/span/wait.sql"), "", &waiting, |values, seen| {
        values.push_bind(seen.trace).push_bind(seen.upstream as i64).push_bind(seen.service);
        values.push_bind(seen.link as i64).push_bind(now.0);
    })
    .await?;
    let callers: Vec<(i64, i64)> = fresh.iter().filter(|(_, seen)| !seen.is_trace_new).map(|(&key, _)| key).collect();
    if !callers.is_empty() {
        let answered = sqlx::query(include_str!("sql/span/answered.sql"))
            .bind(json(&callers))
            .fetch_all(&mut *transaction)
            .await?;
        for row in answered {
            let (trace, span, to, link): (i64, i64, NameId, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            if let Some(caller) = fresh.get(&(trace, span)) {
                *calls.entry((trace, caller.service, to, link)).or_default() += 1;
            }
        }
    }
    write_edges(transaction, &calls).await
}

/// Writes the spans, and answers those that were not written before.
async fn insert_spans<'a>(
    transaction: &mut SqliteConnection,
    spans: &'a [SpanSeen],
    now: Nanos,
) -> Result<HashMap<(i64, i64), &'a SpanSeen>, StoreError> {
    // Hashes travel as signed numbers: SQLite has no others.
    let key = |seen: &SpanSeen| (seen.trace, seen.span as i64);
    let (new, uncertain): (Vec<&SpanSeen>, Vec<&SpanSeen>) = spans.iter().partition(|seen| seen.is_surely_new);
    rows::write(transaction, include_str!("sql/span/insert_new.sql"), "", &new, |values, seen| {
        values.push_bind(seen.trace).push_bind(seen.span as i64).push_bind(seen.service).push_bind(now.0);
    })
    .await?;
    let mut fresh: HashMap<(i64, i64), &SpanSeen> = new.iter().map(|&seen| (key(seen), seen)).collect();
    if uncertain.is_empty() {
        return Ok(fresh);
    }
    let rows: Vec<_> = uncertain.iter().map(|seen| (seen.trace, seen.span as i64, seen.service)).collect();
    let inserted = sqlx::query(include_str!("sql/span/insert.sql"))
        .bind(json(&rows))
        .bind(now.0)
        .fetch_all(&mut *transaction)
        .await?;
    let by_key: HashMap<(i64, i64), &SpanSeen> = uncertain.iter().rev().map(|&seen| (key(seen), seen)).collect();
    for row in &inserted {
        let key = (row.try_get(0)?, row.try_get(1)?);
        if let Some(&seen) = by_key.get(&key) {
            fresh.insert(key, seen);
        }
    }
    Ok(fresh)
}

async fn write_edges(
    transaction: &mut SqliteConnection,
    calls: &HashMap<(i64, NameId, NameId, i64), u64>,
) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = calls.iter().map(|(&(trace, from, to, link), &calls)| (trace, from, to, link, calls)).collect();
    let counted =
        sqlx::query(include_str!("sql/edge/of_traces.sql")).bind(json(&rows)).fetch_all(&mut *transaction).await?;
    // (from, to, link) -> (calls, traces that had none before)
    let mut edges: HashMap<(NameId, NameId, i64), (u64, u64)> = HashMap::new();
    for row in counted {
        let key: (i64, NameId, NameId, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let now: i64 = row.try_get(4)?;
        let Some(&added) = calls.get(&key) else { continue };
        let edge = edges.entry((key.1, key.2, key.3)).or_default();
        edge.0 += added;
        edge.1 += u64::from(now as u64 == added);
    }
    let rows: Vec<_> =
        edges.iter().map(|(&(from, to, link), &(calls, traces))| (from, to, link, calls, traces)).collect();
    sqlx::query(include_str!("sql/edge/upsert.sql")).bind(json(&rows)).execute(transaction).await?;
    Ok(())
}
