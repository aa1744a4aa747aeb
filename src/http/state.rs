//! What every handler can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use engine::Engine;

use super::limits::Limits;

/// A cheap handle over shared state.
#[derive(Clone)]
pub struct AppState {
    pub engine: Engine,
    pub limits: Arc<Limits>,
}

impl FromRef<AppState> for Engine {
    fn from_ref(state: &AppState) -> Self {
        state.engine.clone()
    }
}
