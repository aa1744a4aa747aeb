// One request with tasks that run side by side, as our own client records it: tasks carry their id, the
// spawn is the parent of a task's first event, and locks are recorded when they were granted.

import { randomUUID } from "node:crypto";

import { kinds, type WireEvent } from "./events";

interface Task {
  readonly id: string | null;
  parent: string | null;
}

export class Request {
  readonly traceId = randomUUID();
  readonly events: WireEvent[] = [];
  readonly main: Task = { id: null, parent: null };
  private readonly start = Date.now() - 60_000;

  constructor(private readonly service: string) {
    this.record(this.main, kinds.request("POST", "/side-by-side"));
  }

  /** Every event is a millisecond after the one before, whoever records it. */
  record(task: Task, kind: Record<string, unknown>): WireEvent {
    const event: WireEvent = {
      id: randomUUID(),
      trace_id: this.traceId,
      parent_id: task.parent,
      timestamp: new Date(this.start + this.events.length).toISOString(),
      kind,
      metadata: {
        thread_id: "main",
        process_id: 7,
        service_name: this.service,
        environment: "test",
        tags: { sdk_language: "rust", task_id: task.id ?? "main" },
        duration_ns: null,
        instance_id: "1",
      },
      causality_vector: [],
      lock_set: [],
    };
    task.parent = event.id;
    this.events.push(event);
    return event;
  }

  spawn(id: string): Task {
    const spawned = this.record(this.main, { AsyncSpawn: { task_id: id, spawned_by: "main" } });
    return { id, parent: spawned.id };
  }

  join(task: Task): void {
    this.record(this.main, { AsyncAwait: { future_id: task.id, awaited_at: "main" } });
  }

  /** Under locks, the first one outermost. */
  locked(task: Task, locks: string[], ...inside: Record<string, unknown>[]): void {
    for (const lock of locks) this.record(task, kinds.acquire(lock));
    for (const kind of inside) this.record(task, kind);
    for (const lock of [...locks].reverse()) this.record(task, kinds.release(lock));
  }
}

/**
 * Two tasks that do three things wrong: they write `NAME.note` without a lock, add to `NAME.points` what they
 * made of an old read, and take two locks in both orders. What they do to `NAME.safe` is right.
 */
export function careless(name: string): Request {
  const request = new Request(name);
  const [one, two] = [request.spawn("one"), request.spawn("two")];
  const points = `${name}.points`;
  request.locked(one, [`${name}.lock`], kinds.write(`${name}.safe`, 1, 2));
  request.locked(two, [`${name}.lock`], kinds.read(`${name}.safe`, 2));
  request.record(one, kinds.write(`${name}.note`, "none", "one"));
  request.record(two, kinds.write(`${name}.note`, "one", "two"));
  request.locked(one, [`${name}.till`], kinds.read(points, 100));
  request.locked(two, [`${name}.till`], kinds.read(points, 100), kinds.write(points, 100, 120));
  request.locked(one, [`${name}.till`], kinds.write(points, 100, 110));
  request.locked(one, [`${name}.eur`, `${name}.usd`], kinds.call("exchange"));
  request.locked(two, [`${name}.usd`, `${name}.eur`], kinds.call("exchange_back"));
  request.join(one);
  request.join(two);
  return request;
}
