//! One request (or job) in this service, and the events recorded on it.
//!
//! The events of one task form a chain: each names the one before as its parent; the first of a task
//! names the event that spawned it. The own component of the clock counts the events of the whole
//! request, so that a number names one event; it says nothing about the order of two tasks.

use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{EventId, Nanos, TraceId};
use serde::Serialize;

use crate::call::Call;
use crate::client::Client;
use crate::clock;
use crate::event::{self, Event, Kind, Metadata, Ordering, Tags, place};
use crate::exchange::Exchange;
use crate::value;

/// Where a request context comes from: the caller's headers, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub trace: TraceId,
    /// The id of this service's part of the trace.
    pub span: String,
    /// The id of the caller's part.
    pub upstream: Option<String>,
    /// The caller's clock.
    pub clock: Vec<(String, u64)>,
    pub tracestate: Option<String>,
}

impl Origin {
    pub(crate) fn new_trace() -> Self {
        Self {
            trace: event::random_trace_id(),
            span: event::random_span_id(),
            upstream: None,
            clock: Vec::new(),
            tracestate: None,
        }
    }
}

/// A request context, or one task of it. Everything is recorded here.
///
/// It is meant for one thread of control: parallel parts get their own with [`Context::spawn`],
/// [`Context::spawn_thread`] or [`Context::fork`].
#[derive(Debug)]
pub struct Context {
    request: Arc<Request>,
    /// `None` for the request's main task.
    task: Option<Box<str>>,
    /// The event before, the next one's parent.
    last: Mutex<Option<EventId>>,
}

/// What all tasks of a request share.
#[derive(Debug)]
struct Request {
    client: Client,
    origin: Origin,
    thread_id: String,
    /// Events so far: the own component of the clock.
    count: Mutex<u64>,
}

/// Identity and position of an event, fixed at the moment it happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub id: EventId,
    pub parent: Option<EventId>,
    pub at: Nanos,
    /// The own component of the clock.
    pub count: u64,
}

impl Context {
    pub(crate) fn new(client: Client, mut origin: Origin) -> Self {
        let own = &client.identity().component;
        // Called back by itself: this request counts anew, and one component has one number.
        origin.clock.retain(|(component, _)| component != own);
        let thread_id = format!("rust-{}-{:08x}", client.identity().process_id, rand::random::<u32>());
        let request = Request { client, origin, thread_id, count: Mutex::new(0) };
        Self { request: Arc::new(request), task: None, last: Mutex::new(None) }
    }

    pub fn trace_id(&self) -> TraceId {
        self.request.origin.trace
    }

    /// This service's part of the trace: 16 hex digits.
    pub fn span_id(&self) -> &str {
        &self.request.origin.span
    }

    /// The task this context belongs to; `None` for the request's main one.
    pub fn task_id(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// A function call that lasts until the answer is dropped; `name` may be a path
    /// (`bank::transfer`). Recorded with its duration when it ends, placed where it began.
    #[track_caller]
    pub fn call<T: Serialize + ?Sized>(&self, name: &str, args: &T) -> Call<'_> {
        Call::begin(self, name, value::json(args), Location::caller())
    }

    /// The request that opened this context arrived; answer it with [`Exchange::finish`].
    pub fn received(&self, method: &str, url: &str) -> Exchange<'_> {
        Exchange::begin(self, method, url, false)
    }

    /// A request to another service is about to be sent, with [`Exchange::headers`].
    pub fn request(&self, method: &str, url: &str) -> Exchange<'_> {
        Exchange::begin(self, method, url, true)
    }

    /// A database query that took `duration` and ended now.
    pub fn query(&self, query: &str, database: &str, duration: Duration) {
        let kind = Kind::DatabaseQuery { query, database, duration_ms: millis(duration) };
        self.emit(self.stamp(), &kind, Some(duration));
    }

    pub fn query_result(&self, rows_affected: u64) {
        self.record(&Kind::DatabaseResult { rows_affected });
    }

    #[track_caller]
    pub fn error(&self, error_type: &str, message: &str) {
        let stack_trace = [place(Location::caller())];
        self.record(&Kind::Error { error_type, message, stack_trace: &stack_trace });
    }

    #[track_caller]
    pub fn fence(&self, ordering: Ordering) {
        self.record(&Kind::MemoryFence { ordering, location: &place(Location::caller()) });
    }

    /// Anything else worth seeing.
    pub fn custom<T: Serialize + ?Sized>(&self, name: &str, data: &T) {
        self.record(&Kind::Custom { name, data: &value::json(data) });
    }

    /// A context for a task that is about to start elsewhere: a runtime of one's own, a queue. The task
    /// is over for this context with [`Context::joined`].
    #[track_caller]
    pub fn fork(&self) -> Self {
        let task = event::random_event_id().to_string().into_boxed_str();
        let spawned = self.record(&Kind::AsyncSpawn { task_id: &task, spawned_by: &place(Location::caller()) });
        Self { request: Arc::clone(&self.request), task: Some(task), last: Mutex::new(Some(spawned.id)) }
    }

    /// The end of the task `task_id` was waited for, and has come.
    #[track_caller]
    pub fn joined(&self, task_id: &str) {
        self.joined_at(task_id, Location::caller());
    }

    pub(crate) fn joined_at(&self, task_id: &str, location: &Location<'_>) {
        self.record(&Kind::AsyncAwait { future_id: task_id, awaited_at: &place(location) });
    }

    pub(crate) fn client(&self) -> &Client {
        &self.request.client
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.request.origin
    }

    /// The clock of the event with the own count `count`: the own component, then the caller's.
    pub(crate) fn clock(&self, count: u64) -> Vec<(&str, u64)> {
        let own = (self.client().identity().component.as_str(), count);
        let callers = self.origin().clock.iter().map(|(component, count)| (component.as_str(), *count));
        std::iter::once(own).chain(callers).collect()
    }

    /// Takes the next place in the chain, on the clock and in time, all three in the same order.
    pub(crate) fn stamp(&self) -> Stamp {
        let id = event::random_event_id();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = self.request.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        Stamp { id, parent: last.replace(id), at: clock::now(), count: *count }
    }

    pub(crate) fn record(&self, kind: &Kind<'_>) -> Stamp {
        let stamp = self.stamp();
        self.emit(stamp, kind, None);
        stamp
    }

    /// Hands the event to the sender; see [`crate::queue::Queue::push`].
    pub(crate) fn emit(&self, stamp: Stamp, kind: &Kind<'_>, duration: Option<Duration>) {
        let origin = self.origin();
        let identity = self.client().identity();
        let event = Event {
            id: stamp.id,
            trace_id: origin.trace,
            parent_id: stamp.parent,
            timestamp: stamp.at,
            kind,
            metadata: Metadata {
                thread_id: &self.request.thread_id,
                process_id: identity.process_id,
                service_name: &identity.service,
                environment: &identity.environment,
                tags: Tags { sdk_language: "rust", task_id: self.task_id() },
                duration_ns: duration.map(|duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)),
                instance_id: &identity.instance,
                distributed_span_id: &origin.span,
                upstream_span_id: origin.upstream.as_deref(),
            },
            causality_vector: &self.clock(stamp.count),
            lock_set: [],
        };
        match serde_json::to_string(&event) {
            Ok(text) => self.client().queue().push(text.into_boxed_str()),
            Err(_) => self.client().queue().count_dropped(1),
        }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
