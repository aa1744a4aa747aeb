// The services: the list, one of them in all its views, by mouse and by keyboard.

import { randomBytes } from "node:crypto";

import { chain, kinds, transfer, type WireEvent } from "../support/events";
import { expectAccessible, expectNoSidewaysScroll, hydrated, recordRequests } from "../support/page";
import { expect, type Page, test } from "../support/test";

const TABS = ["Overview", "Operations", "Dependencies", "Traces", "Performance", "Health"];

const table = (page: Page) => page.getByRole("region", { name: "Services", exact: true }).getByRole("table");
const serviceNames = (page: Page) => table(page).locator("tbody .service-name");
const found = (page: Page) => page.getByRole("status", { name: "Services found" });

/** A request of one service that calls another. */
function callBetween(from: string, to: string): WireEvent[] {
  const caller = transfer(from);
  const callee = chain({
    service: to,
    traceId: caller[0]?.trace_id,
    parent: caller[1]?.id,
    kinds: [kinds.request("POST", "/check"), kinds.response(200, 7)],
  });
  // The callee was told in which span it was called.
  const [span, own] = [spanId(), spanId()];
  for (const event of caller) event.metadata.distributed_span_id = span;
  for (const event of callee) Object.assign(event.metadata, { distributed_span_id: own, upstream_span_id: span });
  return [...caller, ...callee];
}

function spanId(): string {
  return randomBytes(8).toString("hex");
}

test("all services are listed with their figures, and sorted by any column", async ({ page, ownServer }) => {
  for (let times = 0; times < 3; times++) await ownServer.post(transfer("busy"));
  await ownServer.post(transfer("quiet", { kinds: [kinds.error("broken"), kinds.error("broken again")] }));
  await page.goto(`${ownServer.url}/services`);
  await hydrated(page);
  await expect(found(page)).toHaveText("2 services");
  await expect(serviceNames(page)).toHaveText(["busy", "quiet"]);
  const errors = table(page).getByRole("columnheader", { name: "Errors" });
  await errors.getByRole("link").click();
  await expect(page).toHaveURL(/\?sort=errors$/u);
  await expect(errors).toHaveAttribute("aria-sort", "descending");
  await expect(serviceNames(page)).toHaveText(["quiet", "busy"]);
  await errors.getByRole("link").press("Enter");
  await expect(errors).toHaveAttribute("aria-sort", "ascending");
  await expect(serviceNames(page)).toHaveText(["busy", "quiet"]);
  await page.goBack();
  await expect(serviceNames(page)).toHaveText(["quiet", "busy"]);
  await page.reload();
  await expect(serviceNames(page), "the address is the order").toHaveText(["quiet", "busy"]);
});

test("a service is found by a part of its name, after a silence", async ({ page, demo }) => {
  await page.goto(`${demo.url}/services`);
  await hydrated(page);
  await page.keyboard.press("f");
  await page.keyboard.type("ACC");
  await expect(serviceNames(page)).toHaveText(["accounts"]);
  await expect(found(page)).toHaveText("1 of 3 services");
  await expect(page).toHaveURL(/\?filter=ACC$/u);
  await page.keyboard.type("x");
  await expect(page.getByRole("heading", { name: "No service matches" })).toBeVisible();
  await page.getByRole("button", { name: "Show all services" }).click();
  await expect(serviceNames(page)).toHaveCount(3);
});

test("keys alone lead to a service and through its views", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/\/services$/u);
  await expect(serviceNames(page)).toHaveCount(3);
  const names = await serviceNames(page).allTextContents();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(names[1] ?? "");
  for (const [index, name] of TABS.entries()) {
    await page.keyboard.press(String(index + 1));
    await expect(page.getByRole("tab", { name })).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("tabpanel", { name })).toBeVisible();
    await expect(page).toHaveURL(index === 0 ? /\/services\/[a-z]+$/u : new RegExp(`/${name.toLowerCase()}$`, "u"));
  }
});

test("every view of a service is an address that shows the same after a reload", async ({ page, demo }) => {
  const shows: Record<string, (page: Page) => Promise<void>> = {
    "": async () => expect(page.getByRole("heading", { name: "Operations with most time" })).toBeVisible(),
    "/operations": async () => expect(page.getByRole("table").getByRole("row").nth(1)).toBeVisible(),
    "/dependencies": async () => expect(page.getByRole("list", { name: "Called" })).toContainText("ledger"),
    "/traces": async () => expect(page.getByRole("list", { name: "Traces" }).getByRole("listitem").first()).toBeVisible(),
    "/performance": async () => expect(page.getByRole("slider", { name: "Durations by minute" })).toBeVisible(),
    "/health": async () => expect(page.getByRole("region", { name: "Health" })).toContainText(/healthy|warning|critical/u),
  };
  for (const [path, check] of Object.entries(shows)) {
    await test.step(path || "overview", async () => {
      const answer = await page.goto(`${demo.url}/services/gateway${path}`);
      expect(answer?.status()).toBe(200);
      await check(page);
      await hydrated(page);
      await check(page);
    });
  }
});

