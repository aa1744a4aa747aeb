//! Recorded events to test with: contract JSON, as clients send it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and a failed expectation fails the test"
)]

use analysis::causal::{self, Recorded};
use analysis::{Cancel, OpIdx};
use model::wire::decode_batch;
use serde_json::{Value, json};

/// One client: a request context of a service instance. Records events as the contract's clients do: one
/// chain of parents, an own clock component that counts.
#[derive(Debug, Clone)]
pub struct Client {
    pub service: String,
    pub instance: String,
    pub process: u32,
    pub trace: u128,
    pub thread: String,
    pub span: Option<String>,
    pub upstream: Option<String>,
    pub task: Option<String>,
    pub clock: Vec<(String, u64)>,
    pub count: u64,
    pub parent: Option<u128>,
    pub has_clock: bool,
}

impl Client {
    pub fn new(service: &str, thread: &str) -> Self {
        Self {
            service: service.into(),
            instance: "1".into(),
            process: 7,
            trace: 1,
            thread: thread.into(),
            span: None,
            upstream: None,
            task: None,
            clock: Vec::new(),
            count: 0,
            parent: None,
            has_clock: true,
        }
    }

    pub fn span(mut self, span: &str) -> Self {
        self.span = Some(span.into());
        self
    }

    pub fn trace(mut self, trace: u128) -> Self {
        self.trace = trace;
        self
    }

    pub fn without_clock(mut self) -> Self {
        self.has_clock = false;
        self
    }

    /// Called by `caller` now: its span is the upstream, its clock is carried on.
    pub fn called_by(mut self, caller: &Self) -> Self {
        self.upstream = caller.span.clone();
        self.trace = caller.trace;
        if caller.has_clock {
            self.clock = caller.clock.clone();
            self.clock.push((caller.component(), caller.count));
            let own = self.component();
            self.clock.retain(|(component, _)| *component != own);
        }
        self
    }

    /// A task spawned now: it shares the request and its count only by number, as our own client's does.
    pub fn task(&self, id: &str) -> Self {
        Self { task: Some(id.into()), has_clock: false, ..self.clone() }
    }

    pub fn component(&self) -> String {
        format!("{}#{}", self.service, self.instance)
    }
}

/// A growing recording.
#[derive(Debug, Default)]
pub struct Recording {
    pub events: Vec<Value>,
}

impl Recording {
    /// Records an event of `kind` at `time` (milliseconds); its id is its number from 1.
    pub fn event(&mut self, client: &mut Client, time: u64, kind: Value) -> u128 {
        let id = self.events.len() as u128 + 1;
        client.count += 1;
        let mut clock: Vec<(String, u64)> = Vec::new();
        if client.has_clock {
            clock.push((client.component(), client.count));
            clock.extend(client.clock.iter().cloned());
        }
        let mut tags = serde_json::Map::new();
        if let Some(task) = &client.task {
            tags.insert("task_id".into(), json!(task));
        }
        self.events.push(json!({
            "id": uuid(id), "trace_id": uuid(client.trace), "parent_id": client.parent.map(uuid),
            "timestamp": stamp(time), "kind": kind,
            "metadata": {
                "thread_id": client.thread, "process_id": client.process, "service_name": client.service,
                "environment": "test", "tags": tags, "duration_ns": null, "instance_id": client.instance,
                "distributed_span_id": client.span, "upstream_span_id": client.upstream,
            },
            "causality_vector": clock, "lock_set": [],
        }));
        client.parent = Some(id);
        id
    }

    /// The last event, to change what a test is about.
    pub fn last(&mut self) -> &mut Value {
        self.events.last_mut().unwrap()
    }

    pub fn json(&self) -> String {
        json!({ "events": self.events }).to_string()
    }

    pub fn history(&self) -> Recorded {
        let decoded = decode_batch(self.json().as_bytes()).unwrap();
        assert_eq!(decoded.rejected, []);
        causal::history(&decoded.table, &Cancel::default()).unwrap()
    }
}

/// One thread waits for a lock from 10 to 45 ms that another holds until 40 ms; it has it until 60 ms.
pub fn one_waits_for_the_other() -> Recording {
    let mut recording = Recording::default();
    let (mut first, mut second) = (Client::new("bank", "a").span("1"), Client::new("bank", "b").span("2"));
    recording.event(&mut first, 0, custom("LockRequest"));
    recording.event(&mut first, 0, acquire("ledger", "Mutex"));
    recording.event(&mut second, 10, custom("LockRequest"));
    recording.event(&mut first, 40, release("ledger", "Mutex"));
    recording.event(&mut second, 45, acquire("ledger", "Mutex"));
    recording.event(&mut second, 60, release("ledger", "Mutex"));
    recording
}

