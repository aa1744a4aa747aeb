// The tab Performance: the critical path, the operations, who called whom, and other traces.

import { randomUUID } from "node:crypto";

import { type WireEvent, chain, kinds } from "../support/events";
import { expectAccessible, expectNoSidewaysScroll, hydrated } from "../support/page";
import type { Server } from "../support/server";
import { expect, test } from "../support/test";

/** A request of 40 ms in two services: a check of 10 ms, then a query of 25 ms. */
function checkout(name: string, totalMs = 40): WireEvent[] {
  const traceId = randomUUID();
  const start = new Date(Date.now() - 60_000);
  const after = (ms: number) => new Date(start.getTime() + ms);
  const lasting = (events: WireEvent[], ms: number) => {
    for (const event of events) {
      event.metadata["duration_ns"] = ms * 1_000_000;
      event.causality_vector = [];
    }
    return events;
  };
  const of = (service: string, ms: number, kind: Record<string, unknown>, parent?: string) =>
    chain({ service, traceId, start: after(ms), parent, kinds: [kind] });
  const root = lasting(of(`${name}-shop`, 0, kinds.call("checkout")), totalMs);
  const check = lasting(of(`${name}-shop`, 2, kinds.call("check_cart"), root[0]?.id), 10);
  const query = lasting(of(`${name}-shop`, 13, kinds.call("charge"), check[0]?.id), 25);
  return [...root, ...check, ...query];
}

async function sent(server: Server, name: string): Promise<string> {
  const events = checkout(name);
  await server.post(events);
  return `${server.url}/traces/${events[0]?.trace_id}/performance`;
}

test("the path is listed and drawn, and a segment leads to its event", async ({ page, server }) => {
  const url = await sent(server, "path");
  await page.goto(url);
  await hydrated(page);
  const segments = page.getByRole("region", { name: "Segments", exact: true });
  const rows = segments.getByRole("row").filter({ has: page.getByRole("link") });
  await expect(rows).toHaveCount(5);
  await expect(rows.nth(3)).toContainText("charge");
  await expect(rows.nth(3)).toContainText("25.0 ms");
  await expect(page.locator(".lane-segment")).toHaveCount(5);

  await rows.nth(3).getByRole("link").click();
  await expect(page).toHaveURL(/\/performance\?segment=4$/u);
  const said = page.getByRole("status", { name: "Chosen segment" });
  await expect(said).toContainText("4 of 5: charge in path-shop");
  await expect(said).toContainText("63 % of the root");
  await page.locator(".lane-segment").nth(1).click();
  await expect(said).toContainText("2 of 5: check_cart");
  await said.getByRole("link", { name: "Show the event" }).click();
  await expect(page).toHaveURL(/\/events\?event=/u);
  await expect(page.getByRole("complementary", { name: "Event details" })).toContainText("check_cart");
  await page.goBack();
  await expect(page.getByRole("status", { name: "Chosen segment" })).toContainText("2 of 5");
});

test("the operations say what half of each would save", async ({ page, server }) => {
  await page.goto(await sent(server, "operations"));
  await hydrated(page);
  const first = page.getByRole("region", { name: "Operations", exact: true }).getByRole("row").nth(1);
  await expect(first).toContainText("charge");
  await expect(first).toContainText("25.0 ms");
  await expect(first).toContainText("1 of 1");
  await expect(first).toContainText("12.5 ms");
});

test("everything can be done by keys", async ({ page, server }) => {
  await page.goto(await sent(server, "keys"));
  await hydrated(page);
  const said = page.getByRole("status", { name: "Chosen segment" });
  await page.keyboard.press("n");
  await expect(said).toContainText("1 of 5");
  await page.keyboard.press("n");
  await expect(said).toContainText("2 of 5");
  await page.keyboard.press("p");
  await expect(said).toContainText("1 of 5");
  await page.getByRole("slider", { name: "Segments of the critical path" }).focus();
  await page.keyboard.press("End");
  await expect(said).toContainText("5 of 5");
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/segment=4$/u);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Next segment of the path");
  await page.keyboard.press("Escape");
  await page.keyboard.press("o");
  await expect(page.getByRole("complementary", { name: "Event details" })).toContainText("charge");
});

test("the trace stands among others of its root operation", async ({ page, ownServer }) => {
  for (const ms of [40, 50, 60, 70, 400]) await ownServer.post(checkout("peers", ms));
  const slow = checkout("peers", 90);
  await ownServer.post(slow);
  await page.goto(`${ownServer.url}/traces/${slow[0]?.trace_id}/performance`);
  await hydrated(page);
  const peers = page.getByRole("region", { name: "Among traces of its root operation" });
  await expect(peers).toContainText("6 traces of checkout");
  await expect(peers).toContainText("67 % of them");
  await expect(peers).toContainText("this trace");
  const plot = peers.getByRole("slider");
  await plot.hover({ position: { x: 4, y: 20 } });
  await expect(peers.locator("[data-pointed]")).toContainText("traces 1");
  await page.mouse.move(0, 0);
  await expect(peers).toContainText("6 traces of checkout");
  await plot.focus();
  await page.keyboard.press("End");
  await expect(plot).toHaveAttribute("aria-valuetext", /traces 1$/u);
  await page.keyboard.press("Escape");
  await peers.getByText("Numbers").click();
  expect(await peers.getByRole("row").count()).toBeGreaterThanOrEqual(4);
});

test("a trace in which nothing takes time says so", async ({ page, server }) => {
  const events = chain({ service: "instant", kinds: [kinds.acquire("a"), kinds.release("a")] });
  await server.post(events);
  await page.goto(`${server.url}/traces/${events[0]?.trace_id}/performance`);
  await hydrated(page);
  await expect(page.getByRole("list", { name: "Notes" })).toContainText("no path to find");
  await expect(page.getByRole("region", { name: "Dependencies" })).toContainText("No service of this trace calls another");
});

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${theme} theme, wide and narrow`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    const url = `${await sent(server, `axe-${theme}`)}?segment=2`;
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(url);
      await hydrated(page);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }
  });
}
