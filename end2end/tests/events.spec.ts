// The events of a trace of ten thousand: the virtual list, its filter, the details of one event.

import { randomUUID } from "node:crypto";

import { chain, kinds, longTrace, numberedId } from "../support/events";
import { dragTo, firstShown, grid, MOST_ROWS, ROW_PX, rowElements, shownRows } from "../support/grid";
import { hydrated } from "../support/page";
import type { Server } from "../support/server";
import { expect, type Page, test } from "../support/test";

const TOTAL = 10_000;
const trace = randomUUID();

test.beforeAll(async ({ server }) => {
  for (const body of longTrace(trace, "ten-thousand", TOTAL, 5_000)) await server.postBody(body);
});

async function open(page: Page, server: Server, query = ""): Promise<void> {
  await page.goto(`${server.url}/traces/${trace}/events${query}`);
  await hydrated(page);
  await shownRows(page);
}

const found = (page: Page) => page.getByRole("status", { name: "Events found" });
const details = (page: Page) => page.getByRole("complementary", { name: "Event details" });
const row = (page: Page, number: number) => page.locator(`.vlist-row[aria-rowindex="${number + 1}"]`);

test("the list has all events, and the document only what is seen", async ({ page, server }) => {
  await open(page, server);
  await expect(found(page)).toHaveText("10 000 events");
  await expect(grid(page)).toHaveAttribute("aria-rowcount", String(TOTAL + 1));
  const rows = await shownRows(page);
  expect(rows[0]).toMatchObject({ number: 1, operation: "step_0" });
  expect(rows.length).toBeGreaterThan(15);
  expect(await rowElements(page)).toBeLessThanOrEqual(MOST_ROWS);
});

test("every place is reached by dragging, wheel and keys, to the row", async ({ page, server }) => {
  await open(page, server);
  await dragTo(page, 0.5);
  const middle = await firstShown(page);
  expect(middle.number).toBeGreaterThan(4_800);
  expect(middle.number).toBeLessThan(5_200);
  expect(middle.operation).toBe(`step_${middle.number - 1}`);

  await grid(page).hover();
  await page.mouse.wheel(0, 5 * ROW_PX);
  await expect(async () => {
    const moved = await firstShown(page);
    expect((moved.number - middle.number) * ROW_PX - (moved.top - middle.top)).toBe(5 * ROW_PX);
  }).toPass();

  await grid(page).focus();
  await page.keyboard.press("End");
  expect((await shownRows(page)).at(-1)?.number).toBe(TOTAL);
  await page.keyboard.press("ArrowUp");
  await expect(row(page, TOTAL - 1)).toHaveAttribute("data-active", "true");
  await page.keyboard.press("Home");
  expect((await firstShown(page)).number).toBe(1);
  const before = (await shownRows(page)).length;
  await page.keyboard.press("PageDown");
  await page.keyboard.press("PageDown");
  expect((await firstShown(page)).number).toBeGreaterThan(before / 2);
  expect(await rowElements(page)).toBeLessThanOrEqual(MOST_ROWS);
});

test("a filter inside the trace asks once and is part of the address", async ({ page, server }) => {
  await open(page, server);
  const input = page.getByRole("searchbox", { name: "Filter events" });
  await page.keyboard.press("f");
  await expect(input).toBeFocused();
  const asked: string[] = [];
  page.on("request", (request) => {
    const filter = new URL(request.url()).searchParams.get("filter");
    if (filter !== null && filter !== "") asked.push(filter);
  });
  await page.keyboard.type("op:step_777", { delay: 40 });
  await expect(found(page)).toHaveText("11 of 10 000 events");
  await expect(page).toHaveURL(/filter=op%3Astep_777/u);
  expect(new Set(asked)).toEqual(new Set(["op:step_777"]));
  expect((await shownRows(page)).map((shown) => shown.operation)[1]).toBe("step_7770");

  await input.fill("is:error");
  await expect(found(page)).toHaveText("10 of 10 000 events");
  await page.reload();
  await hydrated(page);
  await expect(input).toHaveValue("is:error");
  await expect(found(page)).toHaveText("10 of 10 000 events");
  await input.fill("nothing-is-called-so");
  await expect(page.getByRole("heading", { name: "No event matches" })).toBeVisible();
});

