//! Findings inside a trace, as they are grouped over all traces.

use model::table::{EventRow, EventTable};

use super::accesses::Memory;
use super::within::Inside;
use crate::causal::{Owner, Recorded, Values, values};
use crate::findings::{Answer, ValueTexts, describe};

impl Inside {
    /// What `answer` says of a recorded trace. O(findings); payloads are looked at for their events only.
    pub fn of(answer: &Answer, recorded: &Recorded, table: &EventTable) -> Vec<Self> {
        let texts = |row: &EventRow| {
            let Values { old, new } = values(table, row);
            ValueTexts { old: old.map(str::to_owned), new: new.map(str::to_owned) }
        };
        let owner =
            |owner: Option<&Owner>| owner.map(|&owner| Memory::of(owner, &recorded.scopes).label()).unwrap_or_default();
        answer
            .findings
            .iter()
            .map(|found| {
                let variable = found.variable.and_then(|variable| recorded.variable_owners.get(variable as usize));
                let lock = found.locks.first().and_then(|&lock| recorded.lock_owners.get(lock as usize));
                Self { owner: owner(variable.or(lock)), finding: describe(recorded, table, found, &texts) }
            })
            .collect()
    }
}
