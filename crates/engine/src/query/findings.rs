//! What is wrong in one trace, and the schedules that show it.

use std::sync::Arc;
use std::time::Duration;

use analysis::findings::{self, Answer, Found, Options, Replayed};
use analysis::{Cancel, Cancelled};
use model::TraceId;
use model::analysis::{Findings, Schedule, SearchProgress, Thoroughness};
use model::table::EventRow;
use model::wire::{TraceAnalysis, WireAnomalies};
use store::cache::Freshness;

use crate::analyse::{Analysable, TraceAnswer, assemble, cut, rows};
use crate::error::QueryError;
use crate::handle::Engine;
use crate::query::contract;

/// After this an exact search is given up, and the answer is what the near-linear engines say.
const EXACT_TIME: Duration = Duration::from_secs(40);

impl Engine {
    /// The findings of the newest version of a trace, the worst first.
    ///
    /// Computed once a version and thoroughness on threads of its own; stopped when nobody waits for it any more. An
    /// exact search ends after 40 s and then says that it is not complete.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], [`QueryError::TooLarge`], [`QueryError::Busy`], or when the store fails.
    pub async fn trace_findings(&self, trace: TraceId, how: Thoroughness) -> Result<Findings, QueryError> {
        Ok(self.trace_answer(trace, how).await?.findings.clone())
    }

    /// The schedule of a finding, by its id: of the near-linear answer, or of the exact one when that is kept.
    ///
    /// # Errors
    /// [`QueryError::FindingNotFound`], [`QueryError::Stale`] when the trace grew meanwhile, and those of
    /// [`Self::trace_findings`].
    pub async fn schedule(&self, trace: TraceId, finding: &str) -> Result<Schedule, QueryError> {
        let linear = self.trace_answer(trace, Thoroughness::Linear).await?;
        let found = match find(&linear, finding) {
            Some(found) => found,
            None => {
                let key = (trace, linear.findings.version, Thoroughness::Exact);
                let exact = self.shared.caches.findings.peek(&key).await;
                let found = exact.as_ref().and_then(|exact| find(exact, finding));
                found.ok_or_else(|| QueryError::FindingNotFound(finding.to_owned()))?
            }
        };
        let analysable = self.analysable(trace).await?;
        if analysable.version != linear.findings.version {
            return Err(QueryError::Stale(analysable.version));
        }
        let replayed = {
            let (analysable, found) = (Arc::clone(&analysable), Arc::clone(&found));
            move |_: &Cancel| Replayed::of(&analysable.recorded, &found).map(|replayed| replayed.rows())
        };
        let shown = self.shared.pools.linear.run(replayed).await?;
        let shown = shown.ok_or_else(|| QueryError::FindingNotFound(finding.to_owned()))?;
        let values = self.values_of(&analysable, &shown).await?;
        let schedule = move |_: &Cancel| {
            let texts = |row: &EventRow| values.texts(row.id);
            let replayed = Replayed::of(&analysable.recorded, &found)?;
            Some(replayed.schedule(&analysable.table, analysable.version, &texts))
        };
        let schedule = self.shared.pools.linear.run(schedule).await?;
        schedule.ok_or_else(|| QueryError::FindingNotFound(finding.to_owned()))
    }

    /// What the exact search of a trace is at; it need not be under way.
    pub fn search_progress(&self, trace: TraceId) -> SearchProgress {
        self.shared.searches.of(trace)
    }

    /// The findings as the contract's clients read them. Of a trace that is too large only a line that says so.
    ///
    /// # Errors
    /// Those of [`Self::trace_findings`] but for [`QueryError::TooLarge`].
    pub async fn trace_analysis(&self, trace: TraceId) -> Result<TraceAnalysis, QueryError> {
        match self.trace_answer(trace, Thoroughness::Linear).await {
            Ok(answer) => Ok(contract::analysis(&answer.findings)),
            Err(error @ QueryError::TooLarge(_)) => Ok(contract::not_analysed(&error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Events that were slow, as the contract's clients read them. None of a trace that is not there, or too large.
    ///
    /// # Errors
    /// [`QueryError::Busy`], or when the store fails.
    pub async fn trace_anomalies(&self, trace: TraceId) -> Result<WireAnomalies, QueryError> {
        let anomalies = match self.trace_answer(trace, Thoroughness::Linear).await {
            Ok(answer) => answer.anomalies.clone(),
            Err(QueryError::TraceNotFound(_) | QueryError::TooLarge(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(WireAnomalies { trace_id: trace.to_string(), anomaly_count: anomalies.len(), anomalies })
    }

    async fn trace_answer(&self, trace: TraceId, how: Thoroughness) -> Result<Arc<TraceAnswer>, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move {
            let analysable = engine.analysable(trace).await?;
            analysable.check_width().map_err(|why| why.of(trace))?;
            let slow = engine.slow_events(trace).await?;
            let found = match how {
                Thoroughness::Linear => engine.find_linear(&analysable).await?,
                Thoroughness::Exact => engine.find_exact(&analysable).await?,
            };
            let shown = rows(&found, &analysable.recorded);
            let values = engine.values_of(&analysable, &shown).await?;
            let work = move |_: &Cancel| Arc::new(assemble(&analysable, how, found, &slow, &values));
            engine.shared.pools.linear.run(work).await
        };
        let key = (trace, version, how);
        Ok(self.shared.caches.findings.get(key, Freshness::Cached, compute).await?.value)
    }

    async fn find_linear(&self, trace: &Arc<Analysable>) -> Result<Answer, QueryError> {
        let trace = Arc::clone(trace);
        let work = move |cancel: &Cancel| find_in(&trace, Options::LINEAR, &|_| {}, cancel);
        self.shared.pools.linear.run(work).await?.map_err(|Cancelled| QueryError::Store)
    }

    async fn find_exact(&self, trace: &Arc<Analysable>) -> Result<Answer, QueryError> {
        let running = self.shared.searches.begin(trace.trace);
        let tell = running.teller();
        let searched = Arc::clone(trace);
        let work = move |cancel: &Cancel| find_in(&searched, Options::EXACT, &tell, cancel);
        match tokio::time::timeout(EXACT_TIME, self.shared.pools.exact.run(work)).await {
            Ok(found) => found?.map_err(|Cancelled| QueryError::Store),
            Err(_) => {
                let mut answer = self.find_linear(trace).await?;
                answer.complete = false;
                let seconds = EXACT_TIME.as_secs();
                answer
                    .notes
                    .push(format!("the exact search was given up after {seconds} s; this is what came before it"));
                Ok(answer)
            }
        }
    }
}

fn find_in(
    trace: &Analysable,
    options: Options,
    tell: &(dyn Fn(findings::Phase) + Sync),
    cancel: &Cancel,
) -> Result<Answer, Cancelled> {
    let mut answer = findings::find(&trace.recorded, &trace.table, options, tell, cancel)?;
    cut(&mut answer);
    Ok(answer)
}

fn find(answer: &TraceAnswer, finding: &str) -> Option<Arc<Found>> {
    answer.proven.iter().find(|found| found.id == finding).cloned()
}
