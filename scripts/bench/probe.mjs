// node probe.mjs URL: asks it every 5 ms until it is told to end (SIGTERM), and prints milliseconds as JSON.
//
// A request is due at its time whatever became of those before it, and is counted from then on: a server that
// stands still for a second delays two hundred of them. What this process waits for the processor counts too.

import { Agent, get } from "node:http";
import { spread } from "./spread.mjs";

const EVERY_MS = 5;
const MOST_MS = 300_000;
const REQUEST_MS = 30_000;

const url = process.argv[2];
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const times = [];
let failed = 0;
let waiting = 0;
let over = false;

function ask(due) {
  waiting += 1;
  const done = (good) => {
    waiting -= 1;
    times.push(performance.now() - due);
    if (!good) failed += 1;
    if (over && waiting === 0) tell();
  };
  const request = get(url, { agent, timeout: REQUEST_MS }, (answer) => {
    answer.resume();
    answer.once("end", () => done(answer.statusCode === 200));
  });
  request.once("timeout", () => request.destroy());
  request.once("error", () => done(false));
}

function tell() {
  console.log(JSON.stringify({ ...spread(times), failed }));
  process.exit(0);
}

let due = performance.now();
const last = due + MOST_MS;
const clock = setInterval(() => {
  const now = performance.now();
  for (; due <= now; due += EVERY_MS) ask(due);
  if (now > last) end();
}, 1);

function end() {
  clearInterval(clock);
  over = true;
  if (waiting === 0) tell();
}
process.once("SIGTERM", end);