pub fn uuid(number: u128) -> String {
    model::EventId::new(number).unwrap().to_string()
}

pub fn stamp(millis: u64) -> String {
    model::Nanos(millis as i64 * 1_000_000).to_string()
}

pub fn access(access_type: &str, variable: &str, old: Value, new: Value) -> Value {
    json!({"StateChange": {
        "variable": variable, "old_value": old, "new_value": new, "location": format!("{access_type}:{variable}"),
        "access_type": access_type,
    }})
}

pub fn write(variable: &str) -> Value {
    access("Write", variable, Value::Null, Value::Null)
}

pub fn read(variable: &str) -> Value {
    access("Read", variable, Value::Null, Value::Null)
}

pub fn acquire(lock: &str, lock_type: &str) -> Value {
    json!({"LockAcquire": {"lock_id": lock, "lock_type": lock_type, "location": "acq"}})
}

pub fn release(lock: &str, lock_type: &str) -> Value {
    json!({"LockRelease": {"lock_id": lock, "lock_type": lock_type, "location": "rel"}})
}

pub fn request(path: &str) -> Value {
    json!({"HttpRequest": {"method": "GET", "url": path, "headers": {}, "body": null}})
}

pub fn response(millis: u64) -> Value {
    json!({"HttpResponse": {"status": 200, "headers": {}, "body": null, "duration_ms": millis}})
}

pub fn spawn(task: &str) -> Value {
    json!({"AsyncSpawn": {"task_id": task, "spawned_by": "main"}})
}

pub fn join(task: &str) -> Value {
    json!({"AsyncAwait": {"future_id": task, "awaited_at": "main"}})
}

pub fn custom(name: &str) -> Value {
    json!({"Custom": {"name": name, "data": null}})
}

/// The operation of an event, by its id.
pub fn op(recorded: &Recorded, id: u128) -> OpIdx {
    let analysis::history::Sources::Events(ids) = &recorded.history.sources else { panic!("events") };
    let at = ids.iter().zip(&recorded.implied).position(|(event, implied)| event.get() == id && !implied).unwrap();
    at as OpIdx
}

/// Whether the edges and program order say that `first` comes before `second`: by search, apart from any
/// engine's clocks.
pub fn precedes(recorded: &Recorded, first: u128, second: u128) -> bool {
    let history = &recorded.history;
    let (from, to) = (op(recorded, first), op(recorded, second));
    let mut reached = vec![false; history.ops.len()];
    reached[to as usize] = true;
    for at in (from..=to).rev() {
        if !reached[at as usize] {
            continue;
        }
        if at == from {
            return from != to;
        }
        for edge in history.edges_to(at) {
            reached[edge.from as usize] = true;
        }
        if let Some(before) = history.before(at) {
            reached[before as usize] = true;
        }
    }
    false
}

pub fn ordered(recorded: &Recorded, first: u128, second: u128) -> bool {
    precedes(recorded, first, second) || precedes(recorded, second, first)
}

/// The invariants of a history: edges point forwards, positions count, sections exclude each other.
pub fn assert_sound(recorded: &Recorded) {
    let history = &recorded.history;
    for edge in &history.edges {
        assert!(edge.from < edge.to, "{edge:?}");
    }
    let mut positions = vec![0; history.threads.len()];
    for op in &history.ops {
        assert_eq!(op.position, positions[op.thread as usize]);
        positions[op.thread as usize] += 1;
    }
    let sections = analysis::sections::Sections::of(history);
    let end = |section: &analysis::sections::Section| {
        section.release.unwrap_or_else(|| *history.of_thread(section.thread).last().unwrap())
    };
    for (at, one) in sections.all.iter().enumerate() {
        for other in &sections.all[..at] {
            let apart = end(other) < one.acquire || end(one) < other.acquire;
            assert!(apart || !one.excludes(other), "{one:?} {other:?}");
        }
    }
    if !history.has_values {
        let recorded: Vec<OpIdx> = (0..history.ops.len() as OpIdx).collect();
        let checker = analysis::check::Recording::from_history(history);
        assert_eq!(analysis::check::replay(&checker, &recorded), Ok(()), "the observed order is a correct one");
    }
}
