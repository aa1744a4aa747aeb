// What is wrong in one trace, and the schedule that shows it: by mouse, by keys, by address.

import { kinds, transfer } from "../support/events";
import { grid, shownRows } from "../support/grid";
import { expectAccessible, expectNoSidewaysScroll, hydrated } from "../support/page";
import type { Server } from "../support/server";
import { careless, Request } from "../support/tasks";
import { expect, type Page, test } from "../support/test";

const request = careless("careless");
const NOTE = /careless\.note/u;

test.beforeAll(async ({ server }) => {
  await server.post(request.events);
});

async function open(page: Page, server: Server, rest = "/anomalies"): Promise<void> {
  await page.goto(`${server.url}/traces/${request.traceId}${rest}`);
  await hydrated(page);
}

const list = (page: Page) => page.getByRole("navigation", { name: "Findings" });
const finding = (page: Page) => page.getByRole("region", { name: "Finding" });
const schedule = (page: Page) => page.getByRole("region", { name: "Schedule" });
const place = (page: Page) => page.locator(".schedule-place");
const current = (page: Page) => page.locator("[aria-current=step]");
const race = (page: Page) => list(page).getByRole("list", { name: "Races" }).getByRole("link", { name: NOTE });

async function openSchedule(page: Page): Promise<number> {
  await schedule(page).getByRole("link", { name: "Show the schedule" }).click();
  await expect(place(page)).toHaveText(/^Step 0 of \d+$/u);
  return Number(/of (\d+)/u.exec(await place(page).innerText())?.[1]);
}

test("findings are listed by kind, and what is right is not accused", async ({ page, server }) => {
  await open(page, server);
  for (const kind of ["Races", "Lost updates", "Deadlocks"]) {
    await expect(list(page).getByRole("list", { name: kind }).getByRole("link")).not.toHaveCount(0);
  }
  await expect(list(page)).not.toContainText("careless.safe");
  await expect(race(page)).toContainText("critical");
});

test("a race shows both sides, which lead to their events", async ({ page, server }) => {
  await open(page, server);
  await race(page).click();
  await expect(page).toHaveURL(/finding=[0-9a-f]{12}$/u);
  const sides = [
    finding(page).getByRole("region", { name: "One access" }),
    finding(page).getByRole("region", { name: "The other access" }),
  ];
  for (const side of sides) {
    await expect(side).toContainText("careless.note");
    await expect(side).toContainText("src/bank.rs:7");
    await expect(side).toContainText("none");
  }
  await expect(finding(page)).toContainText('"one"');
  await expect(finding(page)).toContainText('"two"');
  await sides[0]?.getByRole("link", { name: "Show in Events" }).click();
  await expect(page).toHaveURL(/\/events\?event=/u);
  await expect(page.getByRole("complementary", { name: "Event details" })).toContainText("careless.note");
});

test("the schedule is stepped through by mouse, to both accesses at once", async ({ page, server }) => {
  await open(page, server);
  await race(page).click();
  const total = await openSchedule(page);
  const next = schedule(page).getByRole("button", { name: "Next step" });
  await next.click();
  await next.click();
  await expect(place(page)).toHaveText(`Step 2 of ${total}`);
  await expect(current(page)).toHaveAttribute("id", "step-2");
  await expect(page).toHaveURL(/step=2$/u);
  await schedule(page).getByRole("button", { name: "Previous step" }).click();
  await expect(current(page)).toHaveAttribute("id", "step-1");
  await schedule(page).getByRole("button", { name: "Last step" }).click();
  await expect(place(page)).toHaveText(`Step ${total} of ${total}`);
  await expect(page.locator(".steps-then[data-reached]")).toContainText("Both may happen now");
  await expect(page.locator(".steps-then .act")).toHaveCount(2);
  await expect(page.locator(".steps-then")).toBeInViewport();
});

test("variables and locks are shown as they are at the step", async ({ page, server }) => {
  await open(page, server);
  await race(page).click();
  const total = await openSchedule(page);
  const now = schedule(page).getByRole("complementary", { name: "State at this step" });
  const locks = now.getByRole("list", { name: "Locks" });
  let taken = 0;
  for (let step = 1; step <= total; step++) {
    await page.keyboard.press("ArrowRight");
    await expect(place(page)).toHaveText(`Step ${step} of ${total}`);
    const said = await now.getByRole("status", { name: "Step" }).innerText();
    if (/acquire/u.test(said)) {
      taken += 1;
      await expect(locks.locator("[data-changed]")).toContainText("taken");
      await expect(locks.locator("[data-changed]")).not.toContainText("free");
    }
    if (/release/u.test(said)) await expect(locks.locator("[data-changed]")).toContainText("free");
  }
  expect(taken, "the way to the race leads through a critical section").toBeGreaterThan(0);
});

