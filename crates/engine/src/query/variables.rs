//! The variables of one trace, and who touched each.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use analysis::VarId;
use analysis::audit::Saw;
use analysis::findings::thread_label;
use model::TraceId;
use model::analysis::{
    Access, AuditTrail, Findings, HeldLock, MAX_ACCESSES, MAX_TRACE_IDS, MAX_VARIABLES, Thoroughness, TraceVariable,
    TraceVariables,
};
use model::list::Total;
use store::cache::Freshness;

use crate::analyse::{self, Analysable, Marked, MarkedTrail, ValuesOf, words};
use crate::error::QueryError;
use crate::handle::Engine;

impl Engine {
    /// The variables of a trace, those in findings first.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], [`QueryError::TooLarge`], [`QueryError::Busy`], or when the store fails.
    pub async fn trace_variables(&self, trace: TraceId) -> Result<TraceVariables, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move {
            let (analysable, findings) = engine.found(trace).await?;
            let version = analysable.version;
            let variables = move |_: &analysis::Cancel| analyse::variables(&analysable, &findings);
            let mut variables = engine.shared.pools.linear.run(variables).await?;
            let variables_total = variables.len() as u64;
            variables.truncate(MAX_VARIABLES);
            Ok(Arc::new(TraceVariables { trace_id: trace, version, variables, variables_total }))
        };
        Ok((*self.shared.caches.variables.get((trace, version), Freshness::Cached, compute).await?.value).clone())
    }

    /// The accesses of a variable from number `from` (0 is the first) on, at most [`MAX_ACCESSES`]; `index` as in
    /// [`Self::trace_variables`] of the same version, the first one there if [`None`], of which nothing is
    /// told when there is none.
    ///
    /// # Errors
    /// [`QueryError::VariableNotFound`], and as [`Self::trace_variables`].
    pub async fn audit_trail(&self, trace: TraceId, index: Option<u32>, from: u64) -> Result<AuditTrail, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move { engine.make_trail(trace, index, from).await.map(Arc::new) };
        let key = (trace, version, index, from);
        let trail = self.shared.caches.trails.get(key, Freshness::Cached, compute).await?.value;
        let mut trail = (*trail).clone();
        let others = self.shared.store.traces_of_variable(&trail.variable.name, trace, MAX_TRACE_IDS as u32).await?;
        (trail.other_traces, trail.other_traces_total) = others;
        Ok(trail)
    }

    async fn make_trail(&self, trace: TraceId, index: Option<u32>, from: u64) -> Result<AuditTrail, QueryError> {
        let index = match index {
            Some(index) => index,
            None => {
                let TraceVariables { variables, version, .. } = self.trace_variables(trace).await?;
                let Some(first) = variables.first() else { return Ok(AuditTrail::empty(trace, version)) };
                first.index
            }
        };
        let (analysable, findings) = self.found(trace).await?;
        if analysable.recorded.history.variables.len() <= index as usize {
            return Err(QueryError::VariableNotFound(index.to_string()));
        }
        let wanted = BTreeMap::from([(index, from..from.saturating_add(MAX_ACCESSES as u64))]);
        let (mut trails, variables) = self.marked(&analysable, &findings, wanted).await?;
        let variable = variables.into_iter().find(|variable| variable.index == index);
        let (Some(variable), Some(MarkedTrail { accesses, total, .. })) = (variable, trails.pop()) else {
            return Err(QueryError::VariableNotFound(index.to_string()));
        };
        let values = self.values_of(&analysable, &rows(&analysable, &accesses.iter().collect::<Vec<_>>())).await?;
        Ok(AuditTrail {
            trace_id: trace,
            version: analysable.version,
            variable,
            from,
            accesses: accesses.iter().map(|marked| access(&analysable, marked, &values)).collect(),
            accesses_total: total,
            other_traces: Vec::new(),
            other_traces_total: Total::exact(0),
        })
    }

    /// The newest version of a trace and its findings. When events come in between, the findings may be newer.
    pub(super) async fn found(&self, trace: TraceId) -> Result<(Arc<Analysable>, Arc<Findings>), QueryError> {
        let analysable = self.analysable(trace).await?;
        let findings = self.trace_findings(trace, Thoroughness::Linear).await?;
        Ok((analysable, Arc::new(findings)))
    }

    /// Some trails, and the variables they are of.
    pub(super) async fn marked(
        &self,
        trace: &Arc<Analysable>,
        findings: &Arc<Findings>,
        wanted: BTreeMap<VarId, Range<u64>>,
    ) -> Result<(Vec<MarkedTrail>, Vec<TraceVariable>), QueryError> {
        let (id, analysable, findings) = (trace.trace, Arc::clone(trace), Arc::clone(findings));
        let work = move |cancel: &analysis::Cancel| {
            let trails = analyse::marked(&analysable, &findings, &wanted, cancel)?;
            Ok::<_, analysis::Cancelled>((trails, analyse::variables(&analysable, &findings)))
        };
        let done = self.shared.pools.linear.run(work).await?;
        done.map_err(|cancelled| analyse::NotAnalysable::from(cancelled).of(id))
    }
}

/// The rows whose values are needed: those of the accesses, and of the writes that reads saw.
pub(super) fn rows(trace: &Analysable, accesses: &[&Marked]) -> Vec<u32> {
    let writers = accesses.iter().filter_map(|marked| match marked.entry.saw {
        Some(Saw::Write(writer)) => Some(writer),
        _ => None,
    });
    let ops = accesses.iter().map(|marked| marked.entry.op).chain(writers);
    let mut rows: Vec<u32> = ops.map(|op| trace.recorded.rows[op as usize]).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// What is shown of an access.
fn access(trace: &Analysable, marked: &Marked, values: &ValuesOf) -> Access {
    let Marked { entry, saw, flags, findings } = marked;
    let row = trace.row(entry.op);
    let Seen { before, after } = seen(trace, marked, values);
    let history = &trace.recorded.history;
    Access {
        event: row.id,
        position: trace.position(entry.op),
        kind: row.kind,
        start: row.start,
        service: trace.table.text(row.service).to_owned(),
        thread: thread_label(&trace.recorded, entry.thread),
        location: words::location(trace, entry.op),
        number: after.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        before: before.as_deref().map(words::value),
        after: after.as_deref().map(words::value),
        locks: (entry.held.iter())
            .map(|held| HeldLock { name: history.locks[held.lock as usize].clone(), shared: held.shared })
            .collect(),
        saw: *saw,
        follows_previous: entry.follows_previous,
        flags: flags.clone(),
        findings: findings.clone(),
    }
}

/// Values around an access, as JSON texts.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub before: Option<Arc<str>>,
    pub after: Option<Arc<str>>,
}

/// As recorded; of a read without a value, what the write it saw left.
pub(super) fn seen(trace: &Analysable, marked: &Marked, values: &ValuesOf) -> Seen {
    let own = values.get(trace.row(marked.entry.op).id);
    let left = || match marked.entry.saw {
        Some(Saw::Write(writer)) => values.get(trace.row(writer).id).new,
        _ => None,
    };
    if marked.entry.kind.writes() {
        return Seen { before: own.old.or_else(left), after: own.new };
    }
    // Clients put what a read saw into either field; `null` in the new one alone says nothing.
    let read = own.new.filter(|json| &**json != "null").or(own.old);
    Seen { before: None, after: read.or_else(left) }
}