test("a chosen event shows everything, and leads to its parent and children", async ({ page, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, server);
  await row(page, 8).click();
  await expect(details(page)).toContainText("step_7");
  await expect(details(page).getByRole("region", { name: "Payload" })).toContainText('"index": 7');
  await expect(details(page).getByRole("region", { name: "Vector clock" })).toContainText("ten-thousand#1");
  await expect(page).toHaveURL(new RegExp(`event=${numberedId(7)}`, "u"));
  await expect(row(page, 8)).toHaveAttribute("aria-selected", "true");

  await details(page).getByRole("button", { name: "Copy event id" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(numberedId(7));

  await details(page).getByRole("region", { name: "Parent" }).getByRole("link").click();
  await expect(details(page)).toContainText("step_6");
  await expect(row(page, 7)).toHaveAttribute("aria-selected", "true");
  await details(page).getByRole("region", { name: "Children" }).getByRole("link").click();
  await expect(details(page)).toContainText("step_7");
  await page.keyboard.press("Escape");
  await expect(details(page)).toHaveCount(0);
  await expect(page).not.toHaveURL(/event=/u);
});

test("an address opens an event in the middle, in view and chosen", async ({ page, server }) => {
  await open(page, server, `?event=${numberedId(7_000)}`);
  await expect(details(page)).toContainText("step_7000");
  await expect(row(page, 7_001)).toHaveAttribute("aria-selected", "true");
  await expect(row(page, 7_001)).toBeInViewport();
});

test("selection, focus and the reader's place survive scrolling", async ({ page, server }) => {
  await open(page, server);
  await row(page, 3).click();
  await expect(details(page)).toContainText("step_2");
  await grid(page).focus();
  await dragTo(page, 0.7);
  await expect(grid(page)).toBeFocused();
  await expect(details(page)).toContainText("step_2");
  await dragTo(page, 0);
  await expect(row(page, 3)).toHaveAttribute("aria-selected", "true");
  const active = await grid(page).getAttribute("aria-activedescendant");
  await expect(row(page, 3)).toHaveAttribute("id", active ?? "");
});

test("keys move through events with the details open", async ({ page, server }) => {
  await open(page, server);
  await page.keyboard.press("j");
  await expect(grid(page)).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(details(page)).toContainText(/step_[12]\b/u);
  const shown = await details(page).locator(".details-operation").innerText();
  await page.keyboard.press("j");
  await expect(details(page).locator(".details-operation")).not.toHaveText(shown);
});

test("late events come in above without moving what is read", async ({ page, server }) => {
  const growing = randomUUID();
  for (const body of longTrace(growing, "growing-list", 2_000, 2_000)) await server.postBody(body);
  await page.goto(`${server.url}/traces/${growing}/events`);
  await hydrated(page);
  await dragTo(page, 0.5);
  const before = await firstShown(page);
  const late = chain({
    service: "growing-list",
    traceId: growing,
    start: new Date(Date.now() - 2 * 3_600_000),
    kinds: Array.from({ length: 10 }, (_, index) => kinds.call(`late_${index}`)),
  });
  await server.post(late);
  await expect(found(page)).toHaveText("2 010 events");
  await expect(async () => {
    const after = await firstShown(page);
    expect(after.operation).toBe(before.operation);
    expect(after.number).toBe(before.number + 10);
  }).toPass();
});

test("windows that were passed are given up", async ({ page, server }) => {
  await open(page, server);
  await page.route(/\/window\?/u, async (route) => {
    await new Promise((done) => setTimeout(done, 200));
    // It may have been given up meanwhile.
    await route.continue().catch(() => undefined);
  });
  let finished = 0;
  page.on("requestfinished", (request) => {
    if (request.url().includes("/window?")) finished += 1;
  });
  await grid(page).evaluate(async (list) => {
    for (let step = 1; step <= 40; step++) {
      list.scrollTop = (step / 40) * (list.scrollHeight - list.clientHeight);
      await new Promise((done) => setTimeout(done, 30));
    }
  });
  await expect(row(page, TOTAL)).toContainText("10 000");
  expect((await shownRows(page)).at(-1)?.number).toBe(TOTAL);
  expect(finished, "windows fetched on the way over forty places").toBeLessThan(12);
});

test("a window that does not come says so, and Retry fetches it", async ({ page, server, allowConsole }) => {
  await open(page, server);
  allowConsole(/ERR_FAILED/u);
  await page.route(/\/window\?/u, (route) => route.abort());
  await dragTo(page, 0.5);
  const alert = page.getByRole("alert").filter({ hasText: "The server does not answer" });
  await expect(alert).toBeVisible();
  await page.unroute(/\/window\?/u);
  await alert.getByRole("button", { name: "Retry" }).click();
  await expect(alert).toHaveCount(0);
  expect((await firstShown(page)).operation).toMatch(/^step_/u);
});

test("times are in the viewer's zone, with UTC on hover", async ({ browser, server }) => {
  const context = await browser.newContext({ timezoneId: "Asia/Kolkata" });
  const page = await context.newPage();
  const events = chain({ service: "zone", start: new Date("2026-03-01T20:00:00Z"), kinds: [kinds.call("at_eight")] });
  await server.post(events);
  await page.goto(`${server.url}/traces/${events[0]?.trace_id}`);
  const time = page.getByRole("article", { name: "Trace" }).locator("time").first();
  await expect(time).toContainText("01:30:00");
  await expect(time).toHaveAttribute("title", /20:00:00.*UTC/u);
  await context.close();
});
