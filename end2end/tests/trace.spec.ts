// One trace: header, overview, tabs.

import { chain, kinds, transfer } from "../support/events";
import { hydrated } from "../support/page";
import { expect, test } from "../support/test";

test("the overview tells who took part, what was longest, and what is odd", async ({ page, server }) => {
  const shop = transfer("overview-shop");
  const traceId = shop[0]?.trace_id;
  const bank = chain({
    service: "overview-bank",
    traceId,
    parent: shop[1]?.id,
    kinds: [kinds.query("SELECT balance FROM accounts", 40), kinds.error("no cover")],
  });
  const orphan = chain({
    service: "overview-bank",
    traceId,
    parent: "00000000-0000-4000-8000-00000000dead",
    kinds: [kinds.call("lost_child")],
  });
  await server.post([...shop, ...bank, ...orphan]);
  await page.goto(`${server.url}/traces/${traceId}`);
  await hydrated(page);
  await expect(page).toHaveTitle(/POST \/transfer/u);
  await expect(page.getByRole("heading", { name: "POST /transfer" })).toBeVisible();
  await expect(page.getByRole("article", { name: "Trace" })).toContainText("11 events");
  const panel = page.getByRole("tabpanel");
  await expect(panel.getByRole("region", { name: "Services" })).toContainText("overview-bank");
  await expect(panel.getByRole("region", { name: "Longest operations" })).toContainText("SELECT");
  await expect(panel.getByRole("region", { name: "Kinds" })).toContainText("acquire");
  const notices = panel.getByRole("list", { name: "Notices" });
  await expect(notices).toContainText("1 event is an error");
  await expect(notices).toContainText("1 orphan");
  await expect(notices).toContainText("Tasks not separable");

  await notices.getByRole("link", { name: "Show the first" }).click();
  await expect(page).toHaveURL(/\/events\?event=/u);
  await expect(page.getByRole("complementary", { name: "Event details" })).toContainText("no cover");
});

test("with task ids nothing is said about tasks", async ({ page, server }) => {
  const events = transfer("separable", { tags: { task_id: "main" } });
  await server.post(events);
  await page.goto(`${server.url}/traces/${events[0]?.trace_id}`);
  await hydrated(page);
  await expect(page.getByRole("region", { name: "Longest operations" })).toBeVisible();
  await expect(page.getByText("Tasks not separable")).toHaveCount(0);
});

test("tabs are links, and the list beside stays as it was", async ({ page, server }) => {
  const events = transfer("tabs");
  await server.post([...events, ...transfer("tabs")]);
  await page.goto(`${server.url}/traces?service=tabs`);
  await hydrated(page);
  const list = page.getByRole("list", { name: "Traces" }).getByRole("link");
  await expect(list).toHaveCount(2);
  await list.first().click();
  await expect(list.first()).toHaveAttribute("aria-current", "true");
  await page.getByRole("tab", { name: "Events" }).click();
  await expect(page).toHaveURL(/\/events\?service=tabs$/u);
  await expect(page.getByRole("tab", { name: "Events" })).toHaveAttribute("aria-selected", "true");
  await list.nth(1).click();
  await expect(page, "the tab stays open for the next trace").toHaveURL(/\/events\?service=tabs$/u);
  await expect(list.nth(1)).toHaveAttribute("aria-current", "true");
  await expect(list).toHaveCount(2);
  await page.goBack();
  await expect(list.first()).toHaveAttribute("aria-current", "true");
});

test("a trace that is being recorded is brought up to date", async ({ page, server }) => {
  const events = transfer("recording");
  await server.post(events.slice(0, 2));
  await page.goto(`${server.url}/traces/${events[0]?.trace_id}`);
  await hydrated(page);
  await expect(page.getByRole("article", { name: "Trace" })).toContainText("2 events");
  await server.post(events);
  await expect(page.getByRole("article", { name: "Trace" })).toContainText("8 events");
});

test("parents in a circle and ids that other traces use are shown, not refused", async ({ page, server }) => {
  const circle = chain({ service: "circle", kinds: [kinds.call("one"), kinds.call("two"), kinds.call("three")] });
  if (circle[0] && circle[2]) circle[0].parent_id = circle[2].id;
  await server.post(circle);
  await page.goto(`${server.url}/traces/${circle[0]?.trace_id}`);
  await hydrated(page);
  await expect(page.getByRole("list", { name: "Notices" })).toContainText("3 events on a cycle");

  const again = circle.map((event) => ({ ...event, trace_id: "5f0c7c9e-0000-4000-8000-00000000c1c1" }));
  const answer = await server.post(again);
  expect(answer.duplicates).toBe(0);
});
