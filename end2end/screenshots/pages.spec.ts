// Every page on the demo, in both themes, wide and narrow: to look at, and a small set for the documents.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { hydrated } from "../support/page";
import { withPalette } from "../support/png";
import type { Server } from "../support/server";
import { type Page, test } from "../support/test";

const FOLDER = process.env.RACEWAY_SCREENSHOTS ?? resolve(import.meta.dirname, "../../dist/screenshots");
const PICTURES_FOLDER = resolve(import.meta.dirname, "../../docs/pictures");

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const THEMES = ["light", "dark"] as const;

/** The pages whose pictures, dark and wide, belong to the documents. */
const PICTURES = new Set(["dashboard", "details", "performance", "variables", "schedule", "races", "service"]);

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`${theme} and ${size}`, async ({ page, demo, allowConsole }) => {
      test.setTimeout(180_000);
      allowConsole(/404|nothing-here/);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: theme });
      for (const [name, path] of Object.entries(await pages(page, demo))) {
        await page.goto(demo.url + path);
        await settled(page);
        const picture = withPalette(await page.screenshot());
        await save(`${FOLDER}/${name}-${size}-${theme}.png`, picture);
        if (size !== "wide") continue;
        if (PICTURES.has(name) && theme === "dark") await save(`${PICTURES_FOLDER}/${name}.png`, picture);
      }
    });
  }
}

test("an empty store", async ({ page, ownServer }) => {
  await page.goto(ownServer.url);
  await settled(page);
  await save(`${FOLDER}/empty-wide-light.png`, withPalette(await page.screenshot()));
});

async function save(path: string, picture: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, picture);
}

/** Their addresses, by the names of their pictures. */
async function pages(page: Page, demo: Server): Promise<Record<string, string>> {
  const { traces } = await demo.get<{ traces: { trace_id: string; event_count: number }[] }>("/api/traces?page_size=100");
  const longest = traces.reduce((a, b) => (b.event_count > a.event_count ? b : a)).trace_id;
  const { events } = await demo.get<{ events: { id: string; kind: Record<string, unknown> }[] }>(`/api/traces/${longest}`);
  const chosen = events.find((event) => "StateChange" in event.kind) ?? events[0];
  const race = await raceOfTheDemo(page, demo);
  return {
    dashboard: "/",
    traces: "/traces",
    "no-match": "/traces?q=no-such-trace-anywhere",
    overview: `/traces/${longest}`,
    events: `/traces/${longest}/events`,
    details: `/traces/${longest}/events?event=${chosen?.id}`,
    performance: `/traces/${longest}/performance`,
    variables: `/traces/${longest}/variables?variable=0`,
    anomalies: race,
    // A step beyond the last is the last: both accesses are about to be made.
    schedule: `${race}&step=1000`,
    races: "/races",
    services: "/services",
    service: "/services/gateway",
    "service-operations": "/services/gateway/operations",
    "service-dependencies": "/services/gateway/dependencies",
    "service-traces": "/services/gateway/traces",
    "service-performance": "/services/gateway/performance",
    "service-health": "/services/gateway/health",
    "not-found": "/nothing-here",
  };
}

/** Where the dashboard's finding about the payroll leads. */
async function raceOfTheDemo(page: Page, demo: Server): Promise<string> {
  await page.goto(demo.url);
  const row = page.getByRole("region", { name: "What is wrong" }).getByRole("listitem").filter({ hasText: "payroll.last_paid" });
  const path = await row.first().getByRole("link").getAttribute("href", { timeout: 30_000 });
  if (path === null) throw new Error("the dashboard does not lead to the race of the demo");
  return path;
}

async function settled(page: Page): Promise<void> {
  await hydrated(page);
  await page.waitForTimeout(400);
}