test("of a long schedule only the rows around the step are in the document", async ({ page, server }) => {
  const long = new Request("long-way");
  const [one, two] = [long.spawn("one"), long.spawn("two")];
  for (let step = 0; step < 400; step++) long.record(one, kinds.write("long-way.own", step, step + 1));
  long.record(one, kinds.write("long-way.note", 0, 1));
  long.record(two, kinds.write("long-way.note", 1, 2));
  await server.post(long.events);
  await page.goto(`${server.url}/traces/${long.traceId}/anomalies`);
  await hydrated(page);
  const total = await openSchedule(page);
  expect(total).toBeGreaterThan(400);
  const rows = page.locator(".step");
  expect(await rows.count()).toBeLessThan(100);
  await page.keyboard.press("End");
  await expect(page.locator(".steps-then[data-reached]")).toBeInViewport();
  await expect(page.locator(`#step-${total}`)).toBeInViewport();
  await expect(schedule(page).getByRole("list", { name: "Variables" })).toContainText("400");
  expect(await rows.count()).toBeLessThan(100);
  await page.getByRole("button", { name: /earlier steps$/u }).click();
  await expect(place(page)).toHaveText(`Step 0 of ${total}`);
  for (let step = 1; step <= 60; step++) await page.keyboard.press("n");
  await expect(current(page)).toHaveAttribute("id", "step-60");
  await expect(current(page)).toBeInViewport();
});

