//! Findings of the whole store: read from the follower's newest snapshot, never computed for who asks.

use std::sync::Arc;
use std::time::Duration;

use analysis::causal::{self, Values};
use hashbrown::HashMap;
use model::analysis::{FindingKind, GlobalFinding, GlobalRaces, GlobalSummary, RaceFilter, Reach, Severity};
use model::list::Total;
use model::table::EventTable;
use model::wire::{GlobalAnalysis, GlobalRaceList};
use model::{EventId, Nanos, TraceId};
use store::cache::Freshness;

use super::trace::blocking;
use super::{Aged, contract_global};
use crate::error::QueryError;
use crate::global::{self, Snapshot};
use crate::handle::Engine;

/// Findings in one answer.
const LISTED: usize = 200;
/// Of these the values are looked up.
const WITH_VALUES: usize = 40;
/// Characters of a value.
const VALUE_CHARS: usize = 200;
/// How long `no_cache=true` waits for what was stored before it asked.
const PATIENCE: Duration = Duration::from_secs(15);
/// Details in the contract's answer.
const DETAILS: usize = 100;

/// What an access replaced or saw, and wrote, as JSON texts.
pub(crate) type SideValues = (Option<Arc<str>>, Option<Arc<str>>);

impl Engine {
    /// The worst findings of the whole store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn global_races(&self, filter: &RaceFilter) -> Result<GlobalRaces, QueryError> {
        Ok(self.global_races_aged(filter, Freshness::Cached).await?.value)
    }

    /// The same with its age; [`Freshness::Bypass`] waits until everything stored by now was looked at, but not longer
    /// than 15 s: `as_of` says what was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn global_races_aged(
        &self,
        filter: &RaceFilter,
        freshness: Freshness,
    ) -> Result<Aged<GlobalRaces>, QueryError> {
        let snapshot = self.snapshot(freshness).await;
        let races = self.select(&snapshot, filter, LISTED).await?;
        Ok(Aged { value: (*races).clone(), as_of: snapshot.summary.as_of, age: snapshot.made.elapsed() })
    }

    /// The contract's answer for races across traces.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn global_analysis(&self, freshness: Freshness) -> Result<Aged<GlobalAnalysis>, QueryError> {
        let snapshot = self.snapshot(freshness).await;
        let races = self.select(&snapshot, &RaceFilter::default(), LISTED).await?;
        let counters = self.shared.ingest.counters();
        let pairs = contract_global::headline_pairs(&snapshot.picture);
        let value = contract_global::analysis(&races, counters.traces, counters.events, pairs, DETAILS);
        Ok(Aged { value, as_of: snapshot.summary.as_of, age: snapshot.made.elapsed() })
    }

    /// The contract's list of variables with races across traces.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn racing_variables(&self, freshness: Freshness) -> Result<Aged<GlobalRaceList>, QueryError> {
        let snapshot = self.snapshot(freshness).await;
        let from = Arc::clone(&snapshot);
        let compute = move || async move {
            let list = move || contract_global::variables(&from.picture, from.summary.complete, LISTED);
            blocking(list).await.map(Arc::new)
        };
        let made = self.shared.caches.racing_variables.get(snapshot.number, Freshness::Cached, compute).await?;
        Ok(Aged { value: (*made.value).clone(), as_of: snapshot.summary.as_of, age: snapshot.made.elapsed() })
    }

    /// For the first page: the worst that are no mere information, and what there is of all. The number tells two
    /// snapshots apart.
    pub(super) async fn worst_findings(
        &self,
        snapshot: &Arc<Snapshot>,
        limit: usize,
    ) -> Result<(Vec<GlobalFinding>, GlobalSummary), QueryError> {
        let races = self.select(snapshot, &RaceFilter::default(), limit).await?;
        let worst = races.findings.iter().filter(|finding| finding.severity > Severity::Minor).cloned().collect();
        Ok((worst, snapshot.summary))
    }

    /// Tells two answers about the store's findings apart, where the head does not.
    pub fn findings_version(&self) -> u64 {
        self.shared.global.snapshot().number
    }

    async fn snapshot(&self, freshness: Freshness) -> Arc<Snapshot> {
        match freshness {
            Freshness::Cached => self.shared.global.snapshot(),
            Freshness::Bypass => self.shared.global.snapshot_of(self.head(), PATIENCE).await,
        }
    }

    async fn select(
        &self,
        snapshot: &Arc<Snapshot>,
        filter: &RaceFilter,
        limit: usize,
    ) -> Result<Arc<GlobalRaces>, QueryError> {
        let key = (snapshot.number, filter.clone(), limit);
        let (engine, snapshot, filter) = (self.clone(), Arc::clone(snapshot), filter.clone());
        let compute = move || async move {
            let from = Arc::clone(&snapshot);
            let selected = blocking(move || (from.select(&filter, limit), from.picture.services())).await?;
            let ((mut findings, total), services) = selected;
            engine.add_values(&mut findings).await?;
            let notes = global::notes(&snapshot);
            Ok(Arc::new(GlobalRaces {
                findings,
                total: Total::exact(total),
                summary: snapshot.summary,
                notes,
                services,
            }))
        };
        Ok(self.shared.caches.races.get(key, Freshness::Cached, compute).await?.value)
    }

    /// Looks up what the accesses of the first findings saw and wrote. Of events that were deleted meanwhile nothing is
    /// known.
    async fn add_values(&self, findings: &mut [GlobalFinding]) -> Result<(), QueryError> {
        let shown = findings.iter_mut().filter(|finding| finding.reach != Reach::Within).take(WITH_VALUES);
        let mut wanted: HashMap<TraceId, Vec<&mut model::analysis::GlobalSide>> = HashMap::new();
        for side in shown.flat_map(|finding| &mut finding.sides) {
            wanted.entry(side.trace_id).or_default().push(side);
        }
        for (trace, sides) in wanted {
            for side in sides {
                let engine = self.clone();
                let (event, at) = (side.event, side.at);
                let compute = move || async move { engine.read_values(trace, event, at).await.map(Arc::new) };
                let values =
                    self.shared.caches.side_values.get((trace, event), Freshness::Cached, compute).await?.value;
                let text = |value: &Option<Arc<str>>| value.as_deref().map(shortened);
                (side.before, side.after) = (text(&values.0), text(&values.1));
            }
        }
        Ok(())
    }

    async fn read_values(&self, trace: TraceId, event: EventId, at: Nanos) -> Result<SideValues, QueryError> {
        let Some(mut reader) = self.shared.store.read_trace(trace).await? else { return Ok((None, None)) };
        for part in reader.parts.clone().into_iter().filter(|part| part.min_start <= at && at <= part.max_end) {
            if reader.fetch_ids(part).await?.find(event)?.is_none() {
                continue;
            }
            let bytes = reader.fetch(part, true).await?;
            let decoded = blocking(move || {
                let mut table = EventTable::default();
                if let Some(row) = bytes.find(event)? {
                    bytes.decode_rows_into(row..row + 1, &mut table)?;
                }
                Ok::<_, store::StoreError>(table)
            });
            let table = decoded.await??;
            let Some(row) = table.rows.first() else { break };
            let Values { old, new } = causal::values(&table, row);
            // What a read saw is in either field; `null` in the new one alone says nothing.
            let seen = old.or_else(|| new.filter(|text| *text != "null"));
            let values = if row.kind.is_write() { (old, new) } else { (seen, None) };
            return Ok((values.0.map(Arc::from), values.1.map(Arc::from)));
        }
        Ok((None, None))
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether a finding is a race or a lost update, which the contract's answers are about.
pub(super) const fn is_race(kind: FindingKind) -> bool {
    matches!(kind, FindingKind::Race | FindingKind::LostUpdate)
}
