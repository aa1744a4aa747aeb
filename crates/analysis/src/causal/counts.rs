//! Own clock components: each numbers the events of one request.
//!
//! A component is an event's own when it is `service#instance` of its scope, or, in the TypeScript client's
//! form, the id of the request's root event (which itself has no clock and counts as 0).

use hashbrown::HashMap;
use model::EventId;
use model::table::StrId;

use super::contexts::{Contexts, EventIdx, RequestIdx};

/// Not numbered.
pub(super) const UNCOUNTED: u64 = u64::MAX;

/// What a component of a clock is for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Component {
    Own,
    /// The id of this event, which opened the request.
    Root(EventIdx),
    Foreign,
}

/// A component of another process on an event's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Foreign {
    pub event: EventIdx,
    pub component: StrId,
    pub count: u64,
}

pub(super) struct Counts {
    /// By event: its number in its request, or [`UNCOUNTED`].
    pub own: Vec<u64>,
    /// In the order of the events; a component that repeats the count it had on the event before it in its thread,
    /// by the thread's own numbers, is left out. Events may have arrived in any order.
    pub foreign: Vec<Foreign>,
}

impl Counts {
    /// O(clock entries · log).
    pub fn of(contexts: &Contexts<'_>) -> Self {
        let mut own = vec![UNCOUNTED; contexts.len()];
        let mut foreign = Vec::new();
        let mut known: HashMap<(RequestIdx, StrId), Component> = HashMap::new();
        for event in 0..contexts.len() as EventIdx {
            let row = contexts.row(event);
            let request = contexts.request_of(event);
            for entry in contexts.table.clock(row) {
                let component = *known
                    .entry((request, entry.component))
                    .or_insert_with(|| classify(contexts, event, contexts.table.text(entry.component)));
                match component {
                    Component::Own => own[event as usize] = entry.count,
                    Component::Root(root) => {
                        own[event as usize] = entry.count;
                        if own[root as usize] == UNCOUNTED {
                            own[root as usize] = 0;
                        }
                    }
                    Component::Foreign => {
                        foreign.push(Foreign { event, component: entry.component, count: entry.count });
                    }
                }
            }
        }
        let place = |entry: &Foreign| (contexts.thread_of[entry.event as usize], entry.component);
        foreign.sort_unstable_by_key(|entry| (place(entry), own[entry.event as usize], entry.event));
        foreign.dedup_by(|entry, before| place(entry) == place(before) && entry.count == before.count);
        foreign.sort_unstable_by_key(|entry| entry.event);
        Self { own, foreign }
    }
}

fn classify(contexts: &Contexts<'_>, event: EventIdx, component: &str) -> Component {
    let request = contexts.request_of(event);
    if contexts.is_component(contexts.requests[request as usize].scope, component) {
        return Component::Own;
    }
    let trace = contexts.row(event).trace;
    let root = component.parse::<EventId>().ok().and_then(|id| contexts.by_id.get(&(trace, id)).copied());
    match root {
        Some(root) if contexts.request_of(root) == request => Component::Root(root),
        _ => Component::Foreign,
    }
}
