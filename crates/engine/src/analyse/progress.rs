//! What the exact searches under way are at.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use analysis::findings::Phase;
use hashbrown::HashMap;
use model::TraceId;
use model::analysis::SearchProgress;

/// Searches by trace; as many as are under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Searches(Arc<Mutex<HashMap<TraceId, Arc<Search>>>>);

#[derive(Debug)]
struct Search {
    began: Instant,
    /// Index into [`PHASES`].
    phase: AtomicU8,
}

const PHASES: [&str; 6] =
    ["waiting for its turn", "what precedes what", "races", "deadlocks", "lost updates", "requests half done"];

/// One search; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    searches: Searches,
    trace: TraceId,
    search: Arc<Search>,
}

impl Searches {
    pub fn begin(&self, trace: TraceId) -> Running {
        let search = Arc::new(Search { began: Instant::now(), phase: AtomicU8::new(0) });
        self.lock().insert(trace, Arc::clone(&search));
        Running { searches: self.clone(), trace, search }
    }

    pub fn of(&self, trace: TraceId) -> SearchProgress {
        let search = self.lock().get(&trace).cloned();
        search.map_or_else(SearchProgress::default, |search| SearchProgress {
            running: true,
            phase: PHASES[usize::from(search.phase.load(Ordering::Relaxed)) % PHASES.len()].to_owned(),
            elapsed_ms: u64::try_from(search.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TraceId, Arc<Search>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Says on another thread what is worked on.
    pub fn teller(&self) -> impl Fn(Phase) + Send + Sync + use<> {
        let search = Arc::clone(&self.search);
        move |phase| {
            let at = match phase {
                Phase::Order => 1,
                Phase::Races => 2,
                Phase::Deadlocks => 3,
                Phase::Updates => 4,
                Phase::Blocks => 5,
            };
            search.phase.store(at, Ordering::Relaxed);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut searches = self.searches.lock();
        // A search of a newer version may have taken its place.
        if searches.get(&self.trace).is_some_and(|search| Arc::ptr_eq(search, &self.search)) {
            searches.remove(&self.trace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_seen_while_it_runs() {
        let searches = Searches::default();
        let trace = TraceId::new(1).expect("not zero");
        assert!(!searches.of(trace).running);
        let running = searches.begin(trace);
        assert_eq!((searches.of(trace).running, searches.of(trace).phase.as_str()), (true, "waiting for its turn"));
        running.teller()(Phase::Deadlocks);
        assert_eq!(searches.of(trace).phase, "deadlocks");
        let newer = searches.begin(trace);
        drop(running);
        assert!(searches.of(trace).running, "the newer one still runs");
        drop(newer);
        assert_eq!(searches.of(trace), SearchProgress::default());
    }
}
