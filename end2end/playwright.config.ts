// Tests in a real browser against the release binary. One worker: two cores carry the server, the
// browser and the tests, and several tests measure.

import { defineConfig } from "@playwright/test";
import { launchOptions } from "./support/chromium";

export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env.CI !== undefined,
  // On the noisy machines of CI a test may be slow once; what passes only then is listed as flaky.
  retries: process.env.CI === undefined ? 0 : 1,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    screenshot: "only-on-failure",
  },
});
