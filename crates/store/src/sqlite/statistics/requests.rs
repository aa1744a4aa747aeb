//! What a response answers. Clients record a response's status and not its request, and a duration says
//! something only beside others of the same request.
//!
//! Within a commit the request is found up the chain of parents, past those that other responses have answered.
//! Slow requests are answered commits later: those that are open are remembered, and a response that begins where
//! one of its span and thread did answers it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use lru::LruCache;
use model::table::{EventRow, StrId};
use model::{EventId, Kind, Nanos};

use crate::sqlite::digest::{Digest, Group};
use crate::sqlite::tally::{rows_of, stable_hash};

/// Places (trace, span, thread) with open requests that are remembered.
const PLACES: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");
/// Open requests of one place.
const OPEN_AT_A_PLACE: usize = 8;
/// Steps up from a response.
const STEPS: usize = 1_000;
/// Steps an event of a trace in all, so that responses that lead nowhere cost no more than reading.
const STEPS_AN_EVENT: usize = 16;
/// Durations of responses may be cut to milliseconds.
const NEAR_NANOS: u64 = 2_000_000;

/// The name of an operation: of the commit's table, or remembered from an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Label {
    Name(StrId),
    Remembered(Arc<str>),
}

type Place = (i64, u64, u64);

struct Open {
    start: Nanos,
    operation: Arc<str>,
}

pub(super) struct OpenRequests {
    open: LruCache<Place, Vec<Open>>,
}

impl Default for OpenRequests {
    fn default() -> Self {
        Self { open: LruCache::new(PLACES) }
    }
}

impl OpenRequests {
    /// The requests that the responses of a group answer, by the id of the response.
    pub(super) fn answered(&mut self, digest: &Digest, group: &Group, trace: i64) -> HashMap<EventId, Label> {
        let mut answered = HashMap::new();
        let (mut has_requests, mut has_responses) = (false, false);
        for row in rows_of(digest, group) {
            has_requests |= row.kind == Kind::Request;
            has_responses |= row.kind == Kind::Response;
        }
        if !has_requests && (!has_responses || self.open.is_empty()) {
            return answered;
        }
        let mut settled: HashSet<EventId> = HashSet::new();
        if has_responses {
            let rows: HashMap<EventId, &EventRow> = rows_of(digest, group).map(|row| (row.id, row)).collect();
            let mut steps = STEPS_AN_EVENT * rows.len() + STEPS;
            for row in rows_of(digest, group).filter(|row| row.kind == Kind::Response) {
                if let Some(request) = request_of(&rows, row, &mut steps) {
                    settled.insert(request.id);
                    answered.insert(row.id, Label::Name(request.operation));
                } else if let Some(operation) = self.take(place(digest, row, trace), row.start) {
                    answered.insert(row.id, Label::Remembered(operation));
                }
            }
        }
        for row in rows_of(digest, group).filter(|row| row.kind == Kind::Request && !settled.contains(&row.id)) {
            let open = Open { start: row.start, operation: digest.table.text(row.operation).into() };
            let at_place = self.open.get_or_insert_mut(place(digest, row, trace), Vec::new);
            if at_place.len() >= OPEN_AT_A_PLACE {
                at_place.remove(0);
            }
            at_place.push(open);
        }
        answered
    }

    /// Takes out the request that began nearest to a moment.
    fn take(&mut self, place: Place, start: Nanos) -> Option<Arc<str>> {
        let open = self.open.get_mut(&place)?;
        let apart = |request: &Open| request.start.0.abs_diff(start.0);
        let (at, _) = open
            .iter()
            .enumerate()
            .filter(|(_, request)| apart(request) <= NEAR_NANOS)
            .min_by_key(|(_, request)| apart(request))?;
        Some(open.remove(at).operation)
    }
}

fn place(digest: &Digest, row: &EventRow, trace: i64) -> Place {
    (trace, stable_hash(digest.table.text(row.span)), stable_hash(digest.table.text(row.thread)))
}

fn request_of<'a>(
    rows: &HashMap<EventId, &'a EventRow>,
    response: &EventRow,
    steps: &mut usize,
) -> Option<&'a EventRow> {
    let mut unanswered = 1_u32;
    let mut parent = response.parent;
    for _ in 0..STEPS.min(*steps) {
        *steps -= 1;
        let row = *rows.get(&parent?)?;
        // Another thread of control answers its own requests.
        if row.thread == response.thread && row.service == response.service {
            match row.kind {
                Kind::Response => unanswered += 1,
                Kind::Request => unanswered -= 1,
                _ => {}
            }
            if unanswered == 0 {
                return Some(row);
            }
        }
        parent = row.parent;
    }
    None
}
