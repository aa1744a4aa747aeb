// The tab Variables: who touched what, in causal order, and what each read saw.

import { randomUUID } from "node:crypto";

import type { Locator } from "@playwright/test";

import { type WireEvent, chain, kinds } from "../support/events";
import { expectAccessible, expectNoSidewaysScroll, hydrated } from "../support/page";
import type { Server } from "../support/server";
import { type Page, expect, test } from "../support/test";

/** Two threads add to a balance at once, without a lock; a third variable is touched under one. */
function bonus(name: string): WireEvent[] {
  const traceId = randomUUID();
  const start = new Date(Date.now() - 60_000);
  const variable = `${name}.points`;
  const worker = (thread: string, delay: number, written: number) => {
    const events = chain({
      service: name,
      traceId,
      start: new Date(start.getTime() + delay),
      stepMicros: 4_000,
      kinds: [kinds.read(variable, 100), kinds.write(variable, 100, written)],
    });
    for (const event of events) {
      event.metadata["thread_id"] = thread;
      event.causality_vector = [];
    }
    return events;
  };
  const audit = chain({
    service: name,
    traceId,
    start: new Date(start.getTime() + 50),
    kinds: [kinds.acquire("audit"), kinds.write(`${name}.audits`, 3, 4), kinds.release("audit")],
  });
  return [...worker("worker-1", 0, 120), ...worker("worker-2", 1, 150), ...audit];
}

/** The variable whose trail is shown; the trace may be named after it too. */
function shown(page: Page, variable: string): Locator {
  return page.getByRole("region", { name: "Audit trail" }).getByRole("heading", { name: variable });
}

async function sent(server: Server, name: string): Promise<string> {
  const events = bonus(name);
  await server.post(events);
  return `${server.url}/traces/${events[0]?.trace_id}/variables`;
}

test("the trail says what each read saw, what was held, and what is in a finding", async ({ page, server }) => {
  await page.goto(await sent(server, "trail"));
  await hydrated(page);
  const list = page.getByRole("navigation", { name: "Variables" });
  await expect(list.getByRole("link")).toHaveCount(2);
  // The one in findings comes first, and is shown at once.
  await expect(list.getByRole("link").first()).toHaveAttribute("aria-current", "true");
  await expect(list.getByRole("link").first()).toContainText("trail.points");
  const rows = page.getByRole("region", { name: "Accesses as a table" }).getByRole("row").filter({ has: page.getByRole("link") });
  await expect(rows).toHaveCount(4);
  await expect(rows.nth(0)).toContainText("the initial value");
  await expect(rows.nth(1)).toContainText("only time");
  await expect(rows.last()).toContainText("100 → 150");
  await expect(rows.last()).toContainText("race");
  await expect(page.getByRole("slider", { name: "Values of trail.points" })).toBeVisible();

  await list.getByRole("link", { name: /audits/u }).click();
  await expect(page).toHaveURL(/\/variables\?variable=\d+$/u);
  await expect(shown(page, "trail.audits")).toBeVisible();
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("audit");
  await page.reload();
  await expect(shown(page, "trail.audits")).toBeVisible();
  await page.goBack();
  await expect(shown(page, "trail.points")).toBeVisible();
});

test("an access leads to its event and to its finding", async ({ page, server }) => {
  await page.goto(await sent(server, "links"));
  await hydrated(page);
  const rows = page.getByRole("region", { name: "Accesses as a table" }).getByRole("row").filter({ has: page.getByRole("link") });
  await rows.last().getByRole("link", { name: /race|lost update/u }).click();
  await expect(page).toHaveURL(/\/anomalies\?finding=[0-9a-f]{12}$/u);
  await page.goBack();
  await rows.first().getByRole("link", { name: "read", exact: true }).click();
  await expect(page).toHaveURL(/\/events\?event=/u);
  await expect(page.getByRole("complementary", { name: "Event details" })).toContainText("links.points");
});

test("a read leads to the write it saw", async ({ page, server }) => {
  const events = chain({
    service: "jump",
    kinds: [kinds.write("jump.x", 0, 1), kinds.call("between"), kinds.read("jump.x", 1)],
  });
  await server.post(events);
  await page.goto(`${server.url}/traces/${events[0]?.trace_id}/variables`);
  await hydrated(page);
  const rows = page.getByRole("region", { name: "Accesses as a table" }).getByRole("row").filter({ has: page.getByRole("link") });
  await expect(rows.nth(1)).toContainText("follows");
  await rows.nth(1).getByRole("button", { name: "write 1" }).click();
  await expect(rows.nth(0)).toBeFocused();
});

test("everything can be done by keys", async ({ page, server }) => {
  await page.goto(await sent(server, "keys"));
  await hydrated(page);
  await page.keyboard.press("n");
  await expect(shown(page, "keys.audits")).toBeVisible();
  await page.keyboard.press("p");
  await expect(shown(page, "keys.points")).toBeVisible();
  const plot = page.getByRole("slider", { name: "Values of keys.points" });
  await plot.focus();
  await page.keyboard.press("End");
  await expect(plot).toHaveAttribute("aria-valuetext", /^4: value 150/u);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Next variable");
});

test("the same name in other traces is listed, and leads there", async ({ page, server }) => {
  const earlier = bonus("shared");
  await server.post(earlier);
  await page.goto(await sent(server, "shared"));
  await hydrated(page);
  const others = page.getByRole("region", { name: "The same name in other traces" });
  await expect(others).toContainText("1 trace");
  await others.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/traces/${earlier[0]?.trace_id}/variables$`, "u"));
});

test("a trace without variables says how they are recorded", async ({ page, server }) => {
  const events = chain({ service: "plain", kinds: [kinds.call("alone")] });
  await server.post(events);
  await page.goto(`${server.url}/traces/${events[0]?.trace_id}/variables`);
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "No variable was recorded in this trace" })).toBeVisible();
});

test("a variable that is not there says so", async ({ page, server, allowConsole }) => {
  allowConsole(/status of 404/u);
  await page.goto(`${await sent(server, "missing")}?variable=999`);
  await hydrated(page);
  await expect(page.getByRole("alert")).toBeVisible();
});

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${theme} theme, wide and narrow`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    const url = await sent(server, `axe-${theme}`);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(url);
      await hydrated(page);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }
  });
}
