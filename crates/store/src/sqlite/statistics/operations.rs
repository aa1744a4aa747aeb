//! The operations whose durations are kept apart, and their numbers.

use analysis::baselines::Baselines;
use hashbrown::{HashMap, HashSet};
use sqlx::{Row, SqliteConnection};

use super::measure::Batch;
use crate::StoreError;
use crate::sqlite::names::{NameId, json};

/// The number of an operation.
pub(super) type OperationId = i64;

/// Operations of the last hour that are kept apart. What comes beyond is counted with the rest of its service
/// and kind: names may hold ids that no template took out.
pub(super) const MOST_OPERATIONS: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OperationKey {
    pub service: NameId,
    pub kind: u8,
    /// Empty: the rest.
    pub name: String,
}

impl OperationKey {
    pub(super) fn is_rest(&self) -> bool {
        self.name.is_empty()
    }
}

/// What a batch is counted as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub id: OperationId,
    /// Several operations at once: there is nothing usual about them.
    pub is_rest: bool,
}

#[derive(Default)]
pub(super) struct Operations {
    ids: HashMap<OperationKey, OperationId>,
    n_apart: usize,
}

impl Operations {
    pub(super) fn insert(&mut self, key: OperationKey, id: OperationId) {
        let is_apart = usize::from(!key.is_rest());
        if self.ids.insert(key, id).is_none() {
            self.n_apart += is_apart;
        }
    }

    /// Makes room: forgets operations that were not measured for an hour.
    pub(super) fn retain(&mut self, baselines: &Baselines<OperationId>) {
        self.ids.retain(|key, id| key.is_rest() || baselines.contains(id));
        self.n_apart = self.ids.keys().filter(|key| !key.is_rest()).count();
    }

    /// One a batch, in their order. No statement when all are known, else two.
    pub(super) async fn resolve(
        &mut self,
        connection: &mut SqliteConnection,
        batches: &[Batch],
    ) -> Result<Vec<Operation>, StoreError> {
        let mut keys = Vec::with_capacity(batches.len());
        let mut missing: Vec<OperationKey> = Vec::new();
        let mut is_missing: HashSet<OperationKey> = HashSet::new();
        let mut room = MOST_OPERATIONS.saturating_sub(self.n_apart);
        for batch in batches {
            let mut key = batch.key.clone();
            let is_known = self.ids.contains_key(&key) || is_missing.contains(&key);
            if !is_known && !key.is_rest() {
                if room == 0 {
                    key.name.clear();
                } else {
                    room -= 1;
                }
            }
            if !self.ids.contains_key(&key) && is_missing.insert(key.clone()) {
                missing.push(key.clone());
            }
            keys.push(key);
        }
        self.number(connection, missing).await?;
        keys.iter()
            .map(|key| {
                let id = self.ids.get(key).copied().ok_or(StoreError::Corrupt("an operation without a number"))?;
                Ok(Operation { id, is_rest: key.is_rest() })
            })
            .collect()
    }

    /// Gives numbers out as needed.
    async fn number(
        &mut self,
        connection: &mut SqliteConnection,
        missing: Vec<OperationKey>,
    ) -> Result<(), StoreError> {
        if missing.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = missing.iter().map(|key| (key.service, key.kind, &key.name)).collect();
        let rows = json(&rows);
        sqlx::query(include_str!("../sql/operation/insert.sql")).bind(&rows).execute(&mut *connection).await?;
        let found = sqlx::query(include_str!("../sql/operation/find.sql")).bind(&rows).fetch_all(connection).await?;
        for row in found {
            let index: i64 = row.try_get(0)?;
            let Some(key) = missing.get(index as usize) else { continue };
            self.insert(key.clone(), row.try_get(1)?);
        }
        Ok(())
    }
}
