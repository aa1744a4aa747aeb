//! Findings of the whole store.

use model::analysis::{GlobalRaces, RaceFilter};

use crate::error::QueryError;
use crate::handle::Engine;

impl Engine {
    pub async fn global_races(&self, _filter: &RaceFilter) -> Result<GlobalRaces, QueryError> {
        Err(QueryError::Store)
    }
}
