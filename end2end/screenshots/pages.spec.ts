// Every page on the demo, in both themes, wide and narrow.

import { resolve } from "node:path";

import { hydrated } from "../support/page";
import { type Page, test } from "../support/test";

const FOLDER = process.env.RACEWAY_SCREENSHOTS ?? resolve(import.meta.dirname, "../../dist/screenshots");
const README = resolve(import.meta.dirname, "../../docs/screenshot.png");

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const THEMES = ["light", "dark"] as const;

for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`${theme} and ${size}`, async ({ page, demo, allowConsole }) => {
      allowConsole(/404|nothing-here/);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: theme });
      const traces = (await demo.get<{ traces: { trace_id: string; event_count: number }[] }>("/api/traces?page_size=100"))
        .traces;
      const longest = traces.reduce((a, b) => (b.event_count > a.event_count ? b : a));
      const events = await demo.get<{ events: { id: string; kind: Record<string, unknown> }[] }>(
        `/api/traces/${longest.trace_id}`,
      );
      const chosen = events.events.find((event) => "StateChange" in event.kind) ?? events.events[0];
      const pages = {
        dashboard: "/",
        traces: "/traces",
        "no-match": "/traces?q=no-such-trace-anywhere",
        overview: `/traces/${longest.trace_id}`,
        events: `/traces/${longest.trace_id}/events`,
        details: `/traces/${longest.trace_id}/events?event=${chosen?.id}`,
        "not-found": "/nothing-here",
      };
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(demo.url + path);
        await settled(page);
        await page.screenshot({ path: `${FOLDER}/${name}-${size}-${theme}.png` });
        if (name === "details" && size === "wide" && theme === "light") await page.screenshot({ path: README });
      }
    });
  }
}

test("an empty store", async ({ page, ownServer }) => {
  await page.goto(ownServer.url);
  await settled(page);
  await page.screenshot({ path: `${FOLDER}/empty-wide-light.png` });
});

async function settled(page: Page): Promise<void> {
  await hydrated(page);
  await page.waitForTimeout(400);
}
