// A trace of a million events, and with RACEWAY_E2E_LARGE=1 one of five million: choosing it, and moving
// anywhere in it. Times are printed, never asserted.

import { randomUUID } from "node:crypto";

import { longTrace, transfer } from "../support/events";
import { dragTo, firstShown, grid, MOST_ROWS, ROW_PX, rowElements, shownRows } from "../support/grid";
import { framesWatched, hydrated, watchFrames } from "../support/page";
import type { Server } from "../support/server";
import { expect, type Page, test } from "../support/test";

const SIZES = process.env.RACEWAY_E2E_LARGE === undefined ? [1_000_000] : [1_000_000, 5_000_000];
const BATCH = 10_000;

for (const total of SIZES) {
  test(`${total} events in one trace`, async ({ page, server }) => {
    test.setTimeout(120_000 + total / 10);
    const trace = randomUUID();
    const service = `large-${total}`;
    const seconds = await ingest(server, trace, service, total);
    // The list beside it has another trace, which is open in the tab Events; so one click shows rows.
    const other = transfer(service);
    await server.post(other);
    await page.goto(`${server.url}/traces/${other[0]?.trace_id}/events?service=${service}`);
    await hydrated(page);
    await shownRows(page);

    const milliseconds = await clickToRows(page, trace);
    expect((await firstShown(page)).operation).toBe("step_0");
    await expect(grid(page)).toHaveAttribute("aria-rowcount", String(total + 1));

    await watchFrames(page);
    for (const part of [0.5, 1, 0.25, 0]) {
      await dragTo(page, part);
      const first = await firstShown(page);
      expect(Math.abs(first.number / total - part)).toBeLessThan(0.02);
      expect(await rowElements(page)).toBeLessThanOrEqual(MOST_ROWS);
    }
    await dragTo(page, 0.6);
    await grid(page).focus();
    for (let press = 0; press < 40; press++) await page.keyboard.press("PageDown");
    await grid(page).hover();
    for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, 300);
    const frames = await framesWatched(page);

    await expectExactSteps(page);
    await page.keyboard.press("End");
    expect((await shownRows(page)).at(-1)?.number).toBe(total);

    console.log(
      `    ${total} events: sent in ${seconds} s, click to rows ${milliseconds} ms, ` +
        `long tasks while scrolling [${frames.longTasks.join(", ")}] ms, 95th percentile of frames ${frames.p95} ms`,
    );
  });
}

/** In the middle of a scaled list, the wheel and the keys still move by single rows. */
async function expectExactSteps(page: Page): Promise<void> {
  await dragTo(page, 0.5);
  const before = await firstShown(page);
  await page.mouse.wheel(0, ROW_PX);
  await expect(async () => {
    const after = await firstShown(page);
    expect((after.number - before.number) * ROW_PX - (after.top - before.top)).toBe(ROW_PX);
  }).toPass();
  const rows = await shownRows(page);
  const start = rows[3]?.number ?? 0;
  await page.locator(`.vlist-row[aria-rowindex="${start + 1}"]`).click();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(`.vlist-row[aria-rowindex="${start + 2}"]`)).toHaveAttribute("data-active", "true");
}

async function ingest(server: Server, trace: string, service: string, total: number): Promise<number> {
  const started = Date.now();
  const bodies = longTrace(trace, service, total, BATCH);
  // Two at a time: one is made while the other is stored.
  const sender = async () => {
    for (let next = bodies.next(); !next.done; next = bodies.next()) await server.postBody(next.value);
  };
  await Promise.all([sender(), sender()]);
  return Math.round((Date.now() - started) / 1000);
}

/** Clicks the trace in the list and waits, inside the page, until its first row shows its data. */
async function clickToRows(page: Page, trace: string): Promise<number> {
  const link = page.locator(`.trace-link[href*="${trace}"]`);
  await expect(link).toBeVisible();
  return link.evaluate(async (element: HTMLElement) => {
    const started = performance.now();
    element.click();
    while (document.querySelector(".vlist-row .operation")?.textContent !== "step_0") {
      await new Promise((done) => requestAnimationFrame(done));
    }
    return Math.round(performance.now() - started);
  });
}
