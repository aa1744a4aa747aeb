//! Audit trails as the contract tells them: by the variable's name, values whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::VarId;
use model::analysis::AccessFlag;
use model::wire::{AuditTrails, VariableAccess, VariableTrail};
use model::{Kind, TraceId};
use serde_json::value::RawValue;
use store::cache::Freshness;

use super::variables::{Seen, rows, seen};
use crate::analyse::{self, Analysable, Marked, ValuesOf, words};
use crate::error::QueryError;
use crate::handle::Engine;

/// Accesses in one answer about a variable.
const MAX_ACCESSES: u64 = 5_000;
/// Variables, and accesses in all, beside the events of a whole trace.
const MAX_VARIABLES: usize = 200;
const MAX_ACCESSES_IN_ALL: u64 = 1_000;
/// Bytes of values in one answer; those of further accesses are left out.
const MAX_VALUE_BYTES: usize = 16 << 20;
/// Values are read so many accesses at a time.
const ACCESSES_A_READ: usize = 500;

/// An access, and which variable it is of.
type Found = (VarId, Marked);

impl Engine {
    /// The accesses of all variables of a name, in causal order; none when there is no such variable.
    ///
    /// # Errors
    /// [`QueryError::TraceNotFound`], [`QueryError::TooLarge`], [`QueryError::Busy`], or when the store fails.
    pub async fn contract_trail(&self, trace: TraceId, variable: &str) -> Result<VariableTrail, QueryError> {
        let (analysable, findings) = self.found(trace).await?;
        let names = analysable.recorded.history.variables.iter().enumerate();
        let named = names.filter(|(_, name)| *name == variable).map(|(index, _)| (index as VarId, 0..MAX_ACCESSES));
        let wanted: BTreeMap<_, _> = named.collect();
        let mut accesses_total = 0;
        let mut found: Vec<Found> = Vec::new();
        if !wanted.is_empty() {
            let (trails, _) = self.marked(&analysable, &findings, wanted).await?;
            for trail in trails {
                accesses_total += trail.total;
                found.extend(trail.accesses.into_iter().map(|access| (trail.variable, access)));
            }
        }
        found.sort_by_key(|(_, access)| access.entry.op);
        found.truncate(MAX_ACCESSES as usize);
        let accesses = self.contract_accesses(&analysable, &found).await?;
        Ok(VariableTrail {
            trace_id: trace.to_string(),
            variable: variable.to_owned(),
            truncated: (accesses.len() as u64) < accesses_total,
            accesses,
            accesses_total,
        })
    }

    /// The trails of the first variables, those in findings first: at most 200 variables, 1,000 accesses in all.
    ///
    /// # Errors
    /// As [`Self::contract_trail`].
    pub async fn contract_trails(&self, trace: TraceId) -> Result<AuditTrails, QueryError> {
        let version = self.trace_version(trace).await?;
        let engine = self.clone();
        let compute = move || async move { engine.make_contract_trails(trace).await.map(Arc::new) };
        let made = self.shared.caches.contract_trails.get((trace, version), Freshness::Cached, compute).await?;
        Ok((*made.value).clone())
    }

    async fn make_contract_trails(&self, trace: TraceId) -> Result<AuditTrails, QueryError> {
        let (analysable, findings) = self.found(trace).await?;
        let (trace_events, of_findings) = (Arc::clone(&analysable), Arc::clone(&findings));
        let listing = move |_: &analysis::Cancel| {
            let accesses = analyse::accesses_by_variable(&trace_events);
            (analyse::variables(&trace_events, &of_findings), accesses)
        };
        let (variables, accesses) = self.shared.pools.linear.run(listing).await?;
        let mut left = MAX_ACCESSES_IN_ALL;
        let mut wanted = BTreeMap::new();
        for variable in variables.iter().take(MAX_VARIABLES) {
            let listed = accesses[variable.index as usize].min(left);
            if listed == 0 {
                break;
            }
            left -= listed;
            wanted.insert(variable.index, 0..listed);
        }
        let mut found: Vec<Found> = Vec::new();
        if !wanted.is_empty() {
            let (trails, _) = self.marked(&analysable, &findings, wanted).await?;
            for trail in trails {
                found.extend(trail.accesses.into_iter().map(|access| (trail.variable, access)));
            }
        }
        let name = |variable: &VarId| &analysable.recorded.history.variables[*variable as usize];
        found.sort_by(|(a, first), (b, second)| name(a).cmp(name(b)).then(first.entry.op.cmp(&second.entry.op)));
        let listed = self.contract_accesses(&analysable, &found).await?;
        let mut trails = AuditTrails {
            audit_trails_total: variables.len() as u64,
            audit_trails_truncated: (found.len() as u64) < accesses.iter().sum(),
            ..AuditTrails::default()
        };
        for ((variable, _), access) in found.iter().zip(listed) {
            trails.audit_trails.entry(name(variable).clone()).or_default().push(access);
        }
        Ok(trails)
    }

    async fn contract_accesses(
        &self,
        trace: &Arc<Analysable>,
        found: &[Found],
    ) -> Result<Vec<VariableAccess>, QueryError> {
        let mut accesses = Vec::with_capacity(found.len());
        let mut room = MAX_VALUE_BYTES;
        let mut previous = None;
        for part in found.chunks(ACCESSES_A_READ) {
            let marked: Vec<&Marked> = part.iter().map(|(_, marked)| marked).collect();
            let values =
                if room == 0 { ValuesOf::default() } else { self.values_of(trace, &rows(trace, &marked)).await? };
            for (variable, marked) in part {
                // The mark is about the access of the same variable before it.
                let is_next = previous == Some(*variable);
                accesses.push(access(trace, marked, is_next, &values, &mut room));
                previous = Some(*variable);
            }
        }
        Ok(accesses)
    }
}

fn access(trace: &Analysable, marked: &Marked, is_next: bool, values: &ValuesOf, room: &mut usize) -> VariableAccess {
    let row = trace.row(marked.entry.op);
    let Seen { before, after } = seen(trace, marked, values);
    let mut raw = |json: Option<Arc<str>>| {
        let json = json?;
        *room = room.checked_sub(json.len()).unwrap_or_default();
        if *room == 0 { None } else { RawValue::from_string((*json).to_owned()).ok() }
    };
    VariableAccess {
        event_id: row.id.to_string(),
        timestamp: row.start.to_string(),
        thread_id: trace.table.text(row.thread).to_owned(),
        service_name: trace.table.text(row.service).to_owned(),
        access_type: access_type(row.kind),
        old_value: raw(before),
        new_value: raw(after),
        location: words::location(trace, marked.entry.op),
        has_causal_link_to_previous: is_next && marked.entry.follows_previous,
        is_race: marked.flags.contains(&AccessFlag::Race),
    }
}

/// The contract's `access_type`.
pub(super) const fn access_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Write => "Write",
        Kind::AtomicRead => "AtomicRead",
        Kind::AtomicWrite => "AtomicWrite",
        Kind::AtomicRmw => "AtomicRMW",
        _ => "Read",
    }
}
