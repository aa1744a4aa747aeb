// The list of traces: search, filters, pages, announcements.

import { chain, kinds, transfer } from "../support/events";
import { hydrated, recordRequests } from "../support/page";
import type { Server } from "../support/server";
import { expect, type Page, test } from "../support/test";

const rows = (page: Page) => page.getByRole("list", { name: "Traces" }).getByRole("listitem");
const found = (page: Page) => page.getByRole("status", { name: "Traces found" });

async function open(page: Page, server: Server, path: string): Promise<void> {
  await page.goto(server.url + path);
  await hydrated(page);
}

test("a row tells the operation, services, events, errors and duration", async ({ page, server }) => {
  const request = transfer("row-shop");
  const reply = chain({
    service: "row-bank",
    traceId: request[0]?.trace_id,
    parent: request[1]?.id,
    kinds: [kinds.call("check"), kinds.error("no cover")],
  });
  await server.post([...request, ...reply]);
  await open(page, server, "/traces?service=row-bank");
  await expect(rows(page)).toHaveCount(1);
  const row = rows(page).first();
  await expect(row).toContainText("POST /transfer");
  await expect(row).toContainText("row-shop");
  await expect(row).toContainText("row-bank");
  await expect(row).toContainText("10 events");
  await expect(row).toContainText("1 error");
  await expect(row).toContainText("ms");
});

test("typing is never delayed and asks once, after the last key", async ({ page, server }) => {
  await server.post(transfer("typing", { kinds: [kinds.call("needle_in_the_haystack")] }));
  await server.post(transfer("typing"));
  await open(page, server, "/traces");
  const requests = recordRequests(page);
  const search = page.getByRole("searchbox", { name: "Search traces" });
  await search.click();
  for (const [index, letter] of [..."needle_in"].entries()) {
    await page.keyboard.press(letter);
    await expect(search).toHaveValue("needle_in".slice(0, index + 1), { timeout: 100 });
    await page.waitForTimeout(60);
  }
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first()).toContainText("needle_in_the_haystack");
  await expect(page).toHaveURL(/\?q=needle_in$/u);
  const searches = requests.filter((request) => request.url.includes("trace_page") && request.url.includes("q=n"));
  expect(new Set(searches.map((request) => new URL(request.url).searchParams.get("q")))).toEqual(new Set(["needle_in"]));
});

test("the list is found by the beginning of an id", async ({ page, server }) => {
  const events = transfer("by-id");
  await server.post(events);
  const id = events[0]?.trace_id ?? "";
  await open(page, server, `/traces?q=${id.slice(0, 13)}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).getByRole("link")).toHaveAttribute("href", new RegExp(id, "u"));
});

test("filters by service, environment and number of events", async ({ page, server }) => {
  await server.post(transfer("filter-a", { environment: "staging" }));
  await server.post(transfer("filter-a", { environment: "live" }));
  await server.post(transfer("filter-b", { environment: "live", kinds: [kinds.call("small")] }));
  await open(page, server, "/traces");
  await page.getByRole("combobox", { name: "Service" }).selectOption("filter-a");
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole("combobox", { name: "Environment" }).selectOption("live");
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/service=filter-a&environment=live/u);

  await page.getByRole("combobox", { name: "Service" }).selectOption("filter-b");
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("spinbutton", { name: "Minimum events" }).fill("2");
  await expect(page.getByRole("heading", { name: "No trace matches" })).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page).toHaveURL(/\/traces$/u);
  expect(await rows(page).count()).toBeGreaterThanOrEqual(3);
});

test("more is loaded when asked for, each trace once", async ({ page, server }) => {
  const traces = Array.from({ length: 120 }, (_, index) =>
    transfer("paged", { kinds: [kinds.call(`operation_${index}`)] }),
  );
  await server.post(traces.flat());
  await open(page, server, "/traces?service=paged");
  await expect(found(page)).toContainText("120");
  await expect(rows(page)).toHaveCount(50);
  const more = page.getByRole("button", { name: "Load more" });
  await more.click();
  await expect(rows(page)).toHaveCount(100);
  await more.click();
  await expect(rows(page)).toHaveCount(120);
  await expect(more).toHaveCount(0);
  const links = await rows(page).getByRole("link").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(new Set(links).size).toBe(120);
});

test("new traces are announced and do not move what is being read", async ({ page, server }) => {
  await server.post(transfer("announced", { kinds: [kinds.call("first")] }));
  await open(page, server, "/traces?service=announced");
  await expect(rows(page)).toHaveCount(1);
  await server.post(transfer("announced", { kinds: [kinds.call("second")] }));
  const news = page.getByRole("status", { name: "New traces" }).getByRole("button");
  await expect(news).toContainText("1 new trace");
  await expect(rows(page)).toHaveCount(1);
  await news.click();
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).first()).toContainText("second");
});

test("a trace that grows is updated where it stands", async ({ page, server }) => {
  const events = transfer("growing");
  await server.post(events.slice(0, 3));
  await open(page, server, "/traces?service=growing");
  await expect(rows(page).first()).toContainText("3 events");
  await server.post(events);
  await expect(rows(page).first()).toContainText("8 events");
});

test("an address alone brings back search, filters and rows, even without scripts", async ({ browser, server }) => {
  await server.post(transfer("from-url", { environment: "canary" }));
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.url}/traces?q=transfer&service=from-url&environment=canary`);
  await expect(page.getByRole("searchbox", { name: "Search traces" })).toHaveValue("transfer");
  await expect(page.getByRole("combobox", { name: "Service" })).toHaveValue("from-url");
  await expect(page.getByRole("combobox", { name: "Environment" })).toHaveValue("canary");
  await expect(rows(page)).toHaveCount(1);
  await context.close();
});

test("going back restores the search before", async ({ page, server }) => {
  await server.post(transfer("history"));
  await open(page, server, "/traces?q=history");
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("link", { name: "Dashboard", exact: true }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await page.goBack();
  await expect(page.getByRole("searchbox", { name: "Search traces" })).toHaveValue("history");
  await expect(rows(page)).toHaveCount(1);
});
