//! What a history could not tell, counted: a page says it instead of pretending.

use serde::Serialize;

/// Counts of what was left out, cut or guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// The same event sent again.
    pub duplicates: u64,
    /// Events whose parent is not there.
    pub orphans: u64,
    /// Events on a cycle of parents; each cycle was cut at its earliest event.
    pub cyclic_parents: u64,
    /// Edges left out because they contradicted others.
    pub edges_cut: u64,
    /// Edges told from times alone, or chosen among several.
    pub edges_inferred: u64,
    /// Spawns and joins of tasks that nothing is known of.
    pub unmatched_spawns: u64,
    pub unmatched_joins: u64,
    /// Components of clocks whose context could not be told, once a thread of control.
    pub unattributable_clock_entries: u64,
    /// Requests whose caller is not among the events.
    pub unknown_callers: u64,
    /// Releases of locks that were not held.
    pub stray_releases: u64,
    /// Acquires never released.
    pub open_sections: u64,
    /// Ids under which exclusive sections overlap: each names several locks, and orders and protects
    /// nothing.
    pub ambiguous_locks: Vec<String>,
    /// Edges between processes that run against time, and by how much at most, in nanoseconds: at least so
    /// much their clocks differ.
    pub skewed_edges: u64,
    pub skew_nanos: u64,
    /// False when no event names a task and none is a span: what runs in parallel inside one request cannot be
    /// told apart.
    pub tasks_separable: bool,
}

impl Notes {
    /// A sentence for each thing worth saying, for people.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let mut say = |count: u64, one: &str, many: &str| match count {
            0 => {}
            1 => sentences.push(format!("1 {one}")),
            _ => sentences.push(format!("{count} {many}")),
        };
        say(self.duplicates, "event was sent twice", "events were sent again");
        say(self.orphans, "event has a parent that is not here", "events have parents that are not here");
        say(self.cyclic_parents, "event is on a cycle of parents", "events are on cycles of parents");
        say(self.edges_cut, "edge contradicted others and was cut", "edges contradicted others and were cut");
        say(self.edges_inferred, "edge is inferred from times", "edges are inferred from times");
        say(self.unmatched_spawns, "spawned task is not recorded", "spawned tasks are not recorded");
        say(self.unmatched_joins, "awaited task is not recorded", "awaited tasks are not recorded");
        say(self.unattributable_clock_entries, "clock entry is not attributable", "clock entries are not attributable");
        say(self.unknown_callers, "request has a caller that is not here", "requests have callers that are not here");
        say(self.stray_releases, "release has no acquire", "releases have no acquire");
        say(self.open_sections, "lock was never released", "locks were never released");
        say(self.skewed_edges, "message arrived before it was sent", "messages arrived before they were sent");
        for lock in &self.ambiguous_locks {
            sentences.push(format!("the id {lock:?} names several locks and protects nothing"));
        }
        if !self.tasks_separable {
            sentences.push("tasks not separable: the client records one chain a request".to_owned());
        }
        sentences
    }
}
