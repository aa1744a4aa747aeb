// Events of the wire contract, as clients send them.

import { randomUUID } from "node:crypto";

export interface WireEvent {
  id: string;
  trace_id: string;
  parent_id: string | null;
  timestamp: string;
  kind: Record<string, unknown>;
  metadata: Record<string, unknown>;
  causality_vector: [string, number][];
  lock_set: string[];
}

export interface Chain {
  traceId?: string;
  service: string;
  environment?: string;
  /** When the first event happened; default: a minute ago. */
  start?: Date;
  /** Between two events. */
  stepMicros?: number;
  kinds: Record<string, unknown>[];
  /** The event that the first one follows. */
  parent?: string;
  tags?: Record<string, string>;
}

/** One request of one service: a chain of events, each the parent of the next. */
export function chain(spec: Chain): WireEvent[] {
  const traceId = spec.traceId ?? randomUUID();
  const start = spec.start ?? new Date(Date.now() - 60_000);
  const component = `${spec.service}#1`;
  let parent = spec.parent ?? null;
  return spec.kinds.map((kind, index) => {
    const event: WireEvent = {
      id: randomUUID(),
      trace_id: traceId,
      parent_id: parent,
      timestamp: timestamp(start.getTime(), index * (spec.stepMicros ?? 250)),
      kind,
      metadata: {
        thread_id: `${spec.service}-thread`,
        process_id: 4242,
        service_name: spec.service,
        environment: spec.environment ?? "test",
        tags: { sdk_language: "rust", ...spec.tags },
        duration_ns: null,
        instance_id: "1",
      },
      causality_vector: [[component, index + 1]],
      lock_set: [],
    };
    parent = event.id;
    return event;
  });
}

export const kinds = {
  call: (name: string) => ({
    FunctionCall: { function_name: name, module: "bank", args: { amount: 20 }, file: "src/bank.rs", line: 42 },
  }),
  request: (method: string, url: string) => ({ HttpRequest: { method, url, headers: {}, body: null } }),
  response: (status: number, durationMs: number) => ({
    HttpResponse: { status, headers: {}, body: null, duration_ms: durationMs },
  }),
  write: (variable: string, from: unknown, to: unknown) => ({
    StateChange: { variable, old_value: from, new_value: to, location: "src/bank.rs:7", access_type: "Write" },
  }),
  read: (variable: string, value: unknown) => ({
    StateChange: { variable, old_value: null, new_value: value, location: "src/bank.rs:6", access_type: "Read" },
  }),
  acquire: (lock: string) => ({ LockAcquire: { lock_id: lock, lock_type: "Mutex", location: "src/bank.rs:5" } }),
  release: (lock: string) => ({ LockRelease: { lock_id: lock, lock_type: "Mutex", location: "src/bank.rs:9" } }),
  query: (text: string, durationMs: number) => ({
    DatabaseQuery: { query: text, database: "ledger", duration_ms: durationMs },
  }),
  error: (message: string) => ({
    Error: { error_type: "Overdraft", message, stack_trace: ["bank::withdraw at src/bank.rs:12"] },
  }),
};

/** A small request with something of every kind. */
export function transfer(service: string, options: Partial<Chain> = {}): WireEvent[] {
  return chain({
    service,
    kinds: [
      kinds.request("POST", "/transfer"),
      kinds.call("withdraw"),
      kinds.acquire("alice"),
      kinds.read("alice.balance", 100),
      kinds.write("alice.balance", 100, 80),
      kinds.release("alice"),
      kinds.query("UPDATE accounts SET balance = 80 WHERE name = 'alice'", 3),
      kinds.response(200, 12),
    ],
    ...options,
  });
}

/**
 * The bodies of one trace of `total` events, `batch` a body, made as text because a million objects would
 * cost more than sending them. Event number i is named `step_i`; every 1000th is an error.
 */
export function* longTrace(traceId: string, service: string, total: number, batch: number): Generator<string> {
  const start = Date.now() - 3_600_000;
  for (let first = 0; first < total; first += batch) {
    const events: string[] = [];
    for (let index = first; index < Math.min(first + batch, total); index++) {
      events.push(longTraceEvent(traceId, service, start, index));
    }
    yield `{"events":[${events.join(",")}]}`;
  }
}

function longTraceEvent(traceId: string, service: string, start: number, index: number): string {
  const parent = index === 0 ? "null" : `"${numberedId(index - 1)}"`;
  const kind =
    index % 1000 === 999
      ? `{"Error":{"error_type":"Overdraft","message":"step ${index} failed","stack_trace":[]}}`
      : `{"FunctionCall":{"function_name":"step_${index}","module":"long","args":{"index":${index}},"file":"src/long.rs","line":1}}`;
  return (
    `{"id":"${numberedId(index)}","trace_id":"${traceId}","parent_id":${parent},` +
    `"timestamp":"${timestamp(start, index * 100)}","kind":${kind},` +
    `"metadata":{"thread_id":"t${index % 4}","process_id":1,"service_name":"${service}","environment":"test",` +
    `"tags":{"sdk_language":"go"},"duration_ns":${index % 7 === 0 ? 50_000 : "null"},"instance_id":"1"},` +
    `"causality_vector":[["${service}#1",${index + 1}]],"lock_set":[]}`
  );
}

/** A UUID that says which event of its trace it is. */
export function numberedId(index: number): string {
  return `00000000-0000-4000-8000-${(index + 1).toString(16).padStart(12, "0")}`;
}

/** RFC 3339 with microseconds, which a JavaScript date does not have. */
function timestamp(startMillis: number, micros: number): string {
  const millis = startMillis + Math.floor(micros / 1000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`;
}
