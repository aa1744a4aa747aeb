// What the page asks by itself: little, nothing while nobody looks, and conditionally.

import { transfer } from "../support/events";
import { hydrated, recordRequests, recordStatuses, setHidden } from "../support/page";
import { expect, test } from "../support/test";

const connection = "Connection";

test("a hidden tab asks nothing, and once when it is shown again", async ({ page, ownServer }) => {
  await ownServer.post(transfer("hidden"));
  await page.goto(ownServer.url);
  await hydrated(page);
  const requests = recordRequests(page);
  await expect.poll(() => requests.length, { message: "a shown tab asks" }).toBeGreaterThan(0);
  await setHidden(page, true);
  await page.waitForTimeout(500);
  const before = requests.length;
  await page.waitForTimeout(8_000);
  expect(requests.length - before, "requests while hidden").toBe(0);
  await setHidden(page, false);
  await page.waitForTimeout(1_000);
  expect(requests.length - before, "requests on return").toBe(1);
});

test("while nothing changes the answer is 304 and questions become rarer", async ({ page, ownServer }) => {
  await ownServer.post(transfer("unchanged"));
  const statuses = await recordStatuses(page);
  await page.goto(`${ownServer.url}/traces`);
  await hydrated(page);
  const requests = recordRequests(page);
  await page.waitForTimeout(16_000);
  const pages = requests.filter((request) => request.url.includes("trace_page"));
  const gaps = pages.slice(1).map((request, index) => request.at - (pages[index]?.at ?? 0));
  expect(pages.length).toBeGreaterThanOrEqual(3);
  expect(pages.length).toBeLessThanOrEqual(6);
  expect(gaps.at(-1), "the last gap is longer than the first").toBeGreaterThan((gaps[0] ?? 0) * 1.2);
  expect(statuses.filter((status) => status === 304).length, "answers 304").toBeGreaterThanOrEqual(pages.length - 1);
});

test("an open dashboard asks less than twenty times a minute", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const requests = recordRequests(page);
  await page.waitForTimeout(15_000);
  expect(requests.length).toBeLessThanOrEqual(5);
});

test("refreshing by itself can be switched off, and r asks once", async ({ page, ownServer }) => {
  await ownServer.post(transfer("switched"));
  await page.goto(ownServer.url);
  await hydrated(page);
  await page.getByRole("switch", { name: "Auto-refresh" }).click();
  await page.waitForTimeout(500);
  const requests = recordRequests(page);
  await page.waitForTimeout(5_000);
  expect(requests).toEqual([]);
  await page.keyboard.press("r");
  await page.waitForTimeout(500);
  expect(requests).toHaveLength(1);

  await page.reload();
  await hydrated(page);
  await expect(page.getByRole("switch", { name: "Auto-refresh" })).toHaveAttribute("aria-checked", "false");
});

test("a dead server is reported, and Retry brings the page back", async ({ page, ownServer, allowConsole }) => {
  await ownServer.post(transfer("mortal"));
  await page.goto(ownServer.url);
  await hydrated(page);
  await expect(page.getByRole("status", { name: connection })).toHaveText("Connected");
  allowConsole(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/u);
  await ownServer.kill();
  await expect(page.getByRole("status", { name: connection })).toHaveText("No connection");
  await expect(page.getByRole("region", { name: "Recent traces" }), "what was known stays").toBeVisible();

  await ownServer.restart();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("status", { name: connection })).toHaveText("Connected");
});

test("a question without an answer says so in its place, and can be asked again", async ({ page, ownServer, allowConsole }) => {
  await ownServer.post(transfer("unanswered"));
  await page.goto(ownServer.url);
  await hydrated(page);
  allowConsole(/ERR_FAILED/u);
  await page.route(/trace_page/u, (route) => route.abort());
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Traces" }).click();
  const failure = page.getByRole("alert").filter({ hasText: "The server does not answer" });
  await expect(failure).toContainText("raceway serve");
  await page.unroute(/trace_page/u);
  await failure.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByRole("list", { name: "Traces" }).getByRole("listitem")).toHaveCount(1);
  await expect(failure).toHaveCount(0);
});

test("what was not refreshed for long is marked stale", async ({ page, ownServer }) => {
  await page.clock.install();
  await ownServer.post(transfer("stale"));
  await page.goto(ownServer.url);
  await hydrated(page);
  await page.getByRole("switch", { name: "Auto-refresh" }).click();
  await page.clock.fastForward(90_000);
  await expect(page.getByRole("status", { name: connection })).toContainText("Stale");
  await page.keyboard.press("r");
  await expect(page.getByRole("status", { name: connection })).toHaveText("Connected");
});
