// The real binary on a free port, with a store of its own that is removed afterwards.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { WireEvent } from "./events";

const BINARY = process.env.RACEWAY_BINARY ?? resolve(import.meta.dirname, "../../dist/raceway");

export interface IngestAnswer {
  data: string;
  duplicates: number;
  rejected: { index: number; reason: string }[];
  seq: number;
}

export class Server {
  private constructor(
    readonly url: string,
    private process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "raceway-end2end-"));
    const { child, url } = await serve(folder, "127.0.0.1:0");
    return new Server(url, child, folder);
  }

  /** Starts again, after `kill`, at the same address with the same store. */
  async restart(): Promise<void> {
    const { child } = await serve(this.folder, new URL(this.url).host);
    this.process = child;
  }

  /** Sends events in one request, which must take all of them. */
  async post(events: WireEvent[]): Promise<IngestAnswer> {
    const answer = await this.postBody(JSON.stringify({ events }));
    if ((answer.rejected ?? []).length > 0) throw new Error(`rejected: ${JSON.stringify(answer.rejected[0])}`);
    return answer;
  }

  async postBody(body: string): Promise<IngestAnswer> {
    const response = await fetch(`${this.url}/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`POST /events: ${response.status} ${text}`);
    return JSON.parse(text) as IngestAnswer;
  }

  /** The `data` of an answer. */
  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { headers: { accept: "application/json" } });
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T }).data;
  }

  /** Runs the demo program against this server. */
  async runDemo(seconds: number): Promise<void> {
    const demo = spawn(BINARY, ["demo", "--url", this.url, "--seconds", String(seconds)], {
      cwd: this.folder,
      stdio: "ignore",
    });
    const [code] = (await once(demo, "exit")) as [number | null];
    if (code !== 0) throw new Error(`the demo ended with ${code}`);
  }

  /** Ends the process and leaves the store: what a crash, or a pulled plug, looks like to the browser. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGTERM");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function serve(folder: string, address: string): Promise<{ child: ChildProcess; url: string }> {
  const log: string[] = [];
  const child = spawn(BINARY, ["serve", "--listen", address, "--data", join(folder, "store")], {
    // A folder of its own, so that no configuration file of the checkout is read.
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.on("data", (text: Buffer) => log.push(text.toString()));
  return { child, url: await listeningUrl(child, log) };
}

/** Waits for the line `listening on http://...`. */
async function listeningUrl(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((found, failed) => {
    let seen = "";
    const timer = setTimeout(() => failed(new Error(`no address within 20 s\n${log.join("")}`)), 20_000);
    child.stdout?.on("data", (text: Buffer) => {
      seen += text.toString();
      const url = /listening on (http:\/\/\S+)/.exec(seen)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      found(url);
    });
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}\n${log.join("")}`)));
  });
}
