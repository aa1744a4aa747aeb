// What several tests ask of a page.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { expect, type Page } from "@playwright/test";

/** Remembers when the WASM module has run; `test` installs it on every page. */
export async function watchHydration(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const result = await instantiate.call(WebAssembly, source, imports);
      // Hydration begins in the tasks after this one; effects follow it.
      setTimeout(() => requestAnimationFrame(() => setTimeout(() => document.documentElement.setAttribute("data-alive", ""))));
      return result;
    };
  });
}

/** Waits until the WASM module has taken over the page. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("html[data-alive]").waitFor();
}

/** Pretends that the tab was hidden or shown. Playwright's pages are never hidden by themselves. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (isHidden ? "hidden" : "visible"),
    });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** Requests to the server that are not for static files, from now on. */
export function recordRequests(page: Page): { url: string; at: number }[] {
  const requests: { url: string; at: number }[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/_fn") || pathname.startsWith("/api") || pathname === "/status") {
      requests.push({ url: request.url(), at: Date.now() });
    }
  });
  return requests;
}

/** HTTP statuses as they were on the wire: a revalidated answer looks like 200 to the page, and is 304 here. */
export async function recordStatuses(page: Page): Promise<number[]> {
  const statuses: number[] = [];
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.responseReceivedExtraInfo", (event) => statuses.push(event.statusCode));
  return statuses;
}

/** Fails when the page is wider than its window: only tables may scroll sideways, inside their own box. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const widths = await page.evaluate(() => ({
    page: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(widths.page, "the page is no wider than the window").toBeLessThanOrEqual(widths.window);
}

/** Starts to note what moves without being asked to; call what it returns to read the score so far. */
export async function watchShifts(page: Page): Promise<() => Promise<{ score: number; nodes: string[] }>> {
  await page.evaluate(() => {
    const shifts = { score: 0, nodes: [] as string[] };
    (window as unknown as { shifts: typeof shifts }).shifts = shifts;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as LayoutShift[]) {
        if (entry.hadRecentInput) continue;
        shifts.score += entry.value;
        for (const { node } of entry.sources) shifts.nodes.push(node instanceof Element ? node.outerHTML.slice(0, 120) : "text");
      }
    }).observe({ type: "layout-shift" });
  });
  return () => page.evaluate(() => (window as unknown as { shifts: { score: number; nodes: string[] } }).shifts);
}

interface LayoutShift {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null }[];
}

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Fails when axe finds anything. */
export async function expectAccessible(page: Page): Promise<void> {
  // Evaluated over the debugging protocol: the page's policy allows no foreign script.
  await page.evaluate(await readFile(AXE, "utf8"));
  const findings = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    const { violations, passes } = await axe.run();
    const found = violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map((node) => `${node.html} — ${node.failureSummary}`).slice(0, 5),
    }));
    return { found, passed: passes.map(({ id }) => id) };
  });
  expect(findings.found, "axe finds nothing").toEqual([]);
  expect(findings.passed, "axe looked").toContain("color-contrast");
}

interface AxeResults {
  passes: { id: string }[];
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** Starts to measure how busy the page's thread is. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watch = { longTasks: [] as number[], frames: [] as number[], stopped: false };
    (window as unknown as { watch: typeof watch }).watch = watch;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) watch.longTasks.push(entry.duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    const frame = (now: number) => {
      watch.frames.push(now - last);
      last = now;
      if (!watch.stopped) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

export interface Frames {
  /** Milliseconds of each task over 50 ms. */
  longTasks: number[];
  /** The 95th percentile of the time between two frames, in milliseconds. */
  p95: number;
}

export async function framesWatched(page: Page): Promise<Frames> {
  return page.evaluate(() => {
    const { watch } = window as unknown as {
      watch: { longTasks: number[]; frames: number[]; stopped: boolean };
    };
    watch.stopped = true;
    const sorted = watch.frames.slice(1).sort((a, b) => a - b);
    return {
      longTasks: watch.longTasks.map(Math.round),
      p95: Math.round((sorted[Math.floor(sorted.length * 0.95)] ?? 0) * 10) / 10,
    };
  });
}
