// What every page must be: reachable by its address, accessible in both themes, usable on a phone.

import { expectAccessible, expectNoSidewaysScroll, hydrated } from "../support/page";
import type { Server } from "../support/server";
import { expect, test } from "../support/test";

async function addresses(demo: Server): Promise<Record<string, string>> {
  const { traces } = await demo.get<{ traces: { trace_id: string; event_count: number }[] }>("/api/traces?page_size=100");
  const trace = traces.reduce((a, b) => (b.event_count > a.event_count ? b : a)).trace_id;
  const { events } = await demo.get<{ events: { id: string }[] }>(`/api/traces/${trace}`);
  return {
    dashboard: "/",
    traces: "/traces",
    overview: `/traces/${trace}`,
    events: `/traces/${trace}/events`,
    details: `/traces/${trace}/events?event=${events[1]?.id}`,
  };
}

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${theme} theme`, async ({ page, demo }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const [name, path] of Object.entries(await addresses(demo))) {
      await test.step(name, async () => {
        await page.goto(demo.url + path);
        await hydrated(page);
        await expectAccessible(page);
      });
    }
  });
}

test("at 390 pixels nothing scrolls sideways", async ({ page, demo }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [name, path] of Object.entries(await addresses(demo))) {
    await test.step(name, async () => {
      await page.goto(demo.url + path);
      await hydrated(page);
      await expectNoSidewaysScroll(page);
    });
  }
});

test("an address that names nothing is a page that says so", async ({ page, demo, allowConsole }) => {
  allowConsole(/status of 404/u);
  const answer = await page.goto(`${demo.url}/no/such/page`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no page here" })).toBeVisible();
  await hydrated(page);
  await page.getByRole("link", { name: "To the traces" }).click();
  await expect(page).toHaveURL(/\/traces$/u);
});

test("an unknown trace says so, with the status 404", async ({ page, demo, allowConsole }) => {
  allowConsole(/status of 404/u);
  for (const path of ["", "/events"]) {
    const answer = await page.goto(`${demo.url}/traces/00000000-0000-4000-8000-00000000dead${path}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByText("This trace is not here")).toBeVisible();
  }
});

test("the theme is chosen, remembered, and there before the first paint", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  const html = page.locator("html");
  const choose = page.getByRole("button", { name: /^Theme:/u });
  await choose.click();
  await expect(html).toHaveAttribute("data-theme", "light");
  await choose.click();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.reload({ waitUntil: "commit" });
  await page.waitForSelector("body");
  await expect(html).toHaveAttribute("data-theme", "dark", { timeout: 500 });
});

test("files are compressed, immutable and named by their content", async ({ request, demo }) => {
  const html = await (await request.get(demo.url)).text();
  const files = [...new Set(html.match(/\/pkg\/[\w.]+/gu))];
  expect(files.map((file) => file.replace(/\.[0-9a-f]{16}\./u, ".HASH.")).sort()).toEqual([
    "/pkg/raceway.HASH.css",
    "/pkg/raceway.HASH.js",
    "/pkg/raceway.HASH.wasm",
  ]);
  for (const file of files) {
    const answer = await request.get(demo.url + file, { headers: { "accept-encoding": "br" } });
    expect(answer.headers()["content-encoding"]).toBe("br");
    expect(answer.headers()["cache-control"]).toContain("immutable");
  }
});

test("the width of the list is changed by keys, and remembered", async ({ page, demo }) => {
  const { overview } = await addresses(demo);
  await page.goto(demo.url + overview);
  await hydrated(page);
  const list = page.getByRole("region", { name: "Traces" });
  const before = (await list.boundingBox())?.width ?? 0;
  await page.getByRole("separator", { name: "Width of the list" }).focus();
  for (let press = 0; press < 3; press++) await page.keyboard.press("ArrowRight");
  await expect(async () => {
    expect((await list.boundingBox())?.width).toBe(before + 48);
  }).toPass();
  await page.reload();
  expect((await list.boundingBox())?.width).toBe(before + 48);
});

test("going back before the page is alive shows the page before", async ({ page, demo }) => {
  await page.goto(demo.url);
  await hydrated(page);
  await page.getByRole("link", { name: "Races", exact: true }).click();
  await expect(page.getByRole("status", { name: "Findings" })).toBeVisible();
  // Nothing comes to life until it is let.
  let release = (): void => undefined;
  const released = new Promise<void>((done) => (release = done));
  await page.route(/\.wasm$/u, async (route) => {
    await released;
    await route.continue();
  });
  await page.reload({ waitUntil: "commit" });
  await expect(page.getByRole("status", { name: "Findings" })).toBeVisible();
  await page.goBack({ waitUntil: "commit" });
  await expect(page.getByRole("region", { name: "What is wrong" })).toBeVisible();
  await expect(page.getByRole("status", { name: "Findings" })).toBeHidden();
  release();
  await hydrated(page);
  await expect(page.getByRole("region", { name: "What is wrong" })).toBeVisible();
});
