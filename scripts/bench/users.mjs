// node users.mjs URL USERS SECONDS: people who look at a page or ask the API, think for a second, and go on.
//
// One request in ten is a page. Of the API's answers 70 % are 304s: what somebody has seen is asked for with its
// ETag as long as there were fewer. Prints milliseconds and shares as JSON.

import { Agent, get } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { spread } from "./spread.mjs";

const PAGES = 0.1;
const UNCHANGED = 0.7;
const REQUEST_MS = 30_000;
const TRACES = 200;

const [url, users, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const agent = new Agent({ keepAlive: true, maxSockets: users });
const tags = new Map();
const times = { pages: [], api: [] };
let errors = 0;
let unchanged = 0;

/** The whole answer, and what it took. */
function ask(path, headers = {}) {
  return new Promise((resolve) => {
    const began = performance.now();
    const pieces = [];
    const end = (status, tag) =>
      resolve({ status, tag, took: performance.now() - began, text: () => Buffer.concat(pieces).toString() });
    const request = get(url + path, { agent, timeout: REQUEST_MS, headers }, (answer) => {
      answer.on("data", (piece) => pieces.push(piece));
      answer.once("end", () => end(answer.statusCode, answer.headers.etag));
      answer.once("error", () => end(0));
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => end(0));
  });
}

const data = async (path) => JSON.parse((await ask(path)).text()).data;
const any = (list) => list[Math.floor(Math.random() * list.length)];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const traces = (await data(`/api/traces?page_size=${TRACES}`)).traces.map((trace) => trace.trace_id);
const services = (await data("/api/services")).services.map((service) => encodeURIComponent(service.name));

const PAGE_PATHS = [
  () => "/",
  () => "/traces",
  () => `/traces/${any(traces)}`,
  () => `/traces/${any(traces)}/events`,
  () => "/races",
  () => "/services",
  () => `/services/${any(services)}`,
];
const API_PATHS = [
  () => "/api/dashboard",
  () => "/api/traces?page_size=50",
  () => `/api/traces/${any(traces)}`,
  () => `/api/traces/${any(traces)}/overview`,
  () => `/api/traces/${any(traces)}/findings`,
  () => `/api/traces/${any(traces)}/window?offset=0&count=100`,
  () => "/api/services",
  () => "/api/services/health",
  () => "/api/distributed/edges",
  () => "/api/distributed/hotspots",
  () => "/api/performance/metrics",
  () => "/api/races",
];

async function visit() {
  // As browsers do.
  const headers = { "accept-encoding": "gzip, br" };
  const isPage = Math.random() < PAGES;
  const path = any(isPage ? PAGE_PATHS : API_PATHS)();
  const mayBeUnchanged = !isPage && tags.has(path) && unchanged < UNCHANGED * times.api.length;
  if (mayBeUnchanged) headers["if-none-match"] = tags.get(path);
  const { status, tag, took } = await ask(path, headers);
  times[isPage ? "pages" : "api"].push(took);
  if (tag && !isPage) tags.set(path, tag);
  if (status === 304) unchanged += 1;
  else if (status !== 200) errors += 1;
}

async function user(until) {
  // They do not all come in the same moment.
  await pause(Math.random() * 1_000);
  while (performance.now() < until) {
    await visit();
    await pause(500 + Math.random() * 1_000);
  }
}

async function cacheFigures() {
  const { caches } = await data("/api/internal/cache");
  const sum = (field) => caches.reduce((total, cache) => total + cache[field], 0);
  return { hits: sum("hits"), misses: sum("misses") };
}

const percent = (part, whole) => Math.round((10_000 * part) / Math.max(whole, 1)) / 100;

const before = await cacheFigures();
const own = monitorEventLoopDelay({ resolution: 1 });
own.enable();
const began = performance.now();
await Promise.all(Array.from({ length: users }, () => user(began + seconds * 1_000)));
const lasted = (performance.now() - began) / 1_000;
own.disable();
const after = await cacheFigures();

const hits = after.hits - before.hits;
const all = [...times.pages, ...times.api];
console.log(
  JSON.stringify({
    all: spread(all),
    pages: spread(times.pages),
    api: spread(times.api),
    per_second: Math.round(all.length / lasted),
    error_percent: percent(errors, all.length),
    unchanged_percent: percent(unchanged, times.api.length),
    hit_percent: percent(hits, hits + after.misses - before.misses),
    own_delay_p99: Math.round(own.percentile(99) / 1e5) / 10,
  }),
);
process.exit(0);
