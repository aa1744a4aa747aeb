// node live.mjs URL PATH: milliseconds of 200 requests, each after one more event was acknowledged, so that what is
// kept by the version of the store has to be made anew.

import { randomUUID } from "node:crypto";

const REQUESTS = 200;
const MOST_MS = 120_000;

const [, , url, path] = process.argv;
const traceId = randomUUID();

async function answer(address, options) {
  const response = await fetch(url + address, { ...options, signal: AbortSignal.timeout(30_000) });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${address}: ${response.status}`);
}

async function commit(number) {
  const event = {
    id: randomUUID(),
    trace_id: traceId,
    parent_id: null,
    timestamp: new Date().toISOString(),
    kind: { FunctionCall: { function_name: "look", module: "bench", args: {}, file: "bench.py", line: 1 } },
    metadata: {
      thread_id: "main",
      process_id: 1,
      service_name: "gateway",
      environment: "production",
      tags: {},
      duration_ns: 1_000,
      instance_id: "gateway-1",
    },
    causality_vector: [["gateway#1", number + 1]],
    lock_set: [],
  };
  const headers = { "content-type": "application/json" };
  await answer("/events", { method: "POST", headers, body: JSON.stringify({ events: [event] }) });
}

const until = performance.now() + MOST_MS;
for (let number = 0; number < REQUESTS && performance.now() < until; number++) {
  await commit(number);
  const asked = performance.now();
  await answer(path);
  console.log((performance.now() - asked).toFixed(2));
}
