// The first page.

import { kinds, transfer } from "../support/events";
import { hydrated } from "../support/page";
import { expect, test } from "../support/test";

test("shows what the demo recorded", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const services = page.getByRole("region", { name: "Services" });
  for (const name of ["gateway", "accounts", "ledger"]) {
    await expect(services.getByRole("link", { name })).toBeVisible();
  }
  const recent = page.getByRole("region", { name: "Recent traces" }).getByRole("row");
  expect(await recent.count()).toBeGreaterThan(5);

  const status = await demo.get<{ events_captured: number; traces_active: number }>("/status");
  const shown = await page.getByLabel("Totals").innerText();
  expect(shown.replace(/\s/gu, "")).toContain(`Events${status.events_captured}`);
  expect(shown.replace(/\s/gu, "")).toContain(`Traces${status.traces_active}`);
});

test("leads to a trace and to the traces of a service", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  await page.getByRole("region", { name: "Recent traces" }).getByRole("link").nth(1).click();
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}$/u);
  await page.goBack();
  await page.getByRole("region", { name: "Services" }).getByRole("link", { name: "ledger" }).click();
  await expect(page).toHaveURL(/\/traces\?service=ledger$/u);
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
