//! What the global state keeps of one trace: its accesses with who made them, what they held and how long
//! those lived.

use hashbrown::HashMap;
use model::table::EventTable;
use model::wire::Payload;
use model::{EventId, Kind, Nanos, TraceId};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lives::Life;
use super::stable_hash;
use crate::causal::{self, Owner, Recorded, Scope};
use crate::history::OpKind;
use crate::sections::Sections;

/// Whose memory a variable or a lock is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Memory {
    Process {
        service: String,
        instance: String,
        process_id: u32,
    },
    /// Of all its processes: a tag `scope=service`.
    Service(String),
    /// A tag `scope=global`.
    Everywhere,
}

impl Memory {
    pub(super) fn of(owner: Owner, scopes: &[Scope]) -> Self {
        match owner {
            Owner::Scope(scope) => Self::process(&scopes[scope as usize]),
            Owner::Service(scope) => Self::Service(scopes[scope as usize].service.clone()),
            Owner::Everywhere => Self::Everywhere,
        }
    }

    fn process(scope: &Scope) -> Self {
        let Scope { service, instance, process_id } = scope.clone();
        Self::Process { service, instance, process_id }
    }

    /// Empty when it is nobody's in particular.
    pub fn service(&self) -> &str {
        match self {
            Self::Process { service, .. } | Self::Service(service) => service,
            Self::Everywhere => "",
        }
    }

    /// For people.
    pub fn label(&self) -> String {
        match self {
            Self::Process { service, instance, process_id } if instance.is_empty() => {
                format!("{service}, process {process_id}")
            }
            Self::Process { service, instance, process_id } => format!("{service}, {instance}, process {process_id}"),
            Self::Service(service) => format!("all processes of {service}"),
            Self::Everywhere => "all services".to_owned(),
        }
    }

    fn hash(&self) -> u64 {
        stable_hash(&[&format!("{self:?}")])
    }
}

/// A thread of control of a trace.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The process, as a hash: times of one process are of one clock.
    pub process: u64,
    pub service: Box<str>,
    /// The OS thread (with its process, as a hash) that may serve several traces; 0 when there is no id.
    pub os_thread: u64,
    /// For people.
    pub label: Box<str>,
    /// Of its context: (trace, process, span, thread).
    pub context: Life,
    /// Of its request: the contexts of one span, this one among them.
    pub request: Life,
}

/// An access of a variable.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    pub event: EventId,
    pub at: Nanos,
    pub kind: Kind,
    /// Index into [`TraceAccesses::threads`], and so for the next three.
    pub thread: u32,
    pub variable: u32,
    pub location: u32,
    pub held: u32,
    /// 64-bit hashes of what a read saw or a write replaced, and of what a write wrote; 0: not recorded.
    pub old: u64,
    pub new: u64,
}

/// A lock held, told by its owner and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    pub lock: u64,
    pub shared: bool,
    pub name: Box<str>,
}

/// See the module. Accesses are in the order of the history.
#[derive(Debug, Clone)]
pub struct TraceAccesses {
    pub trace: TraceId,
    /// End of its last event.
    pub end: Nanos,
    /// By how much clocks of processes differ at least, in nanoseconds, as its messages show.
    pub skew_nanos: u64,
    pub threads: Vec<Thread>,
    pub variables: Vec<(Memory, String)>,
    pub locations: Vec<String>,
    /// Sets of locks; set 0 is empty.
    pub held: Vec<Vec<Held>>,
    pub accesses: Vec<Access>,
    /// Names by which other traces may call into this one, and names it calls that are not its own: of spans,
    /// tasks and threads, as hashes.
    pub names: Vec<u64>,
    pub calls: Vec<u64>,
}

