//! Who ran each event: scopes, requests, contexts and threads of control.
//!
//! Memory and locks belong to a scope. A context is (trace, scope, span, thread); a thread of control is one
//! task of it. A request is what one incoming message started in a scope, whatever threads it used: it is
//! what clocks count and what messages connect. Duplicates of an event are dropped here.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use model::table::{EventRow, EventTable, StrId};
use model::{EventId, TraceId};

/// One process of a service: what memory and locks belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub service: String,
    pub instance: String,
    pub process_id: u32,
}

/// Index of an event that is kept, in order of arrival.
pub(super) type EventIdx = u32;
pub(super) type ContextIdx = u32;
pub(super) type RequestIdx = u32;
/// Thread of control; the same number as in the history.
pub(super) type ThreadIdx = u32;

#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// Index into [`Contexts::traces`].
    pub trace: u32,
    /// Index into [`Contexts::scopes`].
    pub scope: u32,
    pub request: RequestIdx,
    pub thread: StrId,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub trace: u32,
    pub scope: u32,
    pub span: StrId,
    /// The span of the caller, from the first event that has one.
    pub upstream: StrId,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadOfControl {
    pub context: ContextIdx,
    pub task: StrId,
}

pub(super) struct Contexts<'a> {
    pub table: &'a EventTable,
    /// By event: its row.
    pub rows: Vec<u32>,
    /// By event: its thread of control.
    pub thread_of: Vec<ThreadIdx>,
    pub traces: Vec<TraceId>,
    pub scopes: Vec<Scope>,
    /// By scope: its service, as in the table.
    pub services: Vec<StrId>,
    pub requests: Vec<Request>,
    pub contexts: Vec<Context>,
    pub threads: Vec<ThreadOfControl>,
    pub by_id: HashMap<(TraceId, EventId), EventIdx>,
    pub duplicates: u64,
}

/// Dense numbers for keys, in order of first use.
struct Dense<K>(HashMap<K, u32>);

impl<K: Eq + std::hash::Hash> Dense<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    /// The key's number, and whether it is new.
    fn id(&mut self, key: K) -> (u32, bool) {
        let next = self.0.len() as u32;
        match self.0.entry(key) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(slot) => (*slot.insert(next), true),
        }
    }
}

/// What decides an event's thread of control; most events have that of the event before.
type Owner = (TraceId, StrId, StrId, u32, StrId, StrId, StrId);

fn owner(row: &EventRow) -> Owner {
    (row.trace, row.service, row.instance, row.process_id, row.span, row.thread, row.task)
}

impl<'a> Contexts<'a> {
    /// O(rows). Rows that are out of the table's range are left out.
    pub fn of(table: &'a EventTable, rows: &[u32]) -> Self {
        let mut all = Self {
            table,
            rows: Vec::with_capacity(rows.len()),
            thread_of: Vec::with_capacity(rows.len()),
            traces: Vec::new(),
            scopes: Vec::new(),
            services: Vec::new(),
            requests: Vec::new(),
            contexts: Vec::new(),
            threads: Vec::new(),
            by_id: HashMap::with_capacity(rows.len()),
            duplicates: 0,
        };
        let mut traces = Dense::new();
        let mut scopes = Dense::new();
        let mut requests = Dense::new();
        let mut contexts = Dense::new();
        let mut threads = Dense::new();
        let mut last: Option<(Owner, ThreadIdx, RequestIdx)> = None;
        for &row_idx in rows {
            let Some(row) = table.rows.get(row_idx as usize) else { continue };
            let Entry::Vacant(slot) = all.by_id.entry((row.trace, row.id)) else {
                all.duplicates += 1;
                continue;
            };
            slot.insert(all.rows.len() as EventIdx);
            all.rows.push(row_idx);
            let owner = owner(row);
            let (thread, request) = match last {
                Some((known, thread, request)) if known == owner => (thread, request),
                _ => {
                    let (trace, fresh) = traces.id(row.trace);
                    if fresh {
                        all.traces.push(row.trace);
                    }
                    let (scope, fresh) = scopes.id((row.service, row.instance, row.process_id));
                    if fresh {
                        all.scopes.push(Scope {
                            service: table.text(row.service).to_owned(),
                            instance: table.text(row.instance).to_owned(),
                            process_id: row.process_id,
                        });
                        all.services.push(row.service);
                    }
                    // Without a span the thread is all there is to tell requests apart.
                    let alone = if row.span.is_none() { row.thread } else { StrId::NONE };
                    let (request, fresh) = requests.id((trace, scope, row.span, alone));
                    if fresh {
                        all.requests.push(Request { trace, scope, span: row.span, upstream: StrId::NONE });
                    }
                    let (context, fresh) = contexts.id((request, row.thread));
                    if fresh {
                        all.contexts.push(Context { trace, scope, request, thread: row.thread });
                    }
                    let (thread, fresh) = threads.id((context, row.task));
                    if fresh {
                        all.threads.push(ThreadOfControl { context, task: row.task });
                    }
                    (thread, request)
                }
            };
            last = Some((owner, thread, request));
            all.thread_of.push(thread);
            let upstream = &mut all.requests[request as usize].upstream;
            if upstream.is_none() {
                *upstream = row.upstream;
            }
        }
        all
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn row(&self, event: EventIdx) -> &'a EventRow {
        &self.table.rows[self.rows[event as usize] as usize]
    }

    pub fn context_of(&self, thread: ThreadIdx) -> Context {
        self.contexts[self.threads[thread as usize].context as usize]
    }

    pub fn request_of(&self, event: EventIdx) -> RequestIdx {
        self.context_of(self.thread_of[event as usize]).request
    }

    /// Whether a clock component is a scope's own: `service#instance`.
    pub fn is_component(&self, scope: u32, component: &str) -> bool {
        let scope = &self.scopes[scope as usize];
        component.strip_prefix(scope.service.as_str()).and_then(|rest| rest.strip_prefix('#'))
            == Some(scope.instance.as_str())
    }
}
