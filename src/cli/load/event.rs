//! One generated event as the contract's JSON, written by hand because millions are.

use std::fmt::Arguments;
use std::io::Write as _;

use model::{EventId, Nanos, TraceId};

use crate::cli::load::vocabulary::{ERRORS, Service};

/// What an event did; the numbers choose among the names of its service.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Call { function: usize, arg: u32, duration_ns: u64 },
    Request { route: usize },
    Response { status: u16, duration_ms: u32 },
    Access { variable: usize, key: u32, old: u32, new: u32, write: bool },
    Acquire { lock: usize, key: u32 },
    Release { lock: usize, key: u32 },
    Query { query: usize, duration_ms: u32 },
    QueryResult { rows: u32 },
    Error { error: usize },
}

/// Everything about one event but its text.
pub struct Draft<'a> {
    pub id: EventId,
    pub trace: TraceId,
    pub parent: Option<EventId>,
    pub at: Nanos,
    pub act: Act,
    pub service: &'a Service,
    pub instance: u8,
    pub thread: u32,
    pub span: u64,
    pub upstream: Option<u64>,
    /// The own component of the clock.
    pub count: u64,
    /// The caller's component: its service, instance and count.
    pub caller: Option<(&'a Service, u8, u64)>,
}

impl Draft<'_> {
    /// Appends the event as one JSON object.
    pub fn write(&self, out: &mut Vec<u8>) {
        put(out, format_args!(r#"{{"id":"{}","trace_id":"{}","parent_id":"#, self.id, self.trace));
        match self.parent {
            Some(parent) => put(out, format_args!("\"{parent}\"")),
            None => out.extend_from_slice(b"null"),
        }
        put(out, format_args!(r#","timestamp":"{}","kind":{{"#, self.at));
        self.write_kind(out);
        self.write_metadata(out);
        let (service, instance) = (self.service.name, self.instance);
        put(out, format_args!(r#","causality_vector":[["{service}#{service}-{instance}",{}]"#, self.count));
        if let Some((caller, instance, count)) = self.caller {
            put(out, format_args!(r#",["{0}#{0}-{instance}",{count}]"#, caller.name));
        }
        out.extend_from_slice(br#"],"lock_set":[]}"#);
    }

    fn write_kind(&self, out: &mut Vec<u8>) {
        let service = self.service;
        let file = service.name;
        match self.act {
            Act::Call { function, arg, .. } => {
                let function = service.functions[function % service.functions.len()];
                put(
                    out,
                    format_args!(
                        r#""FunctionCall":{{"function_name":"{function}","module":"{}","args":{{"customer_id":{arg},"amount_cents":{},"currency":"EUR","idempotency_key":"{:08x}-{:04x}"}},"file":"src/{file}/{function}.py","line":{}}}"#,
                        service.module,
                        arg % 90_000,
                        arg.wrapping_mul(0x9e37_79b9),
                        arg & 0xffff,
                        20 + arg % 200,
                    ),
                );
            }
            Act::Request { route } => {
                let (method, path) = service.routes[route % service.routes.len()];
                put(
                    out,
                    format_args!(
                        r#""HttpRequest":{{"method":"{method}","url":"http://{file}.internal{path}","headers":{{"content-type":"application/json"}},"body":null}}"#,
                    ),
                );
            }
            Act::Response { status, duration_ms } => put(
                out,
                format_args!(
                    r#""HttpResponse":{{"status":{status},"headers":{{"content-type":"application/json"}},"body":null,"duration_ms":{duration_ms}}}"#,
                ),
            ),
            Act::Access { variable, key, old, new, write } => {
                let variable = service.variables[variable % service.variables.len()];
                let access = if write { "Write" } else { "Read" };
                put(
                    out,
                    format_args!(
                        r#""StateChange":{{"variable":"{variable}:{key}","old_value":{{"value":{old},"currency":"EUR"}},"new_value":{{"value":{new},"currency":"EUR"}},"location":"src/{file}/state.py:{}","access_type":"{access}"}}"#,
                        40 + key % 60,
                    ),
                );
            }
            Act::Acquire { lock, key } => self.write_lock(out, "LockAcquire", lock, key),
            Act::Release { lock, key } => self.write_lock(out, "LockRelease", lock, key),
            Act::Query { query, duration_ms } => {
                let query = service.queries[query % service.queries.len()];
                let database = service.database;
                put(
                    out,
                    format_args!(
                        r#""DatabaseQuery":{{"query":"{query}","database":"{database}","duration_ms":{duration_ms}}}"#
                    ),
                );
            }
            Act::QueryResult { rows } => put(out, format_args!(r#""DatabaseResult":{{"rows_affected":{rows}}}"#)),
            Act::Error { error } => {
                let (error_type, message) = ERRORS[error % ERRORS.len()];
                put(
                    out,
                    format_args!(
                        r#""Error":{{"error_type":"{error_type}","message":"{message}","stack_trace":["src/{file}/{file}.py:88","src/{file}/state.py:41","src/common/retry.py:17"]}}"#,
                    ),
                );
            }
        }
        out.push(b'}');
    }

    fn write_lock(&self, out: &mut Vec<u8>, kind: &str, lock: usize, key: u32) {
        let lock = self.service.locks[lock % self.service.locks.len()];
        let file = self.service.name;
        put(
            out,
            format_args!(
                r#""{kind}":{{"lock_id":"{lock}:{key}","lock_type":"Mutex","location":"src/{file}/locks.py:{}"}}"#,
                12 + key % 40,
            ),
        );
    }

    fn write_metadata(&self, out: &mut Vec<u8>) {
        let (service, instance) = (self.service.name, self.instance);
        let process = 21_000 + u32::from(instance);
        put(
            out,
            format_args!(
                r#","metadata":{{"thread_id":"python-{process}-{:08x}","process_id":{process},"service_name":"{service}","environment":"production","tags":{{"sdk_language":"python"}},"duration_ns":"#,
                self.thread,
            ),
        );
        match self.act {
            Act::Call { duration_ns, .. } => put(out, format_args!("{duration_ns}")),
            _ => out.extend_from_slice(b"null"),
        }
        put(out, format_args!(r#","instance_id":"{service}-{instance}","distributed_span_id":"{:016x}""#, self.span));
        match self.upstream {
            Some(upstream) => put(out, format_args!(r#","upstream_span_id":"{upstream:016x}"}}"#)),
            None => out.extend_from_slice(br#","upstream_span_id":null}"#),
        }
    }
}

fn put(out: &mut Vec<u8>, text: Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = out.write_fmt(text);
}