impl TraceAccesses {
    /// Of a trace without accesses.
    pub fn none(trace: TraceId) -> Self {
        Self {
            trace,
            end: Nanos(i64::MIN),
            skew_nanos: 0,
            threads: Vec::new(),
            variables: Vec::new(),
            locations: Vec::new(),
            held: vec![Vec::new()],
            accesses: Vec::new(),
            names: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// What is kept of a recorded trace. O(N · locks held at once).
    ///
    /// `recorded` must be of that one trace, made of `table`.
    pub fn of(trace: TraceId, recorded: &Recorded, table: &EventTable) -> Self {
        let history = &recorded.history;
        let mut kept = Self { skew_nanos: recorded.notes.skew_nanos, ..Self::none(trace) };
        for &row in &recorded.rows {
            kept.end = kept.end.max(table.rows[row as usize].end);
        }
        if !history.ops.iter().any(|op| op.kind.access().is_some()) {
            return kept;
        }
        kept.threads = threads(recorded, table);
        let owned = |(name, &owner): (&String, &Owner)| (Memory::of(owner, &recorded.scopes), name.clone());
        kept.variables = history.variables.iter().zip(&recorded.variable_owners).map(owned).collect();
        kept.locations.clone_from(&history.locations);
        let locks: Vec<u64> = history
            .locks
            .iter()
            .zip(&recorded.lock_owners)
            .map(|(name, &owner)| stable_hash(&[&format!("{:?}", Memory::of(owner, &recorded.scopes)), name]))
            .collect();
        let sections = Sections::of(history);
        let mut sets: HashMap<Vec<(u64, bool)>, u32> = HashMap::from([(Vec::new(), 0)]);
        for (op_idx, op) in history.ops.iter().enumerate() {
            let Some((variable, writes, access)) = op.kind.access() else { continue };
            let row = &table.rows[recorded.rows[op_idx] as usize];
            let mut held: Vec<Held> = sections
                .held(op_idx as u32)
                .iter()
                .map(|&section| sections.all[section as usize])
                .map(|section| Held {
                    lock: locks[section.lock as usize],
                    shared: section.shared,
                    name: history.locks[section.lock as usize].as_str().into(),
                })
                .collect();
            held.sort_unstable();
            held.dedup();
            let key: Vec<(u64, bool)> = held.iter().map(|held| (held.lock, held.shared)).collect();
            let set = *sets.entry(key).or_insert_with(|| {
                kept.held.push(held);
                kept.held.len() as u32 - 1
            });
            let kind = match op.kind {
                OpKind::Update(..) => Kind::AtomicRmw,
                _ => match (writes, access.atomic) {
                    (false, false) => Kind::Read,
                    (false, true) => Kind::AtomicRead,
                    (true, false) => Kind::Write,
                    (true, true) => Kind::AtomicWrite,
                },
            };
            kept.accesses.push(Access {
                event: row.id,
                at: row.start,
                kind,
                thread: op.thread,
                variable,
                location: op.location,
                held: set,
                old: access.old,
                new: access.new,
            });
        }
        kept.link(recorded, table);
        kept
    }

    /// Collects what may order this trace and another.
    fn link(&mut self, recorded: &Recorded, table: &EventTable) {
        let mut names: Vec<u64> = recorded
            .threads
            .iter()
            .flat_map(|thread| [&thread.span, &thread.thread, &thread.task])
            .filter(|name| !name.is_empty())
            .map(|name| stable_hash(&[name]))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut calls: Vec<u64> = Vec::new();
        let mut last = None;
        for &row in &recorded.rows {
            let row = &table.rows[row as usize];
            if !row.upstream.is_none() && last != Some(row.upstream) {
                last = Some(row.upstream);
                calls.push(stable_hash(&[table.text(row.upstream)]));
            }
            if matches!(row.kind, Kind::Spawn | Kind::Join)
                && let Some(task) = task_of(table.payload(row))
            {
                calls.push(stable_hash(&[&task]));
            }
        }
        calls.sort_unstable();
        calls.dedup();
        calls.retain(|name| names.binary_search(name).is_err());
        self.names = names;
        self.calls = calls;
    }
}

/// The id of the task that a spawn or a join names.
fn task_of(payload: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Fields<'a> {
        #[serde(borrow)]
        task_id: Option<&'a RawValue>,
        #[serde(borrow)]
        future_id: Option<&'a RawValue>,
    }
    let payload = Payload::decode(payload).ok()?;
    let fields: Fields<'_> = serde_json::from_str(payload.body).ok()?;
    let task = fields.task_id.or(fields.future_id)?.get();
    Some(serde_json::from_str::<String>(task).unwrap_or_else(|_| task.to_owned()))
}

fn threads(recorded: &Recorded, table: &EventTable) -> Vec<Thread> {
    let mut ends: Vec<(Nanos, Nanos)> = vec![(Nanos(i64::MAX), Nanos(i64::MIN)); recorded.threads.len()];
    for (op, &row) in recorded.history.ops.iter().zip(&recorded.rows) {
        let row = &table.rows[row as usize];
        let (begin, end) = &mut ends[op.thread as usize];
        *begin = (*begin).min(row.start);
        *end = (*end).max(row.end);
    }
    // By context, and by request: without a span the thread is all there is to tell requests apart.
    let context = |of: &causal::Thread| (of.scope, of.span.clone(), of.thread.clone());
    let request = |of: &causal::Thread| {
        (of.scope, of.span.clone(), if of.span.is_empty() { of.thread.clone() } else { String::new() })
    };
    let (mut contexts, mut requests) = (HashMap::new(), HashMap::new());
    for (of, &(begin, end)) in recorded.threads.iter().zip(&ends) {
        let known = contexts.entry(context(of)).or_insert((begin, end));
        *known = (known.0.min(begin), known.1.max(end));
    }
    for of in &recorded.threads {
        let (begin, end) = contexts[&context(of)];
        let life = Life::new(begin, end);
        let known = requests.entry(request(of)).or_insert(life);
        *known = known.around(life);
    }
    let thread = |of: &causal::Thread| {
        let scope = &recorded.scopes[of.scope as usize];
        let process = Memory::process(scope).hash();
        let (begin, end) = contexts[&context(of)];
        let label = match (of.thread.as_str(), of.task.as_str()) {
            (name, "") => name.to_owned(),
            ("", task) => format!("task {task}"),
            (name, task) => format!("{name} task {task}"),
        };
        let os_thread = match of.thread.as_str() {
            "" => 0,
            name => stable_hash(&[&process.to_string(), name]).max(1),
        };
        let service = scope.service.as_str().into();
        Thread {
            process,
            service,
            os_thread,
            label: label.into(),
            context: Life::new(begin, end),
            request: requests[&request(of)],
        }
    };
    recorded.threads.iter().map(thread).collect()
}