test("the keyboard alone leads from the trace to the last step and back", async ({ page, server }) => {
  await open(page, server, "");
  await page.keyboard.press("5");
  await expect(page).toHaveURL(/\/anomalies$/u);
  await expect(list(page).getByRole("link").first()).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("j");
  await expect(list(page).getByRole("link").nth(1)).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("k");
  await expect(list(page).getByRole("link").first()).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("s");
  await expect(place(page)).toHaveText(/^Step 0 of/u);
  const total = Number(/of (\d+)/u.exec(await place(page).innerText())?.[1]);
  for (const key of ["n", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  await expect(place(page)).toHaveText(`Step ${Math.min(3, total)} of ${total}`);
  for (const key of ["p", "ArrowUp", "ArrowLeft"]) await page.keyboard.press(key);
  await expect(place(page)).toHaveText(`Step ${Math.max(0, Math.min(3, total) - 3)} of ${total}`);
  await page.keyboard.press("End");
  await expect(place(page)).toHaveText(`Step ${total} of ${total}`);
  await page.keyboard.press("n");
  await expect(place(page)).toHaveText(`Step ${total} of ${total}`);
  await page.keyboard.press("Home");
  await expect(place(page)).toHaveText(`Step 0 of ${total}`);
  await expect(page).toHaveURL(/step=0/u);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys on this page" });
  await expect(help).toContainText("Next step");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("s");
  await expect(place(page)).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/anomalies$/u);
});

test("an address shows the same finding and step again, and back goes back", async ({ page, server }) => {
  await open(page, server);
  await race(page).click();
  await expect(page).toHaveURL(/finding=/u);
  await openSchedule(page);
  for (let step = 0; step < 3; step++) await page.keyboard.press("n");
  await expect(place(page)).toHaveText(/^Step 3 of/u);
  await expect(page).toHaveURL(/step=3$/u);
  const before = await schedule(page).innerText();
  await page.reload();
  await hydrated(page);
  await expect(place(page)).toHaveText(/^Step 3 of/u);
  expect(await schedule(page).innerText()).toBe(before);
  await page.goBack();
  await expect(place(page), "stepping leaves no trail").toHaveCount(0);
  await expect(race(page)).toHaveAttribute("aria-current", "true");
  await page.goBack();
  await expect(page).toHaveURL(/\/anomalies$/u);
});

test("a lost update shows the value that was lost", async ({ page, server }) => {
  await open(page, server);
  await list(page).getByRole("list", { name: "Lost updates" }).getByRole("link", { name: /careless\.points/u }).first().click();
  const moments = finding(page).getByRole("region", { name: "The three values" });
  await expect(moments.getByRole("row")).toHaveCount(4);
  await expect(moments.locator("[data-lost]")).toContainText("120");
  await expect(moments.locator("[data-lost]")).toContainText("lost");
  await expect(moments).toContainText("still thinking of 100");
});

test("a deadlock is drawn as a ring, and its schedule ends with everybody waiting", async ({ page, server }) => {
  await open(page, server);
  await list(page).getByRole("list", { name: "Deadlocks" }).getByRole("link").first().click();
  await expect(finding(page).getByRole("img", { name: /A ring:/u })).toBeVisible();
  await expect(finding(page).locator(".cycle .table tbody tr")).toHaveCount(2);
  await openSchedule(page);
  await page.keyboard.press("End");
  await expect(page.locator(".steps-then[data-reached]")).toContainText("none of them can go on");
  const locks = schedule(page).getByRole("list", { name: "Locks" });
  for (const lock of ["careless.eur", "careless.usd"]) {
    await expect(locks.getByRole("listitem").filter({ hasText: lock })).not.toContainText("free");
  }
});

test("events of a finding are marked in the list, and their details lead to it", async ({ page, server }) => {
  await open(page, server, "/events");
  await shownRows(page);
  await expect(page.getByRole("tab", { name: /Anomalies/u })).toContainText(/[3-9]/u);
  const marks = grid(page).locator(".finding-mark", { hasText: "race" });
  await expect(marks.first()).toHaveAttribute("title", NOTE);
  await marks.first().click();
  const details = page.getByRole("complementary", { name: "Event details" });
  await details.getByRole("region", { name: "Findings" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/anomalies\?finding=/u);
  await expect(finding(page)).toContainText("careless.note");
});

test("the exact search runs when asked for, and its answer has an address", async ({ page, server }) => {
  await open(page, server);
  await expect(page.getByRole("link", { name: "Search exactly" })).toBeVisible();
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/exact=true$/u);
  await expect(page.getByText("Searched exactly")).toBeVisible();
  await race(page).click();
  await expect(page).toHaveURL(/finding=[0-9a-f]{12}&exact=true$/u);
  await page.reload();
  await hydrated(page);
  await expect(page.getByText("Searched exactly")).toBeVisible();
  await expect(race(page)).toHaveAttribute("aria-current", "true");
});

test("the exact search says how long it runs, and is given up when it is stopped", async ({ page, server }) => {
  await open(page, server);
  await page.route(/\/_fn\/findings.*xact/u, async (route) => {
    await new Promise((done) => setTimeout(done, 20_000));
    await route.continue().catch(() => undefined);
  });
  const givenUp = page.waitForEvent("requestfailed", (failed) => failed.url().includes("/_fn/findings"));
  await page.getByRole("link", { name: "Search exactly" }).click();
  await expect(page.getByRole("status", { name: "Exact search" })).toHaveText(/Searching exactly, [12] s/u);
  await expect(race(page), "the quick answer stays").toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await givenUp;
  await expect(page).not.toHaveURL(/exact=/u);
  await expect(page.getByRole("link", { name: "Search exactly" })).toBeVisible();
});

test("where nothing could be seen it does not say that all is well", async ({ page, server }) => {
  const alone = transfer("alone");
  await server.post(alone);
  await page.goto(`${server.url}/traces/${alone[0]?.trace_id}/anomalies`);
  await hydrated(page);
  const empty = page.getByRole("region", { name: "No findings" });
  await expect(empty).toContainText("There was nothing to compare");
  await expect(empty).toContainText("8 events, 1 thread, 1 variable, 1 lock looked at");
});

test("an answer that does not come says so, and Retry fetches it", async ({ page, server, allowConsole }) => {
  const other = careless("unanswered");
  await server.post(other.events);
  allowConsole(/ERR_FAILED/u);
  await page.route(/\/_fn\/findings/u, (route) => route.abort());
  await page.goto(`${server.url}/traces/${other.traceId}/events`);
  await hydrated(page);
  await page.getByRole("tab", { name: /Anomalies/u }).click();
  const failure = page.getByRole("alert").filter({ hasText: "The server does not answer" });
  await expect(failure).toBeVisible();
  await page.unroute(/\/_fn\/findings/u);
  await failure.getByRole("button", { name: "Retry" }).click();
  await expect(list(page)).toContainText("unanswered.note");
});

test("a finding that is not there says so", async ({ page, server }) => {
  await open(page, server, "/anomalies?finding=000000000000");
  await expect(finding(page).getByRole("alert")).toContainText("This finding is not here");
});

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${theme} theme, wide and narrow`, async ({ page, server }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await open(page, server);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      for (const kind of ["Races", "Lost updates", "Deadlocks"]) {
        await open(page, server);
        await list(page).getByRole("list", { name: kind }).getByRole("link").first().click();
        await openSchedule(page);
        await page.keyboard.press("End");
        await expect(page.locator(".steps-then[data-reached]")).toBeVisible();
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
      }
    }
  });
}

test("on a phone the list and the finding are pages of their own", async ({ page, server }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, server);
  await expect(finding(page)).toBeHidden();
  await race(page).click();
  await expect(list(page)).toBeHidden();
  await expect(finding(page)).toContainText("careless.note");
  await page.getByRole("link", { name: "All findings" }).click();
  await expect(list(page)).toBeVisible();
});
