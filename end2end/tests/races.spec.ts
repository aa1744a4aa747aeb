// Findings of the whole store: the list, its filters, one finding, the way to the traces behind it.

import { randomUUID } from "node:crypto";

import { chain, kinds } from "../support/events";
import { expectAccessible, expectNoSidewaysScroll, hydrated, recordRequests } from "../support/page";
import type { Server } from "../support/server";
import { expect, type Page, test } from "../support/test";

const rows = (page: Page) => page.getByRole("list", { name: "Findings" }).getByRole("listitem");
const details = (page: Page) => page.getByRole("complementary", { name: "Finding" });

async function open(page: Page, server: Server, path = "/races"): Promise<void> {
  await page.goto(server.url + path);
  await hydrated(page);
}

/** Two requests at the same time, each of which reads a value and writes what it made of it. */
async function loseAnUpdate(server: Server, service: string, variable: string): Promise<string[]> {
  const begin = Date.now() - 60_000;
  const request = (start: number, amount: number) =>
    chain({
      service,
      start: new Date(start),
      stepMicros: 20_000,
      kinds: [kinds.read(variable, 10), kinds.write(variable, 10, 10 + amount)],
    }).map((event) => ({ ...event, metadata: { ...event.metadata, thread_id: `thread-${amount}` } }));
  const [first, second] = [request(begin, 5), request(begin + 10, 7)];
  await server.post([...first, ...second]);
  await server.get(`/api/races?no_cache=true&x=${randomUUID()}`);
  return [first[0]?.trace_id ?? "", second[0]?.trace_id ?? ""];
}

interface Found {
  kind: string;
  subject: string;
  reach: string;
  severity: string;
}

test("the demo's lost update across two requests is found and named, and locked accounts are not accused", async ({
  page,
  demo,
}) => {
  const { findings } = await demo.get<{ findings: Found[] }>("/api/races?no_cache=true");
  const between = findings.filter((found) => found.reach === "overlapping");
  expect(between.some((found) => found.kind === "lost_update" && found.subject === "loyalty.points")).toBe(true);
  const accused = findings.filter((found) => /^account:\d+\.balance$/u.test(found.subject) && found.severity !== "info");
  expect(accused).toEqual([]);
  await open(page, demo, "/races?kind=lost_update&subject=loyalty");
  await expect(rows(page).first()).toContainText("loyalty.points");
  await expect(rows(page).first()).toContainText("critical");
});

test("a finding shows both sides with their values, and leads to the events", async ({ page, server }) => {
  const [, second] = await loseAnUpdate(server, "race-shop", "race.points");
  await open(page, server, "/races?service=race-shop");
  await expect(rows(page)).toHaveCount(3);
  await rows(page).first().getByRole("link").click();
  await expect(page).toHaveURL(/finding=[0-9a-f]{12}$/u);
  const panel = details(page);
  await expect(panel).toContainText("race.points");
  await expect(panel).toContainText("10 → 15");
  await expect(panel).toContainText("10 → 17");
  await expect(panel).toContainText("2 traces");
  // What is open is in the address.
  await page.reload();
  await hydrated(page);
  await expect(panel).toContainText("Overwrites it");
  await panel.getByRole("link", { name: /write in its trace/u }).last().click();
  await expect(page).toHaveURL(new RegExp(`/traces/${second ?? "none"}/events\\?event=`, "u"));
});

test("everything goes by keyboard", async ({ page, server }) => {
  await loseAnUpdate(server, "race-keys", "keys.points");
  await open(page, server, "/races?service=race-keys");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(rows(page).nth(1).getByRole("link")).toBeFocused();
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(details(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(details(page)).toBeHidden();
  await page.keyboard.press("f");
  await page.keyboard.type("nothing has this name");
  await expect(page.getByRole("heading", { name: "No finding matches" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Show all findings" }).focus();
  await page.keyboard.press("Enter");
  await expect(rows(page).first()).toBeVisible();
});

test("filters are in the address, and typing asks once after the last key", async ({ page, server }) => {
  await loseAnUpdate(server, "race-filter", "filter.points");
  await open(page, server);
  await page.getByLabel("Service").selectOption("race-filter");
  await expect(page).toHaveURL(/\?service=race-filter$/u);
  await expect(rows(page)).toHaveCount(3);
  await page.getByLabel("Severity").selectOption("warning");
  await expect(rows(page)).toHaveCount(1);
  await page.getByLabel("Severity").selectOption("");
  const requests = recordRequests(page);
  await page.getByLabel("Filter by variable or lock").pressSequentially("FILTER.poi", { delay: 40 });
  await expect(page).toHaveURL(/subject=FILTER\.poi$/u);
  await expect(rows(page)).toHaveCount(3);
  const asked = requests.filter((request) => request.url.includes("/_fn/races") && /subject[^&]*=F/u.test(decodeURIComponent(request.url)));
  expect(new Set(asked.map((request) => request.url)).size).toBeLessThanOrEqual(1);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page).toHaveURL(/\/races$/u);
});

test("an empty store teaches how to fill it", async ({ page, ownServer }) => {
  await open(page, ownServer);
  await expect(page.getByRole("heading", { name: "Nothing recorded yet" })).toBeVisible();
});

for (const theme of ["light", "dark"] as const) {
  for (const size of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    test(`is accessible and fits ${size.width} px, ${theme}`, async ({ page, demo }) => {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize(size);
      await open(page, demo);
      await expect(rows(page).first()).toBeVisible();
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      await page.screenshot({ path: `test-results/races-${theme}-${size.width}.png` });
      await rows(page).first().getByRole("link").click();
      await expect(details(page)).toContainText("Locks held");
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      await page.screenshot({ path: `test-results/races-open-${theme}-${size.width}.png` });
    });
  }
}