test("callers stand left of a service and those it calls right, and lead to theirs", async ({ page, server }) => {
  await server.post(callBetween("left-shop", "middle-bank"));
  await server.post(callBetween("middle-bank", "right-ledger"));
  await page.goto(`${server.url}/services/middle-bank/dependencies`);
  await hydrated(page);
  const callers = page.getByRole("list", { name: "Callers" });
  const called = page.getByRole("list", { name: "Called" });
  await expect(callers).toContainText("left-shop");
  await expect(called).toContainText("right-ledger");
  const [left, right] = [await callers.boundingBox(), await called.boundingBox()];
  expect(left?.x ?? 0).toBeLessThan(right?.x ?? 0);
  const rows = page.getByRole("region", { name: "Calls" }).getByRole("row");
  await expect(rows.filter({ hasText: "left-shop" })).toContainText("calls it");
  await expect(rows.filter({ hasText: "right-ledger" })).toContainText("is called");
  await called.getByRole("link", { name: "right-ledger" }).click();
  await expect(page).toHaveURL(/\/services\/right-ledger\/dependencies$/u);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("right-ledger");
  await expect(page.getByRole("list", { name: "Callers" })).toContainText("middle-bank");
});

test("the traces of a service are paged, and open beside the list of them", async ({ page, server }) => {
  const traces = Array.from({ length: 70 }, (_, index) => transfer("much-asked", { kinds: [kinds.call(`job_${index}`)] }));
  await server.post(traces.flat());
  await page.goto(`${server.url}/services/much-asked/traces`);
  await hydrated(page);
  const rows = page.getByRole("list", { name: "Traces" }).getByRole("listitem");
  await expect(page.getByRole("status", { name: "Traces found" })).toContainText("70");
  await expect(rows).toHaveCount(50);
  await page.getByRole("button", { name: "Load more" }).click();
  await expect(rows).toHaveCount(70);
  await rows.first().getByRole("link").click();
  await expect(page).toHaveURL(/\/traces\/[0-9a-f-]{36}\?service=much-asked$/u);
});

test("names with slashes, spaces and accents have pages", async ({ page, server }) => {
  const name = "team/ünit 50% #1?";
  await server.post(transfer(name));
  await page.goto(`${server.url}/services?filter=ünit`);
  await hydrated(page);
  await table(page).getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await page.keyboard.press("6");
  await expect(page.getByRole("region", { name: "Health" })).toBeVisible();
  const answer = await page.reload();
  expect(answer?.status()).toBe(200);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
});

test("an unknown service says so, with the status 404 and a way on", async ({ page, demo, allowConsole }) => {
  allowConsole(/status of 404/u);
  for (const path of ["", "/health"]) {
    const answer = await page.goto(`${demo.url}/services/nobody${path}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByText("This service is not here")).toBeVisible();
    await expect(page.getByText("choose another one in the list")).toBeVisible();
  }
  expect((await page.goto(`${demo.url}/services/accounts/nonsense`))?.status()).toBe(404);
});

test("an empty store teaches how to fill it", async ({ page, ownServer }) => {
  await page.goto(`${ownServer.url}/services`);
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "Nothing recorded yet" })).toBeVisible();
});

test("the list asks one question and no more than twenty a minute", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const requests = recordRequests(page);
  await page.getByRole("link", { name: "Services", exact: true }).click();
  await expect(serviceNames(page)).toHaveCount(3);
  expect(requests.filter(({ url }) => url.includes("/_fn/performance"))).toHaveLength(1);
  // Nothing is waited for: what is told is that little is asked meanwhile.
  await page.waitForTimeout(12_000);
  expect(requests.length).toBeLessThanOrEqual(4);
});

const ADDRESSES = ["/services", "/services?filter=nobody", ...TABS.map((tab) => `/services/accounts/${tab.toLowerCase()}`)].map(
  (path) => path.replace(/\/overview$/u, ""),
);

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${theme} theme`, async ({ page, demo }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const path of ADDRESSES) {
      await test.step(path, async () => {
        await page.goto(demo.url + path);
        await hydrated(page);
        await expectAccessible(page);
      });
    }
  });
}

test("at 390 pixels nothing scrolls sideways", async ({ page, demo }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ADDRESSES) {
    await test.step(path, async () => {
      await page.goto(demo.url + path);
      await hydrated(page);
      await expectNoSidewaysScroll(page);
    });
  }
});
