// The first page.

import { kinds, transfer } from "../support/events";
import { hydrated, recordRequests, watchShifts } from "../support/page";
import { expect, type Page, test } from "../support/test";

const wrong = (page: Page) => page.getByRole("region", { name: "What is wrong" });
const services = (page: Page) => page.getByRole("region", { name: "Services", exact: true });

test("shows what the demo recorded", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  for (const name of ["gateway", "accounts", "ledger"]) {
    await expect(services(page).getByRole("link", { name })).toBeVisible();
  }
  const recent = page.getByRole("region", { name: "Recent traces" }).getByRole("row");
  expect(await recent.count()).toBeGreaterThan(5);

  const status = await demo.get<{ events_captured: number; traces_active: number }>("/status");
  const shown = await page.getByLabel("Totals").innerText();
  expect(shown.replace(/\s/gu, "")).toContain(`Events${status.events_captured}`);
  expect(shown.replace(/\s/gu, "")).toContain(`Traces${status.traces_active}`);
});

test("leads to a trace, to a service and to its traces", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  await page.getByRole("region", { name: "Recent traces" }).getByRole("link").nth(1).click();
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}$/u);
  await page.goBack();
  const ledger = services(page).getByRole("row").filter({ hasText: "ledger" });
  await ledger.getByTitle("Its traces").click();
  await expect(page).toHaveURL(/\/traces\?service=ledger$/u);
  await page.goBack();
  await ledger.getByRole("link", { name: "ledger" }).click();
  await expect(page).toHaveURL(/\/services\/ledger$/u);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("ledger");
});

test("shows a new trace by itself", async ({ page, ownServer }) => {
  await ownServer.post(transfer("before"));
  await page.goto(ownServer.url);
  await hydrated(page);
  await ownServer.post(transfer("after", { kinds: [kinds.call("fresh_operation")] }));
  await expect(page.getByRole("link", { name: "fresh_operation" })).toBeVisible();
});

test("the numbers behind the picture can be read", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  await page.getByText("Numbers", { exact: true }).click();
  const table = page.getByRole("region", { name: "Events per minute as a table" });
  expect(await table.getByRole("row").count()).toBeGreaterThanOrEqual(2);
});

test("an empty store teaches how to fill it", async ({ page, ownServer, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(ownServer.url);
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "Nothing recorded yet" })).toBeVisible();
  await page.getByRole("button", { name: "Copy command" }).first().click();
  await expect(page.getByRole("button", { name: "Copy command" }).first()).toHaveText("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("raceway demo");
});

test("what the demo did wrong is named above everything else, and one click explains it", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const findings = wrong(page).getByRole("listitem");
  // The analyses follow what is stored; the page shows by itself what they find.
  await expect(findings.filter({ hasText: "payroll.last_paid" })).toBeVisible({ timeout: 20_000 });
  await expect(findings.filter({ hasText: "loyalty.points" }).first()).toBeVisible();
  await expect(findings.first()).toContainText("critical");
  await expect(wrong(page)).not.toContainText("account:", { useInnerText: true });
  expect(await findings.count()).toBeLessThanOrEqual(5);
  const box = await wrong(page).boundingBox();
  expect((box?.y ?? 900) + (box?.height ?? 900), "above the fold").toBeLessThan(450);

  await findings.filter({ hasText: "payroll.last_paid" }).getByRole("link").click();
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}\/anomalies\?finding=[0-9a-f]{12}$/u);
  await page.goBack();
  await page.keyboard.press("w");
  await expect(page).toHaveURL(/finding=|\/races\?/u);
});

test("where nothing is wrong it says what was looked at", async ({ page, ownServer }) => {
  await ownServer.post(transfer("blameless", { kinds: [kinds.call("nothing")] }));
  await page.goto(ownServer.url);
  await hydrated(page);
  await expect(wrong(page)).toContainText("Nothing wrong was found", { timeout: 20_000 });
  await expect(wrong(page)).toContainText("1 trace");
  await expect(wrong(page).getByRole("listitem")).toHaveCount(0);
});

test("services are sorted by any column, by keyboard, and the address keeps the order", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const name = services(page).getByRole("columnheader", { name: "Service", exact: true });
  await name.getByRole("link").focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\?sort=name$/u);
  await expect(name).toHaveAttribute("aria-sort", "ascending");
  await expect(services(page).locator("tbody .service-name")).toHaveText(["accounts", "gateway", "ledger"]);
  await page.keyboard.press("Enter");
  await expect(services(page).locator("tbody .service-name")).toHaveText(["ledger", "gateway", "accounts"]);
  await page.reload();
  await expect(services(page).locator("tbody .service-name")).toHaveText(["ledger", "gateway", "accounts"]);
});

test("hotspots and slow operations lead to what is behind them", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const hot = page.getByRole("region", { name: "Busiest variables" });
  await hot.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/races\?subject=/u);
  await page.goBack();
  await page.getByRole("region", { name: "Busiest calls between services" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/services\/[a-z]+\/dependencies$/u);
  await page.goBack();
  await page.getByRole("region", { name: "Operations with most time" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/traces\?service=[a-z]+$/u);
});

test("one question brings everything, and a refresh moves nothing", async ({ page, ownServer }) => {
  for (let times = 0; times < 14; times++) await ownServer.post(transfer(`steady-${times % 3}`));
  await page.goto(ownServer.url);
  await hydrated(page);
  await page.waitForLoadState("networkidle");
  const requests = recordRequests(page);
  const shifts = await watchShifts(page);
  const events = page.getByLabel("Totals").locator("dd").nth(1);
  for (const total of [120, 128, 136]) {
    await ownServer.post(transfer("steady-0"));
    await expect(events).toHaveText(String(total), { timeout: 20_000 });
    // What follows from the news is drawn, and counted, in the frames after.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  const moved = await shifts();
  expect(moved.score, JSON.stringify(moved.nodes)).toBeLessThan(0.02);
  expect(new Set(requests.map(({ url }) => new URL(url).pathname))).toEqual(new Set(["/_fn/dashboard"]));
});

test("the focus stays in its row while figures change", async ({ page, ownServer }) => {
  await ownServer.post(transfer("focused"));
  await page.goto(ownServer.url);
  await hydrated(page);
  const link = services(page).getByRole("link", { name: "focused" });
  await link.focus();
  await ownServer.post(transfer("focused"));
  await expect(services(page).getByRole("row").filter({ hasText: "focused" }).getByTitle("Its traces")).toHaveText("2", { timeout: 20_000 });
  await expect(link).toBeFocused();
});
